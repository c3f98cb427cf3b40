"""Files on a board by ampy's library, which needs no more of a board than its raw prompt."""

import contextlib
import io

from . import contact
from .copier import PromptCopier

_RESTART = b"\x04"


class AmpyCopier(PromptCopier):
    """Raises the errors of device.errors and of link.serial when it is made."""

    def __init__(self, port: str) -> None:
        from ampy.pyboard import Pyboard, PyboardError

        self._port = port
        self._at_prompt = True
        self._failures = (PyboardError, OSError)
        contact.check(port)
        try:
            self._board = Pyboard(port)
        except self._failures:
            raise contact.not_opened(port) from None
        try:
            self._come_to_prompt()
        except BaseException:
            self.close()
            raise

    def exec(self, code: str) -> bytes:
        try:
            output, error = self._board.exec_raw(code)
        except self._failures as failure:
            raise contact.lost(self._port, failure) from failure
        if error:
            raise contact.failed(error.decode(errors="replace"))
        return output  # type: ignore[no-any-return]

    def reset(self) -> None:
        try:
            self._board.exit_raw_repl()
            self._board.serial.write(_RESTART)
            self._at_prompt = False
        except self._failures as error:
            raise contact.lost(self._port, error) from error

    def close(self) -> None:
        with contextlib.suppress(*self._failures):
            if self._at_prompt:
                self._board.exit_raw_repl()
        with contextlib.suppress(*self._failures):
            self._board.close()

    def _come_to_prompt(self) -> None:
        try:
            contact.interrupt(self._board.serial, self._port)
            with contextlib.redirect_stdout(io.StringIO()):  # the library prints what it does not understand
                self._board.enter_raw_repl()
        except self._failures as error:
            raise contact.lost(self._port, error) from error
