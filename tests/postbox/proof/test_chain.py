"""Events have one canonical form, and the chain shows every change, gap and swap."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postbox.errors import EvidenceInvalid
from postbox.moments import read_instant
from postbox.proof.canonical import canonical_json, read_json
from postbox.proof.chain import GENESIS, link, verify_chain
from postbox.proof.events import NEGATIVE, Event, EventType

INSTANTS = st.datetimes(min_value=datetime(1990, 1, 1), max_value=datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - Hypothesis wants naive bounds
TEXTS = st.text(min_size=1, max_size=20)


@st.composite
def chains(draw):
    """Draw a notice's events, numbered from 1."""
    kinds = draw(st.lists(st.sampled_from(EventType), min_size=1, max_size=6))
    return [
        Event(
            notice_id="ntc_1",
            seq=number,
            type=kind,
            at=draw(INSTANTS),
            recorded_at=draw(INSTANTS),
            actor=draw(TEXTS),
            level=draw(st.none() | TEXTS),
            reason="mail-refused" if kind in NEGATIVE else None,
            payload=draw(st.dictionaries(TEXTS, TEXTS | st.integers(-(2**40), 2**40) | st.none(), max_size=3)),
        )
        for number, kind in enumerate(kinds, start=1)
    ]


def _hashes(events):
    found, previous = [], GENESIS
    for event in events:
        previous = link(previous, event)
        found.append(previous)
    return found


@given(chains())
def test_an_untouched_chain_verifies_and_events_read_back_as_written(events):
    """What was written reads back equal, byte for byte, and its chain ends in the last hash."""
    hashes = _hashes(events)
    assert verify_chain(events, hashes) == hashes[-1]
    for event in events:
        again = Event.from_json(read_json(event.canonical()))
        assert again == event
        assert again.canonical() == event.canonical()


@given(chains(), st.data())
def test_every_change_to_an_event_breaks_the_chain(events, data):
    """Another time, actor, level or payload in any event is noticed."""
    hashes = _hashes(events)
    index = data.draw(st.integers(0, len(events) - 1))
    change = data.draw(
        st.sampled_from(
            [
                {"at": events[index].at + timedelta(microseconds=1)},
                {"recorded_at": events[index].recorded_at + timedelta(microseconds=1)},
                {"actor": events[index].actor + "x"},
                {"level": (events[index].level or "") + "x"},
                {"payload": {**events[index].payload, "another": 1}},
            ]
        )
    )
    events[index] = replace(events[index], **change)
    with pytest.raises(EvidenceInvalid, match=f"event {index + 1}"):
        verify_chain(events, hashes)


@given(chains(), st.data())
def test_a_dropped_event_or_a_flipped_hash_breaks_the_chain(events, data):
    """Leaving out any event but the last ones, or flipping any bit of any hash, is noticed."""
    hashes = _hashes(events)
    index = data.draw(st.integers(0, len(events) - 1))
    if index < len(events) - 1:
        with pytest.raises(EvidenceInvalid):
            verify_chain(events[:index] + events[index + 1 :], hashes[:index] + hashes[index + 1 :])
    flipped = bytearray(hashes[index])
    flipped[data.draw(st.integers(0, 31))] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(EvidenceInvalid):
        verify_chain(events, [*hashes[:index], bytes(flipped), *hashes[index + 1 :]])


def _event(**changes):
    given_ = {
        "notice_id": "ntc_1",
        "seq": 1,
        "type": EventType.CONTENT_CONSIGNMENT,
        "at": datetime(2026, 11, 22, 23, 30, tzinfo=UTC),
        "recorded_at": datetime(2026, 11, 22, 23, 30, tzinfo=UTC),
        "actor": "postbox",
    }
    return Event(**(given_ | changes))


def test_the_same_instant_in_another_zone_is_the_same_evidence():
    """00:30 in Berlin and 23:30 UTC are written alike."""
    berlin = datetime(2026, 11, 23, 0, 30, tzinfo=timezone(timedelta(hours=1)))
    assert _event(at=berlin).canonical() == _event().canonical()
    assert b'"at":"2026-11-22T23:30:00.000000Z"' in _event().canonical()


@pytest.mark.parametrize(
    "changes",
    [
        {"seq": 0},
        {"actor": ""},
        {"type": EventType.CONTENT_HANDOVER_FAILURE},
        {"reason": "A whole sentence."},
        {"payload": {"share": float("nan")}},
        {"at": datetime(2026, 11, 22, 23, 30)},  # noqa: DTZ001
    ],
    ids=["number", "nobody", "no-reason", "prose", "nan", "naive"],
)
def test_what_cannot_be_evidence_is_refused(changes):
    """No number, no actor, a failure without a reason, prose, NaN, a naive instant: none becomes evidence."""
    assert _event().canonical()
    with pytest.raises(EvidenceInvalid):
        _event(**changes).canonical()


@pytest.mark.parametrize(
    ("member", "value"),
    [("format", "postbox-event-2"), ("seq", True), ("seq", "1"), ("type", "Invented"), ("at", "2026-11-22"), ("at", 5),
     ("at", "2026-11-22T23:30:00.0Z"), ("payload", []), ("actor", 7), ("level", 4), ("surplus", 1)],
)  # fmt: skip
def test_reading_an_event_is_strict(member, value):
    """Foreign formats, wrong types, unknown names and surplus members are refused."""
    assert Event.from_json(_event().to_json()) == _event()
    with pytest.raises(EvidenceInvalid):
        Event.from_json(_event().to_json() | {member: value})


@pytest.mark.parametrize(
    "data", [b"[]", b"{", b'{"a":1,"a":2}', b'{"a":1.5}', b'{"a":NaN}', b"\xff", b'{"a":' * 40 + b"1" + b"}" * 40]
)
def test_strict_json_refuses_what_two_readers_could_read_differently(data):
    """Duplicate names, floats, NaN, broken UTF-8, deep nesting and non-objects do not pass."""
    assert read_json(b'{"a":{"b":[1,"x",null]}}') == {"a": {"b": [1, "x", None]}}
    with pytest.raises(EvidenceInvalid):
        read_json(data)


def test_canonical_json_sorts_names_by_utf16_and_keeps_integers_exact():
    """RFC 8785 3.2.3: names sort by UTF-16 code units; integers beyond 2^53 have no exact form."""
    assert canonical_json({"\U0001f600": 1, "\ufb33": 2}).decode() == '{"\U0001f600":1,"\ufb33":2}'
    with pytest.raises(EvidenceInvalid):
        canonical_json({"a": 2**60})


def test_an_instant_has_one_spelling():
    """What ``instant_text`` does not write is not read."""
    assert read_instant("2026-11-22T23:30:00.000000Z").tzinfo is UTC
    with pytest.raises(EvidenceInvalid):
        read_instant("2026-11-22T23:30:00.000Z")
