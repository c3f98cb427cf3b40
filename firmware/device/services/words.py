"""Services that take a line of words and answer with one: what people can type (docs/services.md)."""

from uockam import Context, Message, Worker
from uockam.errors import ProtocolError
from uockam.log import safe

_MAX_TEXT = 64  # characters of a command; the longest has less than half of that


class Refusal(Exception):
    """A command that cannot be done; the text says why, and what can."""


class Words(Worker):
    """Answers BARE Strings from a table, `commands`: (first word, method, least, most number of words after it).

    A method takes those words and returns the text of the answer; meanwhile `self.message` is what it answers. What it
    raises on purpose, and what a driver raises, is answered as `error: SENTENCE`.
    """

    commands: "tuple[tuple[str, object, int, int], ...]" = ()
    usage = ""
    message: "Message | None" = None

    async def handle_message(self, context: Context, message: Message) -> None:
        try:
            answer = self._do(message)
        except (Refusal, ProtocolError) as error:
            answer = "error: %s" % error
        except (OSError, TypeError, ValueError) as error:  # a pin that has no such function
            answer = "error: %s: %s" % (type(error).__name__, error)
        await context.reply(message, answer)

    def _do(self, message: Message) -> str:
        text = message.text
        words = text.split() if len(text) <= _MAX_TEXT else []
        for word, method, least, most in self.commands:
            if words[:1] == [word] and least < len(words) <= most + 1:
                self.message = message
                return method(self, *words[1:])
        raise Refusal("'%s' is none of: %s" % (safe(text[:_MAX_TEXT]), self.usage))


def number(word: str, least: int, most: int, name: str) -> int:
    """The number in a word. Raises Refusal when it is none, or out of bounds."""
    plain = 0 < len(word) < 10 and all([char in "0123456789" for char in word])
    value = int(word) if plain else -1
    if not least <= value <= most:
        raise Refusal("%s is a number from %d to %d, not '%s'" % (name, least, most, safe(word)))
    return value


def allowed(word: str, pins: "list[int | str]", key: str) -> "int | str":
    """The pin of that number or name, if the settings let `key` touch it. Raises Refusal."""
    for pin in pins:
        if str(pin) == word:
            return pin
    have = ", ".join([str(pin) for pin in pins]) or "none"
    raise Refusal('pin %s is not among the pins of "%s" in uockam.json (%s)' % (safe(word), key, have))
