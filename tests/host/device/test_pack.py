"""A version in one file: what is built on a computer is what the board's start file reads, and bad ones are refused."""

import ast
import binascii
import io
import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uockam_host.device import bundle, pack

FOLDER, FILE = 0x4000, 0x8000
FILES = {"uockam/__init__.py": b"x = 1\n", "uockam/crypto/viper/gcm.py": b"", "device/main.py": b"y = 2\n" * 99}


def reader():
    """The class of the board's start file, which runs here as well."""
    tree = ast.parse(bundle.start_files()["boot.py"])
    (found,) = (node for node in tree.body if isinstance(node, ast.ClassDef))
    names = {"binascii": binascii, "io": io}
    exec(compile(ast.Module([found], []), "boot.py", "exec"), names)
    return names["Pack"]


Pack = reader()


@pytest.fixture
def opened(tmp_path):
    def make(data):
        (tmp_path / "pack").write_bytes(data)
        return Pack(str(tmp_path / "pack"))

    return make


def test_every_file_is_found_with_its_content_and_every_folder(opened):
    found = opened(pack.build(FILES))
    for path, data in FILES.items():
        assert found.stat(f"/{path}")[0] == FILE
        assert found.stat(f"/{path}")[6] == len(data)
        assert found.open(f"/{path}", "rb").read() == data
    assert {found.stat(path)[0] for path in ("/", "/uockam", "/uockam/crypto", "/uockam/crypto/viper", "/device")} == {
        FOLDER
    }


def test_the_whole_runtime_is_found(opened):
    files = bundle.sources()
    found = opened(pack.build(files))
    assert all(found.open(path, "rb").read() == data for path, data in files.items())


def test_a_folder_is_listed(opened):
    found = opened(pack.build(FILES))
    assert sorted(found.ilistdir("/")) == [("device", FOLDER, 0, 0), ("uockam", FOLDER, 0, 0)]
    assert sorted(found.ilistdir("/uockam")) == [("__init__.py", FILE, 0, 6), ("crypto", FOLDER, 0, 0)]
    assert list(found.ilistdir("/uockam/none")) == []


@pytest.mark.parametrize("path", ["/app", "/app.py", "/uockam/none.py", "/uockam/__init__.py/x", "/ü"])
def test_what_is_not_in_it_is_not_found(opened, path):
    found = opened(pack.build(FILES))
    for look in (found.stat, lambda path: found.open(path, "rb")):
        with pytest.raises(OSError, match=r"^2$"):
            look(path)


def test_nothing_can_be_changed_in_it(opened):
    found = opened(pack.build(FILES))
    for change in (
        lambda: found.open("/device/main.py", "wb"),
        lambda: found.remove("/device/main.py"),
        lambda: found.rename("/device", "/gadget"),
        lambda: found.mkdir("/new"),
        lambda: found.rmdir("/device"),
    ):
        with pytest.raises(OSError, match=r"^30$"):
            change()


def by_hand(entries):
    """A pack of these (sum, path with its ending, content)."""
    start = 6 + 12 * len(entries)
    records = contents = b""
    for _, path, content in entries:
        records += struct.pack("<II", start + len(contents), len(content) << 8 | len(path) - 1)
        contents += path + content
    keys = b"".join(key for key, _, _ in entries)
    return b"uoc1" + struct.pack("<H", len(entries)) + keys + records + contents


def test_a_sum_that_two_others_have_between_them_is_not_taken_for_it(opened):
    key = struct.pack("<I", zlib.crc32(b"a.py"))
    entries = [(b"zz" + key[:2], b"x\0", b""), (key[2:] + b"zz", b"y\0", b""), (key, b"a.py\0", b"found")]
    assert opened(by_hand(entries)).open("/a.py", "rb").read() == b"found"


def test_another_path_with_the_same_sum_is_not_taken_for_it(opened):
    found = opened(by_hand([(struct.pack("<I", zlib.crc32(b"b.py")), b"a.py\0", b"")]))
    with pytest.raises(OSError, match=r"^2$"):
        found.stat("/b.py")


@pytest.mark.parametrize(
    "data", [b"", b"uoc2\0\0", b"uoc1\xff\xff" + bytes(99)], ids=["empty", "another", "of too many"]
)
def test_what_is_no_pack_is_refused(opened, data):
    with pytest.raises(OSError, match=r"^22$"):
        opened(data)


@given(data=st.data())
def test_a_damaged_pack_gives_what_is_in_it_or_an_os_error(tmp_path_factory, data):
    whole = bytearray(pack.build(FILES))
    for _ in range(data.draw(st.integers(0, 4))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    whole = bytes(whole[: data.draw(st.integers(0, len(whole)))])
    path = tmp_path_factory.getbasetemp() / "damaged"
    path.write_bytes(whole)
    for name in FILES:
        try:
            found = Pack(str(path))
            assert found.stat(name)[0] in (FOLDER, FILE)
            assert found.open(name, "rb").read() in whole
            assert len(list(found.ilistdir("/"))) <= len(whole)
        except OSError:
            pass


def test_the_same_files_give_the_same_bytes_in_whatever_order_they_come():
    assert pack.build(FILES) == pack.build(dict(reversed(FILES.items())))
