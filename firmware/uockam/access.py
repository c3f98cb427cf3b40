"""Who may send to a worker: one decision, from the worker's rule and the flow that brought the message."""

from .flow import Flow
from .identifier import identifier_text, parse_identifier
from .port import TYPE_CHECKING, const

if TYPE_CHECKING:
    from typing import TypeAlias

    Access: TypeAlias = "int | Demand"

ANYONE = const(0)  # whoever may use this node's services: the default of a worker with a name
LOCAL = const(1)  # workers of this node only: the default of a worker with a random or `_` name
OWNER = const(2)  # this node, and whoever owns it: holds the cable of a board, or proved to be its owner
REPLY = const(3)  # the one-shot address of an ask: known only to whom it was sent

_NAMES_OF_RULES = ("AllowAll", "LocalOnly", "OwnerOnly", "AllowAll")  # in Ockam's manner


class Demand:
    """A rule that demands a proof of who sends. Nothing else opens it: neither being of this node nor being asked."""

    def admits(self, origin: Flow) -> bool:
        """Whether a message of this flow, which has an identifier, may pass."""
        return True

    def __str__(self) -> str:
        return "AnyIdentity"


CHANNEL = Demand()  # whoever comes over a secure channel


class Identities(Demand):
    """Demands a channel with one of these identities, each of them 32 bytes or text. Raises InvalidAddress."""

    def __init__(self, *identifiers: "bytes | str") -> None:
        self._identifiers = [parse_identifier(each) if isinstance(each, str) else each for each in identifiers]

    def admits(self, origin: Flow) -> bool:
        """Whether it is one of them."""
        return origin.identifier in self._identifiers

    def __str__(self) -> str:
        return "Identities(%s)" % ", ".join([identifier_text(each) for each in self._identifiers])


class Credential(Demand):
    """Demands a channel with whom an authority of this node attests all of this: Credential(role="operator")."""

    def __init__(self, **attributes: str) -> None:
        self._attributes = attributes

    def admits(self, origin: Flow) -> bool:
        """Whether an authority says so."""
        shown = origin.attributes
        return not [name for name, value in self._attributes.items() if shown.get(name) != value]

    def __str__(self) -> str:
        pairs = sorted(self._attributes.items())
        return "Credential(%s)" % ", ".join(["%s=%s" % pair for pair in pairs])


def rule_name(rule: "Access") -> str:
    """How the log names a rule."""
    return _NAMES_OF_RULES[rule] if isinstance(rule, int) else str(rule)


def default_rule(value: bytes) -> int:
    """LOCAL for names that start with `_`, ANYONE for every other name."""
    return LOCAL if value[:1] == b"_" else ANYONE


def allowed(rule: "Access", origin: "Flow | None", value: bytes) -> bool:
    """Whether a message from `origin` (None: made on this node) may go to the address `value`."""
    if not isinstance(rule, int):
        return origin is not None and origin.identifier is not None and rule.admits(origin)
    if origin is None or rule == REPLY:
        return True
    if (rule == ANYONE and origin.serves) or (rule == OWNER and origin.owner):
        return True
    return origin.expects(value)
