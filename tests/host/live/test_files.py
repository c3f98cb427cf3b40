"""Files of a board in use, over the route of its node: on a real virtual board."""

import hashlib
import os
import subprocess
from pathlib import Path

import pytest

from uockam import api
from uockam_host.device import filing, live
from uockam_host.device.asking import Request
from uockam_host.device.copy_node import _PIECE, _UPLOAD, NodeCopier
from uockam_host.device.virtual import find_micropython
from uockam_host.errors import ApiError, HostError, InvalidArgument, MessageError
from uockam_host.node import control
from uockam_host.node.client import encode

ROOT = Path(__file__).parents[3]
NOTHING = lambda count: None  # noqa: E731


def upload(path, size, number=1):
    return Request(api.POST, "upload", _UPLOAD.pack(id=number, path=path, size=size))


def test_files_of_every_size_come_back_as_they_went(files, flash):
    for size in (0, 1, 2047, 2048, 2049, 4096, 50_000):
        data = os.urandom(size)
        counted = []
        files.put(f"/t/{size}", data, counted.append)
        assert sum(counted) == size
        assert files.get(f"/t/{size}") == data == (flash / "t" / str(size)).read_bytes()
        assert files.hash(f"/t/{size}") == hashlib.sha256(data).hexdigest()
    names = sorted(os.listdir(flash / "t"))
    assert [(one.name, one.size) for one in files.ls("/t")] == [(name, int(name)) for name in names]


def test_a_folder_with_many_files_is_listed_in_several_answers(files, flash):
    names = [f"a-file-with-a-long-name-{number:04}" for number in range(200)]
    (flash / "many").mkdir()
    for name in names:
        (flash / "many" / name).write_text(name)
    assert [one.name for one in files.ls("/many")] == names
    assert all(one.size == len(one.name) for one in files.ls("/many"))
    assert len(files.hashes("/many")) == 200


def test_what_is_on_the_board_is_moved_and_removed_there(files, flash):
    files.put("/a/b/c.txt", b"text")
    files.rename("/a/b/c.txt", "/x/c.txt")
    assert (flash / "x" / "c.txt").read_bytes() == b"text"
    assert files.stat("/a/b/c.txt") is None
    files.mkdir("/a/b")
    files.rm("/a")
    files.rm("/nothing")
    assert not (flash / "a").exists()
    assert files.hash("/a") is None
    assert files.stat("/x").is_folder


ELSEWHERE = ("/../out", "/a/../../out", "..", "/a/./b", "a\\b", "/C:/x", "/" + "n" * 201, "/a\nb", "/a\x7f")
NO_FILE = ("/", "", "/a/")


def test_a_path_that_leads_elsewhere_or_nowhere_is_refused(files, flash):
    files.mkdir("/a")
    for path in ELSEWHERE + NO_FILE:
        for act in (lambda path: files.put(path, b"x"), files.get, files.hash):
            with pytest.raises(ApiError, match=r"Not (a path on the board|the path of a file)|/a is a folder"):
                act(path)
    for path in ELSEWHERE:
        for act in (files.ls, files.mkdir, files.rm, lambda path: files.rename("/a", path)):
            with pytest.raises(ApiError, match="Not a path on the board"):
                act(path)
    assert sorted(one.name for one in flash.parent.iterdir()) == ["flash", "io", "tty"]


def test_what_cannot_be_done_is_said_in_words(files):
    files.put("/a/f", b"x")
    with pytest.raises(ApiError, match="There is no /nope on the board"):
        files.get("/nope")
    with pytest.raises(ApiError, match="/a is a folder"):
        files.put("/a", b"x")
    with pytest.raises(ApiError, match=r"leads through a file|is already"):
        files.put("/a/f/g", b"x")
    with pytest.raises(ApiError, match="not empty"):
        files._files.ask(api.DELETE, "folder", {1: "/a"})
    with pytest.raises(ApiError, match="Invalid endpoint: GET nonsense"):
        files._files.ask(api.GET, "nonsense")
    with pytest.raises(ApiError, match="without its path"):
        files._files.ask(api.GET, "stat", {})


def test_a_file_larger_than_the_room_that_there_is_is_refused_before_it_is_sent(files, flash):
    with pytest.raises(ApiError, match=r"no room for /big on the board: it has \d+ bytes, and \d+ are free"):
        list(files._files.ask_each([upload("/big", 1 << 60)]))
    assert not list(flash.glob("big*"))


def test_an_upload_that_is_cut_or_damaged_leaves_the_former_file(files, flash):
    files.put("/f", b"former")
    list(files._files.ask_each([upload("/f", 4), Request(api.PUT, "upload", _PIECE.pack(id=1, data=b"ne"))]))
    with pytest.raises(ApiError, match="did not arrive as it was sent"):
        files._files.ask(api.POST, "upload/end", {1: 1, 2: hashlib.sha256(b"new!").digest()})
    assert files.get("/f") == b"former"
    assert not list(flash.glob("f.*"))
    with pytest.raises(ApiError, match="no such upload"):
        files._files.ask(api.PUT, "upload", _PIECE.pack(id=1, data=b"more"))


def test_uploads_that_nobody_ends_give_way_to_others(files, flash):
    list(files._files.ask_each(upload(f"/u{number}", 10, number) for number in range(9)))
    assert len(list(flash.glob("u*.part"))) == 4
    files.put("/f", b"x")
    assert files.get("/f") == b"x"


def test_several_computers_at_a_time_do_not_mix_their_files(board, files):
    with NodeCopier(live.connect(board)) as other:
        one, two = os.urandom(9000), os.urandom(9000)
        mine = files._files.ask_each([upload("/one", 9000, 1)])
        files.put("/one", one)
        other.put("/two", two)
        list(mine)
        assert (files.get("/one"), files.get("/two")) == (one, two)


def test_over_plain_tcp_files_are_refused_with_the_reason(board, files):
    route = control.show_node(board).route_verbose
    for kind in ("files", "run", "update"):
        files._client.request(api.POST, f"node/services/{kind}")
        with pytest.raises(MessageError, match=f"'{kind}' answers its owner only: over the cable, or") as caught:
            control.send_message(f"{route}/service/{kind}", encode(api.GET, "list", {1: "/"}))
        assert "--at NODE" in caught.value.remedy
        assert "/secure/api" in caught.value.remedy
    control.start_hop(board, "h1")
    with pytest.raises(MessageError, match="answers its owner only"):
        control.send_message(f"/node/{board}/service/h1/service/files", encode(api.GET, "list", {1: "/"}))
    assert control.send_message(f"{route}/service/uppercase", b"\x05hello") == b"\x05HELLO"


def test_folders_go_to_the_board_and_come_back(files, tmp_path):
    source = tmp_path / "lib"
    (source / "deep").mkdir(parents=True)
    (source / "a.py").write_text("A = 1\n")
    (source / "deep" / "b.py").write_text("B = 2\n")
    done = [filing.put(files, one, NOTHING) for one in filing.to_board(files, source, None)]
    assert [(one.path, one.changed) for one in done] == [("/lib/a.py", True), ("/lib/deep/b.py", True)]
    again = [filing.put(files, one, NOTHING) for one in filing.to_board(files, source, "/")]
    assert [(one.path, one.changed) for one in again] == [("/lib/a.py", False), ("/lib/deep/b.py", False)]
    for one in filing.from_board(files, "/lib", tmp_path / "back"):
        filing.get(files, one, NOTHING)
    assert (tmp_path / "back" / "deep" / "b.py").read_text() == "B = 2\n"
    assert [path for path, _ in filing.walk(files, "/lib")] == ["/lib/a.py", "/lib/deep", "/lib/deep/b.py"]
    with pytest.raises(InvalidArgument, match="is a folder"):
        filing.remove(files, "/lib", recursive=False)
    filing.remove(files, "/lib", recursive=True)
    with pytest.raises(HostError, match="There is no /lib"):
        filing.look(files, "/lib")
    with pytest.raises(InvalidArgument, match="cannot be removed"):
        filing.remove(files, ":/", recursive=True)


def test_a_full_file_system_keeps_the_former_file_and_says_so():
    environment = {"MICROPYPATH": f".frozen:{ROOT / 'firmware'}"}
    program = Path(__file__).with_name("full_flash.py")
    done = subprocess.run([find_micropython(), program], env=environment, capture_output=True, text=True, check=False)
    first, announced, lied, left, again, after = done.stdout.splitlines()
    assert (first, again, after) == ("there", "there", "newer")
    assert "no room for /f on the board: it has 60000 bytes" in announced
    assert lied == "there is no room for /f on the board"
    assert left == "former ['f']"
