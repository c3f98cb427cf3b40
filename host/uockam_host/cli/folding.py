"""Sentences within the width of a terminal: broken between words, with what follows in the column of all text."""

import re
from textwrap import wrap

_START = re.compile(r"((?:\x1b\[\d+m)? {5}[^\s│]\S* (?:\x1b\[0m)?| {7})(?=\S)")  # a mark with its colour, or the margin
_COLUMN = 7
_COMMAND = re.compile("`[^`]*`")
_GLUE = "\0"  # stands for a blank inside of a command, which is not broken: it is there to be copied


def fold(text: str, width: int) -> str:
    """The text with every sentence in lines of at most `width`, where its words allow that; all else as it is.

    A sentence is a line that begins with a mark or at the column of all text. Commands, which stand further right or
    between backquotes, stay in one piece.
    """
    return "\n".join(_folded(line, width) for line in text.split("\n"))


def _folded(line: str, width: int) -> str:
    start = _START.match(line)
    if start is None:
        return line
    sentence = _COMMAND.sub(lambda command: command[0].replace(" ", _GLUE), line[start.end() :])
    lines = wrap(sentence, max(width - _COLUMN, 1), break_long_words=False, break_on_hyphens=False)
    return (start[0] + f"\n{' ' * _COLUMN}".join(lines)).replace(_GLUE, " ")
