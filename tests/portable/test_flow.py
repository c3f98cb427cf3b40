"""Flows: a peer may answer what it was asked, and only for a while."""

from lib.unittest import TestCase
from uockam.flow import Flow


class Flows(TestCase):
    def test_a_flow_has_no_rights_unless_they_are_given(self):
        flow = Flow()
        self.assertEqual((flow.serves, flow.owner, flow.dials, flow.identifier), (False, False, False, None))

    def test_only_an_expected_address_is_expected(self):
        flow = Flow()
        flow.expect(b"reply")
        self.assertTrue(flow.expects(b"reply"))
        self.assertFalse(flow.expects(b"other"))

    def test_the_newest_are_remembered_and_memory_stays_bounded(self):
        flow = Flow()
        names = [b"%d" % number for number in range(1000)]
        for name in names:
            flow.expect(name)
        remembered = [name for name in names if flow.expects(name)]
        self.assertEqual(remembered, names[-len(remembered) :])
        self.assertGreaterEqual(len(remembered), 256)
        self.assertLessEqual(len(remembered), 512)

    def test_a_proof_is_the_guests_too_but_not_the_right_to_manage(self):
        flow = Flow(serves=True, owner=True)
        flow.back = b"back"
        before = flow.guest()
        flow.prove(bytes(32), {"role": "admin"}, True)
        guest = flow.guest()
        self.assertEqual((guest.identifier, guest.attributes, guest.owner), (bytes(32), {"role": "admin"}, False))
        self.assertEqual((before.identifier, guest.back, guest.serves), (None, b"back", True))
        guest.expect(b"reply")
        self.assertTrue(flow.expects(b"reply"))

    def test_who_does_not_manage_is_its_own_guest(self):
        flow = Flow(serves=True)
        self.assertIs(flow.guest(), flow)
