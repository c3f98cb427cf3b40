"""The receiver of stored messages: fetches them, delivers them here, answers, and acknowledges (docs/mailbox.md).

A visit takes three round trips after the connection is there: the handshake; the first exchange, which leaves with the
last message of the handshake; and the second one, which acknowledges, and brings the answers.
"""

import asyncio
from hashlib import sha256

from .. import api, wire
from ..address import random_address
from ..errors import DeliveryError, Error, LimitError, ProtocolError, RemoteError
from ..flow import Flow
from ..log import WARNING, log
from ..message import WANTS_ERRORS, Message, error_reply
from ..port import MESSAGE_LIMIT, TYPE_CHECKING, const
from ..reply import Reply
from ..secure.oneway import ID_BYTES, card_of, card_steps, open_steps, seal_steps
from ..secure.peer import Rules
from ..secure.policy import ANYONE
from ..secure.session import attributes_of
from .mailbox import AT, EXCHANGE, MAIL, PUT

if TYPE_CHECKING:
    from typing import Any

    from ..node import Node
    from ..route import Hops
    from ..secure.credential import Issued
    from ..secure.oneway import Letter
    from ..secure.peer import Party, Peer
    from ..secure.policy import Anyone, Only
    from ..secure.session import SecureChannel

REMEMBERED = b"mailbox:"  # the record of a Store with the marks of the last messages; the receiver's identifier follows
TIMEOUT_MS = const(30_000)  # for the channel, and for each exchange
ANSWER_MS = 10_000  # for a worker
ANSWER_TTL_S = const(86_400)  # how long an answer is kept

ROOM = min(1024 * 1024, MESSAGE_LIMIT // 2)  # bytes of messages at a time, so that they fit into one answer

MARK_BYTES = const(8)  # bytes by which a message is known again
MOST_REMEMBERED = const(64)  # more than one exchange brings: a lost acknowledgement does no harm


class Visit:
    """What came of one: messages that were delivered here, those that came again, and those that were of no use."""

    def __init__(self) -> None:
        self.delivered = 0
        self.repeated = 0
        self.useless = 0
        self.answers = 0  # that are kept for the senders now


class MailboxClient:
    """Of one identity of a node that has secure channels.

    name: by which others may seal to it, if its credential allows a relay of that name; "" for none. version: what the
    project is told of this node's software. answers: whether workers here are waited for when an answer is wanted.
    The last messages are remembered where the keys are.
    """

    def __init__(
        self,
        node: "Node",
        name: str = "",
        version: str = "",
        identifier: "bytes | None" = None,
        answers: bool = True,
    ) -> None:
        secure = node.secure
        if secure is None:
            raise ValueError("the node has no secure channels")
        self._node = node
        self._secure = secure
        self._kept = secure.keys.store
        self.name = name
        self._version = version
        self._answers = answers
        self.identifier = identifier or secure.identifier
        self._marks: "list[bytes]" = []
        self.unsent: "list[Any]" = []  # answers: the connection may end before they have left

    async def visit(
        self,
        route: "Hops",
        policy: "Anyone | Only" = ANYONE,
        credentials: "tuple[Issued, ...] | None" = None,
        timeout_ms: int = TIMEOUT_MS,
    ) -> Visit:
        """Empty the mailbox at the project's node, to whose channel listener the route leads.

        Raises as SecureChannels.create, RemoteError with what the project says against it, ProtocolError.
        """
        identifier = self.identifier
        channel = await self._secure.create(route, policy, identifier, timeout_ms, credentials)
        try:
            return await self.empty(channel)
        finally:
            channel.close()

    async def empty(self, channel: "SecureChannel") -> Visit:
        """As visit, through a channel with the project's node."""
        self._marks = _split(self._kept.get(REMEMBERED + self.identifier) or b"")
        party: "Party" = await self._secure.run(
            self._secure.keys.party_steps(self.identifier, self._secure.fresh, self._secure.now())
        )
        done = Visit()
        card = card_of(party)
        after, shown, asked = 0, False, False
        while True:
            mail = await self._exchange(channel, after, card, shown)
            done.answers += len(self.unsent) - mail["refused"]
            self.unsent = []
            shown = mail["wants_card"] and not asked
            asked = asked or shown
            if not mail["messages"] and not shown:
                return done
            after = await self._take(mail, party, done)

    async def _exchange(self, channel: "SecureChannel", after: int, card: bytes, shown: bool) -> "dict[str, Any]":
        """What is done with goes, and what is next comes; with the answers that have not left yet."""
        body = EXCHANGE.pack(
            after=after,
            room=ROOM,
            digest=sha256(card).digest(),
            answers=self.unsent or None,
            card=card if shown else None,
            name=self.name or None,
            version=self._version or None,
        )
        payload = api.encode_request(1, api.POST, "exchange", body)
        response = api.decode_response(await self._node.ask((channel.address, AT), payload, TIMEOUT_MS))  # type: ignore[arg-type]
        if response.status != api.OK:
            raise RemoteError("the mailbox refuses: %s" % api.error_text(response.body))
        mail = MAIL.unpack(response.body)
        for each in mail["messages"]:  # type: ignore[attr-defined]
            after = _number(each, after)
        return mail

    # -- messages -----------------------------------------------------------------------------------------------------

    async def _take(self, mail: "dict[str, Any]", party: "Party", done: Visit) -> int:
        """Deliver messages in order, for as long as there is room for their answers; the number of the last one."""
        after, room = 0, ROOM
        for number, sealed in mail["messages"]:
            if room <= 0:
                break
            try:
                letter = await self._open(sealed, party)
            except ProtocolError as error:
                done.useless += 1
                log(WARNING, "uockam.mailbox", "a stored message is of no use: %s" % error)
            else:
                room -= await self._receive(letter, party, done, mail["now"])
            after = number
        self._remember()
        return after

    async def _open(self, sealed: bytes, party: "Party") -> "Letter":
        """Raises ProtocolError."""
        secure = self._secure
        rules = Rules(secure.keys.known, ANYONE, secure.authorities)
        letter = await secure.run(open_steps(sealed, party.static, self.identifier, rules, secure.now()))
        wire.decode(letter.message)
        return letter

    async def _receive(self, letter: "Letter", party: "Party", done: Visit, now: int) -> int:
        """Deliver it, unless that was done; the size of the answer."""
        mark = _mark(letter)
        if mark in self._marks:
            done.repeated += 1
            return 0
        answer = await self._deliver(letter)
        done.delivered += 1
        self._marks.append(mark)
        if answer is None:
            return 0
        try:
            sealed = await self._seal(letter, answer, party, self._secure.now() or now)
        except (ProtocolError, LimitError) as error:
            log(WARNING, "uockam.mailbox", "an answer does not leave: %s" % error)
            return 0
        self.unsent.append(sealed)
        return len(sealed.pairs[-1][1])

    async def _deliver(self, letter: "Letter") -> "Message | None":
        """Hand it to the worker that it is for; what that answers, or what stands against it, if it is wanted."""
        own, reply = random_address(), Reply()
        flow = self._flow(letter.sender)
        onward, back, payload, tracing, _ = wire.decode(letter.message)
        if letter.card is None or not self._answers:
            message = Message(onward, (), payload, tracing, flow)
        else:
            message = Message(onward, (own,) + back, payload, WANTS_ERRORS, flow)
        self._node.router.add(own.value, reply)
        try:
            await asyncio.wait_for(self._handled(message, reply), ANSWER_MS / 1000)
        except (DeliveryError, LimitError, asyncio.TimeoutError) as error:
            log(WARNING, "uockam.mailbox", "a stored message is not answered: %s" % (error or "it takes too long"))
            return error_reply(message, str(error)) if isinstance(error, Error) and message.return_route else None
        finally:
            self._node.router.remove(own.value, reply)
        return reply.message

    async def _handled(self, message: Message, reply: Reply) -> None:
        await self._node.deliver(message)
        if message.return_route:
            await reply.wait()
            if reply.error is not None:
                raise reply.error

    def _flow(self, sender: "Peer") -> Flow:
        """The origin of its messages: as that of a channel with the sender."""
        flow = Flow(serves=True)
        flow.prove(sender.identifier, attributes_of(sender), sender.identifier in self._secure.owners)
        return flow

    async def _seal(self, letter: "Letter", answer: Message, party: "Party", now: int) -> "Any":
        """The same for the same letter: when it comes again after all, its answer is kept once."""
        secure, receiver = self._secure, letter.sender.identifier
        static = await secure.run(card_steps(letter.card, receiver, secure.keys.known, secure.now()))
        id = sha256(b"answer" + letter.id).digest()[:ID_BYTES]
        inner = Message(answer.onward_route[1:], (), answer.payload, answer.tracing, None)
        period = (now, now + ANSWER_TTL_S)
        steps = seal_steps(secure.fresh(), static, receiver, secure.keys, party, id, period, inner)
        sealed = await secure.run(steps)
        if len(sealed) > ROOM:
            raise LimitError("an answer of %d bytes" % len(sealed))
        return PUT.pack(receiver=receiver, id=id, ttl_s=ANSWER_TTL_S, sealed=sealed)

    def _remember(self) -> None:
        marks = b"".join(self._marks[-MOST_REMEMBERED:])
        if marks != self._kept.get(REMEMBERED + self.identifier):
            self._kept.put({REMEMBERED + self.identifier: marks})


def _mark(letter: "Letter") -> bytes:
    return sha256(letter.sender.identifier + letter.id).digest()[:MARK_BYTES]


def _split(marks: bytes) -> "list[bytes]":
    return [marks[at : at + MARK_BYTES] for at in range(0, len(marks), MARK_BYTES)]


def _number(item: object, after: int) -> int:
    """The number of [number, sealed message]. Raises ProtocolError for anything else, and for what was done with."""
    if not isinstance(item, list) or len(item) < 2 or not isinstance(item[0], int) or not isinstance(item[1], bytes):
        raise ProtocolError("mail that is not a number and bytes")
    if item[0] <= after:
        raise ProtocolError("mail that was acknowledged, or is out of order")
    return item[0]
