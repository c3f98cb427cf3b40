"""The table of nodes: each record comes back as it went in, and exactly one is the default."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from uockam_host.errors import StateError
from uockam_host.state.database import Database
from uockam_host.state.nodes import NodeRecord, Nodes


@pytest.fixture
def nodes():
    with Database() as database:
        yield Nodes(database)


def test_a_record_comes_back_as_it_went_in(nodes):
    record = NodeRecord("p1", "serial", True, "[::1]:4000", False, "/dev/ttyACM0", None, '{"verbose": true}', 12.5)
    nodes.put(record)
    assert nodes.get("p1") == record
    assert record.options == {"verbose": True}


def test_a_name_that_is_not_there_gives_none(nodes):
    assert nodes.get("n1") is None
    assert nodes.default() is None


def test_records_are_in_order_of_creation(nodes):
    for name, when in (("b", 2.0), ("c", 3.0), ("a", 1.0)):
        nodes.put(NodeRecord(name, created_at=when))
    assert nodes.names() == [record.name for record in nodes.all()] == ["a", "b", "c"]


def test_the_first_node_is_the_default_and_stays_it_when_others_come_or_it_is_made_again(nodes):
    nodes.put(NodeRecord("n1"))
    nodes.put(NodeRecord("n2"))
    nodes.put(NodeRecord("n1", listener="127.0.0.1:4000"))
    assert nodes.default() == nodes.get("n1")
    assert not nodes.get("n2").is_default


def test_the_default_mark_moves_and_goes_to_the_oldest_when_its_node_is_deleted(nodes):
    for name, when in (("n1", 1.0), ("n2", 2.0), ("n3", 3.0)):
        nodes.put(NodeRecord(name, created_at=when))
    nodes.set_default("n3")
    assert nodes.default().name == "n3"
    nodes.delete("n3")
    assert nodes.default().name == "n1"


def test_deleting_a_node_that_is_not_the_default_leaves_the_mark_alone(nodes):
    nodes.put(NodeRecord("n1"))
    nodes.put(NodeRecord("n2"))
    nodes.set_default("n2")
    nodes.delete("n1")
    assert nodes.default().name == "n2"


def test_the_default_mark_on_a_node_that_is_not_there_leaves_a_default(nodes):
    nodes.put(NodeRecord("n1"))
    nodes.set_default("nope")
    assert nodes.default().name == "n1"


def test_a_change_touches_the_named_node_only(nodes):
    nodes.put(NodeRecord("n1"))
    nodes.put(NodeRecord("n2"))
    before = nodes.get("n2")
    nodes.set_up("n1", "127.0.0.1:4001")
    nodes.set_options("n1", {"listeners": ["127.0.0.1:4002"]})
    changed = nodes.get("n1")
    assert (changed.listener, changed.was_up) == ("127.0.0.1:4001", True)
    assert changed.options == {"listeners": ["127.0.0.1:4002"]}
    nodes.set_listener("n1", "")
    assert nodes.get("n1").listener == ""
    assert nodes.get("n2") == before


@pytest.mark.parametrize("text", ["", "{", "[]", "1", "null"])
def test_broken_settings_are_an_error_that_says_how_to_go_on(text):
    with pytest.raises(StateError, match="settings of node 'n1' cannot be read") as caught:
        NodeRecord("n1", options_text=text).check()
    assert "uockam node delete n1" in caught.value.remedy


def test_several_changes_are_undone_together(nodes):
    nodes.put(NodeRecord("n1"))
    with pytest.raises(RuntimeError), nodes._database.writing():
        nodes.put(NodeRecord("n2"))
        nodes.delete("n1")
        raise RuntimeError
    assert nodes.names() == ["n1"]


_NAMES = st.sampled_from(["a", "b", "c", "d"])
_STEPS = st.lists(st.tuples(st.sampled_from(["put", "delete", "set_default"]), _NAMES), max_size=20)


@settings(max_examples=30, deadline=None)
@given(steps=_STEPS)
def test_whatever_happens_exactly_one_node_is_the_default_while_there_are_any(tmp_path_factory, steps):
    with Database(tmp_path_factory.mktemp("state") / "file") as database:
        nodes = Nodes(database)
        for step, name in steps:
            getattr(nodes, step)(NodeRecord(name) if step == "put" else name)
        marks = [record.is_default for record in nodes.all()]
        assert sum(marks) == bool(marks)
