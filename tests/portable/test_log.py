"""The log sink, and text of peers made safe to print."""

from lib.unittest import TestCase
from uockam import log
from uockam.errors import ProtocolError


class Levels(TestCase):
    def setUp(self):
        self.lines = []
        log.configure(log.INFO, lambda *line: self.lines.append(line))

    def tearDown(self):
        log.configure(log.WARNING)

    def test_lines_of_the_level_and_above_are_written(self):
        log.log(log.DEBUG, "n", "no")
        log.log(log.INFO, "n", "yes")
        log.log(log.ERROR, "w", "yes")
        self.assertEqual(self.lines, [(log.INFO, "n", "yes"), (log.ERROR, "w", "yes")])

    def test_a_costly_text_can_ask_first(self):
        self.assertFalse(log.enabled(log.DEBUG))
        self.assertTrue(log.enabled(log.INFO))

    async def test_what_a_guarded_coroutine_raises_becomes_a_line(self):
        async def fail():
            raise ValueError("bad")

        await log.guarded("sensor", fail())
        ((level, source, text),) = self.lines
        what, *where = text.split("\n  ")
        self.assertEqual((level, source, what), (log.ERROR, "sensor", "ValueError: bad"))
        self.assertTrue(where[-1].endswith(", in fail"), where)

    async def test_an_error_of_ours_is_one_line_since_nobody_has_to_look_for_it(self):
        async def fail():
            raise ProtocolError("bad")

        await log.guarded("sensor", fail())
        self.assertEqual(self.lines, [(log.ERROR, "sensor", "ProtocolError: bad")])


class Safe(TestCase):
    def test_control_characters_become_question_marks(self):
        self.assertEqual(log.safe("a\nb\x1b[0m\x7f\x9b"), "a?b?[0m??")
        self.assertEqual(log.safe(b"a\x00\xff~"), "a??~")

    def test_printable_text_stays(self):
        self.assertEqual(log.safe("caf\u00e9"), "caf\u00e9")

    def test_a_flood_is_cut(self):
        self.assertEqual(len(log.safe("x" * 5000)), 200)
        self.assertEqual(len(log.safe(b"x" * 5000)), 200)
