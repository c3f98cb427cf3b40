"""What is said with the worker `mailbox` of a project's node, which keeps sealed messages for members that are away.

Everything is said through a channel with the project's node, and whoever asks shows a credential of the project:

    POST messages    PUT       -> KEPT    keep a message for another member; KEPT comes when it is safely on disk
    POST exchange    EXCHANGE  -> MAIL    what was done with the last messages, and the next ones
    GET status                 -> STATUS  what waits for the asker
    GET cards/WHO              -> CARD    what it takes to seal to a member: a name, or an identifier as text

docs/mailbox.md says what all of it is worth.
"""

from ..records import Record

AT = "mailbox"

PUT = Record(
    "a message to keep",
    (1, "receiver", bytes, True),
    (2, "id", bytes, True),  # 16 bytes; the same again is kept once
    (3, "ttl_s", int, True),
    (4, "sealed", bytes, True),
)
KEPT = Record("what is kept", (1, "number", int, True), (2, "expires_at", int, True))
EXCHANGE = Record(
    "an exchange",
    (1, "after", int, True),  # messages with this number, and those before it, are done with; 0 for none
    (2, "room", int, True),  # bytes of sealed messages that the asker takes at a time
    (3, "digest", bytes, True),  # SHA-256 of the card that it has
    (4, "answers", list, False),  # of PUT
    (5, "card", bytes, False),  # when it was wanted
    (6, "name", str, False),  # that it wants to be known by, with its card; its credential has to allow that relay
    (7, "version", str, False),  # of its software
)
MAIL = Record(
    "mail",
    (1, "messages", list, True),  # of [number, sealed message], in order
    (2, "left", int, True),  # how many more wait
    (3, "wants_card", bool, True),
    (4, "now", int, True),  # Unix seconds
    (5, "refused", int, True),  # answers that could not be kept
)
STATUS = Record(
    "the status of a mailbox",
    (1, "count", int, True),
    (2, "bytes", int, True),
    (3, "most_count", int, True),
    (4, "most_bytes", int, True),
    (5, "most_age_s", int, True),
)
CARD = Record("the card of a member", (1, "identifier", bytes, True), (2, "card", bytes, True))
