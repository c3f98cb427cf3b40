"""The embedded database: transactions, its file, and copies of it."""

import asyncio
import sqlite3
import stat

import pytest

from uockam_host.cloud.database import StoreError
from uockam_host.cloud.open import open_database, sqlite_path
from uockam_host.cloud.schema import MIGRATIONS
from uockam_host.cloud.sqlite import check_file, open_sqlite
from uockam_host.cloud.tables.settings import Settings
from uockam_host.errors import InvalidArgument


@pytest.fixture
def file(tmp_path):
    return tmp_path / "folder" / "o.sqlite3"


async def test_what_was_written_is_there_when_it_is_opened_again(file):
    database = await open_sqlite(file)
    await Settings(database).put("colour", "blue")
    await Settings(database).put("colour", "green")
    await database.close()
    database = await open_sqlite(file)
    assert await Settings(database).get("colour") == "green"
    assert await Settings(database).get("size") is None
    await database.close()


async def test_a_transaction_counts_as_a_whole_or_not_at_all(file):
    database = await open_sqlite(file)
    with pytest.raises(RuntimeError):
        async with database.transaction() as session:
            await session.execute("INSERT INTO setting (name, value) VALUES (?, ?)", "a", "1")
            raise RuntimeError
    assert await Settings(database).get("a") is None
    async with database.transaction() as session:
        await session.execute("INSERT INTO setting (name, value) VALUES (?, ?)", "a", "1")
    assert await Settings(database).get("a") == "1"
    await database.close()


async def test_others_wait_for_the_end_of_a_transaction_and_a_cancelled_one_leaves_nothing(file):
    database = await open_sqlite(file)
    begun = asyncio.Event()

    async def hang() -> None:
        async with database.transaction() as session:
            await session.execute("INSERT INTO setting (name, value) VALUES (?, ?)", "a", "1")
            begun.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(hang())
    await begun.wait()
    reading = asyncio.create_task(Settings(database).get("a"))
    await asyncio.sleep(0)
    assert not reading.done()
    task.cancel()
    assert await reading is None
    await database.close()


async def test_rows_are_known_by_position_and_name_and_changes_are_counted(file):
    database = await open_sqlite(file)
    assert await database.execute("INSERT INTO setting (name, value) VALUES (?, ?)", "a", "1") == 1
    (row,) = await database.fetch("SELECT name, value FROM setting")
    assert (row[0], row["value"]) == ("a", "1")
    assert await database.execute("DELETE FROM setting WHERE name = ?", "b") == 0
    await database.close()


async def test_a_statement_that_fails_is_a_store_error_with_a_remedy(file):
    database = await open_sqlite(file)
    with pytest.raises(StoreError) as caught:
        await database.execute("INSERT INTO nowhere VALUES (1)")
    assert str(file) in str(caught.value)
    assert caught.value.remedy
    await database.close()


async def test_the_file_is_private_and_acknowledged_writes_are_synchronous(file):
    database = await open_sqlite(file)
    modes = {stat.S_IMODE(path.stat().st_mode) for path in file.parent.iterdir()}
    assert modes == {0o600}
    assert [(await database.fetch(f"PRAGMA {name}"))[0][0] for name in ("journal_mode", "synchronous")] == ["wal", 2]
    await database.close()


async def test_a_file_of_a_newer_version_is_left_alone(file):
    await (await open_sqlite(file)).close()
    with sqlite3.connect(file) as connection:
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    connection.close()
    with pytest.raises(StoreError, match="newer"):
        await open_sqlite(file)
    with pytest.raises(StoreError, match="newer"):
        check_file(file)


async def test_a_file_that_is_no_database_is_refused(file):
    file.parent.mkdir()
    file.write_bytes(b"something else entirely" * 100)
    with pytest.raises(StoreError):
        await open_sqlite(file)
    with pytest.raises(StoreError):
        check_file(file)


async def test_a_damaged_copy_is_noticed(file, tmp_path):
    database = await open_sqlite(file)
    for number in range(200):
        await database.execute("INSERT INTO setting (name, value) VALUES (?, ?)", f"name {number}", "x" * 100)
    await database.backup(str(tmp_path / "copy"))
    await database.close()
    check_file(tmp_path / "copy")
    data = bytearray((tmp_path / "copy").read_bytes())
    data[len(data) // 2 :] = bytes(len(data) - len(data) // 2)
    (tmp_path / "copy").write_bytes(data)
    with pytest.raises(StoreError):
        check_file(tmp_path / "copy")


async def test_a_copy_made_under_load_has_all_that_was_acknowledged_before_it_began(file, tmp_path):
    database = await open_sqlite(file)
    written: list[int] = []
    going = True

    async def write() -> None:
        while going:
            number = len(written)
            await database.execute("INSERT INTO setting (name, value) VALUES (?, ?)", f"{number:06}", "x" * 500)
            written.append(number)
            enough.set() if number > 50 else None

    enough = asyncio.Event()
    writer = asyncio.create_task(write())
    await enough.wait()
    before = len(written)
    await database.backup(str(tmp_path / "copy"))
    going = False
    await writer
    await database.close()
    copy = await open_sqlite(tmp_path / "copy")
    names = [row[0] for row in await copy.fetch("SELECT name FROM setting ORDER BY name")]
    await copy.close()
    assert names == [f"{number:06}" for number in range(len(names))]
    assert len(names) >= before


async def test_a_copy_never_replaces_a_file(file, tmp_path):
    database = await open_sqlite(file)
    (tmp_path / "copy").write_text("precious")
    with pytest.raises(StoreError):
        await database.backup(str(tmp_path / "copy"))
    assert (tmp_path / "copy").read_text() == "precious"
    await database.close()


async def test_a_url_names_a_file(file):
    await (await open_database(f"sqlite:///{file}")).close()
    assert sqlite_path(f"sqlite:///{file}") == file
    for url in ("mysql://x", "sqlite:///", "x"):
        with pytest.raises(InvalidArgument):
            sqlite_path(url)
    with pytest.raises(InvalidArgument, match="mysql"):
        await open_database("mysql://x")


async def test_a_full_disk_takes_a_transaction_back_and_is_no_end(file):
    database = await open_sqlite(file)
    settings = Settings(database)
    await settings.put("before", "1")
    (pages,) = (await database.fetch("PRAGMA page_count"))[0]
    await database.execute(f"PRAGMA max_page_count = {pages + 2}")
    with pytest.raises(StoreError, match="full"):
        async with database.transaction() as session:
            for number in range(1000):
                await session.execute("INSERT INTO setting (name, value) VALUES (?, ?)", f"{number}", "x" * 1000)
    assert await settings.get("0") is None
    assert await settings.get("before") == "1"
    await database.execute(f"PRAGMA max_page_count = {pages + 1000}")
    await settings.put("after", "1")
    assert await settings.get("after") == "1"
    await database.close()
