"""A node of ours that is driven by lines, on CPython and MicroPython alike: driven.py PORT.

It knows the commands of the node of Ockam's crates, and answers as that does; ../rust/src/commands.rs lists them.
"""

import asyncio
import sys
import time
from binascii import hexlify, unhexlify

from uockam import Node, Tcp, Worker, log
from uockam.crypto.steps import last
from uockam.errors import ConnectionLost, Error
from uockam.identifier import identifier_text, parse_identifier
from uockam.message import name_of
from uockam.port import random_bytes
from uockam.route import parse
from uockam.secure import credential, identity
from uockam.secure.keys import Keys
from uockam.secure.policy import ANYONE, Only
from uockam.secure.store import MemoryStore
from uockam.secure.workers import Limits, SecureChannels
from uockam.services import start_default
from uockam.services.hop import Hop
from uockam.services.relay import RelayService
from uockam.services.relay_client import Along, RelayClient

A_DAY_S = 24 * 3600
A_WHILE_MS = 20_000  # what takes longer fails its test
LIMITS = Limits(100, 10, 20_000, 1000, 1000)  # a board's are lower than what one node of all these tests needs


class Who(Worker):
    """Answers with the identifier that a channel proved, or with an empty text."""

    async def handle_message(self, context, message):
        who = message.identifier
        await context.reply(message, "" if who is None else identifier_text(who))


class Driven:
    """The node, and a method for each command."""

    def __init__(self):
        self.node = Node("driven")
        self.tcp = Tcp(self.node)
        self.keys = Keys(MemoryStore())
        self.own = last(self.keys.create_steps(fresh(), now())).identifier
        self.identifier = identifier_text(self.own)
        self.secure = SecureChannels(self.node, self.keys, self.own, clock=now, limits=LIMITS)

    async def start(self, port):
        await start_default(self.node)
        await self.node.start_worker("hop", Hop())
        await self.node.start_worker("who", Who())
        await self.tcp.listen("127.0.0.1:" + port)

    async def run(self, line):
        words = line.split()
        command = getattr(self, "do_" + words[0], None)
        if command is None:
            raise Error("no such command")
        return await command(*words[1:])

    async def do_history(self):
        return hexlify(self.keys.history(self.own).encode()).decode()

    async def do_rotate(self):
        last(self.keys.rotate_steps(self.own, fresh(), now()))
        return ""

    async def do_import(self, digits):
        history = identity.decode(unhexlify(digits))
        last(identity.admit_steps(history, self.keys.known.get(history.identifier)))
        self.keys.known[history.identifier] = history.encode()
        return identifier_text(history.identifier)

    async def do_connect(self, to):
        return name_of((await self.tcp.connect(to)).address)

    async def do_ask(self, milliseconds, to, text):
        return await self.node.ask(parse(to), text, int(milliseconds))

    async def do_listen(self, address, *words):
        await self.secure.listen(address, policy(words))
        return address

    async def do_channel(self, to, *words):
        within = int(dict(pairs(words)).get("within", A_WHILE_MS))
        channel = await self.secure.create(parse(to), policy(words), timeout_ms=within)
        channel.flow.serves = True  # what this node offers is for the other side too, as at the node of Ockam's crates
        return self.described(channel)

    def described(self, channel):
        return name_of(channel.address) + " " + identifier_text(channel.peer.identifier)

    async def do_channels(self):
        return " ".join([self.described(each) for each in self.secure.all.values() if each.open_now])

    async def do_close(self, encryptor):
        self.secure.all[encryptor.encode()].close()
        return ""

    async def do_gone(self, encryptor):
        channel = self.secure.all.get(encryptor.encode())
        if channel is not None and channel.open_now:
            ended = asyncio.Event()
            channel.on_lost = lambda reason: ended.set()
            await asyncio.wait_for(ended.wait(), A_WHILE_MS / 1000)
        return ""

    async def do_trust(self, authority):
        self.secure.authorities = {parse_identifier(authority): self.history_of(authority)}
        return ""

    async def do_show(self, digits):
        await self.secure.refresh((credential.decode(unhexlify(digits)),))
        return ""

    async def do_proved(self, subject):
        who = parse_identifier(subject)
        flows = [each.flow for each in self.secure.all.values() if each.flow.identifier == who]
        return joined(flows[-1].attributes)

    async def do_together(self, count, to):
        onward = parse(to)
        texts = ["message %d" % turn for turn in range(int(count))]
        answers = await asyncio.gather(*[self.node.ask(onward, text) for text in texts])
        return str(sum([answers[turn] == texts[turn] for turn in range(len(texts))]))

    async def do_relays(self):
        await RelayService(self.node, self.may_relay).start()
        return ""

    def may_relay(self, message, name):
        return self.secure.authorities is None or message.attributes.get("ockam-relay") == name

    async def do_relay(self, milliseconds, to, alias):
        client = RelayClient(self.node, alias, Along(parse(to)))
        await client.start()
        try:
            await asyncio.wait_for(client.tried(), int(milliseconds) / 1000)
        except asyncio.TimeoutError:
            client.close()
        if client.reason:
            raise ConnectionLost("no relay, by a timeout: " + client.reason)
        return name_of(client.address)

    async def do_issue(self, subject, *pairs):
        attributes = dict([tuple(pair.encode().split(b"=")) for pair in pairs])
        who = parse_identifier(subject)
        issued = last(self.keys.issue_steps(self.own, fresh, who, attributes, now(), A_DAY_S))
        return hexlify(issued.encode()).decode()

    async def do_verify(self, subject, authority, digits):
        issued = credential.decode(unhexlify(digits))
        authorities = {parse_identifier(authority): self.history_of(authority)}
        proven = last(credential.verify_steps(issued, authorities, now(), parse_identifier(subject)))
        return joined({name.decode(): value.decode() for name, value in proven.attributes.items()})

    def history_of(self, who):
        known = self.keys.known.get(parse_identifier(who))
        return self.keys.history(self.own) if known is None else identity.decode(known)

    async def do_repeat(self, count, to):
        onward = parse(to)
        right = 0
        for turn in range(int(count)):
            text = "message %d" % turn
            right += await self.node.ask(onward, text) == text
        return str(right)


def fresh():
    return random_bytes(32)


def now():
    return int(time.time())


def joined(attributes):
    """A dict of texts in words, in order."""
    return " ".join(["%s=%s" % (name, attributes[name]) for name in sorted(attributes)])


def pairs(words):
    return [(words[index], words[index + 1]) for index in range(0, len(words), 2)]


def policy(words):
    """Whom these terms trust."""
    trusted = [parse_identifier(value) for name, value in pairs(words) if name == "identifier"]
    return Only(*trusted) if trusted else ANYONE


async def lines():
    """What gives the lines of the standard input."""
    if sys.implementation.name == "micropython":
        return asyncio.StreamReader(sys.stdin)
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    return reader


def tell(level, source, text):
    """What is logged, away from the answers."""
    print(source, text, file=sys.stderr)


async def main(port):
    log.configure(log.WARNING, tell)
    driven = Driven()
    await driven.start(port)
    print(driven.identifier, port)
    source = await lines()
    while True:
        line = await source.readline()
        if not line:
            break
        try:
            print("ok", await driven.run(line if isinstance(line, str) else line.decode()))
        except Error as error:
            print("error", error)
    await driven.node.stop()


asyncio.run(main(sys.argv[1]))
