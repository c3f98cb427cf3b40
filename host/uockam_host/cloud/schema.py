"""The tables of the orchestrator, one migration a step. A released migration never changes: add another one.

Times are Unix seconds; `who` columns are e-mails in lower case, `email` columns the same as people write them.
"""

from .signin.pending import SCHEMA as SIGNIN_PENDING
from .signin.users import SCHEMA as SIGNIN
from .tables.mailboxes import READER
from .tables.mailboxes import SCHEMA as MAILBOXES

MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        "CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL)",
        """
        CREATE TABLE secret (
            owner       TEXT NOT NULL,
            name        BYTEA NOT NULL,
            value       BYTEA NOT NULL,
            PRIMARY KEY (owner, name)
        )
        """,
        """
        CREATE TABLE account (
            who         TEXT PRIMARY KEY,
            number      BIGINT NOT NULL UNIQUE,
            name        TEXT NOT NULL,
            created_at  BIGINT NOT NULL
        )
        """,
        """
        CREATE TABLE enrollment (
            identifier  BYTEA PRIMARY KEY,
            who         TEXT NOT NULL REFERENCES account (who),
            enrolled_at BIGINT NOT NULL
        )
        """,
        "CREATE INDEX enrollment_by_account ON enrollment (who)",
        """
        CREATE TABLE space (
            id          TEXT PRIMARY KEY,
            name        TEXT NOT NULL,
            created_at  BIGINT NOT NULL
        )
        """,
        """
        CREATE TABLE space_admin (
            space_id    TEXT NOT NULL REFERENCES space (id),
            who         TEXT NOT NULL,
            email       TEXT NOT NULL,
            added_at    BIGINT NOT NULL,
            PRIMARY KEY (space_id, who)
        )
        """,
        "CREATE INDEX space_admin_by_account ON space_admin (who)",
        """
        CREATE TABLE project (
            id          TEXT PRIMARY KEY,
            space_id    TEXT NOT NULL REFERENCES space (id),
            name        TEXT NOT NULL,
            history     BYTEA NOT NULL,
            authority   BYTEA NOT NULL,
            created_at  BIGINT NOT NULL,
            UNIQUE (space_id, name)
        )
        """,
        """
        CREATE TABLE project_admin (
            project_id  TEXT NOT NULL REFERENCES project (id),
            who         TEXT NOT NULL,
            email       TEXT NOT NULL,
            added_at    BIGINT NOT NULL,
            PRIMARY KEY (project_id, who)
        )
        """,
        "CREATE INDEX project_admin_by_account ON project_admin (who)",
        """
        CREATE TABLE member (
            project_id  TEXT NOT NULL REFERENCES project (id),
            identifier  BYTEA NOT NULL,
            attributes  TEXT NOT NULL,
            added_by    BYTEA NOT NULL,
            added_at    BIGINT NOT NULL,
            PRIMARY KEY (project_id, identifier)
        )
        """,
        """
        CREATE TABLE token (
            project_id  TEXT NOT NULL REFERENCES project (id),
            digest      BYTEA NOT NULL,
            attributes  TEXT NOT NULL,
            made_by     BYTEA NOT NULL,
            expires_at  BIGINT NOT NULL,
            uses        BIGINT NOT NULL,
            PRIMARY KEY (project_id, digest)
        )
        """,
        """
        CREATE TABLE revocation (
            project_id  TEXT NOT NULL REFERENCES project (id),
            identifier  BYTEA NOT NULL,
            until       BIGINT NOT NULL,
            PRIMARY KEY (project_id, identifier)
        )
        """,
        *SIGNIN,
    ),
    MAILBOXES,
    (*SIGNIN_PENDING, *READER),
)
