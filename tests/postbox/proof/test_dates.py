"""A computation in a bundle may be a stranger's: whatever it holds, a numbered check says what is wrong with it."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keys.tokens import sign_token
from postbox.errors import EvidenceInvalid
from postbox.law.computation import Computation
from postbox.proof import unpack as names
from postbox.proof.bundle import TYPE, assemble, pack
from postbox.proof.canonical import canonical_json, text_of
from postbox.proof.commitments import digest_of
from postbox.proof.container import enclosed
from postbox.proof.dates import check_dates
from postbox.proof.events import EventType
from postbox.proof.report import Status
from tests.postbox.proof.test_verify import (
    COMPUTATION,
    DOCUMENTS,
    ISSUER,
    NOW,
    RECEIPTS,
    SEALING,
    STORY,
    _bundle,
    _events,
    _outcome,
    _parts,
    _payload,
    _red,
    _story,
)  # fmt: skip


def _with_computations(texts, story=STORY):
    """A bundle whose ``computations.json`` holds this, signed by the operator himself, whole in everything else."""
    members = assemble(_parts(story))
    members[names.COMPUTATIONS] = canonical_json({"computations": texts})
    manifest = json.loads(members[names.MANIFEST])
    manifest["members"][names.COMPUTATIONS] = digest_of(members[names.COMPUTATIONS]).hex()
    members[names.MANIFEST] = canonical_json(manifest)
    claims = {
        "iss": ISSUER, "sub": "ntc_1", "iat": int(NOW.timestamp()), "bundle": text_of(digest_of(members[names.MANIFEST])),
    }  # fmt: skip
    members[names.SIGNATURE] = sign_token(RECEIPTS, claims, typ=TYPE).encode()
    return pack(enclosed(members, SEALING, NOW))


def _bound(computation):
    """A story whose events bind this computation, and show the facts it rests on."""
    digest = text_of(digest_of(canonical_json(computation)))
    story = list(_story(2, computation=digest))
    story[0] = (EventType.SUBMISSION_ACCEPTED, {"documents": _payload(*DOCUMENTS)})
    return tuple(story)


def _changed(value, path, new):
    """JSON ``value`` with ``new`` at ``path``."""
    if not path:
        return new
    copy = list(value) if isinstance(value, list) else dict(value)
    copy[path[0]] = _changed(value[path[0]], path[1:], new)
    return copy


def _paths(value, path=()):
    yield path
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in pairs:
        yield from _paths(inner, (*path, key))


TOLD = COMPUTATION.to_json()
EDITED = {**TOLD["inputs"], "calendar_changes": [
    {"day": "2026-12-28", "land": "HE", "municipality": None, "free": True, "reason": "Gesetz", "author": "editor"},
], "sent_at": None, "posted": False, "received_at": None, "receipt_denied": False, "ack_date": "2026-11-25",
    "ack_received_at": None, "fiction_announced": True}  # fmt: skip
JSONS = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(max_size=8)
    | st.sampled_from(["9999-12-31", "9999-12-31T23:30:00.000000Z", "0001-01-01T00:00:00.000000Z", "ACK", "VWZG_5_5",
                       "VWVFG_41_2A", "BY", "augsburg", "2026-11-23T09:00:00.000000Z"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner, max_size=2),
    max_leaves=4,
)  # fmt: skip


@given(data=st.data(), inputs=st.sampled_from([TOLD["inputs"], EDITED]))
@settings(max_examples=200, deadline=None)
def test_whatever_a_computation_holds_ends_in_a_numbered_check(data, inputs):
    """Signed by the operator and bound into the chain, one to three of its values are anything: never 'unexpected'."""
    told = {**TOLD, "inputs": inputs}
    for path in data.draw(st.lists(st.sampled_from(list(_paths(told))[1:]), min_size=1, max_size=3)):
        try:
            told = _changed(told, path, data.draw(JSONS))
        except (KeyError, IndexError, TypeError):
            continue  # an earlier change took this place away
    report = _outcome(_with_computations([told], _bound(told)))
    assert {step.code for step in report.steps if step.status is Status.FAILED} <= {
        "computation-invalid", "computation-facts", "computation-wrong", "not-an-instant",
    }  # fmt: skip


FAR = "9999-12-31T23:30:00.000000Z"
IMPOSSIBLE = {
    "text-months": ("bundle", {"period_months": "1"}),
    "true-months": ("bundle", {"period_months": True}),
    "number-for-truth": ("bundle", {"abroad": 0}),
    "number-for-a-land": ("bundle", {"recipient_land": 6}),
    "unknown-land": ("dates", {"authority_land": "XX"}),
    "too-many-months": ("dates", {"period_months": 25}),
    "huge-months": ("dates", {"period_months": 2**53 - 1}),
    "acknowledged-before": ("dates", {"regime": "VWZG_5_5",
        "sent_at": TOLD["inputs"]["available_at"], "posted": False, "received_at": None, "receipt_denied": False,
        "ack_date": "0001-01-01", "ack_received_at": None, "fiction_announced": False}),
}  # fmt: skip


@pytest.mark.parametrize("name", IMPOSSIBLE)
def test_facts_that_cannot_be_have_their_code(name):
    """Other types are no computation; facts that no rule of any time computes from make its check red."""
    at, facts = IMPOSSIBLE[name]
    told = {**TOLD, "inputs": {**TOLD["inputs"], **facts}}
    story = _bound(told)
    if "ack_date" in facts:
        story = (*story, (EventType.ACKNOWLEDGED, {"received_on": "0001-01-01"}))
        told = _changed(told, ("inputs", "ack_received_at"), "2026-11-23T09:00:04.000000Z")
        story = (
            story[0],
            (story[1][0], {**story[1][1], "computation": text_of(digest_of(canonical_json(told)))}),
            *story[2:],
        )
    red = _red(_with_computations([told], story))
    assert red[at] == "computation-invalid"
    assert _outcome(_with_computations([TOLD], _bound(TOLD))).ok


def test_a_day_beyond_every_calendar_is_no_computation():
    """The year 9999, shown by an event as well."""
    moment = datetime(9999, 12, 31, 23, 30, tzinfo=UTC)
    told = _changed(TOLD, ("inputs", "available_at"), FAR)
    events = [replace(event, at=moment, recorded_at=event.recorded_at) for event in _events(*_bound(told))[1:2]]
    shown = [_events(*_bound(told))[0], *events]
    with pytest.raises(EvidenceInvalid) as refused:
        check_dates([Computation.from_json(told)], shown)
    assert refused.value.code == "computation-invalid"
    assert check_dates([COMPUTATION], _events(*STORY))


def test_many_computations_cost_no_more_than_each_alone():
    """The events are read once, not once per computation."""
    reads = 0

    class Counting(tuple):
        __slots__ = ()

        def __iter__(self):
            nonlocal reads
            reads += 1
            return super().__iter__()

    assert check_dates([COMPUTATION], Counting(_events(*STORY)))
    once, reads = reads, 0
    assert check_dates([COMPUTATION] * 50, Counting(_events(*STORY)))
    assert reads == once


@pytest.mark.parametrize("odd", [[], {}, 7, None, True])
def test_a_payload_of_any_type_breaks_no_check(odd):
    """Where a text is looked for, an event may hold anything."""
    story = _story(3, computation=odd, retrieved_before=odd, received_on=odd)
    assert _outcome(_bundle(story=story)).ok
