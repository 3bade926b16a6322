"""A look at an address: what is good is kept, what is not leaves the last good one, and one worker does it."""

import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree

from idgateway.errors import NotConfigured
from idgateway.peers.keeping import known_at_start
from idgateway.peers.refresh import LEASE, RETRY, SHORTEST, look, next_look, run_due
from idgateway.peers.terms import check_source
from idgateway.store import peers
from idgateway.upstream.saml.metadata.theirs import identity_provider
from tests.idgateway.peers.conftest import NOW, Heard
from tests.idgateway.upstream import idp

HOUR = timedelta(hours=1)


def kept(database, name="bundid"):
    with database.read() as connection:
        return peers.find(connection, name)


def keys_in(database, provider) -> int:
    """How many keys a gate that starts now would know."""
    known = known_at_start(provider, database, demo=False)
    return len(known.pinned) if known else 0


def test_a_first_look_keeps_the_document(gate_database, source, by_url, gate_of):
    """Due at once; kept whole; the next look after six hours, and not sooner."""
    heard = Heard()
    assert run_due(gate_of(by_url), gate_database, NOW, heard) == 1
    assert (kept(gate_database).document, kept(gate_database).due_at) == (source.document, NOW + 6 * HOUR)
    assert heard.events == [("metadata-taken", "")]
    assert run_due(gate_of(by_url), gate_database, NOW + 6 * HOUR - timedelta(seconds=1), heard) == 0
    assert run_due(gate_of(by_url), gate_database, NOW + 6 * HOUR, heard) == 1
    assert source.asked == 2
    assert heard.events == [("metadata-taken", "")]


def test_a_rollover_is_followed_document_by_document(gate_database, source, by_url, gate_of):
    """One key, both, the new one: each document takes the place of the one before."""
    for step, names in enumerate((["honest"], ["honest", "next"], ["next"])):
        source.document = idp.metadata(*names)
        run_due(gate_of(by_url), gate_database, NOW + step * 6 * HOUR, Heard())
        assert keys_in(gate_database, by_url) == len(names)
        assert kept(gate_database).taken_at == NOW + step * 6 * HOUR


BAD = {
    "away": (b"", 503, "unreachable"),
    "moved": (idp.metadata("honest", "next"), 302, "unreachable"),
    "a page": (b"<html>maintenance</html>", 200, "metadata"),
    "no XML": (b"\x00", 200, "metadata"),
    "an entity bomb": (b'<!DOCTYPE x [<!ENTITY e "e">]>' + idp.metadata("next"), 200, "metadata"),
    "no key": (idp.metadata("next").replace(b'use="signing"', b'use="encryption"'), 200, "metadata"),
    "a weak key": (idp.metadata("weak", bits=1024), 200, "metadata"),
    "another entity": (idp.metadata("next").replace(b"example/idp", b"example/else"), 200, "metadata-entity"),
    "over": (idp.metadata("next", validUntil="2026-11-01T00:00:00Z"), 200, "metadata-ended"),
    "the stand-in's address": (
        idp.metadata("next").replace(idp.SSO_URL.encode(), b"http://127.0.0.1:8081/sso"),
        200,
        "metadata-stand-in",
    ),
    "endless": (idp.metadata("next") + b" " * (2 * 1024 * 1024), 200, "nonsense"),
}


@pytest.mark.parametrize("ill", BAD)
def test_what_is_not_good_leaves_the_last_good_one(gate_database, source, by_url, gate_of, ill):
    """The fault is noted by code and tried again in a quarter of an hour; afterwards the good one is taken again."""
    gate, heard = gate_of(by_url), Heard()
    run_due(gate, gate_database, NOW, heard)
    source.document, source.status, code = BAD[ill]
    source.location = source.url + "/elsewhere" if source.status == 302 else ""
    later = NOW + 6 * HOUR
    assert run_due(gate, gate_database, later, heard) == 1
    found = kept(gate_database)
    assert (found.document, found.fault, found.due_at) == (idp.metadata("honest"), code, later + RETRY)
    assert found.looked_at == NOW
    assert keys_in(gate_database, by_url) == 1
    assert heard.events[-1] == ("metadata-refused", code)
    source.document, source.status, source.location = idp.metadata("honest", "next"), 200, ""
    assert run_due(gate, gate_database, later + RETRY, heard) == 1
    assert keys_in(gate_database, by_url) == 2
    assert kept(gate_database).fault == ""


def test_the_address_itself_names_the_entity_where_nothing_else_does(gate_database, source, by_url, gate_of):
    """Without peer_entity_id the document must be that of its address; one of the loopback counts in the demo only."""
    source.document = idp.metadata("honest").replace(idp.ENTITY_ID.encode() + b'"', source.url.encode() + b'"')
    gate = replace(gate_of(replace(by_url, peer_entity_id="")), demo=True)
    assert run_due(gate, gate_database, NOW, Heard()) == 1
    assert kept(gate_database).entity_id == source.url
    source.document = idp.metadata("honest")
    run_due(gate, gate_database, NOW + 6 * HOUR, Heard())
    assert kept(gate_database).fault == "metadata-entity"


@pytest.mark.parametrize("key", ["signer", "stranger", ""])
def test_a_signed_source_is_believed_when_its_signer_is_pinned(gate_database, source, by_url, tmp_path, key):
    """The pinned signer's document is taken, a stranger's and an unsigned one are not."""
    pem = tmp_path / "signer.pem"
    pem.write_bytes(idp.certificate("signer").public_bytes(Encoding.PEM))
    provider = replace(by_url, metadata_certificates=(pem,))
    root = etree.fromstring(idp.metadata("honest", ID="_m"))
    if key:
        idp.sign(root, idp.GOOD, key=key)
    source.document = etree.tostring(root)
    looked = look(provider, gate_database, NOW, Heard(), demo=False)
    assert (looked.fault.code if looked.fault else "") == ("" if key == "signer" else "metadata-signature")
    assert keys_in(gate_database, provider) == (1 if key == "signer" else 0)


def test_a_kept_document_is_judged_again_by_the_terms_of_today(gate_database, source, by_url, gate_of, tmp_path):
    """Taken unsigned, it counts no longer once a signer is pinned."""
    run_due(gate_of(by_url), gate_database, NOW, Heard())
    assert keys_in(gate_database, by_url) == 1
    pem = tmp_path / "signer.pem"
    pem.write_bytes(idp.certificate("signer").public_bytes(Encoding.PEM))
    assert keys_in(gate_database, replace(by_url, metadata_certificates=(pem,))) == 0


def test_signers_that_cannot_be_read_stop_the_start(gate_database, by_url, tmp_path):
    """A missing file, one without certificate: named, never passed over."""
    for content in (None, b"no certificate"):
        path = tmp_path / "signer.pem"
        path.unlink(missing_ok=True)
        if content:
            path.write_bytes(content)
        with pytest.raises(NotConfigured, match=r"signer\.pem") as refused:
            known_at_start(replace(by_url, metadata_certificates=(path,)), gate_database, demo=False)
        assert refused.value.code == "metadata-certificates"


def test_one_source_exactly(gate_database, by_url, by_file):
    """Neither none nor both."""
    for provider in (replace(by_url, metadata_url=""), replace(by_file, metadata_url=by_url.metadata_url)):
        with pytest.raises(NotConfigured) as refused:
            known_at_start(provider, gate_database, demo=False)
        assert refused.value.code == "metadata-source"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"metadata_url": "http://idp.example/idp"}, "metadata-address"),
        ({"metadata_url": "ftp://idp.example/idp"}, "metadata-address"),
        ({"metadata_refresh_hours": 0}, "metadata-refresh"),
        ({"metadata_refresh_hours": 169}, "metadata-refresh"),
    ],
)
def test_settings_that_cannot_work_are_refused(by_url, change, code):
    """An address that anybody on the way can change, a pause of none or of weeks."""
    check_source(replace(by_url, metadata_url="https://idp.example/idp", metadata_refresh_hours=168))
    with pytest.raises(NotConfigured) as refused:
        check_source(replace(by_url, **change))
    assert refused.value.code == code


def test_many_workers_look_once(gate_database, source, by_url, gate_of):
    """Eight at the same moment: one look."""
    gate, done = gate_of(by_url), []
    start = threading.Barrier(8)

    def work() -> None:
        start.wait()
        done.append(run_due(gate, gate_database, NOW, Heard()))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (sum(done), source.asked) == (1, 1)


def test_a_look_whose_worker_died_is_done_by_the_next(gate_database, source, by_url, gate_of):
    """It stays claimed for five minutes, no longer."""
    with gate_database.write() as connection:
        peers.begin(connection, "bundid", NOW)
        assert peers.claim(connection, "bundid", NOW, NOW + LEASE)
        assert not peers.claim(connection, "bundid", NOW, NOW + LEASE)
    assert run_due(gate_of(by_url), gate_database, NOW + LEASE - timedelta(seconds=1), Heard()) == 0
    assert run_due(gate_of(by_url), gate_database, NOW + LEASE, Heard()) == 1


@pytest.mark.parametrize(
    ("attributes", "pause"),
    [
        ({}, 6 * HOUR),
        ({"cacheDuration": "PT1H"}, HOUR),
        ({"cacheDuration": "P7D"}, 6 * HOUR),
        ({"cacheDuration": "PT0S"}, SHORTEST),
        ({"validUntil": "2026-11-24T13:30:00Z"}, 2 * HOUR),
        ({"validUntil": "2027-11-24T13:30:00Z"}, 6 * HOUR),
        ({"validUntil": "2026-11-24T13:30:00Z", "cacheDuration": "PT1H"}, HOUR),
    ],
)
def test_when_to_look_again(attributes, pause):
    """The setting, sooner where the document asks for it, never more often than every five minutes."""
    found = identity_provider(idp.metadata("honest", **attributes), "the metadata")
    assert next_look(found, 6 * HOUR, NOW) == NOW + pause
