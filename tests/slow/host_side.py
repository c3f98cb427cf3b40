"""The program of the host, to be killed at any moment: `host_side.py PORT FOLDER COUNT` owns a port and streams.

Prints a line of JSON each time the board comes up or goes down, and with figures now and then.
"""

import asyncio
import json
import sys

import psutil
from stream import Receiver, Sender

from uockam import Node, api
from uockam_host.node.board import DETAILS, Away, Board

_EVERY_S = 0.05


def say(**values):
    """Print an event."""
    sys.stdout.write(json.dumps(values) + "\n")
    sys.stdout.flush()


async def tell(board):
    """Each change of the board's state."""
    while True:
        await board.changed()
        say(up=board.up, reason=board.reason)


async def measure(board, sender):
    """Free memory of the board after a collection, the memory of this process, and how far the stream is."""
    process = psutil.Process()
    while True:
        if board.up:
            try:
                answer = await board.manage(api.encode_request(1, api.GET, "node/board"))
            except Exception as error:
                say(unanswered=str(error))
            else:
                free = DETAILS.unpack(api.decode_response(answer).body)["free_bytes"]
                say(acknowledged=sender.acknowledged, free=free, rss=process.memory_info().rss)
        await asyncio.sleep(_EVERY_S)


async def main(port, folder, count):
    node = Node("host")
    board = Board(node, port, log=lambda level, text: say(log=text))

    def link():
        gateway = node.router.gateway
        return None if isinstance(gateway, Away) else gateway

    sender = Sender(folder, ("from_host",), count, link)
    await node.start_worker("from_board", Receiver(folder))
    await node.start_worker("sender", sender)
    await asyncio.gather(board.run(), tell(board), measure(board, sender))


asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
