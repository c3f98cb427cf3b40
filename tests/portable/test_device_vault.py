"""The vault file of a board, with the power cut at every byte, on file systems that replace files and that do not."""

from device import vault
from device.vault import FileStore
from lib.unittest import TestCase
from uockam.errors import LimitError
from uockam.secure.store import KNOWN, VaultError

PATH = "/vault"
NEW = PATH + ".new"
OLD_RECORDS = {b"seed:1": bytes(range(33)), b"known:2": b"before"}
CHANGES = {b"seed:1": bytes(33), b"known:2": None, b"identity:1": b"after" * 20}
NEW_RECORDS = {b"seed:1": bytes(33), b"identity:1": b"after" * 20}


class PowerCut(Exception):
    """The board is off."""


class Disk:
    """The functions of `os` and `open` that a vault uses, on files in RAM.

    replaces: whether a rename takes the place of a file. left: bytes and operations until the power is gone.
    """

    def __init__(self, replaces=True, left=None):
        self.files = {}
        self.replaces = replaces
        self.left = left
        self.full = False

    def spend(self):
        if self.left is not None:
            if self.left == 0:
                raise PowerCut
            self.left -= 1

    def open(self, path, mode):
        if mode == "wb":
            self.spend()
            self.files[path] = b""
        elif path not in self.files:
            raise OSError(2)
        return File(self, path)

    def rename(self, old, new):
        if new in self.files and not self.replaces:
            raise OSError(17)
        self.spend()
        self.files[new] = self.files.pop(old)

    def remove(self, path):
        self.spend()
        del self.files[path]


class File:
    def __init__(self, disk, path):
        self.disk = disk
        self.path = path

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def read(self):
        return self.disk.files[self.path]

    def write(self, data):
        for at in range(len(data)):
            if self.disk.full:
                return at
            self.disk.spend()
            self.disk.files[self.path] += data[at : at + 1]
        return len(data)

    def flush(self):
        pass


class OnDisk(TestCase):
    def tearDown(self):
        import os

        vault.os = os
        if hasattr(vault, "open"):
            del vault.open

    def use(self, disk):
        vault.os = disk
        vault.open = disk.open
        return FileStore(PATH)

    def filled(self, replaces=True):
        disk = Disk(replaces)
        self.use(disk).put(OLD_RECORDS)
        return disk

    def records(self, disk):
        kept = self.use(disk)
        return {name: kept.get(name) for name in kept.names()}


class Records(OnDisk):
    def test_what_was_put_is_there_after_a_restart_and_what_was_removed_is_not(self):
        disk = self.filled()
        self.assertEqual(self.records(disk), OLD_RECORDS)
        self.use(disk).put(CHANGES)
        self.assertEqual(self.records(disk), NEW_RECORDS)
        self.assertEqual(list(disk.files), [PATH])

    def test_names_are_those_that_start_alike_in_order(self):
        disk = Disk()
        self.use(disk).put({b"b:2": b"", b"a:1": b"", b"b:1": b""})
        self.assertEqual(self.use(disk).names(b"b:"), [b"b:1", b"b:2"])
        self.assertIsNone(self.use(disk).get(b"c"))

    def test_a_damaged_file_is_an_error_that_names_it_and_is_left_as_it_is(self):
        disk = self.filled()
        damaged = disk.files[PATH] = disk.files[PATH][:-1]
        for use in (lambda kept: kept.get(b"x"), lambda kept: kept.names(), lambda kept: kept.put({b"x": b"y"})):
            with self.assertRaises(VaultError) as caught:
                use(self.use(disk))
            self.assertIn(PATH, str(caught.exception))
        self.assertEqual(disk.files, {PATH: damaged})

    def test_without_room_for_the_new_file_the_old_one_counts(self):
        disk = self.filled()
        disk.full = True
        with self.assertRaises(VaultError):
            self.use(disk).put(CHANGES)
        self.assertEqual(self.records(disk), OLD_RECORDS)

    def test_peers_cannot_take_the_room_of_the_own_keys(self):
        disk = self.filled()
        kept = self.use(disk)
        kept.put({KNOWN + b"1": bytes(5000)})
        with self.assertRaises(LimitError):
            kept.put({KNOWN + b"2": bytes(1200)})
        kept.put({b"seed:1": bytes(1200)})
        with self.assertRaises(LimitError):
            kept.put({b"seed:2": bytes(2000)})


class PowerCuts(OnDisk):
    def cut_everywhere(self, before):
        """The records that are found after each possible cut, and again after the change is tried anew."""
        found = []
        left = 0
        while True:
            disk = Disk(before.replaces, left)
            disk.files = before.files.copy()
            try:
                self.use(disk).put(CHANGES)
                return found
            except PowerCut:
                pass
            disk.left = None
            found.append(self.records(disk))
            self.cut_again(disk)
            self.use(disk).put(CHANGES)
            self.assertEqual(self.records(disk), NEW_RECORDS)
            left += 1

    def cut_again(self, disk):
        """A second cut, early or late in the second attempt, loses nothing either."""
        for left in (0, 1, 2, 3, 60, 1000):
            twin = Disk(disk.replaces, left)
            twin.files = disk.files.copy()
            try:
                self.use(twin).put(CHANGES)
            except PowerCut:
                pass
            twin.left = None
            self.assertIn(self.records(twin), (OLD_RECORDS, NEW_RECORDS))

    def test_a_cut_at_any_byte_leaves_the_old_records_or_the_new_ones(self):
        for replaces in (True, False):
            found = self.cut_everywhere(self.filled(replaces))
            self.assertTrue(len(found) > 150, len(found))
            news = [records == NEW_RECORDS for records in found]
            self.assertEqual(sorted(news), news)  # once new, always new
            self.assertTrue(all([records in (OLD_RECORDS, NEW_RECORDS) for records in found]))
            self.assertTrue(news[-1])  # whole, and not yet in its place

    def test_a_cut_in_the_very_first_write_leaves_no_records_or_all(self):
        for left in range(500):
            disk = Disk(True, left)
            try:
                self.use(disk).put(OLD_RECORDS)
            except PowerCut:
                disk.left = None
                self.assertIn(self.records(disk), ({}, OLD_RECORDS))
            else:
                break
        self.assertEqual(self.records(disk), OLD_RECORDS)
