"""What a document must be to count, how long it counts, and what a new one would change."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from lxml import etree

from idgateway.errors import UpstreamUnavailable
from idgateway.simulator.identity import prepare
from idgateway.upstream.saml.metadata.acceptance import Terms, accept, accept_new
from idgateway.upstream.saml.metadata.changes import compare
from idgateway.upstream.saml.metadata.theirs import identity_provider
from idgateway.upstream.saml.metadata.times import duration
from tests.idgateway.upstream import idp
from tests.idgateway.upstream.conftest import NOW

TERMS = Terms(name="bundid", entity_id=idp.ENTITY_ID)
ROLE = "{urn:oasis:names:tc:SAML:2.0:metadata}IDPSSODescriptor"


def read(data: bytes):
    return identity_provider(data, "the metadata")


def refusal(data: bytes, terms: Terms = TERMS) -> str:
    with pytest.raises(UpstreamUnavailable) as refused:
        accept_new(data, terms, NOW)
    return refused.value.code


def test_the_accounts_own_document_is_taken():
    """With its entityID known, and at first sight."""
    assert accept_new(idp.metadata("honest"), TERMS, NOW).entity_id == idp.ENTITY_ID
    assert accept(idp.metadata("honest"), replace(TERMS, entity_id="")).entity_id == idp.ENTITY_ID


def test_another_entity_never_takes_its_place():
    """Neither another address nor another spelling of it."""
    for other in ("https://idp.example/other", "https://idp.example/idp/", "https://IDP.example/idp"):
        document = idp.metadata("honest").replace(
            b'entityID="https://idp.example/idp"', b'entityID="%s"' % other.encode()
        )
        assert read(document).entity_id == other
        assert refusal(document) == "metadata-entity"


def test_the_stand_in_never_does_outside_the_demo(tmp_path):
    """By its certificate or its address; in the demo it does."""
    for base in ("https://id.example", "http://127.0.0.1:8081"):
        document = prepare(tmp_path / base[-4:], base).read_bytes()
        terms = Terms(name="bundid", entity_id=base + "/idp")
        assert refusal(document, terms) == "metadata-stand-in"
        assert accept_new(document, replace(terms, demo=True), NOW)


@pytest.mark.parametrize("place", ["entity", "role"])
def test_what_is_over_never_does(place):
    """``validUntil`` of the entity or of its role; a minute before its end it is still taken."""

    def document(until: datetime) -> bytes:
        root = etree.fromstring(idp.metadata("honest"))
        (root if place == "entity" else root.find(ROLE)).set("validUntil", until.isoformat())
        return etree.tostring(root)

    assert accept_new(document(NOW + timedelta(minutes=1)), TERMS, NOW)
    assert refusal(document(NOW)) == "metadata-ended"
    assert accept(document(NOW), TERMS).ended(NOW)


def test_without_a_signing_key_there_is_no_document():
    """No keys, or only weak ones: refused, so that the number of usable keys never falls to zero."""
    assert len(accept_new(idp.metadata("honest", "next"), TERMS, NOW).pinned) == 2
    assert refusal(idp.metadata("honest").replace(b'use="signing"', b'use="encryption"')) == "metadata"
    assert refusal(idp.metadata("weak", bits=1024)) == "metadata"


def test_another_protocol_is_no_identity_provider():
    """A role for SAML 1.1 alone is none for us."""
    assert refusal(idp.metadata("honest").replace(b"SAML:2.0:protocol", b"SAML:1.1:protocol")) == "metadata"


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("PT6H", timedelta(hours=6)),
        ("P1D", timedelta(days=1)),
        ("P1DT2H3M4.5S", timedelta(days=1, hours=2, minutes=3, seconds=4)),
        ("P1Y2M", timedelta(days=425)),
        ("PT0S", timedelta()),
    ],
)
def test_durations(text, length):
    """XML Schema's notation; months and years are upper bounds."""
    assert duration(text) == length
    root = etree.fromstring(idp.metadata("honest", cacheDuration=text))
    assert read(etree.tostring(root)).cache_for == length


@pytest.mark.parametrize("text", ["", "P", "PT", "P1DT", "6H", "-PT6H", "PT6", "P1.5D", "PT1H ago", "P99999999D"])
def test_no_durations(text):
    """What is none refuses the document that says it."""
    with pytest.raises(ValueError):
        duration(text)
    with pytest.raises(UpstreamUnavailable, match="cacheDuration"):
        read(idp.metadata("honest", cacheDuration=text))


def codes(old: bytes, new: bytes) -> dict[str, str]:
    return {change.code: change.effect for change in compare(read(old), read(new), NOW)}


def test_nothing_changes_between_equal_documents():
    """Only the kept key is told."""
    assert codes(idp.metadata("honest"), idp.metadata("honest")) == {"key-kept": "none"}


def test_a_rollover_is_told_key_by_key():
    """Added, kept, removed; without a common key logins break."""
    assert codes(idp.metadata("honest"), idp.metadata("honest", "next")) == {"key-kept": "none", "key-added": "none"}
    assert codes(idp.metadata("honest", "next"), idp.metadata("next")) == {"key-kept": "none", "key-removed": "none"}
    assert codes(idp.metadata("honest"), idp.metadata("next")) == {
        "key-added": "none",
        "key-removed": "none",
        "no-common-key": "breaks",
    }


def test_what_breaks_is_told():
    """Another entity, an end that is over; another address and the wish for signatures change nothing."""
    old, same = idp.metadata("honest"), {"key-kept": "none"}
    other = old.replace(b'entityID="https://idp.example/idp"', b'entityID="https://other.example/idp"')
    assert codes(old, other) == {**same, "entity-id-changed": "breaks"}
    moved = old.replace(b"/profile/SAML2/POST/SSO", b"/moved")
    assert codes(old, moved) == {**same, "endpoint-changed": "none"}
    wishing = old.replace(b"<md:IDPSSODescriptor ", b'<md:IDPSSODescriptor WantAuthnRequestsSigned="true" ')
    assert codes(old, wishing) == {**same, "signed-requests-changed": "none"}
    assert codes(old, idp.metadata("honest", validUntil="2026-01-01T00:00:00Z")) == {**same, "ended": "breaks"}
    later = idp.metadata("honest", validUntil="2027-01-01T00:00:00Z")
    assert codes(old, later) == {**same, "valid-until-changed": "none"}


def test_ended_certificates_are_doubtful_not_broken():
    """Their keys are pinned and go on counting; somebody should still ask for new ones."""
    provider = read(idp.metadata("honest"))
    after = datetime(2046, 1, 2, tzinfo=UTC)
    assert [each.code for each in compare(provider, provider, after) if each.effect == "doubtful"] == [
        "certificates-ended"
    ]
    assert not provider.ended(after)
