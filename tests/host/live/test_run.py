"""Programs run on a board beside its node: on a real virtual board."""

import ast
import os

import pytest

from uockam_host.device import restart, runfile
from uockam_host.device.live import TEXT, Place
from uockam_host.errors import ApiError, InvalidArgument, MessageError
from uockam_host.node import control

WORKER = """
import asyncio, helper
from uockam import Worker
class Twice(Worker):
    async def handle_message(self, context, message):
        await context.reply(message, message.payload * helper.TIMES)
async def main(node):
    await node.start_worker("twice", Twice())
    asyncio.create_task(forever())
    node.spawn("x", forever())
    print("started", helper.TIMES)
    await asyncio.sleep(1000)
async def forever():
    try:
        while True:
            await asyncio.sleep(1)
    finally:
        print("task ended")
"""
TEN_LINES = """
import asyncio
from uockam import Node, Worker
class Doubler(Worker):
    async def handle_message(self, context, message):
        await context.reply(message, message.payload * 2)
async def main():
    node = Node()
    await node.start_worker("doubler", Doubler())
    print(await node.ask("doubler", b"hi"))
asyncio.run(main())
"""


@pytest.fixture
def program(board):
    with runfile.Program(board) as running:
        yield running


def write(folder, **texts):
    """A file for each, and what running the first of them needs."""
    paths = [folder / f"{name}.py" for name in texts]
    for path, text in zip(paths, texts.values(), strict=True):
        path.write_text(text)
    return runfile.read(paths[0])


def until(program, part):
    """All that is printed up to what has the part in it, or the end."""
    text = ""
    while part not in text:
        kind, data = program.next(30_000)
        if kind == runfile.ENDED:
            return text, data.decode()
        if kind == TEXT:
            text += data.decode()
    return text, None


def test_a_worker_program_answers_and_all_that_it_started_ends_with_it(program, board, tmp_path, flash):
    program.start(write(tmp_path, app=WORKER, helper="TIMES = 2\n"))
    until(program, "started 2")
    assert control.send_message(f"/node/{board}/service/twice", b"ab") == b"abab"
    program.stop(script=False)
    assert control.workers(board).count("twice") == 0
    text, _ = until(program, "task ended\ntask ended")
    assert text.count("task ended") == 2
    assert sorted(os.listdir(flash / "uockam-run")) == ["app.py", "helper.py"]


def test_a_changed_module_is_run_anew_without_a_restart_of_the_node(program, board, tmp_path):
    changes = runfile.Changes()
    source = write(tmp_path, app=WORKER, helper="TIMES = 2\n")
    changes.note(source)
    program.start(source)
    until(program, "started 2")
    assert not changes.any()
    (tmp_path / "helper.py").write_text("TIMES = 3 \n")
    assert changes.any()
    program.start(runfile.read(tmp_path / "app.py"))
    until(program, "started 3")
    assert control.send_message(f"/node/{board}/service/twice", b"ab") == b"ababab"


def test_a_script_that_runs_a_loop_of_its_own_ends_and_the_node_goes_on(program, board, tmp_path):
    program.start(write(tmp_path, ten=TEN_LINES))
    assert until(program, "never") == ("b'hihi'\n", "")
    assert control.send_message(f"/node/{board}/service/uppercase", b"\x01a") == b"\x01A"


def test_a_traceback_is_shown_and_the_reason_told(program, tmp_path):
    program.start(write(tmp_path, bad="def f():\n    raise ValueError('no sensor')\nf()\n"))
    text, why = until(program, "never")
    assert why == "ValueError: no sensor"
    assert 'File "/uockam-run/bad.py", line 2, in f\nValueError: no sensor\n' in text
    program.start(write(tmp_path, bad="async def main(node):\n    print('well')\n"))
    assert until(program, "never") == ("well\n", "")


@pytest.mark.parametrize("body", ["while True:\n    pass\n", "import time\nwhile True:\n    time.sleep(0.01)\n"])
def test_a_script_that_never_lets_go_is_interrupted_and_the_node_goes_on(program, board, tmp_path, body):
    program.start(write(tmp_path, busy="print('busy')\n" + body))
    until(program, "busy")
    program.stop(script=True)
    assert control.send_message(f"/node/{board}/service/uppercase", b"\x01a") == b"\x01A"
    program.start(write(tmp_path, after="print('after')\n"))
    assert "after" in until(program, "after")[0]


def test_a_board_that_restarts_under_a_program_has_it_no_more(program, tmp_path):
    program.start(write(tmp_path, app="import asyncio\nasync def main(node):\n    await asyncio.sleep(1000)\n"))
    restart.restart(Place(program.watching.name), boot_loader=False)
    with pytest.raises(MessageError, match=r"no worker at 'run'|the board"):
        while True:
            program.next(30_000)


def test_what_a_program_may_not_be_is_said(program, tmp_path):
    with pytest.raises(ApiError, match="a module uockam of its own"):
        program.start(write(tmp_path, uockam="print(1)\n"))
    with pytest.raises(InvalidArgument, match=r"broken.py, line 1: "):
        write(tmp_path, broken="def (:\n")
    with pytest.raises(InvalidArgument, match="Cannot read"):
        runfile.read(tmp_path / "nope.py")


def test_what_a_program_imports_from_its_folder_goes_along(tmp_path):
    (tmp_path / "pack" / "in").mkdir(parents=True)
    for name in ("__init__", "one", "in/two"):
        (tmp_path / "pack" / f"{name}.py").write_text("import os\n")
    (tmp_path / "unused.py").write_text("")
    source = write(
        tmp_path, app="import asyncio, pack.one\nfrom helper import x\n", helper="import other\n", other="x = 1\n"
    )
    assert sorted(source.files) == [
        "app.py",
        "helper.py",
        "other.py",
        "pack/__init__.py",
        "pack/in/two.py",
        "pack/one.py",
    ]


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("async def main(node): pass", True),
        ("async def main(): pass", False),
        ("def main(node): pass", False),
        ("", False),
    ],
)
def test_a_program_is_a_main_with_a_node(text, is_one):
    assert runfile.has_main(ast.parse(text)) is is_one
