"""Who may send to a worker: one decision, from the worker's rule and the flow that brought the message."""

from .flow import Flow
from .port import const

ANYONE = const(0)  # whoever may use this node's services: the default of a worker with a name
LOCAL = const(1)  # workers of this node only: the default of a worker with a random or `_` name
OWNER = const(2)  # this node, and whoever holds the cable of a board
REPLY = const(3)  # the one-shot address of an ask: known only to whom it was sent


def default_rule(value: bytes) -> int:
    """LOCAL for names that start with `_`, ANYONE for every other name."""
    return LOCAL if value[:1] == b"_" else ANYONE


def allowed(rule: int, origin: "Flow | None", value: bytes) -> bool:
    """Whether a message from `origin` (None: made on this node) may go to the address `value`."""
    if origin is None or rule == REPLY:
        return True
    if (rule == ANYONE and origin.serves) or (rule == OWNER and origin.owner):
        return True
    return origin.expects(value)
