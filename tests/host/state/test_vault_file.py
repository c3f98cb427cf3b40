"""The file of a vault: a store that keeps its secrets, says when it is damaged, and is whole whenever it is cut off."""

import os
import sqlite3
import stat
import subprocess
import sys
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uockam.secure.store import CHANNEL_KEY, CREDENTIAL_KEY, IDENTITY, KNOWN, SEED, MemoryStore, VaultError
from uockam_host.errors import VaultExists
from uockam_host.state import sealing, vault_file
from uockam_host.state.sealing import WrongPassphrase
from uockam_host.state.vault_file import NAME, VaultFile, VaultLocked

WHO = bytes(range(32))
SECRET = b"\0a seed of thirty-two bytes indeed!"
PRIVATE = [SEED + WHO, CHANNEL_KEY + WHO, CREDENTIAL_KEY + WHO, b"something-of-tomorrow:" + WHO]
PUBLIC = [IDENTITY + WHO, KNOWN + WHO, NAME + WHO]


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    monkeypatch.setattr(sealing, "_COST", min(sealing._COSTS))


@pytest.fixture
def path(tmp_path):
    return tmp_path / "v.sqlite3"


@pytest.fixture
def vault(path):
    vault_file.create(path)
    return VaultFile(path, "v")


def locked(path, passphrase="open sesame"):
    vault_file.create(path, passphrase)
    return VaultFile(path, "v")


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


NAMES = st.sampled_from([*PRIVATE, *PUBLIC, b"", b"known:", b"seed:"])
CHANGES = st.dictionaries(NAMES, st.none() | st.binary(max_size=60), max_size=4)


@given(steps=st.lists(CHANGES, max_size=6))
def test_it_keeps_what_a_store_in_memory_keeps(steps, tmp_path_factory):
    path = tmp_path_factory.mktemp("vault") / "v"
    vault_file.create(path)
    memory = MemoryStore()
    for changes in steps:
        VaultFile(path, "v").put(changes)
        memory.put(changes)
    again = VaultFile(path, "v")
    for start in (b"", b"seed:", b"known:" + WHO):
        assert again.names(start) == memory.names(start)
    assert [again.get(name) for name in memory.names()] == [memory.get(name) for name in memory.names()]


def test_a_name_that_is_not_there_gives_none(vault):
    assert vault.get(SEED + WHO) is None
    assert vault.names() == []


@pytest.mark.parametrize("name", PRIVATE)
def test_what_is_private_is_sealed_in_the_file(vault, path, name):
    vault.put({name: SECRET})
    assert SECRET not in path.read_bytes()
    assert vault.get(name) == SECRET


def test_a_record_that_is_removed_or_replaced_leaves_nothing_in_the_file(vault, path):
    vault.put({KNOWN + WHO: b"what was known of a peer", SEED + WHO: SECRET})
    before = sealed_value(path)
    vault.put({KNOWN + WHO: None, SEED + WHO: b"another"})
    assert b"what was known of a peer" not in path.read_bytes()
    assert before not in path.read_bytes()


def sealed_value(path):
    connection = sqlite3.connect(path)
    try:
        return connection.execute("SELECT value FROM record WHERE name = ?", (SEED + WHO,)).fetchone()[0]
    finally:
        connection.close()


def test_only_its_user_can_read_it_and_nothing_is_left_beside_it(vault, path):
    old = os.umask(0)
    try:
        vault.put({SEED + WHO: SECRET})
        vault.copy(path.with_name("copy"))
    finally:
        os.umask(old)
    assert {each.name: mode(each) for each in path.parent.iterdir()} == {"v.sqlite3": 0o600, "copy": 0o600}


def test_a_file_that_others_could_read_is_closed_to_them(vault, path):
    path.chmod(0o644)
    assert vault.get(SEED + WHO) is None
    assert mode(path) == 0o600


def test_a_locked_vault_shows_what_is_public_and_nothing_else(path):
    vault = locked(path)
    vault.unlock("open sesame")
    vault.put(dict.fromkeys(PRIVATE + PUBLIC, SECRET))
    again = VaultFile(path, "v")
    assert again.locked
    assert again.names() == sorted(PRIVATE + PUBLIC)
    assert [again.get(name) for name in PUBLIC] == [SECRET] * len(PUBLIC)
    for name in PRIVATE:
        with pytest.raises(VaultLocked, match="The vault v is locked") as caught:
            again.get(name)
        assert "UOCKAM_PASSPHRASE_FILE" in caught.value.remedy
    with pytest.raises(VaultLocked):
        again.put({SEED + WHO: SECRET})


def test_a_locked_vault_remembers_what_is_public(path):
    vault = locked(path)
    vault.put({KNOWN + WHO: b"history"})
    assert vault.locked
    assert vault.get(KNOWN + WHO) == b"history"


@pytest.mark.parametrize("wrong", ["", "open sesam", "Open sesame", "open sesame ", "\udcff", "x" * 10_000])
def test_a_wrong_passphrase_is_said_to_be_wrong_and_not_repeated(path, wrong):
    vault = locked(path)
    with pytest.raises(WrongPassphrase, match="passphrase of the vault v is wrong") as caught:
        vault.unlock(wrong)
    assert vault.locked
    assert "sesame" not in str(caught.value) + caught.value.remedy


@pytest.mark.parametrize("passphrase", ["a", "gr\u00fc\u00dfe \U0001f511", "\udcff\udc80", "x" * 10_000])
def test_any_text_is_a_passphrase(path, passphrase):
    vault = locked(path, passphrase)
    vault.unlock(passphrase)
    assert not vault.locked


def test_a_passphrase_is_the_same_however_a_keyboard_composes_it(path):
    vault = locked(path, "gr\u00fcn")
    vault.unlock("gru\u0308n")
    assert not vault.locked


def test_a_passphrase_is_set_changed_and_removed_and_the_secrets_stay(vault, path):
    vault.put({SEED + WHO: SECRET})
    for new, then in (("one", "two"), ("two", None)):
        vault.set_passphrase(new)
        vault = VaultFile(path, "v")
        vault.unlock(new)
        assert vault.get(SEED + WHO) == SECRET
        vault.set_passphrase(then)
    assert not VaultFile(path, "v").has_passphrase
    assert VaultFile(path, "v").get(SEED + WHO) == SECRET


def test_a_former_key_is_not_left_in_the_file_when_a_passphrase_is_set(vault, path):
    key = vault._opened_key()
    assert key in path.read_bytes()
    vault.set_passphrase("one")
    assert key not in path.read_bytes()


def test_the_passphrase_of_a_locked_vault_cannot_be_replaced(path):
    vault = locked(path)
    with pytest.raises(VaultLocked):
        vault.set_passphrase("mine")


def test_a_copy_has_everything_also_the_passphrase(path):
    vault = locked(path)
    vault.unlock("open sesame")
    vault.put({SEED + WHO: SECRET})
    vault.copy(path.with_name("copy"))
    copy = VaultFile(path.with_name("copy"), "c")
    assert copy.locked
    copy.unlock("open sesame")
    assert copy.get(SEED + WHO) == SECRET


def test_nothing_is_written_over(vault, path):
    path.with_name("other").write_text("mine")
    with pytest.raises(VaultExists, match="already"):
        vault.copy(path.with_name("other"))
    with pytest.raises(VaultExists):
        vault_file.create(path)
    assert path.with_name("other").read_text() == "mine"


def test_what_a_killed_maker_left_is_not_in_the_way(path):
    for ending in (".new", ".new-journal", "-journal"):
        path.with_name(path.name + ending).write_bytes(b"half of a vault" * 100)
    vault_file.create(path)
    VaultFile(path, "v").put({SEED + WHO: SECRET})
    assert [each.name for each in path.parent.iterdir()] == [path.name]


def test_a_folder_that_is_not_there_is_an_error_with_a_remedy(tmp_path):
    with pytest.raises(VaultError, match=r"cannot be made: No such file or directory") as caught:
        vault_file.create(tmp_path / "no" / "v")
    assert caught.value.remedy


def test_a_vault_that_went_away_is_an_error_and_is_not_made_again(vault, path):
    path.unlink()
    for attempt in (lambda: vault.get(KNOWN + WHO), lambda: vault.put({KNOWN + WHO: b""}), vault.names):
        with pytest.raises(VaultError, match="is not there"):
            attempt()
    assert not path.exists()


@pytest.mark.parametrize(
    ("content", "what"),
    [(b"", "is not a vault"), (b"no database at all" * 99, "is not a vault"), (b"SQLite format 3\0" * 99, "is")],
)
def test_another_file_is_no_vault_and_is_not_touched(path, content, what):
    path.write_bytes(content)
    for attempt in (lambda: VaultFile(path, "v").get(b"x"), lambda: VaultFile(path, "v").put({KNOWN: b"x"})):
        with pytest.raises(VaultError, match=what):
            attempt()
    assert path.read_bytes() == content


def test_a_state_file_is_no_vault(home):
    from uockam_host.state.database import Database

    with Database() as database, pytest.raises(VaultError, match="is not a vault"):
        VaultFile(database.path, "v").names()


def test_a_newer_vault_is_left_alone(vault, path):
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 2")
    connection.close()
    with pytest.raises(VaultError, match="newer uockam") as caught:
        vault.names()
    assert "Upgrade" in caught.value.remedy


@pytest.mark.usefixtures("unprivileged")
def test_a_vault_of_another_user_is_refused(monkeypatch, home):
    home.mkdir()
    vault_file.create(home / "v")
    monkeypatch.setattr(os, "getuid", lambda: 1)
    with pytest.raises(VaultError, match="belongs to another user"):
        VaultFile(home / "v", "v").names()


@pytest.mark.parametrize("passphrase", [None, "open sesame"])
def test_no_damage_of_a_single_byte_gives_a_wrong_record(path, passphrase):
    vault_file.create(path, passphrase)
    kept = {SEED + WHO: SECRET, KNOWN + WHO: b"history" * 9}
    vault = VaultFile(path, "v")
    if passphrase:
        vault.unlock(passphrase)
    vault.put(kept)
    content = path.read_bytes()
    used = [at for at in range(len(content)) if content[at] or at < 128]
    noticed = sum(is_noticed(path, content, at, kept, passphrase) for at in used)
    assert noticed > 200, "of the bytes that matter"


def is_noticed(path, content, at, kept, passphrase):
    path.write_bytes(content[:at] + bytes((content[at] ^ 0x41,)) + content[at + 1 :])
    vault = VaultFile(path, "v")
    try:
        if passphrase:
            vault.unlock(passphrase)
        found = {name: vault.get(name) for name in kept}
    except VaultError:
        return True
    assert all(value in (None, kept[name]) for name, value in found.items()), at
    return found != kept


def test_a_record_cannot_be_passed_off_as_another(vault, path):
    vault.put({SEED + WHO: SECRET})
    connection = sqlite3.connect(path)
    value = sealed_value(path)
    other = CHANNEL_KEY + WHO
    crc = vault_file._check_sum(other, value)
    connection.execute("INSERT INTO record (name, value, crc) VALUES (?, ?, ?)", (other, value, crc))
    connection.commit()
    connection.close()
    with pytest.raises(VaultError, match="damaged"):
        vault.get(other)


@pytest.mark.parametrize("kept", [b"", b"\1", b"\2" + bytes(40), b"\1\x3f" + bytes(76), b"\0short"])
def test_a_key_that_was_not_made_here_is_damage(vault, kept):
    vault._write({vault_file._KEY: kept})
    with pytest.raises(VaultError, match="damaged"):
        fresh = VaultFile(vault.path, "v")
        fresh.unlock("x") if fresh.locked else fresh.get(SEED + WHO)
        fresh.put({SEED + WHO: SECRET})


def test_a_busy_vault_is_named(vault, path, monkeypatch):
    monkeypatch.setattr(vault_file, "_LOCK_WAIT_S", 0.01)
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    with pytest.raises(VaultError, match="is locked") as caught:
        vault.put({KNOWN + WHO: b""})
    connection.close()
    assert "try again" in caught.value.remedy


def test_writers_at_once_lose_nothing(path):
    vault_file.create(path)
    start = threading.Barrier(6)

    def work(number):
        vault = VaultFile(path, "v")
        start.wait()
        for each in range(5):
            vault.put({SEED + bytes((number, each)): b"%d %d" % (number, each), KNOWN + b"last": b"%d" % number})

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    vault = VaultFile(path, "v")
    assert len(vault.names(SEED)) == 30
    assert vault.get(SEED + bytes((3, 4))) == b"3 4"


_WRITE = """
import sys
from pathlib import Path
from uockam_host.state.vault_file import VaultFile
vault = VaultFile(Path(sys.argv[1]), "v")
for number in range(1_000_000):
    text = b"%d" % number
    vault.put({b"seed:" + b"a" * 32: text, b"known:" + b"a" * 32: text * 400})
    print(number, flush=True)
"""


@pytest.mark.parametrize("lines", [1, 4, 9])
def test_a_writer_that_is_killed_leaves_the_old_records_or_the_new_ones(vault, path, lines):
    with subprocess.Popen([sys.executable, "-c", _WRITE, str(path)], stdout=subprocess.PIPE, text=True) as writer:
        last = [int(writer.stdout.readline()) for _ in range(lines)][-1]
        writer.kill()
    found = int(vault.get(SEED + b"a" * 32))
    assert vault.get(KNOWN + b"a" * 32) == b"%d" % found * 400
    assert found >= last


def test_a_full_disk_changes_nothing(vault, path):
    vault.put({SEED + WHO: SECRET})
    program = (
        "import resource, signal, sys\n"
        "from pathlib import Path\n"
        "from uockam.secure.store import VaultError\n"
        "from uockam_host.state.vault_file import VaultFile\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (20000, 20000))\n"
        "try:\n"
        f"    VaultFile(Path(sys.argv[1]), 'v').put({{b'known:x': bytes(100000), {SEED + WHO!r}: None}})\n"
        "except VaultError as error:\n"
        "    print(error)\n"
    )
    ran = subprocess.run([sys.executable, "-c", program, str(path)], capture_output=True, text=True, check=True)
    assert "the disk is full" in ran.stdout
    assert vault.get(SEED + WHO) == SECRET
    assert vault.get(b"known:x") is None


def test_neither_the_vault_nor_its_errors_show_a_secret(path):
    vault = locked(path, "open sesame")
    vault.unlock("open sesame")
    vault.put({SEED + WHO: SECRET})
    key = vault._opened_key()
    shown = repr(vault) + str(vault)
    assert "sesame" not in shown
    assert repr(key) not in shown
    assert key.hex() not in shown
