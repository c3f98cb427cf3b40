"""The program of the board: a stream to the host, and a record of that from there."""

from stream import Receiver, Sender

from uockam.address import LOCAL, Address

HOST = Address(LOCAL, b"host")


async def main(node):
    with open("count") as file:
        count = int(file.read())
    sender = Sender("", (HOST, "from_board"), count, lambda: node.router.endpoints.get(HOST.value))
    await node.start_worker("from_host", Receiver(""))
    await node.start_worker("sender", sender)
