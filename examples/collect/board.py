"""On the board: sends how long it has been running to a worker of the program that holds its cable.

Copy it onto the board and name it in the board's settings, so that it runs beside the node's services:

    mpremote cp board.py : + exec "open('uockam.json', 'w').write('{\\"main\\": \\"board\\"}')"
"""

import asyncio
import time

from uockam.errors import DeliveryError


async def main(node):
    while True:
        try:
            await node.send(("host", "collector"), f"running for {time.ticks_ms()} ms")
        except DeliveryError as error:
            print("not sent:", error)
        await asyncio.sleep(0.2)
