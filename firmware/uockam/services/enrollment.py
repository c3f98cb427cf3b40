"""What the owner of a board says, and hears, of the project that the board is a member of: `node/project`."""

from ..records import Record

# Routes are MultiAddrs of channel listeners; identifiers say who has to be there.
JOIN = Record(
    "a project to join",
    (1, "name", str, True),
    (2, "route", str, True),
    (3, "identifier", bytes, True),
    (4, "authority", str, True),
    (5, "issuer", bytes, True),
    (6, "history", bytes, True),  # of the authority
    (7, "relay", str, True),  # the name by which the board wants to be reached
    (8, "code", bytes, False),  # of a ticket; a member needs none
)
STANDING = Record(
    "the standing in a project",
    (1, "name", str, True),
    (2, "relay", str, True),
    (3, "trying", bool, True),  # nothing is known yet
    (4, "reason", str, False),  # why the board cannot be reached there, when it cannot
    (5, "expires_at", int, False),  # of the credential
    (6, "by", str, False),  # what leads there: "cable" or "network"
)
