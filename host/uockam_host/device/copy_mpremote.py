"""Files on a board by mpremote's transport library."""

import contextlib

from ..link.serial import BAUD
from . import contact
from .copier import PromptCopier


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
        try:
            output, error = self._transport.exec_raw(code, contact.WORK_S)
        except self._failures as failure:
            raise contact.lost(self._port, failure) from failure
        if error:
            raise contact.failed(error.decode(errors="replace"))
        return output  # type: ignore[no-any-return]

    def reset(self) -> None:
        try:
            self._transport.exit_raw_repl()
            self._transport.serial.write(contact.RESTART)
        except self._failures as error:
            raise contact.lost(self._port, error) from error

    def close(self) -> None:
        with contextlib.suppress(*self._failures):
            if self._transport.in_raw_repl:
                self._transport.exit_raw_repl()
        with contextlib.suppress(*self._failures):
            self._transport.close()

    def _come_to_prompt(self) -> None:
        """Not by the library, which cannot tell what stands against it."""
        try:
            contact.come_to_prompt(self._transport.serial, self._port)
        except self._failures as error:
            raise contact.lost(self._port, error) from error
        self._transport.in_raw_repl = True
        try:
            self._transport.exec("")
        except self._failures as error:
            raise contact.PasteFailed(self._port) from error
