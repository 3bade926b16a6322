"""``check`` and remote seals: the service is asked, what contradicts itself stops the start, ends are told in time."""

import dataclasses
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from keys.custody import FileCustody
from keys.keyring import Purpose
from keys.minting import CERTIFICATE_LIFE, Owner
from runtime.inspection.seals import check_seals
from runtime.sealing import check_remote_seals
from runtime.settings import Settings, load
from tests.postbox.outsiders import served
from tests.postbox.seals.csc import Fault, Service, pem
from tests.postbox.seals.pki import authority, issue

NOW = datetime.now(UTC)
ARS = "064310020020"


@pytest.fixture
def service() -> Iterator[Service]:
    """A signing service whose certificate lasts for 90 days."""
    ca = authority()
    holder = issue(ca, begins=NOW - timedelta(days=1), ends=NOW + timedelta(days=90), crl=False)
    found = Service(holder, (ca,), issue(ca, "Stranger", serial=2))
    with served(found.app()) as url:
        found.url = url
        yield found


@pytest.fixture
def settings(installation: Path, service: Service) -> Settings:
    """The example, with its remote seal."""
    (installation / "secrets/rssp").write_text(service.secret)
    (installation / "secrets/rssp").chmod(0o600)
    (installation / "peers/rssp-ca.pem").write_bytes(pem(*service.chain))
    path = installation / "config.toml"
    extra = (
        f'[[postbox.remote_seal]]\nauthority = "{ARS}"\nurl = "{service.url}/csc/v2"\ncredential_id = "seal-of-viernheim"\n'
        'client_id = "idgateway"\nclient_secret_file = "secrets/rssp"\ncertificates = ["peers/rssp-ca.pem"]\n'
    )
    path.write_text(path.read_text(encoding="utf-8") + extra, encoding="utf-8")
    return load(path)


def _told(settings: Settings, now: datetime = NOW) -> list[tuple[str, str, str]]:
    return [(one.verdict, one.subject, f"{one.cause} {one.cure}") for one in check_seals(settings, now)]


def _of(found: list[tuple[str, str, str]], verdict: str) -> list[str]:
    return [told for kind, subject, told in found if (kind, subject) == (verdict, f"remote seal of {ARS}")]


def test_a_sound_service_is_sound(settings, service):
    """Its secret is private, it answers, and nothing was sealed to find that out."""
    found = _told(settings)
    assert [kind for kind, subject, _ in found if ARS in subject] == ["good", "good"]
    assert "signatures/signHash" not in {name for name, _ in service.calls}
    assert any(kind == "warning" and "B-B" in told for kind, _, told in found)  # the example names no time stamps


@pytest.mark.parametrize(("days", "told"), [(31, "60-day"), (61, "30-day"), (84, "7-day")])
def test_the_certificates_end_is_told_in_time(settings, days, told):
    """60, 30 and 7 days before."""
    (found,) = _of(_told(settings, NOW + timedelta(days=days)), "warning")
    assert told in found


@pytest.mark.parametrize(
    ("fault", "verdict", "says"),
    [
        (Fault.DOWN, "warning", "503"),
        (Fault.DISABLED, "wrong", "remote-seal-disabled"),
        (Fault.OTHER_CERTIFICATE, "wrong", "remote-seal-expired"),
        (Fault.TOKEN_ELSEWHERE, "wrong", "token_url"),
    ],
)
def test_what_is_wrong_with_the_service_is_told(settings, service, fault, verdict, says):
    """Down is a warning; what will not mend itself is wrong."""
    service.fault = fault
    (found,) = _of(_told(settings, NOW if fault != Fault.OTHER_CERTIFICATE else NOW + timedelta(days=1000)), verdict)
    assert says in found


def test_secrets_that_others_can_read_are_told(settings):
    """As every other file with a secret."""
    seal = settings.postbox.remote_seals[0]
    seal.client_secret_file.chmod(0o644)
    assert any("chmod 600" in told for told in _of(_told(settings), "wrong"))


def test_what_contradicts_itself_stops_the_start(settings):
    """The sound one first; then each flaw by itself."""
    postbox = settings.postbox
    (seal,) = postbox.remote_seals
    assert list(check_remote_seals(postbox)) == []
    flaws = [
        (dataclasses.replace(seal, url="http://rssp.example/csc/v2"),),
        (dataclasses.replace(seal, url=seal.url + "/"),),
        (dataclasses.replace(seal, token_url="http://login.rssp.example/token"),),
        (dataclasses.replace(seal, authority="000000000000"),),
        (dataclasses.replace(seal, certificates=()),),
        (dataclasses.replace(seal, seconds=0),),
        (seal, seal),
    ]
    for flaw in flaws:
        assert len(list(check_remote_seals(dataclasses.replace(postbox, remote_seals=flaw)))) == 1, flaw
    assert (
        list(
            check_remote_seals(
                dataclasses.replace(postbox, remote_seals=(dataclasses.replace(seal, url="https://r.example/csc/v2"),))
            )
        )
        == []
    )


def test_the_demos_own_seal_ends_too(settings):
    """60 days before, with the command that makes the next one; after it all is well again."""
    postbox = dataclasses.replace(settings.postbox, demo=True, remote_seals=())
    demo = dataclasses.replace(settings, postbox=postbox)
    custody, town = FileCustody(postbox.keys_directory), Owner(ars=ARS, name="Stadt Viernheim")
    custody.ensure_seals([town], NOW - timedelta(minutes=1))
    late = NOW + CERTIFICATE_LIFE - timedelta(days=40)
    assert list(check_seals(demo, NOW)) == []
    (found,) = check_seals(demo, late)
    assert (found.verdict, found.subject) == ("warning", f"demo seal of {ARS}")
    assert f"keys rotate postbox document-sealing --authority {ARS}" in found.cure
    custody.rotate(Purpose.DOCUMENT_SEALING, late, owner=town)
    assert list(check_seals(demo, late + timedelta(days=1))) == []
