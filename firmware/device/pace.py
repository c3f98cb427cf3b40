"""Long work in steps."""

import asyncio


async def paced(steps: object) -> object:
    """What steps of some 50 ms return; everything else has its turn between two of them."""
    while True:
        try:
            next(steps)
        except StopIteration as stop:
            return stop.value
        await asyncio.sleep(0)
