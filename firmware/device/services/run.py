"""Runs a program beside the node, for its owner, and another one in its place (docs/services.md, `run`)."""

import asyncio
import io
import sys
from asyncio import core

from uockam import api
from uockam.access import OWNER
from uockam.errors import Error
from uockam.records import Record
from uockam.services.requests import Requests

from . import KINDS

ACCESS = OWNER
FOLDER = "/uockam-run"  # where its files are

_PROGRAM = Record("a program", (1, "module", str, True), (2, "main", bool, True))
_STATE = Record("the state of a program", (1, "running", bool, True), (2, "error", str, False))

_STOPPED = "it was stopped"
_END_S = 2  # that a program gets to end, like a worker that is stopped, and a little more


def make(node: object) -> "Run":
    """The worker."""
    return Run(node)


class Run(Requests):
    """One program at a time: a module, and after its import its `async def main(node)` if it is said to have one.

    What it started ends with it: its workers, and the tasks that it and its tasks made.
    """

    def __init__(self, node: object) -> None:
        self._node = node
        self._owner = ()  # the return route of whoever started the program
        self._tasks = set()  # of the program
        self._before = set()  # names of modules that are not the program's
        self._endpoints = set()  # and of workers
        self._running = False
        self._ended = None
        self._error = None
        super().__init__(
            (
                (api.POST, "program", self._start),
                (api.GET, "program", self._state),
                (api.DELETE, "program", self._stop),
            )
        )

    async def handle_message(self, context: object, message: object) -> None:
        self._sender = message.return_route
        await super().handle_message(context, message)

    async def stopped(self, context: object) -> None:
        self._cancel()

    async def _start(self, parts: "list[str]", body: object) -> object:
        """End the program that runs, and start this one; its end is told to where the answer goes."""
        values = _PROGRAM.unpack(body)
        module = values["module"]
        await self._end()
        if module in sys.modules:
            raise api.Reject(
                api.CONFLICT, "the board has a module %s of its own: give the program another name" % module
            )
        self._owner = self._sender
        self._before = set(sys.modules)
        self._endpoints = set(self._node.router.endpoints)
        if FOLDER not in sys.path:
            sys.path.insert(0, FOLDER)
        self._running = True
        self._error = None
        self._ended = asyncio.Event()
        self._tasks.add(asyncio.create_task(self._run(module, values["main"])))
        return await self._state(parts, body)

    async def _state(self, parts: "list[str]", body: object) -> object:
        """Whether it runs, and why it ended, None when it ended by itself."""
        return _STATE.pack(running=self._running, error=self._error)

    async def _stop(self, parts: "list[str]", body: object) -> object:
        """End the program."""
        await self._end()
        return await self._state(parts, body)

    async def _run(self, module: str, has_main: bool) -> None:
        restore = self._own_tasks()
        try:
            program = __import__(module)
            if has_main:
                await program.main(self._node)
        except (asyncio.CancelledError, KeyboardInterrupt):
            self._error = _STOPPED
        except SystemExit:
            pass
        except Exception as error:
            print(_traceback(error), end="")  # printed, so that the log of the board has it
            self._error = "%s: %s" % (type(error).__name__, error)
        restore()
        self._tasks.discard(core.cur_task)
        await self._clean_up()
        self._running = False
        self._ended.set()
        await self._tell()

    def _own_tasks(self) -> object:
        """Note every task that the program makes, and let it call asyncio.run though a loop runs already."""
        create, run = asyncio.create_task, asyncio.run

        def create_task(coroutine: object) -> object:
            task = create(coroutine)
            if core.cur_task in self._tasks:
                self._tasks.add(task)
            return task

        def run_here(coroutine: object) -> object:
            before = core.cur_task
            task = create_task(coroutine)
            try:
                return core.run_until_complete(task)
            finally:
                core.cur_task = before

        def restore() -> None:
            asyncio.create_task, asyncio.run = create, run

        asyncio.create_task, asyncio.run = create_task, run_here
        return restore

    async def _end(self) -> None:
        if self._running:
            self._cancel()
            try:
                await asyncio.wait_for(self._ended.wait(), _END_S)
            except asyncio.TimeoutError:
                raise api.Reject(api.CONFLICT, "the program does not end: reset the board")

    def _cancel(self) -> None:
        for task in tuple(self._tasks):
            if task is not core.cur_task and not task.done():
                task.cancel()

    async def _clean_up(self) -> None:
        self._cancel()
        self._tasks = set()
        for value, endpoint in tuple(self._node.router.endpoints.items()):
            if value not in self._endpoints and hasattr(endpoint, "worker") and endpoint.kind not in KINDS:
                await self._node.end_worker(endpoint)
        for name in tuple(sys.modules):
            if name not in self._before and getattr(sys.modules[name], "__file__", "").startswith(FOLDER):
                del sys.modules[name]

    async def _tell(self) -> None:
        try:
            state = api.encode_response(1, 0, api.OK, await self._state((), None))
            await self._node.send(self._owner, state)
        except Error:
            pass  # whoever started it is gone


def _traceback(error: Exception) -> str:
    text = io.StringIO()
    sys.print_exception(error, text)
    return text.getvalue()
