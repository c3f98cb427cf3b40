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
