"""Whether time stamps are qualified: computed from a trusted list that the verifier brings, said honestly, never asserted."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from postbox.errors import TrustUnreadable
from postbox.proof.report import Status
from postbox.proof.stamping import StampingList
from postbox.seals.trusted_list import read_list
from runtime.cli import main
from tests.postbox.proof.test_verify import ANCHORS, NOW, STAMPS, WHOLE, _outcome
from tests.postbox.seals.pki import Holder, authority, trusted_list

ROOT = Holder(STAMPS.root_key, STAMPS.root)
SIGNER = authority("Scheme operator")
STATUS = "http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/"
WITHDRAWN = f"{STATUS}withdrawn"


def _earlier(status: str, since: str, service: str = "TSA/QTST") -> str:
    return (
        "<ServiceHistory><ServiceHistoryInstance>"
        f"<ServiceTypeIdentifier>http://uri.etsi.org/TrstSvc/Svctype/{service}</ServiceTypeIdentifier>"
        f"<ServiceStatus>{STATUS}{status}</ServiceStatus><StatusStartingTime>{since}</StatusStartingTime>"
        "</ServiceHistoryInstance></ServiceHistory>"
    )


def _list(*services, service="TSA/QTST", until=NOW + timedelta(days=3650), **changes) -> bytes:
    return trusted_list(SIGNER, *services, service=service, until=until, **changes)


def _read(data: bytes) -> StampingList:
    from asn1crypto import x509

    return read_list(data, [x509.Certificate.load(SIGNER.der)]).of_stamps()


def _said(listed: StampingList | None) -> str:
    step = next(one for one in _outcome(WHOLE, replace(ANCHORS, stamping=listed)).steps if one.name == "time")
    assert step.status is Status.OK  # it attests the time in any case; what it is worth in law is another question
    return step.english.rpartition("Qualified: ")[2]


NO = "no, by trusted list DE no. 7 of 2026-11-01 (0 of 1 time stamps)."
YES = "yes, by trusted list DE no. 7 of 2026-11-01."
CASES = {
    "none": (None, "not checked."),
    "granted": (_list(ROOT), YES),
    "another's": (_list(authority()), NO),
    "empty": (_list(), NO),
    "for certificates": (_list(ROOT, service="CA/QC"), NO),
    "not qualified": (_list(ROOT, service="TSA"), NO),
    "withdrawn before": (_list(ROOT, status=WITHDRAWN), NO),
    "granted once, and not any more": (
        _list(
            ROOT, status=WITHDRAWN, since="2025-01-01T00:00:00Z", history=_earlier("granted", "2020-01-01T00:00:00Z")
        ),
        NO,
    ),
    "granted later": (_list(ROOT, since="2099-01-01T00:00:00Z"), NO),
    "withdrawn since": (
        _list(
            ROOT, status=WITHDRAWN, since="2099-01-01T00:00:00Z", history=_earlier("granted", "2020-01-01T00:00:00Z")
        ),
        YES,
    ),
    "granted again": (
        _list(ROOT, since="2099-01-01T00:00:00Z", history=_earlier("withdrawn", "2020-01-01T00:00:00Z")),
        NO,
    ),
    "formerly accredited": (
        _list(
            ROOT, status=WITHDRAWN, since="2099-01-01T00:00:00Z", history=_earlier("accredited", "2010-01-01T00:00:00Z")
        ),
        YES,
    ),
    "formerly something else": (
        _list(ROOT, since="2099-01-01T00:00:00Z", history=_earlier("granted", "2020-01-01T00:00:00Z", "TSA")),
        NO,
    ),
    "out of date": (
        _list(ROOT, until=NOW - timedelta(days=1)),
        "not checked, because trusted list DE no. 7 of 2026-11-01 is out of date.",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_qualified_is_what_the_list_says_of_the_moment_of_the_stamp(case):
    """The service's own status at that time counts, not today's, and none of another kind of service."""
    data, said = CASES[case]
    assert _said(_read(data) if data else None) == said


def test_a_list_that_nobody_pinned_signed_says_nothing():
    """Not even that it is out of date."""
    from asn1crypto import x509

    with pytest.raises(TrustUnreadable):
        read_list(_list(ROOT), [x509.Certificate.load(authority().der)])


def test_the_command_line_takes_the_list_with_its_signer(tmp_path, capsys):
    """Without a list: not checked; with one: computed; with one whose signer is not named: told, with the cure."""
    far = datetime.now(UTC) + timedelta(days=30)
    for name, content in {"proof.zip": WHOLE, "anchors.json": ANCHORS.to_json(), "list.xml": _list(ROOT, until=far),
                          "signer.der": SIGNER.der}.items():  # fmt: skip
        (tmp_path / name).write_bytes(content)
    call = ["verify", str(tmp_path / "proof.zip"), "--trust", str(tmp_path / "anchors.json"), "--json"]
    listed = ["--trusted-list", str(tmp_path / "list.xml")]

    def time() -> str:
        steps = json.loads(capsys.readouterr().out)["steps"]
        return next(step["en"] for step in steps if step["name"] == "time")

    assert main(call) == 0
    assert time().endswith("Qualified: not checked.")
    assert main([*call, *listed, "--list-signer", str(tmp_path / "signer.der")]) == 0
    assert time().endswith(f"Qualified: {YES}")
    assert main([*call, *listed]) == 2
    assert "--list-signer" in capsys.readouterr().err
