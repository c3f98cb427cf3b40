"""A client of echo services that costs as little as it can: one blocking socket, and messages made beforehand."""

import socket
import time

from measure import Figures, percentile

from uockam import wire
from uockam.message import Message, text_payload
from uockam.route import route

PAYLOAD_BYTES = 64
IN_FLIGHT = 256
_RETURN = "00112233445566778899aabbccddeeff"
_CHUNK = 262_144
_PATIENCE_S = 10


class RawClient:
    """One connection. version: whether to exchange Ockam's version byte; a bare echo has none."""

    def __init__(self, address: str, version: bool = True) -> None:
        host, _, port = address.rpartition(":")
        text = text_payload(b"x" * (PAYLOAD_BYTES - 1))  # its length takes the 64th byte
        self._message = wire.frame(Message(route("echo"), route(_RETURN), text, None, None))
        self._socket = socket.create_connection((host, int(port)), _PATIENCE_S)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if version:
            self._socket.sendall(wire.VERSION)
            self._receive(1)
        self._socket.sendall(self._message)
        self._reply_bytes = len(self._socket.recv(_CHUNK))

    def close(self) -> None:
        self._socket.close()

    def one_at_a_time(self, count: int) -> Figures:
        """Round trips, each begun when the one before has ended: us."""
        times = []
        for _ in range(count):
            start = time.perf_counter()
            self._socket.sendall(self._message)
            self._receive(self._reply_bytes)
            times.append((time.perf_counter() - start) * 1e6)
        return {"p50": percentile(times, 0.5), "p99": percentile(times, 0.99)}

    def many_at_a_time(self, count: int) -> Figures:
        """Messages per second with IN_FLIGHT of them on their way."""
        start = time.perf_counter()
        sent, done, got = IN_FLIGHT, 0, 0
        self._socket.sendall(self._message * IN_FLIGHT)
        while done < count:
            got += self._some()
            answered = got // self._reply_bytes - done
            done += answered
            more = min(answered, count - sent)
            if more > 0:
                self._socket.sendall(self._message * more)
                sent += more
        return {"rate": count / (time.perf_counter() - start)}

    def _receive(self, count: int) -> None:
        while count > 0:
            count -= self._some()

    def _some(self) -> int:
        data = self._socket.recv(_CHUNK)
        if not data:
            raise ConnectionError("the echo service closed the connection")
        return len(data)
