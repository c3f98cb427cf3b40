"""The tables of vaults and identities: each record comes back as it went in, and exactly one is the default."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from uockam_host.errors import (
    IdentityNotFound,
    InvalidArgument,
    NoDefaultIdentity,
    NoDefaultVault,
    StateError,
    VaultNotFound,
)
from uockam_host.state.database import Database
from uockam_host.state.identities import IdentityRecord
from uockam_host.state.nodes import NodeRecord, Nodes
from uockam_host.state.tables import Tables, opened
from uockam_host.state.vaults import VaultRecord

A, B = "I" + "a1" * 32, "I" + "b2" * 32


@pytest.fixture
def tables():
    with opened() as tables:
        yield tables


def identity(name, number=0):
    return IdentityRecord(name, f"I{name.encode().hex():0>64}", "v1", created_at=float(number))


def test_records_come_back_as_they_went_in(tables):
    one = IdentityRecord("i1", A, "v1", True, 12.5)
    vaults = [VaultRecord("v1", "", 1.5), VaultRecord("v2", "/media/stick/v2", 2.5)]
    tables.identities.add(one)
    for record in vaults:
        tables.vaults.put(record)
    assert tables.identities.get("i1") == tables.identities.of(A) == tables.identities.default() == one
    assert one.id32 == bytes.fromhex("a1" * 32)
    assert tables.vaults.all() == vaults
    assert tables.vaults.default() == vaults[0]
    assert tables.identities.in_vault("v1") == [one]
    assert tables.identities.in_vault("v2") == []


def test_what_is_not_there_gives_none_or_an_error_that_names_what_is_near(tables):
    assert tables.identities.get("i1") is tables.identities.of(A) is tables.vaults.get("v1") is None
    with pytest.raises(NoDefaultIdentity):
        tables.identity(None)
    with pytest.raises(NoDefaultVault):
        tables.vault(None)
    tables.identities.add(IdentityRecord("alice", A, "primary"))
    tables.vaults.put(VaultRecord("primary"))
    with pytest.raises(IdentityNotFound, match="no Identity with name alcie") as caught:
        tables.identity("alcie")
    assert "Did you mean `alice`?" in caught.value.remedy
    with pytest.raises(VaultNotFound, match="no Vault with name primry") as caught:
        tables.vault("primry")
    assert "Did you mean `primary`?" in caught.value.remedy


@pytest.mark.parametrize("name", ["", "a b", "../x", "/node/i1", "x" * 65])
def test_a_bad_name_is_an_invalid_argument(tables, name):
    with pytest.raises(InvalidArgument, match="NAME"):
        tables.identity(name)
    with pytest.raises(InvalidArgument, match="NAME"):
        tables.vault(name)


def test_a_vault_that_moves_keeps_its_place(tables):
    for number, name in enumerate(("v1", "v2")):
        tables.vaults.put(VaultRecord(name, "", float(number)))
    tables.vaults.put(VaultRecord("v1", "/elsewhere", 9.0))
    assert tables.vaults.names() == ["v1", "v2"]
    assert tables.vaults.get("v1").path == Path("/elsewhere")
    assert tables.vaults.at(Path("/elsewhere")).name == "v1"
    tables.vaults.delete("v1")
    assert tables.vaults.default().name == "v2"


@pytest.mark.parametrize("second", [IdentityRecord("i1", B, "v1"), IdentityRecord("i2", A, "v1")])
def test_no_two_identities_share_a_name_or_an_identifier(tables, second):
    tables.identities.add(IdentityRecord("i1", A, "v1"))
    with pytest.raises(StateError):
        tables.identities.add(second)


def test_nodes_are_found_by_their_identity_and_a_broken_one_has_none(home):
    with Database() as database:
        for name, options in (("n1", '{"identity": "i1"}'), ("n2", "{"), ("n3", "{}"), ("n4", '{"identity": "i2"}')):
            Nodes(database).put(NodeRecord(name, options_text=options))
        assert Tables(database).nodes_with("i1") == ["n1"]


_NAMES = st.sampled_from(["a", "b", "c", "d"])
_STEPS = st.lists(st.tuples(st.sampled_from(["add", "delete", "set_default"]), _NAMES), max_size=20)


@settings(max_examples=30)
@given(steps=_STEPS)
def test_whatever_happens_exactly_one_identity_is_the_default_while_there_are_any(tmp_path_factory, steps):
    with Database(tmp_path_factory.mktemp("state") / "file") as database:
        identities = Tables(database).identities
        for number, (step, name) in enumerate(steps):
            if step != "add":
                getattr(identities, step)(name)
            elif identities.get(name) is None:
                identities.add(identity(name, number))
        marks = [record.is_default for record in identities.all()]
        assert sum(marks) == bool(marks)
