"""Endpoints: who is told when one dies."""

from lib.unittest import TestCase
from uockam.endpoint import Asker, Endpoint, fail_all
from uockam.errors import ConnectionLost


class Waiting(Asker):
    def __init__(self):
        self.errors = []

    def fail(self, error):
        self.errors.append(error)


class Askers(TestCase):
    def test_those_who_wait_are_told_and_those_who_left_are_not(self):
        endpoint = Endpoint()
        here, gone = Waiting(), Waiting()
        for asker in (here, here, gone):
            endpoint.add_asker(asker)
        endpoint.drop_asker(gone)
        error = ConnectionLost("gone")
        fail_all(endpoint.askers, error)
        self.assertEqual((here.errors, gone.errors), ([error], []))

    def test_an_endpoint_nobody_asked_has_nobody_to_tell(self):
        endpoint = Endpoint()
        endpoint.drop_asker(Waiting())
        fail_all(endpoint.askers, ConnectionLost("gone"))
        self.assertIsNone(endpoint.askers)

    def test_one_may_leave_while_all_are_told(self):
        endpoint = Endpoint()

        class Leaving(Waiting):
            def fail(self, error):
                super().fail(error)
                endpoint.drop_asker(self)

        askers = [Leaving() for _ in range(3)]
        for asker in askers:
            endpoint.add_asker(asker)
        fail_all(endpoint.askers, ConnectionLost("gone"))
        self.assertEqual([len(asker.errors) for asker in askers], [1, 1, 1])
        self.assertEqual(len(endpoint.askers), 0)
