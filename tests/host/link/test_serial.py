"""Opening serial ports: what works on a pseudo-terminal, and each way in which it does not."""

import asyncio
import fcntl
import os
import subprocess
import sys
import termios

import pytest
import serial

from uockam_host.errors import HostError
from uockam_host.link import ports
from uockam_host.link.serial import PortBusy, PortMissing, PortNotPermitted, PortUnusable, open_error, open_port

from ...lib.patience import TEST_S

HOLD = "import os, fcntl, sys; f = os.open(sys.argv[1], os.O_RDWR | os.O_NOCTTY); fcntl.flock(f, fcntl.LOCK_EX); "
HOLD += "print('held', flush=True); sys.stdin.read()"


class Keeper:
    """A receiver that keeps what it is told."""

    def __init__(self):
        self.data = b""
        self.reasons = []
        self.had_room = asyncio.Event()
        self.more = asyncio.Event()

    def received(self, data):
        self.data += data
        self.more.set()

    def room(self):
        self.had_room.set()

    def lost(self, reason):
        self.reasons.append(reason)
        self.more.set()

    async def until(self, count):
        while len(self.data) < count:
            self.more.clear()
            await self.more.wait()


@pytest.fixture
def terminal():
    """(our side, path of the port)."""
    near, far = os.openpty()
    os.set_blocking(near, False)
    yield near, os.ttyname(far)
    for fd in (near, far):
        os.close(fd)


def run(coroutine):
    """Run a test's coroutine, which ends by itself."""
    return asyncio.run(asyncio.wait_for(coroutine, TEST_S))


def refused(port):
    """The error with which the port does not open."""
    with pytest.raises(HostError) as caught:
        run(open_port(port))
    return caught.value


def test_every_byte_passes_unchanged_in_both_directions(terminal):
    near, port = terminal
    every = bytes(range(256)) * 4

    async def main():
        line = await open_port(port)
        line.receiver = keeper = Keeper()
        line.write(every)
        sent = b""
        while len(sent) < len(every):
            await asyncio.sleep(0)
            try:
                sent += os.read(near, 4096)
            except BlockingIOError:
                continue
        os.write(near, every)
        await keeper.until(len(every))
        line.close()
        await line.ended.wait()
        assert keeper.reasons == []
        return sent, keeper.data

    assert run(main()) == (every, every)


def test_a_line_that_is_not_read_says_that_it_is_full_and_when_it_has_room_again(terminal):
    near, port = terminal

    async def main():
        line = await open_port(port)
        line.receiver = keeper = Keeper()
        written = 0
        while not line.full():
            line.write(b"x" * 1000)
            written += 1000
        read = 0
        while read < written:
            try:
                read += len(os.read(near, 4096))
            except BlockingIOError:
                await asyncio.sleep(0)
        await keeper.had_room.wait()
        assert not line.full()
        line.close()
        await line.ended.wait()

    run(main())


def test_a_port_that_goes_away_is_told_once_and_writing_to_it_is_no_error():
    async def main():
        near, far = os.openpty()
        line = await open_port(os.ttyname(far))
        line.receiver = keeper = Keeper()
        os.close(far)
        os.close(near)
        await line.ended.wait()
        line.write(b"late")
        line.close()
        assert keeper.reasons == [line.gone]
        assert "was unplugged" in line.gone

    run(main())


def test_closing_a_port_leaves_its_control_lines_alone(terminal):
    near, port = terminal

    async def main():
        line = await open_port(port)
        flags = termios.tcgetattr(near)[2]
        line.close()
        await line.ended.wait()
        return flags

    assert not run(main()) & termios.HUPCL


def test_a_port_that_is_not_there_is_named_with_those_that_are(monkeypatch):
    error = refused("/dev/ttyNOPE")
    assert isinstance(error, PortMissing)
    assert str(error) == "There is no serial port /dev/ttyNOPE"
    assert "Plug the board in" in error.remedy
    monkeypatch.setattr(ports, "names", lambda: ["/dev/ttyACM0"])
    assert "/dev/ttyACM0" in refused("/dev/ttyNOPE").remedy


def test_a_port_of_a_group_that_one_is_not_in_says_how_to_join_it(terminal, unprivileged_group):
    _, port = terminal
    unprivileged_group(port, "dialout")
    error = refused(port)
    assert isinstance(error, PortNotPermitted)
    assert str(error) == f"You may not use the serial port {port}"
    assert "usermod -aG dialout" in error.remedy


@pytest.fixture
def unprivileged_group():
    """Gives a port to a group, and this process the rights of somebody who is not in it."""
    grp = pytest.importorskip("grp")
    if os.geteuid() != 0:
        pytest.skip("only root can give a port to somebody else")
    groups = os.getgroups()

    def give(port, group):
        os.chown(port, 0, grp.getgrnam(group).gr_gid)
        os.chmod(port, 0o660)
        os.setgroups([])
        os.setegid(65534)
        os.seteuid(65534)

    yield give
    os.seteuid(0)
    os.setegid(0)
    os.setgroups(groups)


def test_a_port_that_another_program_holds_names_that_program(terminal):
    _, port = terminal
    command = [sys.executable, "-c", HOLD, port]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        holder.stdout.readline()
        error = refused(port)
        holder.stdin.close()
    assert isinstance(error, PortBusy)
    assert f"(process {holder.pid})" in str(error)
    assert error.remedy


def test_a_port_that_this_program_holds_is_held_against_others(terminal):
    _, port = terminal

    async def main():
        line = await open_port(port)
        other = os.open(port, os.O_RDWR | os.O_NOCTTY)
        with pytest.raises(BlockingIOError):
            fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
        line.close()
        await line.ended.wait()
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.close(other)

    run(main())


def test_what_is_no_serial_port_is_said_to_be_none(tmp_path):
    (tmp_path / "file").touch()
    for path in (tmp_path / "file", tmp_path, "/dev/null"):
        error = refused(str(path))
        assert isinstance(error, PortUnusable)
        assert str(error) == f"{path} is not a serial port"


def test_the_reason_is_found_behind_an_error_of_pyserial(tmp_path):
    path = tmp_path / "file"
    path.touch()
    with pytest.raises(serial.SerialException) as caught:
        serial.Serial(str(path))
    assert str(open_error(str(path), caught.value)) == f"{path} is not a serial port"


def test_an_address_of_an_unknown_kind_is_an_error_too():
    assert isinstance(refused("foo://bar"), PortUnusable)
    assert isinstance(refused("socket://127.0.0.1:1"), PortUnusable)
