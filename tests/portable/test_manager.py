"""The management service that every node has, asked with the envelope of wire.md 5.3."""

from lib.unittest import TestCase
from uockam import Node, api
from uockam.access import OWNER
from uockam.errors import NoSuchAddress
from uockam.flow import Flow
from uockam.message import Message
from uockam.route import route
from uockam.services import start_default
from uockam.services.manager import ADDRESS, NODE_STATUS, SERVICE, WORKER, WORKER_LIST, Manager


async def _managed(*more):
    node = Node("n1")
    await start_default(node)
    await Manager(node, *more).start()
    return node


async def _request(node, method, path, body=None):
    answer = await node.ask(ADDRESS, api.encode_request(7, method, path, body), 2000)
    response = api.decode_response(answer)
    assert response.re == 7, response
    return response.status, response.body


async def _refused(node, method, path, body=None):
    status, body = await _request(node, method, path, body)
    return status, api.error_text(body)


def _services(body):
    return [tuple([SERVICE.unpack(item)[name] for name in ("address", "kind")]) for item in body]


class Proven:
    """What a node has for its secure channels."""

    identifier = bytes(range(32))

    def close(self):
        pass


class ManagerAnswers(TestCase):
    async def test_a_node_tells_its_name_and_that_it_runs(self):
        node = await _managed()
        for path in ("node", "/node", "//node"):
            status, body = await _request(node, api.GET, path)
            values = NODE_STATUS.unpack(body)
            self.assertEqual((status, values["name"], values["process"]), (api.OK, "n1", [0, [0]]))
            self.assertIsNone(values["reason"])
            self.assertIsNone(values["identifier"])
        await node.stop()

    async def test_a_node_that_has_an_identity_tells_its_identifier(self):
        node = await _managed()
        node.secure = Proven()
        _, body = await _request(node, api.GET, "node")
        self.assertEqual(body[2], Proven.identifier)
        self.assertEqual(NODE_STATUS.unpack(body)["identifier"], Proven.identifier)
        await node.stop()

    async def test_the_list_of_workers_has_every_address_without_its_type(self):
        node = await _managed()
        _, body = await _request(node, api.GET, "node/workers")
        addresses = [WORKER.unpack(item)["address"] for item in WORKER_LIST.unpack(body)["workers"]]
        self.assertCountEqual(addresses, ["uppercase", "echo", ADDRESS])
        await node.stop()

    async def test_services_are_listed_all_or_by_kind(self):
        node = await _managed()
        _, body = await _request(node, api.GET, "node/services")
        self.assertCountEqual(_services(body), [("uppercase", "uppercase"), ("echo", "echo")])
        _, body = await _request(node, api.GET, "node/services/echo")
        self.assertEqual(_services(body), [("echo", "echo")])
        await node.stop()

    async def test_a_kind_of_service_that_does_not_exist_is_refused_by_name(self):
        node = await _managed()
        for method in (api.GET, api.POST):
            status, text = await _refused(node, method, "node/services/teapot", {1: "x"})
            self.assertEqual(status, api.BAD_REQUEST)
            self.assertIn("teapot", text)
        await node.stop()

    async def test_a_started_service_of_each_kind_works_and_is_listed(self):
        node = await _managed()
        for kind, answer in (("hop", None), ("echo", "hi"), ("uppercase", "HI")):
            status, body = await _request(node, api.POST, "node/services/" + kind, {1: "my-" + kind})
            self.assertEqual((status, body), (api.OK, None))
            if answer:
                self.assertEqual(await node.ask("my-" + kind, "hi"), answer)
        self.assertEqual(await node.ask(("my-hop", "uppercase"), "hi"), "HI")
        _, body = await _request(node, api.GET, "node/services/hop")
        self.assertEqual(_services(body), [("my-hop", "hop")])
        await node.stop()

    async def test_an_address_that_is_taken_is_a_conflict_that_names_it(self):
        node = await _managed()
        status, text = await _refused(node, api.POST, "node/services/hop", {1: "echo"})
        self.assertEqual((status, text), (api.CONFLICT, "hop service already exists at 0#echo"))
        self.assertEqual(await node.ask("echo", "still here"), "still here")
        await node.stop()

    async def test_an_address_that_is_none_is_refused(self):
        node = await _managed()
        for body in ({1: ""}, {1: "a#b#c"}, {1: "1#host:1"}, {1: 5}, {}, None, [1], {2: "x"}):
            with self.subTest(body=body):
                status, text = await _refused(node, api.POST, "node/services/hop", body)
                self.assertEqual(status, api.BAD_REQUEST)
                self.assertTrue(text)
        await node.stop()

    async def test_an_endpoint_that_does_not_exist_is_refused_with_its_method_and_path(self):
        node = await _managed()
        for method, path in ((api.GET, "nodes"), (api.PUT, "node"), (api.GET, ""), (api.GET, "node/services/echo/x")):
            status, text = await _refused(node, method, path)
            self.assertEqual(status, api.BAD_REQUEST)
            self.assertEqual(text, "Invalid endpoint: %s %s" % (api.METHODS[method], path))
        await node.stop()

    async def test_what_a_handler_raises_becomes_the_status_and_text_of_the_answer(self):
        async def teapot(parts, body):
            raise api.Reject(418, "no %s with %s" % (parts[0], body))

        node = await _managed(((api.GET, "tea/*/cup", teapot),))
        self.assertEqual(await _refused(node, api.GET, "tea/green/cup", "milk"), (418, "no green with milk"))
        await node.stop()

    async def test_a_table_given_to_it_goes_before_the_portable_one(self):
        async def other(parts, body):
            return "other"

        node = await _managed(((api.GET, "node", other),))
        self.assertEqual(await _request(node, api.GET, "node"), (api.OK, "other"))
        await node.stop()

    async def test_a_request_to_stop_is_answered_before_the_node_stops(self):
        node = await _managed()
        self.assertEqual(await _request(node, api.DELETE, "node"), (api.OK, None))
        self.assertEqual(await node.wait(), "")
        self.assertEqual(node.workers(), [])

    async def test_a_broken_request_is_not_answered_and_breaks_nothing(self):
        node = await _managed()
        for payload in (b"", b"\x01\xff", b"\x05hello", api.encode_response(1, 2, 200)):
            with self.subTest(payload=payload):
                with self.assertRaises(Exception):  # noqa: B017 (told by an error, or not at all)
                    await node.ask(ADDRESS, payload, 50)
        self.assertEqual((await _request(node, api.GET, "node"))[0], api.OK)
        await node.stop()


class ManagerIsForTheOwner(TestCase):
    def _find(self, node, origin):
        return node.router.find(Message(route(ADDRESS), (), b"", None, origin))

    async def test_only_the_owner_and_the_node_itself_reach_it(self):
        node = await _managed()
        for origin in (None, Flow(owner=True), Flow(serves=True, owner=True)):
            self.assertEqual(self._find(node, origin).access, OWNER)
        for origin in (Flow(), Flow(serves=True), Flow(serves=True, dials=True)):
            with self.assertRaises(NoSuchAddress):
                self._find(node, origin)
        await node.stop()
