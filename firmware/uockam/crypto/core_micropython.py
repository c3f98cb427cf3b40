"""The back end on a board: native code where the firmware runs it and it gives the known answers, `pure` otherwise."""

from ..log import WARNING, log
from ..port import forget

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
        self._untested = ()
        try:
            from . import viper
        except (ImportError, SyntaxError, ValueError):  # no native code, or not what was compiled beforehand
            self._use_readable()
        else:
            self._core = viper
            self._untested = _TESTED_LATER
            for name in ("sha512", "AesGcm"):
                for _ in self._test_steps(name):
                    pass

    def __getattr__(self, name):
        if name in self._untested:
            return lambda *arguments: self._first_steps(name, arguments)
        return getattr(self._core, name)

    def _first_steps(self, name, arguments):
        yield from self._test_steps(name)
        return (yield from getattr(self._core, name)(*arguments))

    def _test_steps(self, name):
        from . import selftest  # once for each, and 2 KB of heap

        forget(selftest.__name__)
        wrong = yield from selftest.wrong_steps(self._core, name)
        self._untested = tuple([each for each in self._untested if each != name])
        if wrong:
            log(WARNING, "crypto", "The native code computes %s wrongly here; the slow back end is used" % wrong)
            self._use_readable()

    def _use_readable(self):
        from .. import crypto
        from . import pure  # only now: it costs heap

        self._core, self._untested = pure, ()
        crypto.backend = pure.NAME


core = Chosen()
