"""Opening the state file: what it makes, and every way in which that can fail."""

import resource
import sqlite3
import stat
import subprocess
import sys
import threading

import pytest

from uockam_host.errors import StateError
from uockam_host.state import home
from uockam_host.state.database import Database
from uockam_host.state.migrations import MIGRATIONS


def _mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_the_folder_and_the_file_can_be_read_by_their_user_only():
    with Database() as database:
        assert _mode(home.home()) == 0o700
        assert _mode(database.path) == 0o600
        with database.writing() as connection:
            connection.execute("INSERT INTO node (name, kind, listener, created_at) VALUES ('n', 'host', '', 0)")
        assert {_mode(path) for path in home.home().iterdir()} == {0o600}


def test_a_folder_that_others_could_read_is_closed_to_them():
    home.home().mkdir(mode=0o755)
    with Database():
        assert _mode(home.home()) == 0o700


def test_the_journal_is_a_write_ahead_log_so_that_readers_do_not_wait():
    with Database() as database:
        assert database.rows("PRAGMA journal_mode")[0][0] == "wal"
        with database.writing(), Database() as other:
            assert other.rows("SELECT * FROM node") == []


@pytest.mark.parametrize("attempt", range(5))
def test_many_at_once_find_one_migrated_file(attempt):
    start, failures = threading.Barrier(8), []

    def work():
        start.wait()
        try:
            with Database() as database:
                assert database.rows("PRAGMA user_version")[0][0] == len(MIGRATIONS)
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_what_a_killed_maker_left_is_not_in_the_way():
    home.make_private_folder(home.home())
    for ending in ("", "-wal", "-shm"):
        (home.home() / f"state.sqlite3.new{ending}").write_bytes(b"half of a database" * 100)
    with Database() as database:
        assert database.rows("SELECT * FROM node") == []
    assert [path.name for path in home.home().iterdir()] == ["state.sqlite3"]


def test_a_newer_program_migrates_and_keeps_what_is_there():
    with Database() as database, database.writing() as connection:
        connection.execute("INSERT INTO node (name, kind, listener, created_at) VALUES ('n', 'host', '', 0)")
    newer = (*MIGRATIONS, ("ALTER TABLE node ADD COLUMN colour TEXT DEFAULT 'red'",))
    with Database(migrations=newer) as database:
        assert [(row["name"], row["colour"]) for row in database.rows("SELECT * FROM node")] == [("n", "red")]
    with pytest.raises(StateError, match="written by a newer uockam") as caught:
        Database()
    assert "Upgrade" in caught.value.remedy


def test_a_migration_that_fails_half_way_leaves_the_file_as_it_was():
    with Database():
        pass
    broken = (*MIGRATIONS, ("ALTER TABLE node ADD COLUMN colour TEXT", "NONSENSE"))
    with pytest.raises(StateError):
        Database(migrations=broken)
    with Database() as database:
        assert "colour" not in {row["name"] for row in database.rows("PRAGMA table_info(node)")}


@pytest.mark.parametrize("content", [b"no database at all, but a longer text", b"SQLite format 3\0" + b"\xff" * 4096])
def test_a_file_that_is_no_database_is_said_to_be_none_and_is_not_touched(content):
    home.make_private_folder(home.home())
    home.state_file().write_bytes(content)
    with pytest.raises(StateError, match=r"is not a state file|is damaged") as caught:
        Database()
    assert "uockam reset" in caught.value.remedy
    assert home.state_file().read_bytes() == content


def test_a_damaged_page_is_said_to_be_damage():
    with Database() as database, database.writing() as connection:
        for number in range(200):
            row = (f"n{number}", "host", "x" * 500, 0)
            connection.execute("INSERT INTO node (name, kind, listener, created_at) VALUES (?, ?, ?, ?)", row)
    content = bytearray(home.state_file().read_bytes())
    content[4096:] = b"\xa5" * (len(content) - 4096)
    home.state_file().write_bytes(content)
    with pytest.raises(StateError, match="is damaged"), Database() as database:
        database.rows("SELECT * FROM node")


def test_a_database_without_our_tables_is_said_to_be_damaged():
    home.make_private_folder(home.home())
    connection = sqlite3.connect(home.state_file())
    connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
    connection.close()
    with Database() as database, pytest.raises(StateError, match="is damaged"):
        database.rows("SELECT * FROM node")


def test_a_folder_in_the_place_of_the_file_is_an_error_with_a_remedy():
    home.state_file().mkdir(parents=True)
    with pytest.raises(StateError, match="cannot be opened") as caught:
        Database()
    assert caught.value.remedy


def test_a_file_in_the_place_of_the_folder_is_an_error_with_a_remedy():
    home.home().write_text("")
    with pytest.raises(StateError, match="Cannot use the folder") as caught:
        Database()
    assert home.ENVIRONMENT in caught.value.remedy


@pytest.mark.usefixtures("unprivileged")
def test_a_file_that_may_not_be_read_is_an_error_with_a_remedy():
    with Database():
        pass
    home.state_file().chmod(0)
    with pytest.raises(StateError, match="cannot be opened") as caught:
        Database()
    assert "writable" in caught.value.remedy


@pytest.mark.usefixtures("unprivileged")
def test_a_folder_of_another_user_is_refused(monkeypatch):
    monkeypatch.setenv(home.ENVIRONMENT, "/")
    with pytest.raises(StateError, match="belongs to another user"):
        Database()


def test_a_lock_that_is_not_let_go_of_is_named(monkeypatch):
    monkeypatch.setattr("uockam_host.state.database.LOCK_WAIT_S", 0.01)
    with Database() as database, Database() as other, database.writing():
        with pytest.raises(StateError, match="is locked") as caught, other.writing():
            pass
        assert "try again" in caught.value.remedy


_FILL = """
import sys
from uockam_host.errors import StateError
from uockam_host.state.database import Database
with Database() as database:
    try:
        for number in range(1000):
            with database.writing() as connection:
                row = (str(number), "host", "x" * 4000, 0)
                connection.execute("INSERT INTO node (name, kind, listener, created_at) VALUES (?, ?, ?, ?)", row)
    except StateError as error:
        print(error, "|", error.remedy)
    print(len(database.rows("SELECT * FROM node")) == number)
"""


def _limit_files():
    resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))


def test_a_full_disk_is_named_and_what_was_written_before_stays():
    ignore = "import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
    done = subprocess.run(
        [sys.executable, "-c", ignore + _FILL], capture_output=True, text=True, preexec_fn=_limit_files, check=True
    )
    error, kept = done.stdout.splitlines()
    assert "the disk is full" in error
    assert "Make room on the disk" in error
    assert kept == "True"
    with Database() as database:
        assert len(database.rows("SELECT * FROM node")) > 10
