"""A CMS is put together once, whatever the lengths of its parts."""

import cProfile
from datetime import UTC, datetime, timedelta

import pytest
from asn1crypto import cms

from keys.assembly import signed_attributes, signed_data
from keys.keyring import Purpose
from keys.minting import Owner, mint

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
KEY = mint(Purpose.DOCUMENT_SEALING, NOW - timedelta(days=1), owner=Owner(ars="064310020020", name="Viernheim"))
ATTRIBUTES = signed_attributes(bytes(32), KEY.certificate)


def _steps(signature: bytes) -> int:
    """How many calls it takes to put the parts together and write them: no time is measured."""
    profile = cProfile.Profile()
    profile.runcall(lambda: signed_data([KEY.certificate], ATTRIBUTES, signature).dump())
    return sum(entry.callcount for entry in profile.getstats())


def test_no_length_makes_it_start_again():
    """Among 256 neighbouring lengths each layer's length ends once in byte 80, BER's sign for "no length here"."""
    steps = [_steps(bytes([1]) * length) for length in range(64, 64 + 256)]
    assert max(steps) < 2 * min(steps)


@pytest.mark.parametrize("length", [64, 70, 71, 72, 256, 384])
def test_what_was_put_together_is_read_again(length):
    """Every part stands where RFC 5652 wants it."""
    signature = bytes([7]) * length
    read = cms.ContentInfo.load(signed_data([KEY.certificate], ATTRIBUTES, signature).dump(), strict=True)["content"]
    (signer,) = read["signer_infos"]
    assert (read["version"].native, read["encap_content_info"]["content_type"].native) == ("v1", "data")
    assert signer["signature"].native == signature
    assert signer["signed_attrs"].dump()[1:] == ATTRIBUTES.dump()[1:]
    assert [one.chosen.serial_number for one in read["certificates"]] == [KEY.certificate.serial_number]
