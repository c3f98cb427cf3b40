"""The table of boards that this machine has put into projects: by which name, and who each has to be."""

from dataclasses import astuple, dataclass, fields

from .database import Database


@dataclass(frozen=True)
class DeviceRecord:
    """One row. name: of the board's relay; identifier: of the board, as text; project: the id of its project."""

    name: str
    identifier: str
    project: str


_COLUMNS = ", ".join(item.name for item in fields(DeviceRecord))


class Devices:
    """Reading and changing the table."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, name: str) -> DeviceRecord | None:
        """The board of this name, or None."""
        rows = self._database.rows(f"SELECT {_COLUMNS} FROM device WHERE name = ?", name)
        return DeviceRecord(**dict(rows[0])) if rows else None

    def put(self, record: DeviceRecord) -> None:
        """Insert or replace."""
        with self._database.writing() as connection:
            connection.execute(f"REPLACE INTO device ({_COLUMNS}) VALUES (?, ?, ?)", astuple(record))
