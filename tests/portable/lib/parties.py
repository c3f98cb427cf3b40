"""Identities for the tests of secure channels, made once for each seed, and the vectors that they are checked with."""

from uockam.crypto import x25519_public
from uockam.crypto.steps import last
from uockam.errors import ProtocolError
from uockam.secure import identity, making, purpose
from uockam.secure.channel import OPEN, RECEIVED, Channel
from uockam.secure.noise import KeyPair
from uockam.secure.peer import Party, Rules

from .vectors import from_hex, load

NOW = 1_700_000_000
WORKED = load("worked_example_selfmade")
HISTORIES = {vector["name"]: from_hex(vector["change_history_hex"]) for vector in load("identities")["vectors"]}
CLIENT = identity.decode(HISTORIES["example06_client"])
SERVER = identity.decode(HISTORIES["example06_server"])
ISSUER = identity.decode(HISTORIES["example06_issuer"])

_made = {}


def seed(number):
    """32 bytes that are a key nobody should use."""
    return bytes((number,)) * 32


def history(number):
    """The identity whose key is seed(number)."""
    if number not in _made:
        _made[number] = last(making.create_steps(seed(number), NOW))
    return _made[number]


def static(private):
    """The key pair of 32 bytes, and nothing printed of it."""
    return KeyPair(private, x25519_public(private))


def attestation(number, key, **options):
    """The attestation of an X25519 public key by the identity of seed(number)."""
    return last(making.attest_steps(history(number), seed(number), purpose.CHANNEL, key, NOW, **options))


def expect(case, function, *arguments):
    """The ProtocolError that the steps, or the plain function, raise; anything else fails the test."""
    with case.assertRaises(ProtocolError) as caught:
        result = function(*arguments)
        if hasattr(result, "send"):
            last(result)
    return str(caught.exception)


def party(number, private=None, credentials=()):
    """The identity of seed(number), with a static key of its own."""
    key = static(private or seed(100 + number))
    return Party(key, history(number), attestation(number, key.public), credentials)


def channels(initiator_rules=None, responder_rules=None, initiator=1, responder=2, **options):
    """Two channels that have not spoken yet, between the identities of two seeds."""
    return (
        Channel(True, party(initiator), static(seed(201)), initiator_rules or Rules({}), **options),
        Channel(False, party(responder), static(seed(202)), responder_rules or Rules({}), **options),
    )


def fire(channel, event, value=None, now=NOW):
    """The outputs of an event."""
    return last(channel.fire_steps(event, value, now))


def shake(initiator, responder):
    """The three messages of a handshake, after which both channels are ready."""
    (first,) = fire(initiator, OPEN)
    (second,) = fire(responder, RECEIVED, first.data)
    third = fire(initiator, RECEIVED, second.data)[0]
    fire(responder, RECEIVED, third.data)
    return first.data, second.data, third.data
