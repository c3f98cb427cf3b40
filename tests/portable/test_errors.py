"""The error tree."""

from lib.unittest import TestCase
from uockam import errors


class Errors(TestCase):
    def test_an_error_is_one_sentence_and_a_remedy(self):
        error = errors.InvalidAddress("not an address: ''", "write NAME")
        self.assertEqual((str(error), error.remedy), ("not an address: ''", "write NAME"))
        self.assertEqual(errors.ProtocolError("cut short").remedy, "")

    def test_every_reason_why_a_message_was_not_delivered_can_be_caught_at_once(self):
        for kind in (
            errors.NoSuchAddress,
            errors.WorkerStopped,
            errors.ConnectionLost,
            errors.ReplyTimeout,
            errors.RemoteError,
        ):
            with self.assertRaises(errors.DeliveryError):
                raise kind("why")

    def test_every_error_is_one_of_ours(self):
        kinds = [kind for kind in errors.__dict__.values() if isinstance(kind, type) and issubclass(kind, Exception)]
        self.assertGreater(len(kinds), 10)
        for kind in kinds:
            self.assertTrue(issubclass(kind, errors.Error), kind)
