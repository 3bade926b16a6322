"""The stand-in's wrong and odd metadata against the gate: refused where they must be, and the right ones are read."""

import time
from datetime import UTC, datetime

import pytest
from flask.testing import FlaskClient

from idgateway.errors import UpstreamUnavailable
from idgateway.simulator.app import create_app
from idgateway.simulator.catalogue import ACCEPT, METADATA, REFUSE
from idgateway.simulator.identity import prepare
from idgateway.simulator.settings import SimulatorSettings
from idgateway.upstream.saml.metadata.changes import compare
from idgateway.upstream.saml.metadata.theirs import identity_provider

BASE = "http://127.0.0.1:8081"
NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
# By another check than reading: the clock, the comparison with what is in use, the pinned signer.
ELSEWHERE = {"metadata-ended", "metadata-entity-id-changed", "metadata-signed-by-stranger"}
UNREADABLE = sorted(name for name, one in METADATA.items() if one.expectation == REFUSE and name not in ELSEWHERE)


@pytest.fixture(scope="module")
def stand_in(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    directory = tmp_path_factory.mktemp("stand-in")
    prepare(directory, BASE)
    settings = SimulatorSettings(base_url=BASE, directory=directory, service_providers=())
    return create_app(settings).test_client()


@pytest.fixture(scope="module")
def right(stand_in):
    return identity_provider(stand_in.get("/idp").data, "right.xml")


def _served(stand_in, name):
    page = stand_in.get("/idp", query_string={"fault": name})
    assert page.status_code == 200
    return page.data


@pytest.mark.parametrize("name", UNREADABLE)
def test_the_gate_refuses_metadata_that_are_wrong(stand_in, right, name):
    """No trust comes of them, by one stable code, within 200 ms of processor time; the right ones are read."""
    content = _served(stand_in, name)
    spent = []
    for _ in range(3):  # a busy neighbour may fall into one measurement, not into three
        begun = time.process_time()
        with pytest.raises(UpstreamUnavailable) as raised:
            identity_provider(content, "wrong.xml", right.certificates if "signing" in name else ())
        spent.append(time.process_time() - begun)
    assert min(spent) < 0.2
    assert raised.value.code == ("metadata-signature" if "signing" in name else "metadata")
    assert right.entity_id == BASE + "/idp"


def test_metadata_that_have_ended_do_not_count(stand_in, right):
    """``validUntil`` in the past ends them; the right ones never end by themselves."""
    assert identity_provider(_served(stand_in, "metadata-ended"), "x").ended(NOW)
    assert not right.ended(NOW)


def test_another_name_is_another_provider(stand_in, right):
    """A refresh that changes the entityID is told to break every login; the same document changes nothing."""
    other = identity_provider(_served(stand_in, "metadata-entity-id-changed"), "x")
    assert ("entity-id-changed", "breaks") in {(change.code, change.effect) for change in compare(right, other, NOW)}
    assert not [change for change in compare(right, right, NOW) if change.effect != "none"]


def test_a_pinned_signer_is_the_only_one(stand_in, right):
    """A stranger's signature is refused where a signer is pinned, and so is none; the signer's own is accepted."""
    for unsigned in (_served(stand_in, "metadata-signed-by-stranger"), stand_in.get("/idp").data):
        with pytest.raises(UpstreamUnavailable) as raised:
            identity_provider(unsigned, "x", right.certificates)
        assert raised.value.code == "metadata-signature"
    signed = identity_provider(_served(stand_in, "metadata-signed"), "x", right.certificates)
    assert signed.entity_id == right.entity_id


@pytest.mark.parametrize("name", sorted(name for name, one in METADATA.items() if one.expectation == ACCEPT))
def test_the_gate_reads_metadata_that_only_look_odd(stand_in, right, name):
    """Two keys, a signature nobody asked for, certificates out of time: the provider and its pinned key are known."""
    odd = identity_provider(_served(stand_in, name), "odd.xml")
    keys = {certificate.public_key().public_numbers() for certificate in odd.certificates}
    assert right.certificates[0].public_key().public_numbers() in keys
    assert len(keys) == (2 if name == "metadata-two-keys" else 1)
    assert odd.sso_url == right.sso_url


def test_every_document_explains_itself(stand_in):
    """Name, two languages, rule and expectation, told as JSON too; an unknown name is refused."""
    told = stand_in.get("/catalogue").json["metadata"]
    assert [entry["name"] for entry in told] == list(METADATA)
    assert all(entry["rule"] and entry["description"]["de"] and entry["description"]["en"] for entry in told)
    assert len({entry["description"]["en"] for entry in told}) == len(told)
    refused = stand_in.get("/idp?fault=nothing", headers={"Accept": "application/json"})
    assert (refused.status_code, refused.json["code"]) == (400, "sim-fault-unknown")
