"""A sensor that publishes: whoever sends `subscribe` to the worker `sensor` gets every reading from then on.

On a board it is named in the settings, {"main": "sensor", "listen": "0.0.0.0:4000"}. On a computer, under CPython or
MicroPython, it listens by itself: `python sensor.py 127.0.0.1:4000`.
"""

import asyncio
import sys
import time

from uockam import Node, Tcp, Worker
from uockam.errors import DeliveryError

_MOST = 8  # subscribers: each costs a message per reading


class Sensor(Worker):
    """Keeps the routes back to its subscribers; one that cannot be reached any more is forgotten."""

    def __init__(self):
        self.subscribers = []

    async def handle_message(self, context, message):
        if message.text == "subscribe" and message.return_route not in self.subscribers:
            self.subscribers.append(message.return_route)
            del self.subscribers[:-_MOST]

    async def publish(self, node, reading):
        for route in tuple(self.subscribers):
            try:
                await node.send(route, reading)
            except DeliveryError:
                self.subscribers.remove(route)


def read():
    """Degrees Celsius from the chip where it has such a sensor on ADC 4, as the RP2040 does; else a slow wave."""
    try:
        from machine import ADC

        return 27 - (ADC(4).read_u16() * 3.3 / 65535 - 0.706) / 0.001721
    except (ImportError, ValueError):
        return 20 + abs(time.time() % 20 - 10) / 10


async def main(node):
    sensor = Sensor()
    await node.start_worker("sensor", sensor)
    while True:
        await sensor.publish(node, f"{read():.1f}")
        await asyncio.sleep(0.2)


async def alone(address):
    node = Node("sensor")
    listener = await Tcp(node).listen(address)
    print("listening at", listener.address)
    await main(node)


if __name__ == "__main__":
    asyncio.run(alone(sys.argv[1]))
