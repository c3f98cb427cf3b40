"""The far end of bench_tcp.py: `echo_server.py bare|uockam PORT`, on both interpreters; prints a line when ready."""

import asyncio
import sys


async def serve_uockam(port):
    from uockam import Node, Tcp
    from uockam.services import start_default

    node = Node("bench")
    await start_default(node)
    await Tcp(node).listen(f"127.0.0.1:{port}")


async def serve_bare_streams(port):
    await asyncio.start_server(_echo_stream, "127.0.0.1", port)


async def _echo_stream(reader, writer):
    while True:
        data = await reader.read(65536)
        if not data:
            return
        writer.write(data)
        await writer.drain()


async def serve_bare_protocol(port):
    class Echo(asyncio.Protocol):
        def connection_made(self, transport):
            self.write = transport.write

        def data_received(self, data):
            self.write(data)

    await asyncio.get_running_loop().create_server(Echo, "127.0.0.1", port)


async def main(kind, port):
    """bare: the cheapest way that each asyncio has to send back what comes."""
    bare = serve_bare_protocol if hasattr(asyncio, "Protocol") else serve_bare_streams
    await {"uockam": serve_uockam, "bare": bare}[kind](port)
    print("ready")
    if hasattr(sys.stdout, "flush"):
        sys.stdout.flush()
    await asyncio.Event().wait()


asyncio.run(main(sys.argv[1], int(sys.argv[2])))
