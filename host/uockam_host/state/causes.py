"""Why a SQLite file cannot be used: what SQLite says, in the words of people, with what to do about it."""

from . import home

_SPACE = "Make room on the disk (or raise the file size limit) and try again"
_PERMISSION = f"Make it writable, or set {home.ENVIRONMENT} to a folder of your own"
_LOCKED = "Another command is using it: try again, or end that command"
_LOST = ""  # stands for the remedy of what cannot be read any more, which the caller knows

_CAUSES = (  # words of SQLite's message -> what to tell; the first match counts (result codes need Python 3.11)
    ("not a database", "is not a {kind}", _LOST),
    ("malformed", "is damaged", _LOST),
    ("no such table", "is damaged", _LOST),
    ("no such column", "is damaged", _LOST),
    ("locked", "is locked", _LOCKED),
    ("disk is full", "cannot be written, the disk is full", _SPACE),
    ("disk I/O error", "cannot be read or written, the disk is full or failing", _SPACE),
    ("readonly", "cannot be written", _PERMISSION),
    ("unable to open", "cannot be opened", _PERMISSION),
)


def explain(kind: str, place: object, message: str, lost: str) -> tuple[str, str]:
    """(text, remedy) of an error of SQLite at a file of this kind; lost: the remedy when its content is gone."""
    for words, meaning, remedy in _CAUSES:
        if words in message:
            return f"The {kind} {place} {meaning.format(kind=kind)}", remedy or lost
    return f"The {kind} {place} cannot be used: {message}", lost
