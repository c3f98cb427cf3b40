"""The devices of bench_cloud in a process of their own: commands are lines of JSON on standard input, answers likewise.

{"database": …, "project": …, "routes": […]}   first of all
{"grow": N, "spread": true}                     connect N devices more -> {"seconds": …}
{"bytes": true}                                 -> {"bytes": sent and received by the first device until now}
"""

import asyncio
import json
import socket
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.lib.swarm import Swarm, membership

_INFO_BYTES = 136
_TRAFFIC = slice(120, 136)  # tcpi_bytes_acked and tcpi_bytes_received of Linux's tcp_info


async def main() -> None:
    """Until standard input ends."""
    where = json.loads(await asyncio.to_thread(sys.stdin.readline))
    swarm = Swarm(await membership(where["database"], where["project"], where["routes"]))
    await swarm.grow(1)
    listener = await swarm.devices[0].tcp.listen("127.0.0.1:0")
    _tell(listen=listener.address)
    while line := await asyncio.to_thread(sys.stdin.readline):
        command = json.loads(line)
        start = time.perf_counter()
        if "grow" in command:
            await swarm.grow(command["grow"], command["spread"])
            _tell(seconds=time.perf_counter() - start)
        else:
            _tell(bytes=_traffic(swarm))


def _traffic(swarm: Swarm) -> int:
    (connection,) = [each for each in swarm.devices[0].tcp.connections if each.link.peer.startswith("localhost")]
    plug = connection.link._transport.get_extra_info("socket")
    values = plug.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _INFO_BYTES)[_TRAFFIC]
    return int.from_bytes(values[:8], sys.byteorder) + int.from_bytes(values[8:], sys.byteorder)


def _tell(**values: object) -> None:
    print(json.dumps(values), flush=True)


if __name__ == "__main__":
    asyncio.run(main())
