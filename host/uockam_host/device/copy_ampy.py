"""Files on a board by ampy's library, which needs no more of a board than its raw prompt."""

import contextlib

from . import contact
from .copier import PromptCopier


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
            output, error = self._board.exec_raw(code, contact.WORK_S)
        except self._failures as failure:
            raise contact.lost(self._port, failure) from failure
        if error:
            raise contact.failed(error.decode(errors="replace"))
        return output  # type: ignore[no-any-return]

    def reset(self) -> None:
        try:
            self._board.exit_raw_repl()
            self._board.serial.write(contact.RESTART)
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
        """Not by the library, which resets the board for each file, and takes its time."""
        try:
            contact.come_to_prompt(self._board.serial, self._port)
        except self._failures as error:
            raise contact.lost(self._port, error) from error
