"""The back end on a board: native code where the firmware runs it and it gives the known answers, `pure` otherwise."""

from ..log import WARNING, log
from ..port import forget


def _fastest():
    try:
        from . import viper
    except (ImportError, SyntaxError, ValueError):  # it emits no native code, or not what was compiled beforehand
        return _readable()
    bad = _wrong(viper)
    if bad:
        log(WARNING, "crypto", "The native code computes %s wrongly here; the slow back end is used" % bad)
        return _readable()
    return viper


def _wrong(core):
    from . import selftest  # once, and 2 KB of heap

    try:
        return selftest.wrong(core)
    finally:
        forget(selftest.__name__)


def _readable():
    from . import pure  # only now: it costs heap

    return pure


core = _fastest()
