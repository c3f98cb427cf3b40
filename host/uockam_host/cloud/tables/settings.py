"""What the orchestrator remembers about itself."""

from ..database import Database


class Settings:
    """The table `setting`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, name: str) -> str | None:
        """The value of this name."""
        rows = await self._database.fetch("SELECT value FROM setting WHERE name = ?", name)
        return str(rows[0][0]) if rows else None

    async def put(self, name: str, value: str) -> None:
        """Keep a value."""
        query = (
            "INSERT INTO setting (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value"
        )
        await self._database.execute(query, name, value)
