"""Seals above B-B: the time-stamping authority answers over HTTP, honestly or with a named fault; none of it is trusted."""

import dataclasses
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from asn1crypto import x509
from cryptography.hazmat.primitives.serialization import Encoding

from keys.keyring import Keyring, Purpose
from keys.minting import Owner, mint
from postbox.channels import outside
from postbox.channels.seal_stamps import SealStamper
from postbox.errors import ChannelDown
from postbox.seals.judge import judge
from postbox.seals.pades import Support
from postbox.seals.port import Level
from postbox.seals.trust import Trust
from postbox.seals.vault import VaultSealer, own_certificates
from postbox.seals.verdict import Indication
from runtime.demo.stamps.authority import Fault
from tests.postbox.conftest import NOON, VIERNHEIM, Clock, pdf
from tests.postbox.outsiders import stamping

RING = Keyring([mint(Purpose.DOCUMENT_SEALING, NOON, owner=Owner(ars=VIERNHEIM, name="Stadt Viernheim"))])
OWN = Trust(own=tuple(x509.Certificate.load(der) for der in own_certificates(RING)))
STAMPED = (Level.T, Level.LT, Level.LTA)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def known(clock) -> Iterator[Callable[..., Any]]:
    with stamping(clock) as known:
        yield known


def _anchors(*authorities) -> tuple[x509.Certificate, ...]:
    ders = (anchor.public_bytes(Encoding.DER) for one in authorities for anchor in one.anchors)
    return tuple(map(x509.Certificate.load, ders))


def _sealer(*authorities) -> VaultSealer:
    return VaultSealer(RING, Support(stamper=partial(SealStamper, authorities), anchors=_anchors(*authorities)))


def _seal(sealer: VaultSealer, level: Level, now=NOON) -> bytes:
    return sealer.seal(pdf(), authority=VIERNHEIM, level=level, now=now)


@pytest.mark.parametrize("level", STAMPED)
def test_each_level_carries_what_it_promises(known, level):
    """The stamp, the validation data, the archive stamp; all of it validates, for who trusts the authority."""
    content = _seal(_sealer(known()), level)
    (found,) = judge(content, dataclasses.replace(OWN, stamping=_anchors(known())), NOON)
    assert (found.level, found.indication, found.timestamped_at) == (level.value, Indication.PASSED, NOON)
    assert judge(content, OWN, NOON)[0].timestamped_at is None  # a stamp of nobody trusted proves no time


# Whatever its stamps would prove later: what does not hold now is not put into a document for good.
LIES = sorted(set(Fault) - {Fault.NONE, Fault.SLOW})


@pytest.mark.parametrize("fault", LIES)
def test_a_stamp_that_does_not_hold_gets_into_no_seal(known, fault):
    """Alone the liar ends it, with a code; with an honest one behind it, that one stamps."""
    with pytest.raises(ChannelDown) as refused:
        _seal(_sealer(known(fault)), Level.T)
    assert refused.value.code == "timestamp-down"
    assert f"tsa{fault}: " in refused.value.detail
    content = _seal(_sealer(known(fault), known()), Level.T)
    (found,) = judge(content, dataclasses.replace(OWN, stamping=_anchors(known())), NOON)
    assert (found.level, found.timestamped_at) == ("B-T", NOON)


def test_an_authority_that_drips_is_not_waited_for(known, monkeypatch):
    """The bound is for the whole answer, not for its bytes."""
    monkeypatch.setattr(outside, "post", partial(outside.post, within=0.4))
    with pytest.raises(ChannelDown) as refused:
        _seal(_sealer(known(Fault.SLOW)), Level.T)
    assert refused.value.code == "timestamp-down"


def test_an_authority_may_change_its_certificates(known, clock):
    """The demo's makes one for each day; a sealer that runs for months asks anew for each seal."""
    sealer = _sealer(known())
    assert _seal(sealer, Level.LT)
    later = clock.forward(days=40)
    content = _seal(sealer, Level.LT, later)
    (found,) = judge(content, dataclasses.replace(OWN, stamping=_anchors(known())), later + timedelta(minutes=1))
    assert (found.level, found.indication, found.timestamped_at) == ("B-LT", Indication.PASSED, later)
