"""What the host of an emulated board sends it by USB: packets with something in them, as a real host does."""

from collections.abc import Callable

from rp2040py.usb.cdc import USBCDC


class Packets:
    """Those of one board. on_taken: called when the board has taken some of what waits in `cdc.tx_fifo`.

    The emulator's own host answers with an empty packet, every 10 us, while it has nothing to say. A board that is busy
    with those runs at a third of its speed, and never sleeps.
    """

    def __init__(self, cdc: USBCDC, on_taken: Callable[[], object]) -> None:
        self._fifo = cdc.tx_fifo
        self._on_taken = on_taken
        self._wanted: list[tuple[int, int]] = []  # by the board: an endpoint, and the room there
        self._give, cdc.usb.on_endpoint_read = cdc.usb.on_endpoint_read, self._ask
        self._reset, cdc.usb.on_reset = cdc.usb.on_reset, self._forget

    def send(self) -> None:
        """As much as there is, and as the board takes."""
        while self._wanted and not self._fifo.empty:
            self._give(*self._wanted.pop(0))
            self._on_taken()

    def _ask(self, endpoint: int, size: int) -> None:
        if endpoint:
            self._wanted.append((endpoint, size))
            self.send()
        else:  # it is asked about itself
            self._give(endpoint, size)

    def _forget(self) -> None:
        self._wanted = []
        self._reset()
