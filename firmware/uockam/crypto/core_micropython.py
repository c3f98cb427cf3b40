"""The back end on a board: native code where the firmware runs it and it gives the known answers, `pure` otherwise."""

from ..log import WARNING, log
from ..port import forget

# From the bottom up, as each import inside another one takes of a board's small stack.
from .aes import block_cipher as _cipher  # noqa: F401
from .gcm import Gcm as _gcm  # noqa: F401

# What takes long is tested before its first use, which then takes twice the time; all else is tested at import.
_TESTED_LATER = (
    "x25519_steps",
    "x25519_public_steps",
    "ed25519_public_steps",
    "ed25519_sign_steps",
    "ed25519_verify_steps",
)


class Chosen:
    """The back end in use: what is a name of its module is an attribute here."""

    def __init__(self):
        try:
            from . import viper
        except (ImportError, SyntaxError, ValueError):  # no native code, or not what was compiled beforehand
            self._use_readable()
            return
        self._core, self._untested = viper, _TESTED_LATER
        wrong = _selftest().wrong(viper)
        if wrong:
            self._give_up(wrong)

    def __getattr__(self, name):
        if name in self._untested:
            return lambda *arguments: self._first_steps(name, arguments)
        return getattr(self._core, name)

    def _first_steps(self, name, arguments):
        """One generator around the operation and not one more: a board has little stack."""
        selftest = _selftest()
        title, known, answer = selftest.ANSWERS[name]
        try:
            right = (yield from getattr(self._core, name)(*known)) == answer
        except Exception as error:
            title, right = selftest.told(title, error), False
        if right:
            self._untested = tuple([each for each in self._untested if each != name])
        else:
            self._give_up(title)
        return (yield from getattr(self._core, name)(*arguments))

    def _give_up(self, wrong):
        log(WARNING, "crypto", "The native code computes %s wrongly here; the slow back end is used" % wrong)
        self._use_readable()

    def _use_readable(self):
        from .. import crypto
        from . import pure  # only now: it costs heap

        self._core, self._untested = pure, ()
        crypto.backend = pure.NAME


def _selftest():
    from . import selftest  # once for each, and 2 KB of heap

    forget(selftest.__name__)
    return selftest


core = Chosen()
