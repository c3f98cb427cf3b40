"""uockam.secure.vault: files cut, damaged and replaced, with the power lost in between."""

import random

from lib.mutate import damaged, noise
from lib.unittest import TestCase
from uockam.errors import LimitError
from uockam.secure.vault import MAX_BYTES, DamagedVault, choose, pack, unpack

OLD = {b"identity": bytes(range(32)), b"known": b""}
NEW = {b"identity": bytes(32), b"peer": b"\x81\x80" * 50}
OLD_FILE = pack(1, OLD)
NEW_FILE = pack(2, NEW)


class Files(TestCase):
    def test_what_is_packed_is_unpacked(self):
        for generation, records in ((0, {}), (1, OLD), (0xFFFFFFFF, NEW)):
            self.assertEqual(unpack(pack(generation, records)), (generation, records))

    def test_the_same_records_make_the_same_file_in_any_order(self):
        self.assertEqual(pack(1, {b"a": b"1", b"b": b"2"}), pack(1, {b"b": b"2", b"a": b"1"}))

    def test_a_file_has_a_largest_size(self):
        pack(1, {b"a": bytes(MAX_BYTES - 60)})
        with self.assertRaises(LimitError):
            pack(1, {b"a": bytes(MAX_BYTES)})
        with self.assertRaises(DamagedVault):
            unpack(bytes(MAX_BYTES + 1))

    def test_any_byte_changed_cut_or_added_is_noticed(self):
        for at in range(len(OLD_FILE)):
            changed = bytearray(OLD_FILE)
            changed[at] ^= 1 << at % 8
            for bad in (bytes(changed), OLD_FILE[:at], OLD_FILE[at + 1 :], OLD_FILE + OLD_FILE[: at + 1]):
                with self.assertRaises(DamagedVault):
                    unpack(bad)

    def test_damage_of_every_kind_is_noticed(self):
        for seed in range(500):
            random.seed(seed)
            data = damaged(OLD_FILE) if seed % 4 else noise(60)
            if data != OLD_FILE:
                with self.assertRaises(DamagedVault):
                    unpack(data)

    def test_the_error_says_what_to_do_and_nothing_of_what_is_inside(self):
        with self.assertRaises(DamagedVault) as caught:
            unpack(OLD_FILE[:-1])
        self.assertEqual(str(caught.exception), "The vault is damaged")
        self.assertIn("backup", caught.exception.remedy)


class PowerCuts(TestCase):
    def test_a_cut_at_any_byte_leaves_the_old_records_or_the_new_ones(self):
        for size in range(len(NEW_FILE) + 1):
            whole = size == len(NEW_FILE)
            self.assertEqual(choose(OLD_FILE, NEW_FILE[:size]), (2, NEW) if whole else (1, OLD))
            self.assertEqual(choose(OLD_FILE, None), (1, OLD))

    def test_a_cut_between_removing_and_renaming_leaves_the_new_records(self):
        self.assertEqual(choose(None, NEW_FILE), (2, NEW))

    def test_a_file_that_was_left_beside_a_newer_one_is_not_taken(self):
        self.assertEqual(choose(NEW_FILE, OLD_FILE), (2, NEW))

    def test_a_cut_in_the_very_first_write_leaves_no_vault(self):
        self.assertEqual(choose(None, None), (0, {}))
        for size in range(len(OLD_FILE)):
            self.assertEqual(choose(None, OLD_FILE[:size]), (0, {}))

    def test_a_damaged_vault_is_never_taken_for_none(self):
        for written in (None, b"", NEW_FILE[:-1]):
            with self.assertRaises(DamagedVault):
                choose(OLD_FILE[:-1], written)
        self.assertEqual(choose(OLD_FILE[:-1], NEW_FILE), (2, NEW))
