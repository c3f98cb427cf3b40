"""The orchestrator's own identities: made once, and what they sign."""

import secrets
import time
from typing import Any

from uockam.crypto.steps import last
from uockam.secure.identity import History
from uockam.secure.keys import Keys

from .database import Database
from .metrics import CREDENTIALS
from .secrets import Secrets, load_secrets
from .services.accounts import Issue
from .tables.members import CREDENTIAL_LIFETIME_S

_KEY_BYTES = 32


class Own:
    """One identity with its keys."""

    def __init__(self, secrets: Secrets, history: History) -> None:
        self.secrets = secrets
        self.keys = Keys(secrets)
        self.history = history

    @property
    def identifier(self) -> bytes:
        """Of 32 bytes."""
        return self.history.identifier

    def issuer(self, role: str) -> Issue:
        """A function that issues credentials as this identity; role: what metrics call it."""

        def issue(subject: bytes, attributes: dict[str, str]) -> Any:
            pairs = {key.encode(): value.encode() for key, value in attributes.items()}
            now = int(time.time())
            steps = self.keys.issue_steps(self.identifier, fresh, subject, pairs, now, CREDENTIAL_LIFETIME_S)
            CREDENTIALS.labels(role).inc()
            return last(steps).item()

        return issue


def fresh() -> bytes:
    """Random bytes for a key."""
    return secrets.token_bytes(_KEY_BYTES)


async def make_identity(database: Database, owner: str) -> Own:
    """A new identity; it and the keys that it will need are in the database. Raises StoreError."""
    kept = Secrets(database, owner)
    keys = Keys(kept)
    now = int(time.time())
    history = last(keys.create_steps(fresh(), now))
    last(keys.party_steps(history.identifier, fresh, now))
    last(keys.issue_steps(history.identifier, fresh, history.identifier, {}, now, 0))
    await kept.saved()
    return Own(kept, history)


async def load_identity(database: Database, owner: str) -> Own | None:
    """The identity that was made for this owner. Raises StoreError."""
    kept = await load_secrets(database, owner)
    keys = Keys(kept)
    histories = [keys.history(identifier) for identifier in keys.identifiers()]
    return Own(kept, histories[0]) if histories and histories[0] else None
