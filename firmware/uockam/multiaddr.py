"""MultiAddr: routes as people write them, `/node/n1/service/echo`, and their binary form (wire.md 2.4)."""

from .address import LOCAL, MAX_VALUE, TCP, Address, decimal, utf8
from .bare import decode_uint, encode_uint
from .errors import InvalidAddress, ProtocolError
from .log import safe

NAMED = ("dnsaddr", "service", "node", "project", "space", "secure", "worker")
WORKERS = ("service", "worker", "secure")
HOSTS = ("ip4", "ip6", "dnsaddr")

_CODES = (
    ("ip4", 4),
    ("tcp", 6),
    ("ip6", 41),
    ("dnsaddr", 56),
    ("service", 62526),
    ("node", 72526),
    ("project", 82526),
    ("space", 92526),
    ("secure", 99526),
    ("worker", 102526),
)
_CODE_OF = dict(_CODES)
_NAME_OF = {code: name for name, code in _CODES}
_WIDTHS = {"ip4": 4, "tcp": 2, "ip6": 16}

_MAX_PARTS = 64  # longest MultiAddr that is read: twice the longest route
_REMEDY = "write a route such as /node/n1/service/echo or /ip4/127.0.0.1/tcp/4000/service/echo"


def parse(text: str) -> "tuple[tuple[str, str], ...]":
    """The (protocol, value) pairs of a MultiAddr text, for example (("node", "n1"), ("service", "echo")).

    The first slash may be missing, and `self` is short for /secure/api. Raises InvalidAddress with the part that is
    wrong.
    """
    if text == "self":
        return (("secure", "api"),)
    words = text[1:].split("/") if text.startswith("/") else text.split("/")
    if len(words) > 2 * _MAX_PARTS:
        raise InvalidAddress("the route '%s' is too long" % safe(text), _REMEDY)
    pairs = []
    for index in range(0, len(words), 2):
        name = words[index]
        if name not in _CODE_OF:
            raise InvalidAddress('unregistered protocol prefix "%s"' % safe(name), _REMEDY)
        value = words[index + 1] if index + 1 < len(words) else ""
        pairs.append((name, _checked(name, value)))
    return tuple(pairs)


def format(pairs: "tuple[tuple[str, str], ...]") -> str:
    """The text of (protocol, value) pairs."""
    return "".join(["/%s/%s" % pair for pair in pairs])


def encode(pairs: "tuple[tuple[str, str], ...]") -> bytes:
    """The binary form of (protocol, value) pairs. Raises InvalidAddress."""
    return b"".join([encode_uint(_CODE_OF[name]) + _encode_value(name, value) for name, value in pairs])


def decode(data: bytes) -> "tuple[tuple[str, str], ...]":
    """The pairs of a binary MultiAddr. Raises ProtocolError."""
    pairs: "list[tuple[str, str]]" = []
    position = 0
    while position < len(data):
        code, position = decode_uint(data, position)
        name = _NAME_OF.get(code)
        if name is None or len(pairs) >= _MAX_PARTS:
            raise ProtocolError("a MultiAddr with an unknown part or too many of them")
        width = _WIDTHS.get(name)
        if width is None:
            width, position = decode_uint(data, position)
            if width > MAX_VALUE:
                raise ProtocolError("a MultiAddr part of more than %d bytes" % MAX_VALUE)
        raw = data[position : position + width]
        if len(raw) != width:
            raise ProtocolError("a MultiAddr that is cut short")
        position += width
        pairs.append((name, _decode_value(name, raw)))
    return tuple(pairs)


def to_route(pairs: "tuple[tuple[str, str], ...]") -> "tuple[Address, ...]":
    """The route of pairs without node, project or space: host and tcp become one `1#host:port` hop.

    Raises InvalidAddress for parts that only a host with state can replace, and for an empty route.
    """
    hops: "list[Address]" = []
    host = None
    for name, value in pairs:
        if name in HOSTS and host is None:
            host = "[%s]" % value if name == "ip6" else value
        elif name == "tcp" and host is not None:
            hops.append(Address(TCP, ("%s:%s" % (host, value)).encode()))
            host = None
        elif name in WORKERS and host is None and value:
            hops.append(Address(LOCAL, value.encode()))
        else:
            raise InvalidAddress("'/%s/%s' does not fit there in a route" % (name, safe(value)), _REMEDY)
    if host is not None or not hops:
        raise InvalidAddress("the route ends too early: a host needs /tcp/PORT, and a route at least one hop", _REMEDY)
    return tuple(hops)


def _checked(name: str, value: str) -> str:
    if name == "tcp" and decimal(value, 65535) < 0:
        raise InvalidAddress("'%s' is not a TCP port" % safe(value), _REMEDY)
    if name == "ip4":
        _pack_ip4(value)
    if name == "ip6":
        _pack_ip6(value)
    raw = utf8(value)
    if len(raw) > MAX_VALUE or (not raw and (value or name != "service")):
        raise InvalidAddress("/%s needs a value of 1 to %d bytes" % (name, MAX_VALUE), _REMEDY)
    return value


def _encode_value(name: str, value: str) -> bytes:
    if name == "tcp":
        return int(_checked(name, value)).to_bytes(2, "big")
    if name == "ip4":
        return _pack_ip4(value)
    if name == "ip6":
        return _pack_ip6(value)
    raw = utf8(_checked(name, value))
    return encode_uint(len(raw)) + raw


def _decode_value(name: str, raw: bytes) -> str:
    if name == "tcp":
        return str(int.from_bytes(raw, "big"))
    if name == "ip4":
        return ".".join([str(byte) for byte in raw])
    if name == "ip6":
        return _format_ip6(raw)
    try:
        text = raw.decode()
    except UnicodeError:
        raise ProtocolError("a MultiAddr part that is not text")
    if "/" in text or (not text and name != "service"):
        raise ProtocolError("a MultiAddr part that is empty or has a slash")
    return text


def _pack_ip4(text: str) -> bytes:
    parts = [decimal(part, 255) for part in text.split(".")]
    if len(parts) != 4 or min(parts) < 0:
        raise InvalidAddress("'%s' is not an IPv4 address" % safe(text), _REMEDY)
    return bytes(parts)


def _pack_ip6(text: str) -> bytes:
    head, gap, tail = text.partition("::")
    first = _ip6_groups(head, text)
    last = _ip6_groups(tail, text)
    missing = 16 - len(first) - len(last)
    if (missing != 0 and not gap) or (gap and (missing < 2 or "." in head)):
        raise InvalidAddress("'%s' is not an IPv6 address" % safe(text), _REMEDY)
    return first + bytes(missing) + last


def _ip6_groups(text: str, whole: str) -> bytes:
    groups = text.split(":") if text else []
    packed = b""
    for index, group in enumerate(groups):
        if "." in group and index == len(groups) - 1:
            packed += _pack_ip4(group)
            continue
        if not 1 <= len(group) <= 4 or not all([char in "0123456789abcdefABCDEF" for char in group]):
            raise InvalidAddress("'%s' is not an IPv6 address" % safe(whole), _REMEDY)
        packed += int(group, 16).to_bytes(2, "big")
    return packed


def _format_ip6(raw: bytes) -> str:
    groups = ["%x" % int.from_bytes(raw[index : index + 2], "big") for index in range(0, 16, 2)]
    start, length = _longest_zero_run(groups)
    if length < 2:
        return ":".join(groups)
    return "%s::%s" % (":".join(groups[:start]), ":".join(groups[start + length :]))


def _longest_zero_run(groups: "list[str]") -> "tuple[int, int]":
    best = (0, 0)
    start = None
    for index, group in enumerate(groups + ["end"]):
        if group == "0":
            start = index if start is None else start
        elif start is not None:
            if index - start > best[1]:
                best = (start, index - start)
            start = None
    return best
