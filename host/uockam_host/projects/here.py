"""Doing one thing over secure channels from a command: in a node of its own, with an identity of this machine."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import TypeVar

from uockam.errors import Error

from ..errors import HostError, MessageError
from ..node.client import remedy_for
from ..node.temporary import Here, temporary

_Result = TypeVar("_Result")


def run(work: Callable[[Here], Coroutine[object, None, _Result]], identity: "str | None" = None) -> _Result:
    """What the work returns, for an identity, the default one if None. Raises HostError and nothing else."""

    async def do() -> _Result:
        async with temporary(identity) as here:
            return await work(here)

    try:
        return asyncio.run(do())
    except HostError:
        raise
    except Error as error:
        raise MessageError(str(error), error.remedy or remedy_for(str(error))) from error
