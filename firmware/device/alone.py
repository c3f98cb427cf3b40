"""Deep calls, such as imports of what imports more: with the whole stack, of which a Cortex-M0 has 8 KB."""

import asyncio
import gc

_OFTEN = 4096  # bytes


async def alone(coroutine: object) -> object:
    """What the coroutine returns, run as a task of its own: nothing of its callers is on the stack then."""
    return await asyncio.create_task(coroutine)


async def load(*names: str) -> None:
    """Import modules, each alone, those first that the others import. Everything else has its turn between two.

    What stays of them lies close together: garbage is collected often meanwhile.
    """
    seldom = gc.threshold()
    gc.collect()
    gc.threshold(_OFTEN)
    try:
        for name in names:
            await alone(_import(name))
    finally:
        gc.collect()
        gc.threshold(seldom)


async def paced(steps: object) -> object:
    """What steps of some 50 ms return; everything else has its turn between two of them."""
    return await alone(_paced(steps))


async def _import(name: str) -> None:
    __import__(name)


async def _paced(steps: object) -> object:
    while True:
        try:
            next(steps)
        except StopIteration as stop:
            return stop.value
        await asyncio.sleep(0)
