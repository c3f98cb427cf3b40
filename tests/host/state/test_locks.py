"""Locks end with their holder, and commands that use the same lock wait for one another."""

import os
import subprocess
import sys
import threading

from uockam_host.state.locks import one_at_a_time, open_private, try_lock

_HOLD = """
import sys
from pathlib import Path
from uockam_host.state.locks import lock, open_private
lock(open_private(Path(sys.argv[1])))
print("locked", flush=True)
sys.stdin.read()
"""


def _is_free(path):
    file = open_private(path)
    try:
        return try_lock(file)
    finally:
        os.close(file)


def test_a_lock_is_held_until_its_process_is_killed(tmp_path):
    path = tmp_path / "lock"
    command = [sys.executable, "-c", _HOLD, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout.readline() == b"locked\n"
        assert not _is_free(path)
        holder.kill()
    assert _is_free(path)


def test_a_locked_file_can_be_read_by_its_user_only(tmp_path):
    os.close(open_private(tmp_path / "folder" / "lock"))
    assert (tmp_path / "folder" / "lock").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "folder").stat().st_mode & 0o777 == 0o700


def test_many_at_once_take_turns_and_leave_no_file(tmp_path):
    path, inside, most = tmp_path / "lock", [], []

    def work():
        for _ in range(20):
            with one_at_a_time(path):
                inside.append(1)
                most.append(len(inside))
                inside.pop()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1] * 80
    assert not path.exists()


def test_a_file_that_was_deleted_meanwhile_is_made_again(tmp_path):
    path = tmp_path / "lock"
    with one_at_a_time(path):
        path.unlink()
        with one_at_a_time(path):
            assert path.exists()
