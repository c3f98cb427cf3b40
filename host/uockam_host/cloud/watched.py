"""The secure channels of a project's node: with members for as long as they are members."""

from uockam.errors import Error
from uockam.log import INFO, WARNING, log
from uockam.node import Node
from uockam.secure.peer import Peer
from uockam.secure.session import SecureChannel
from uockam.secure.workers import SecureChannels

from .admission import Admission
from .identities import Own
from .metrics import CUT
from .tables.mailboxes import Mailboxes

_SWEEP_MS = 1000  # how soon a credential that has expired is noticed, whatever the clock has done


class Watched(SecureChannels):
    """Channels that end when a member is removed, or does not renew its credential; it is written down who is here."""

    def __init__(self, node: Node, own: Own, authority: Own, admission: Admission, mailboxes: Mailboxes) -> None:
        issuer = authority.history
        super().__init__(node, own.keys, own.identifier, authorities={issuer.identifier: issuer})
        self._admission = admission
        self._mailboxes = mailboxes
        self._watching = False

    def of(self, identifier: bytes) -> list[SecureChannel]:
        """Those with a member."""
        return [each for each in self.all.values() if each.open_now and _who(each) == identifier]

    def here(self) -> set[bytes]:
        """The members that are connected."""
        return {who for each in self.all.values() if each.open_now and each.flow.attributes and (who := _who(each))}

    def check(self) -> None:
        """Have the channels be what the members are now: end those with who is none any more."""
        for channel in tuple(self.all.values()):
            if channel.peer is None:
                continue
            if not self._admission.trusts(channel.peer.identifier):
                self._cut(channel, "a removed member")
            elif channel.flow.attributes:
                channel.prove(channel.peer)

    # -- for channels -------------------------------------------------------------------------------------------------

    def attributes(self, peer: Peer) -> dict[str, str]:
        """What its credential says, or what has become of that."""
        return self._admission.attributes(peer.identifier, super().attributes(peer))

    def opened(self, channel: SecureChannel) -> None:
        """Its handshake is through."""
        super().opened(channel)
        self._note(channel)
        if not self._watching:
            self._watch()

    def forget(self, channel: SecureChannel) -> None:
        """It has ended."""
        super().forget(channel)
        self._note(channel)

    def _watch(self) -> None:
        for channel in tuple(self.all.values()):
            channel.check_expiry()
            if channel.peer is not None and channel.peer.credentials and not channel.flow.attributes:
                self._cut(channel, "a member whose credential has expired")
        self._watching = bool(self.all)
        if self._watching:
            self.node.runner.after(_SWEEP_MS, self._watch)

    def _cut(self, channel: SecureChannel, who: str) -> None:
        log(INFO, "uockam.cloud", f"{who} of {self.node.name} is cut off")
        channel.close()
        CUT.inc()

    def _note(self, channel: SecureChannel) -> None:
        if channel.peer is not None and channel.flow.attributes:
            self.node.spawn("presence", self._seen(channel.peer.identifier))

    async def _seen(self, identifier: bytes) -> None:
        try:
            await self._mailboxes.seen(identifier)
        except Error as error:
            log(WARNING, "uockam.cloud", f"it is not written down who is here: {error}")


def _who(channel: SecureChannel) -> bytes | None:
    return channel.peer.identifier if channel.peer else None
