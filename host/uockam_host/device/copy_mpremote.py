"""Files on a board by mpremote's transport library."""

import contextlib
import io

from ..link.serial import BAUD
from . import contact
from .copier import PromptCopier

_BOOT_S = 30.0  # a boot.py that joins a network
_RESTART = b"\x04"


class MpremoteCopier(PromptCopier):
    """Raises the errors of device.errors and of link.serial when it is made, PasteFailed too."""

    def __init__(self, port: str) -> None:
        from mpremote.transport import TransportError
        from mpremote.transport_serial import SerialTransport

        self._port = port
        self._failures = (TransportError, OSError)
        try:
            self._transport = SerialTransport(port, BAUD, timeout=contact.ANSWER_S)
        except self._failures:
            raise contact.not_opened(port) from None
        try:
            self._come_to_prompt()
        except BaseException:
            self.close()
            raise

    def exec(self, code: str) -> bytes:
        from mpremote.transport import TransportExecError

        try:
            return self._transport.exec(code)  # type: ignore[no-any-return]
        except TransportExecError as error:
            raise contact.failed(error.error_output) from None
        except self._failures as error:
            raise contact.lost(self._port, error) from error

    def reset(self) -> None:
        try:
            self._transport.exit_raw_repl()
            self._transport.serial.write(_RESTART)
        except self._failures as error:
            raise contact.lost(self._port, error) from error

    def close(self) -> None:
        with contextlib.suppress(*self._failures):
            if self._transport.in_raw_repl:
                self._transport.exit_raw_repl()
        with contextlib.suppress(*self._failures):
            self._transport.close()

    def _come_to_prompt(self) -> None:
        try:
            contact.interrupt(self._transport.serial, self._port)
            with contextlib.redirect_stdout(io.StringIO()):  # the library prints what it does not understand
                self._transport.enter_raw_repl(timeout_overall=_BOOT_S)
        except self._failures as error:
            raise contact.lost(self._port, error) from error
        try:
            self._transport.exec("")
        except self._failures as error:
            raise contact.PasteFailed(self._port) from error
