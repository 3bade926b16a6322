"""The log: the same tree as RFC 9162's, dense places in order, one root that everyone sees."""

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keys import merkle
from postbox.delivery import evidence, log, tree
from postbox.delivery.jobs import run_due
from postbox.delivery.status import standing
from postbox.errors import NotFound
from postbox.intake.accept import submit
from postbox.proof.log import verify_checkpoint
from tests.postbox.conftest import VIERNHEIM, caller, submission


@given(st.lists(st.integers(1, 9), min_size=1, max_size=9), st.data())
def test_the_stored_tree_is_the_tree_of_the_standard(batches, data):
    """Roots, inclusion and consistency proofs equal those of the plain algorithm, however leaves came in."""
    nodes: dict = {}
    leaves: list[bytes] = []

    def node(*place):
        return nodes[place]

    for batch in batches:
        fresh = [merkle.leaf_hash(bytes([len(leaves) + number])) for number in range(batch)]
        nodes |= tree.grow(len(leaves), fresh, node)
        leaves += fresh
    size = data.draw(st.integers(1, len(leaves)))
    index, old = data.draw(st.integers(0, size - 1)), data.draw(st.integers(1, size))
    assert tree.root_of(size, node) == merkle.root(leaves[:size])
    assert tree.inclusion(index, size, node) == merkle.inclusion_proof(leaves[:size], index)
    assert tree.consistency(old, size, node) == merkle.consistency_proof(leaves[:size], old, size)


def test_outside_the_tree_there_is_no_proof():
    """A place beyond the size, or a size beyond the tree, is an error and no empty proof."""
    with pytest.raises(ValueError, match="no leaf"):
        tree.inclusion(1, 1, lambda *_: b"")
    with pytest.raises(ValueError, match="no proof"):
        tree.consistency(0, 1, lambda *_: b"")
    assert tree.root_of(0, lambda *_: b"") == merkle.EMPTY_ROOT


def test_sequencers_that_race_give_each_event_one_place(box, recipient, clock):
    """Places are dense, each notice's events in their order, and the signed root covers them all."""
    notices = [submit(box, submission(recipient, key=f"k{n}"), caller(), clock()).notice for n in range(10)]
    threads = [threading.Thread(target=log.sequence, args=(box, clock())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    run_due(box, clock())
    found = [standing(box, VIERNHEIM, notice).recorded for notice in notices]
    places = [[one.log_index for one in recorded] for recorded in found]
    assert all(own == sorted(own) for own in places)
    assert sorted(place for own in places for place in own) == list(range(30))
    anchors = evidence.anchors(box, clock())
    checkpoint = verify_checkpoint(log.last_checkpoint(box), anchors.log_keys[0])
    assert checkpoint.size == 30


def test_a_checkpoint_is_signed_even_if_the_one_who_should_have_died(box, recipient, clock):
    """The places were committed, the signature was not: the next run signs."""
    submit(box, submission(recipient), caller(), clock())
    with pytest.raises(NotFound):
        log.last_checkpoint(box)
    with box.database.read() as connection:
        from postbox.store import events

        waiting = events.waiting_for_log(connection, 10)
    entries = [log._entry(box, one, clock()) for one in waiting]
    with box.database.write() as connection:
        log._place(connection, entries)
    assert log.sequence(box, clock()) == 0
    assert log.last_checkpoint(box).split("\n")[1] == "1"


def test_the_last_state_of_each_day_is_there_for_those_who_only_read(box, recipient, clock):
    """One head a day, the newest first, each a signed note that verifies; the day's earlier ones are not repeated."""
    for key, step in (("a", {}), ("b", {"hours": 1}), ("c", {"days": 1})):
        clock.forward(**step)
        submit(box, submission(recipient, key=key), caller(), clock())
        log.sequence(box, clock())
    heads = log.daily_heads(box, clock())
    assert [(head["day"], head["size"]) for head in heads] == [("2026-11-24", 3), ("2026-11-23", 2)]
    (key,) = evidence.anchors(box, clock()).log_keys
    assert [verify_checkpoint(head["note"], key).size for head in heads] == [3, 2]
    assert heads[0]["time_stamps"] == heads[0]["cosignatures"] == []
