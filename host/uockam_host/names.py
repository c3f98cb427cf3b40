"""Names that people give to nodes, names that nodes get by themselves, and host:port text."""

import random
import re
from collections.abc import Container

from .errors import InvalidArgument

MAX_NAME_LENGTH = 64  # a name is also a folder name and a part of socket paths
_NAME = re.compile(r"[A-Za-z0-9_-]+")
_PREFIX = "/node/"
_MAX_PORT = 65535

_TEMPERS = """
agile amber ardent balmy bold brave breezy bright brisk calm candid clever coral cosy crisp curious daring deft dusky
eager earnest fabled fleet fluent frosty gentle glad golden graceful hardy hazel hearty honest humble ivory jolly
jovial keen kindly limber lively lucid lunar mellow merry mild mossy neat nimble noble olive patient placid plucky
polite proud quick quiet rapid ready rosy rugged russet serene sharp shiny silent silver sleek snowy snug solar spry
stable steady still sturdy sunny swift tidy timely tranquil upbeat valiant vivid warm wily windy witty woven young
zesty
""".split()

_ANIMALS = """
alpaca avocet badger bison bittern bunting caribou chamois civet cod coot cormorant crane curlew dingo dipper dormouse
dunlin eagle egret eider ermine falcon falconet ferret finch firefly gannet gecko gibbon goby grebe grouse hare
harrier heron hoopoe ibex ibis jackdaw jaguar jay kestrel kingfisher kite lapwing lark lemming linnet lynx magpie
marmot marten merlin mink moose muntjac newt nightjar ocelot oriole osprey otter owl oyster petrel pika pipit plover
puffin quail raven redstart robin rook sable saola seal serval shrike siskin skink stoat stork swift tapir teal tern
thrush toucan trout vole wagtail walrus weasel wombat wren
""".split()


def check_name(text: str, prefix: str = _PREFIX) -> str:
    """A name, of a node out of `n1` or `/node/n1`, of something else with prefix "". Raises InvalidArgument."""
    name = text[len(prefix) :] if text.startswith(prefix) else text
    if not _NAME.fullmatch(name):
        raise InvalidArgument(f"Invalid value for NAME: {text}", "Use letters, digits, `_` and `-` only")
    if len(name) > MAX_NAME_LENGTH:
        raise InvalidArgument(f"Invalid value for NAME: {text}", f"Use at most {MAX_NAME_LENGTH} characters")
    return name


def pet_name(taken: Container[str], choose: random.Random | None = None) -> str:
    """A name of two words that is not taken; a number is added when the words do not suffice."""
    choose = choose or random.SystemRandom()
    for serial in range(_TRIES):
        name = f"{choose.choice(_TEMPERS)}-{choose.choice(_ANIMALS)}" + (f"-{serial}" if serial > _PLAIN_TRIES else "")
        if name not in taken:
            return name
    raise InvalidArgument("No free name was found", "Name the node yourself")


_PLAIN_TRIES = 20  # by then most of the combinations are taken
_TRIES = 10_000


def check_socket_address(text: str) -> str:
    """ "host:port" as it came, with a host and a port of 0 to 65535. Raises InvalidArgument."""
    host, _, port = text.rpartition(":")
    if not host or not port:
        raise InvalidArgument(f"Invalid address {text}. Expected 'hostname:port'", "For example 127.0.0.1:4000")
    if not (port.isascii() and port.isdigit() and int(port) <= _MAX_PORT):
        raise InvalidArgument(f"Invalid port number {port}", f"Use a number from 0 to {_MAX_PORT}; 0 picks a free port")
    return text


def is_loopback(address: str) -> bool:
    """Whether "host:port" can be reached from this machine only."""
    import ipaddress

    host = address.rpartition(":")[0].strip("[]")
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
