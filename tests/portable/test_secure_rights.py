"""What may be reached through a secure channel, what a worker can demand of senders, and who may speak through one."""

from lib.channels import ChannelTest, Telling
from lib.nodes import Recorder, outcome, until
from lib.parties import NOW, history, seed
from uockam import Node
from uockam.access import ANYONE, CHANNEL, LOCAL, OWNER, Credential, Identities
from uockam.crypto.steps import last
from uockam.identifier import identifier_text
from uockam.services.echo import Echo
from uockam.services.hop import Hop
from uockam.transport.backoff import Backoff

ONE = history(1).identifier
AUTHORITY = history(2).identifier  # that of node two, which issues credentials to others in these tests


def _signer():
    return bytes(range(32))


class Demands(ChannelTest):
    async def asked(self, access):
        """(over a channel, over the plain connection, on the node itself): whether a worker with this rule answers."""
        await self.two.start_worker("guarded", Echo(), access=access, kind="guarded")
        channel = await self.channel()
        found = [
            await outcome(self.one.ask((channel.address, "guarded"), b"x")),
            await outcome(self.one.ask((self.near.address, "guarded"), b"x")),
            await outcome(self.two.ask("guarded", b"x")),
        ]
        self.texts = [text for _, text in found]
        return [not kind for kind, _ in found]

    async def test_a_worker_that_demands_a_channel_gets_nothing_else(self):
        self.assertEqual(await self.asked(CHANNEL), [True, False, False])
        self.assertIn("over a secure channel only", self.texts[1])

    async def test_a_worker_that_demands_an_identity_gets_nobody_else(self):
        self.assertEqual(await self.asked(Identities(identifier_text(ONE))), [True, False, False])
        self.assertEqual(await self.asked_again(Identities(AUTHORITY)), False)

    async def asked_again(self, access):
        await self.two.start_worker("other", Echo(), access=access)
        channel = await self.channel()
        return not (await outcome(self.one.ask((channel.address, "other"), b"x")))[0]

    async def test_local_workers_are_not_reached(self):
        self.assertEqual(await self.asked(LOCAL), [False, False, True])

    async def test_services_for_anyone_are_reached_by_everybody(self):
        self.assertEqual(await self.asked(ANYONE), [True, True, True])

    async def test_only_owners_reach_what_is_for_owners(self):
        self.assertEqual(await self.asked(OWNER), [False, False, True])
        self.two.secure.owners = {ONE}
        channel = await self.channel()
        self.assertEqual(await self.one.ask((channel.address, "guarded"), b"x"), b"x")

    async def test_an_owner_manages_nothing_by_way_of_a_hop(self):
        await self.two.start_worker("guarded", Echo(), access=OWNER)
        await self.two.start_worker("hop", Hop())
        self.two.secure.owners = {ONE}
        channel = await self.channel()
        self.assertEqual((await outcome(self.one.ask((channel.address, "hop", "guarded"), b"x")))[0], "RemoteError")

    async def test_the_other_side_of_a_channel_that_this_node_created_may_only_answer(self):
        await self.one.start_worker("private", Recorder())
        await self.channel()
        theirs = await self.theirs()
        kind, _ = await outcome(self.two.ask((theirs.address, "private"), b"x"))
        self.assertEqual(kind, "RemoteError")


class Listening(ChannelTest):
    async def test_a_listener_can_be_for_this_node_only(self):
        await self.two.secure.listen("inside", access=LOCAL)
        self.assertEqual((await outcome(self.one.secure.create((self.near.address, "inside"))))[0], "RemoteError")
        self.assertTrue((await self.two.secure.create("inside")).open_now)

    async def test_a_listener_can_be_for_those_who_come_through_a_channel(self):
        await self.two.secure.listen("inner", access=Identities(ONE))
        self.assertEqual((await outcome(self.one.secure.create((self.near.address, "inner"))))[0], "RemoteError")
        outer = await self.channel()
        inner = await self.one.secure.create((outer.address, "inner"))
        self.assertEqual(await self.one.ask((inner.address, "who"), b""), ONE)

    async def test_a_listener_can_be_another_identity(self):
        other = last(self.two.secure.keys.create_steps(seed(9), NOW)).identifier
        await self.two.secure.listen("other", identifier=other)
        channel = await self.one.secure.create((self.near.address, "other"))
        self.assertEqual(channel.peer.identifier, other)


class Proofs(ChannelTest):
    def issued(self, subject=ONE, lifetime_s=600, **attributes):
        """A credential by node two."""
        stated = {name.encode(): value.encode() for name, value in attributes.items()}
        return last(self.two.secure.keys.issue_steps(AUTHORITY, _signer, subject, stated, NOW, lifetime_s))

    async def asyncSetUp(self):
        await super().asyncSetUp()
        self.two.secure.authorities = {AUTHORITY: history(2)}
        await self.two.start_worker("operators", self.who, access=Credential(role="operator"))

    async def reaches(self, channel):
        kind, _ = await outcome(self.one.ask((channel.address, "operators"), b""))
        return not kind

    async def test_a_worker_can_demand_a_credential(self):
        credential = self.issued(role="operator", site="roof")
        channel = await self.channel(credentials=(credential,))
        self.assertTrue(await self.reaches(channel))
        self.assertEqual(self.who.messages[-1].attributes, {"role": "operator", "site": "roof"})
        self.assertEqual(self.who.messages[-1].identifier, ONE)

    async def test_another_attribute_or_none_is_not_enough(self):
        for credentials in ((), (self.issued(role="guest"),), (self.issued(role="operator", subject=AUTHORITY),)):
            self.assertFalse(await self.reaches(await self.channel(credentials=credentials)))

    async def test_a_credential_can_be_shown_later_and_replaced(self):
        channel = await self.channel()
        self.assertFalse(await self.reaches(channel))
        await self.one.secure.refresh((self.issued(role="operator"),))
        self.assertTrue(await self.reaches(channel))
        self.assertTrue(await self.reaches(await self.channel()))
        await self.one.secure.refresh((self.issued(role="guest"),))
        self.assertFalse(await self.reaches(channel))

    async def test_what_one_channel_shows_is_its_own_business(self):
        channel = await self.channel(credentials=())
        other = await self.channel()
        await self.one.secure.refresh((self.issued(role="operator"),))
        self.assertEqual((await self.reaches(channel), await self.reaches(other)), (False, True))
        await self.one.secure.show(channel, (self.issued(role="operator"),))
        await self.one.secure.show(other, ())
        self.assertEqual((await self.reaches(channel), await self.reaches(other)), (True, False))

    async def test_a_channel_that_comes_back_shows_what_it_showed_last(self):
        channel = await self.channel(credentials=(), keep=True)
        channel.keeper._backoff = Backoff(1, 4)
        await self.one.secure.show(channel, (self.issued(role="operator"),))
        (await self.theirs()).close()
        await until(lambda: not channel.open_now)
        await self.one.secure.show(channel, (self.issued(role="operator", site="roof"),))
        await until(lambda: channel.open_now)
        self.assertTrue(await self.reaches(channel))
        self.assertEqual(self.who.messages[-1].attributes["site"], "roof")

    async def test_one_that_expires_while_the_channel_lasts_counts_no_more(self):
        channel = await self.channel(credentials=(self.issued(role="operator"),))
        self.clock.now = NOW + 600
        self.assertTrue(await self.reaches(channel))
        self.clock.now = NOW + 601
        self.assertFalse(await self.reaches(channel))
        self.assertEqual(await self.one.ask((channel.address, "who"), b""), ONE)
        self.assertEqual(self.who.messages[-1].attributes, {})


class Speaking(ChannelTest):
    async def third(self):
        """A node that node two serves, with the worker `who`, and the connections of both."""
        third = Node("third")
        self.addAsyncCleanup(third.stop)
        told = Telling()
        await third.start_worker("who", told)
        ours, theirs = self.serve(self.two, third)
        return third, told, ours, theirs

    async def test_a_plain_message_has_no_identifier_whatever_is_in_it(self):
        await self.channel()
        theirs = await self.theirs()
        await self.one.send((self.near.address, "who"), b"", (theirs.address, theirs.decryptor.address))
        await until(lambda: self.who.messages)
        message = self.who.messages[0]
        self.assertEqual((message.identifier, message.attributes), (None, {}))

    async def test_a_stranger_cannot_speak_through_the_channel_of_another(self):
        recorder = Recorder()
        await self.one.start_worker("recorder", recorder)
        await self.channel()
        theirs = await self.theirs()
        theirs.flow.serves = True
        third, _, _, way = await self.third()
        kind, text = await outcome(third.ask((way.address, theirs.address, "recorder"), b"as two"))
        self.assertEqual((kind, recorder.payloads), ("RemoteError", []))
        self.assertIn("no worker at", text)

    async def test_the_answer_comes_back_through_a_hop_and_the_channel(self):
        await self.two.start_worker("hop", Hop())
        _, told, ours, _ = await self.third()
        channel = await self.channel()
        route = (channel.address, "hop", ours.address, "who")
        self.assertEqual(await self.one.ask(route, b""), b"nobody")
        self.assertEqual(told.messages[0].identifier, None)

    async def test_a_worker_that_passes_messages_on_keeps_who_sent_them(self):
        await self.two.start_worker("hop", Hop())
        await self.two.start_worker("guarded", self.who, access=CHANNEL)
        channel = await self.channel()
        self.assertEqual(await self.one.ask((channel.address, "hop", "guarded"), b""), ONE)
