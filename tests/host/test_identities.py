"""The libraries of identities and vaults: what they make, what they refuse, and what a killed command leaves."""

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from uockam.crypto.steps import last
from uockam.errors import ProtocolError
from uockam.secure import identity as core
from uockam.secure import making
from uockam.secure.store import VaultError
from uockam_host import identities, passphrases, vaults
from uockam_host.errors import (
    IdentityNotFound,
    InUse,
    InvalidArgument,
    NoDefaultIdentity,
    VaultExists,
    VaultNotFound,
)
from uockam_host.state import sealing, vault_file
from uockam_host.state.database import Database
from uockam_host.state.nodes import NodeRecord, Nodes
from uockam_host.state.sealing import WrongPassphrase
from uockam_host.state.vault_file import VaultFile, VaultLocked


class Killed(BaseException):
    """The process ends here."""


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    monkeypatch.setattr(sealing, "_COST", min(sealing._COSTS))
    for name in (passphrases.VARIABLE, passphrases.FILE_VARIABLE):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def answer(monkeypatch):
    """Says what a person answers who is asked for a passphrase."""

    def answer(text):
        monkeypatch.setattr(passphrases, "ask", lambda vault: text)

    return answer


def kill(*_):
    raise Killed


def node(name, identity):
    with Database() as database:
        Nodes(database).put(NodeRecord(name, options_text=json.dumps({"identity": identity})))


def file_of(vault="default"):
    return VaultFile(vaults.Path(vaults.show(vault).path), vault)


def test_the_first_use_makes_the_default_vault_and_the_default_identity():
    keys, identifier = identities.open_keys()
    one = identities.show()
    assert one.identifier == core.identifier_text(identifier)
    assert (one.vault, one.is_default) == ("default", True)
    assert keys.history(identifier).identifier == identifier
    assert identities.open_keys()[1] == identities.open_keys(one.name)[1] == identifier
    assert vaults.show().identities == [one.name]


def test_the_keys_of_an_identity_prove_it():
    keys, identifier = identities.open_keys()
    party = last(keys.party_steps(identifier, lambda: bytes(32), 2_000_000_000))
    last(core.verify_steps(party.history))
    again, _ = identities.open_keys()
    assert last(again.party_steps(identifier, kill, 2_000_000_000)).payload == party.payload


def test_looking_makes_nothing(home):
    assert identities.list_all() == []
    assert vaults.list_all() == []
    with pytest.raises(NoDefaultIdentity):
        identities.show()
    assert not (home / "vaults").exists()


def test_an_unknown_name_makes_nothing():
    with pytest.raises(IdentityNotFound):
        identities.open_keys("alice")
    with pytest.raises(VaultNotFound):
        identities.create("alice", "v1")
    assert identities.list_all() == vaults.list_all() == []


def test_an_identity_of_the_name_is_left_as_it_is():
    made, again = identities.create("alice"), identities.create("alice")
    assert (made.is_new, made.new_vault, again.is_new, again.new_vault) == (True, "default", False, "")
    assert made.identity == again.identity
    assert len(identities.list_all()) == 1


def test_a_name_that_is_taken_in_another_vault_is_refused():
    identities.create("alice")
    vaults.create("v1")
    with pytest.raises(InvalidArgument, match="in the vault default"):
        identities.create("alice", "v1")


@pytest.mark.parametrize("name", ["alice", None])
def test_commands_at_once_make_one_default_identity_and_lose_none(name):
    with ThreadPoolExecutor(6) as pool:
        made = [each.result() for each in [pool.submit(identities.create, name) for _ in range(6)]]
        opened = [each.result() for each in [pool.submit(identities.open_keys) for _ in range(6)]]
    assert len({each.identity.identifier for each in made}) == len(identities.list_all()) == (1 if name else 6)
    assert sum(each.is_new for each in made) == (1 if name else 6)
    assert len({identifier for _, identifier in opened}) == 1
    assert [one.name for one in vaults.list_all()] == ["default"]
    assert len(file_of().names(b"seed:")) == (1 if name else 6)


def test_first_uses_at_once_find_one_identity():
    with ThreadPoolExecutor(6) as pool:
        opened = [each.result()[1] for each in [pool.submit(identities.open_keys) for _ in range(6)]]
    assert len(set(opened)) == len(identities.list_all()) == 1


def test_processes_at_once_make_one_identity():
    program = "from uockam_host import identities; print(identities.open_keys()[1].hex())"
    made = [subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) for _ in range(3)]
    assert len({each.communicate()[0] for each in made}) == 1
    assert len(identities.list_all()) == 1


def test_a_command_killed_before_an_identity_was_written_down_is_finished_by_the_next(monkeypatch):
    identities.create("alice")
    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr("uockam_host.state.identities.Identities.add", kill)
        identities.create("bob")
    assert [one.name for one in identities.list_all()] == ["alice"]
    made = identities.create("bob")
    assert len(file_of().names(b"seed:")) == 2
    assert identities.history("bob").identifier.hex() == made.identity.identifier[1:]


def test_a_command_killed_while_it_made_the_first_vault_is_finished_by_the_next(monkeypatch):
    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr("uockam_host.state.vaults.Vaults.put", kill)
        identities.create("alice")
    assert vaults.list_all() == []
    assert identities.create("alice").new_vault == "default"


def test_a_command_killed_while_it_deleted_an_identity_is_finished_by_the_next(monkeypatch):
    identities.create("alice")
    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr("uockam_host.state.identities.Identities.delete", kill)
        identities.delete("alice")
    assert identities.show("alice")
    with pytest.raises(VaultError, match=r"not in the vault|not in this vault"):
        identities.history("alice")
    identities.delete("alice")
    assert identities.list_all() == []


def test_a_command_killed_while_it_moved_a_vault_leaves_the_old_one(monkeypatch, tmp_path):
    made = identities.create("alice")
    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr("uockam_host.state.vaults.Vaults.put", kill)
        vaults.move("default", str(tmp_path / "moved"))
    assert vaults.show().kind == "Internal"
    assert core.identifier_text(identities.open_keys("alice")[1]) == made.identity.identifier


def test_deleting_forgets_the_keys_and_moves_the_default_mark():
    for name in ("alice", "bob"):
        identities.create(name)
    last(identities.open_keys("alice")[0].party_steps(identities.open_keys("alice")[1], lambda: bytes(32), None))
    assert identities.delete() == "alice"
    assert identities.show().name == "bob"
    assert all(name.endswith(identities.open_keys()[1]) for name in file_of().names())


def test_an_identity_that_a_node_was_made_with_cannot_be_deleted():
    for name in ("alice", "bob"):
        identities.create(name)
    node("n1", "alice")
    node("n2", "alice")
    with pytest.raises(InUse) as caught:
        identities.delete("alice")
    assert str(caught.value) == ("The identity named alice cannot be deleted because it is used by the node(s): n1, n2")
    assert identities.delete_all() == [("alice", str(caught.value)), ("bob", "")]
    assert identities.open_keys("alice")


def test_a_new_key_keeps_the_identifier_and_is_the_only_one_left():
    one = identities.create("alice").identity
    old = file_of().get(b"seed:" + bytes.fromhex(one.identifier[1:]))
    rotated, history, running = identities.rotate("alice")
    assert (rotated, running) == (one, [])
    assert len(history.changes) == len(identities.history("alice").changes) == 2
    last(core.verify_steps(history))
    assert file_of().get(b"seed:" + history.identifier) != old
    assert last(identities.open_keys("alice")[0].party_steps(history.identifier, lambda: bytes(32), None))


def test_rotations_at_once_are_made_one_after_another():
    identities.create("alice")
    with ThreadPoolExecutor(4) as pool:
        made = [len(each.result()[1].changes) for each in [pool.submit(identities.rotate, "alice") for _ in range(4)]]
    assert sorted(made) == [2, 3, 4, 5]
    last(core.verify_steps(identities.history("alice")))


def test_an_older_or_another_history_of_a_peer_is_refused_after_a_restart():
    seeds = [bytes((number,)) * 32 for number in range(3)]
    old = last(making.create_steps(seeds[0], 1000))
    new, other = (last(making.rotate_steps(old, seeds[0], seed, 2000)) for seed in seeds[1:])
    identities.open_keys()[0].known[old.identifier] = new.encode()
    known = identities.open_keys()[0].known.get(old.identifier)
    assert last(core.admit_steps(new, known)) is False
    for history, why in ((old, "older history"), (other, "contradicts")):
        with pytest.raises(ProtocolError, match=why):
            last(core.admit_steps(history, known))


def test_a_backup_restores_the_identities_with_their_names(tmp_path):
    made = [identities.create(name).identity for name in ("alice", "bob")]
    vaults.back_up(None, str(tmp_path / "backup"))
    for name in ("alice", "bob"):
        identities.delete(name)
    identities.create("bob")
    restored = vaults.create("restored", str(tmp_path / "backup"))
    assert "alice" in restored.identities
    assert "bob" not in restored.identities, "that name is taken"
    assert {identities.show(name).identifier for name in restored.identities} == {one.identifier for one in made}
    assert core.identifier_text(identities.open_keys("alice")[1]) == made[0].identifier


def test_a_name_in_a_backup_that_is_none_is_not_believed(tmp_path):
    identity = identities.create("alice").identity
    file_of().put({b"name:" + bytes.fromhex(identity.identifier[1:]): b"../\xff\x1b[2J"})
    vaults.back_up(None, str(tmp_path / "backup"))
    identities.delete("alice")
    (name,) = vaults.create("restored", str(tmp_path / "backup")).identities
    assert identities.show(name).identifier == identity.identifier


def test_a_backup_of_what_is_still_there_is_refused_and_changes_nothing(tmp_path):
    identities.create("alice")
    vaults.back_up(None, str(tmp_path / "backup"))
    with pytest.raises(VaultExists, match="known already, as alice in the vault default"):
        vaults.create("restored", str(tmp_path / "backup"))
    assert [one.name for one in vaults.list_all()] == ["default"]


def test_a_file_is_the_vault_of_one_name_only(tmp_path):
    vaults.create("v1", str(tmp_path / "v"))
    with pytest.raises(VaultExists, match="is that of the vault v1"):
        vaults.create("v2", str(tmp_path / "v"))
    with pytest.raises(InvalidArgument, match="is a folder"):
        vaults.create("v2", str(tmp_path))


def test_a_vault_with_identities_is_not_deleted():
    identities.create("alice")
    with pytest.raises(InUse, match="used by the identities: alice"):
        vaults.delete()
    identities.delete("alice")
    path = vaults.show().path
    assert vaults.delete() == "default"
    assert not vaults.Path(path).exists()


def test_a_moved_vault_works_and_leaves_nothing_behind(home, tmp_path):
    made = identities.create("alice").identity
    moved = vaults.move("default", str(tmp_path / "moved"))
    assert (moved.kind, moved.path) == ("External", str(tmp_path / "moved"))
    assert core.identifier_text(identities.open_keys()[1]) == made.identifier
    assert list((home / "vaults").iterdir()) == []


def test_a_vault_is_not_moved_while_a_node_that_uses_it_runs(tmp_path):
    from uockam_host.node import control

    identities.create("alice")
    control.create_node("n1")
    try:
        with Database() as database:
            nodes = Nodes(database)
            nodes.set_options("n1", {**nodes.get("n1").options, "identity": "alice"})
        with pytest.raises(InUse, match=r"used by the node\(s\): n1") as caught:
            vaults.move("default", str(tmp_path / "moved"))
        assert "uockam node stop n1" in caught.value.remedy
        assert identities.rotate("alice")[2] == ["n1"]
        control.stop_node("n1")
        assert vaults.move("default", str(tmp_path / "moved")).identities[:1] == ["alice"]
    finally:
        assert control.reset().failures == []


def test_a_vault_that_cannot_be_used_is_listed_with_its_reason():
    identities.create("alice")
    vaults.create("v1")
    vaults.Path(vaults.show("default").path).write_bytes(b"damaged" * 99)
    broken, sound = vaults.list_all()
    assert "is not a vault" in broken.problem
    assert (broken.has_passphrase, broken.identities, sound.problem) == (None, ["alice"], "")
    with pytest.raises(VaultError, match="is not a vault"):
        identities.open_keys("alice")
    assert identities.show("alice").name == "alice"


def test_only_the_passphrase_opens_the_keys(monkeypatch, tmp_path, answer):
    vaults.create("v1", passphrase="open sesame")
    with pytest.raises(VaultLocked, match="The vault v1 is locked"):
        identities.create("alice")
    answer("open says me")
    with pytest.raises(WrongPassphrase):
        identities.create("alice")
    answer("open sesame")
    made = identities.create("alice")
    answer(None)
    with pytest.raises(VaultLocked):
        identities.open_keys()
    assert identities.has_passphrase()
    assert identities.history().identifier.hex() == made.identity.identifier[1:]
    monkeypatch.setenv(passphrases.VARIABLE, "open sesame")
    assert identities.open_keys("alice")
    (tmp_path / "passphrase").write_text("open sesame\n")
    monkeypatch.setenv(passphrases.VARIABLE, "wrong")
    monkeypatch.setenv(passphrases.FILE_VARIABLE, str(tmp_path / "passphrase"))
    assert identities.open_keys("alice")
    assert identities.rotate("alice")
    assert identities.delete("alice") == "alice"


@pytest.mark.parametrize("content", [None, b"\xff\xfe"])
def test_a_passphrase_file_that_cannot_be_read_is_named(monkeypatch, tmp_path, content):
    vaults.create("v1", passphrase="open sesame")
    if content is not None:
        (tmp_path / "f").write_bytes(content)
    monkeypatch.setenv(passphrases.FILE_VARIABLE, str(tmp_path / "f"))
    with pytest.raises(InvalidArgument, match=r"passphrase cannot be read from .*/f: "):
        identities.create("alice")


def test_the_present_passphrase_is_needed_for_another_one(answer):
    assert not identities.has_passphrase()
    identities.create("alice")
    assert not identities.has_passphrase("alice")
    assert vaults.set_passphrase(None, lambda: "one").has_passphrase
    with pytest.raises(VaultLocked):
        vaults.set_passphrase(None, lambda: "two")
    answer("one")
    with pytest.raises(InvalidArgument, match="empty"):
        vaults.set_passphrase(None, lambda: "")
    assert not vaults.set_passphrase(None, lambda: None).has_passphrase
    answer(None)
    assert identities.open_keys("alice")


def test_an_empty_passphrase_or_one_for_a_file_that_is_there_is_refused(tmp_path):
    vault_file.create(tmp_path / "v", "its own")
    with pytest.raises(InvalidArgument, match="empty"):
        vaults.create("v1", passphrase="")
    with pytest.raises(VaultExists, match="already"):
        vaults.create("v1", str(tmp_path / "v"), "another")
    assert vaults.list_all() == []


def test_reset_takes_the_vaults_of_the_home_and_no_others(home, tmp_path):
    from uockam_host.node import control

    vaults.create("v1", str(tmp_path / "v1"))
    identities.create("alice", "v1")
    vaults.create("v2")
    (home / "state.sqlite3").write_bytes(b"damaged" * 99)
    assert control.reset().failures == []
    assert not home.exists()
    assert vaults.create("v1", str(tmp_path / "v1")).identities == ["alice"]
