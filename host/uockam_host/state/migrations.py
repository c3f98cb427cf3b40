"""The shape of the state file, one migration per step; PRAGMA user_version counts the steps taken.

A released migration never changes: add another one.
"""

MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        """
        CREATE TABLE node (
            name        TEXT PRIMARY KEY,
            kind        TEXT NOT NULL CHECK (kind IN ('host', 'serial', 'virtual')),
            is_default  INTEGER NOT NULL DEFAULT 0 CHECK (is_default IN (0, 1)),
            listener    TEXT NOT NULL,
            was_up      INTEGER NOT NULL DEFAULT 0 CHECK (was_up IN (0, 1)),
            port        TEXT,
            board       TEXT,
            options     TEXT NOT NULL DEFAULT '{}',
            created_at  REAL NOT NULL
        )
        """,
        "CREATE UNIQUE INDEX node_one_default ON node (is_default) WHERE is_default",
    ),
    (
        """
        CREATE TABLE vault (
            name        TEXT PRIMARY KEY,
            path        TEXT UNIQUE,
            created_at  REAL NOT NULL
        )
        """,
        """
        CREATE TABLE identity (
            name        TEXT PRIMARY KEY,
            identifier  TEXT NOT NULL UNIQUE,
            vault       TEXT NOT NULL REFERENCES vault (name),
            is_default  INTEGER NOT NULL DEFAULT 0 CHECK (is_default IN (0, 1)),
            created_at  REAL NOT NULL
        )
        """,
        "CREATE UNIQUE INDEX identity_one_default ON identity (is_default) WHERE is_default",
    ),
    ("CREATE TABLE orchestrator (only INTEGER PRIMARY KEY CHECK (only = 1), address TEXT NOT NULL)",),
    (
        """
        CREATE TABLE space (
            id          TEXT PRIMARY KEY,
            is_default  INTEGER NOT NULL DEFAULT 0 CHECK (is_default IN (0, 1)),
            body        TEXT NOT NULL
        )
        """,
        "CREATE UNIQUE INDEX space_one_default ON space (is_default) WHERE is_default",
        """
        CREATE TABLE project (
            id          TEXT PRIMARY KEY,
            name        TEXT NOT NULL,
            is_default  INTEGER NOT NULL DEFAULT 0 CHECK (is_default IN (0, 1)),
            body        TEXT NOT NULL
        )
        """,
        "CREATE UNIQUE INDEX project_one_default ON project (is_default) WHERE is_default",
        """
        CREATE TABLE user (
            email           TEXT PRIMARY KEY COLLATE NOCASE,
            sub             TEXT NOT NULL,
            name            TEXT NOT NULL,
            nickname        TEXT NOT NULL,
            picture         TEXT NOT NULL,
            updated_at      TEXT NOT NULL,
            email_verified  INTEGER NOT NULL CHECK (email_verified IN (0, 1))
        )
        """,
        "CREATE TABLE enrollment (identifier TEXT PRIMARY KEY, email TEXT NOT NULL, enrolled_at REAL NOT NULL)",
        """
        CREATE TABLE credential (
            issuer      BLOB NOT NULL,
            subject     BLOB NOT NULL,
            expires_at  INTEGER NOT NULL,
            issued      BLOB NOT NULL,
            PRIMARY KEY (issuer, subject)
        )
        """,
    ),
    ("CREATE TABLE device (name TEXT PRIMARY KEY, identifier TEXT NOT NULL, project TEXT NOT NULL)",),
)
