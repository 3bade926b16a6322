"""The whole tool against running services: it finds the holes of a sloppy one, and none of them at a careful one."""

import json
import threading

import pytest

from idgateway.sp_check.errors import CheckVoid, StandInRefused
from idgateway.sp_check.judge import Kind, Verdict
from runtime.cli import main
from tests.idgateway.sp_check.service import free_port, setting

HOLES = (
    "wrong-audience",
    "wrong-in-response-to",
    "unsolicited",
    "wrong-destination",
    "wrong-recipient",
    "expired",
    "not-yet-valid",
    "replay",
    "level-too-low",
    "not-encrypted",
    "other-browser",
)
CLOSED = ("unsigned", "tampered", "foreign-key", "xsw-3", "no-xml", "status-cancelled", "outcome-cancel")
SOUND = ("only-assertion-signed", "signed-response", "encryption-aes128-gcm", "clock-ahead", "clock-behind")


@pytest.fixture(scope="module")
def sloppy(keys, tmp_path_factory):
    with setting(keys, tmp_path_factory.mktemp("sloppy")) as there:
        yield there


@pytest.fixture(scope="module")
def careful(keys, tmp_path_factory):
    with setting(keys, tmp_path_factory.mktemp("careful"), careful=True) as there:
        yield there


def test_the_holes_of_a_sloppy_service_are_found(sloppy, checked):
    """Each is accepted and a finding with its severity; what python3-saml does refuse without ``strict`` is refused."""
    outcome = checked(sloppy, only=(*HOLES, *CLOSED, *SOUND))
    results = {result.case.name: result for result in outcome.results}
    assert {name: results[name].verdict.value for name in HOLES} == dict.fromkeys(HOLES, "accepted")
    assert {results[name].kind for name in HOLES} == {Kind.HOLE}
    assert all(results[name].severity for name in HOLES)
    assert {name: results[name].verdict.value for name in CLOSED} == dict.fromkeys(CLOSED, "refused")
    assert {name: results[name].verdict.value for name in SOUND} == dict.fromkeys(SOUND, "accepted")
    assert {results[name].kind for name in (*CLOSED, *SOUND)} == {Kind.NONE}
    assert "another browser" in results["replay"].detail


def test_the_careful_twin_has_none_of_them(careful, checked):
    """The same library with ``strict``, the request bound to a cookie, a replay store and the level compared."""
    outcome = checked(careful, only=(*HOLES, *CLOSED, *SOUND))
    assert [(one.case.name, one.detail) for one in outcome.findings] == []
    assert outcome.outage == ""
    assert outcome.honest_logins >= 5


def test_a_relay_state_that_is_followed_leads_away(sloppy, careful, checked):
    """Who uses RelayState as an address sends people to a foreign one: nobody follows it there; who ignores it is fine."""
    (followed,) = checked(sloppy, only=("relay-state-address",)).results
    assert (followed.kind, followed.where) == (Kind.LED_AWAY, "https://other.example.org/")
    (ignored,) = checked(careful, only=("relay-state-address",)).results
    assert (ignored.kind, ignored.verdict) == (Kind.NONE, Verdict.ACCEPTED)


def test_a_session_that_the_login_does_not_renew_is_found(keys, tmp_path, careful, checked):
    """Who had the cookies of before is logged in along; at the careful service they open nothing."""
    with setting(keys, tmp_path, keeps_session=True) as there:
        (fixed,) = checked(there, only=("planted-cookie",)).results
    assert (fixed.verdict, fixed.kind) == (Verdict.ACCEPTED, Kind.HOLE)
    (renewed,) = checked(careful, only=("planted-cookie",)).results
    assert (renewed.verdict, renewed.kind) == (Verdict.REFUSED, Kind.NONE)


def test_an_exception_is_a_crash_and_no_login(keys, tmp_path, checked):
    """A service that fails inside is told so, mildly; its page for the honest answer is fine."""
    with setting(keys, tmp_path, crashes=True) as there:
        (result,) = checked(there, only=("tampered",)).results
    assert (result.verdict, result.kind, result.status) == (Verdict.CRASHED, Kind.CRASH, 500)


def test_a_service_that_locks_everybody_out_does_not_look_good(keys, tmp_path, checked):
    """After too many refusals nobody gets in: those refusals are doubted, the rest is not tried, it is a finding."""
    with setting(keys, tmp_path, locks_after=6) as there:
        outcome = checked(there, only=("wrapping", "status"))
    verdicts = [result.verdict for result in outcome.results]
    assert "403" in outcome.outage
    assert Verdict.REFUSED not in verdicts
    assert verdicts.count(Verdict.UNDECIDED) == 20
    assert verdicts[-1] is Verdict.SKIPPED
    assert outcome.exit_code(outcome.worst()) == 1


def test_a_service_that_shows_everybody_the_same_cannot_be_judged(keys, tmp_path, checked):
    """No sign tells a login from a refusal: nothing is guessed, and the cure is named."""
    with setting(keys, tmp_path, one_page=True) as there, pytest.raises(CheckVoid) as told:
        checked(there, only=("tampered",))
    assert "--success-url" in told.value.cure


def test_a_login_that_fails_honestly_proves_nothing(keys, tmp_path, checked):
    """Void, with the last page's status and title."""
    with (
        setting(keys, tmp_path, locks_after=0) as there,
        pytest.raises(CheckVoid, match="status 403, “403 Forbidden”"),
    ):
        checked(there, only=("tampered",))


def test_what_the_person_names_is_proved_like_what_was_learned(sloppy, careful, checked):
    """A true sign works; one that a refused login shows, too, and one that never comes, are told."""
    from idgateway.sp_check.signs import Wanted

    (refused,) = checked(
        careful, only=("tampered",), wanted=Wanted(url="/me", cookie="session", text="Welcome")
    ).results
    assert refused.verdict is Verdict.REFUSED
    (accepted,) = checked(sloppy, only=("expired",), wanted=Wanted(cookie="session")).results
    assert accepted.verdict is Verdict.ACCEPTED
    with pytest.raises(CheckVoid, match="without a login, too"):
        checked(careful, only=("tampered",), wanted=Wanted(url="localhost"))
    with pytest.raises(CheckVoid, match="does not hold after an honest login") as told:
        checked(careful, only=("tampered",), wanted=Wanted(cookie="other"))
    assert "new cookies: session" in told.value.cure


def test_a_request_that_the_stand_in_refuses_is_told_with_its_code(keys, tmp_path, checked):
    """The service signs with a key that its metadata do not hold."""
    from tests.idgateway.simulator.sp import new_key

    with setting(keys, tmp_path) as there:
        there.service.provider.signing = new_key()
        with pytest.raises(StandInRefused, match="saml-request-not-signed"):
            checked(there, only=("tampered",))


def test_a_service_that_asks_by_redirect_is_checked_alike(keys, tmp_path, checked):
    """The signed address reaches the stand-in byte for byte, whichever way it is %-encoded."""
    with setting(keys, tmp_path, by_redirect=True) as there:
        results = {one.case.name: one.verdict for one in checked(there, only=("wrong-audience", "tampered")).results}
    assert results == {"wrong-audience": Verdict.ACCEPTED, "tampered": Verdict.REFUSED}


def test_logins_side_by_side_say_the_same(sloppy, checked):
    """``--jobs 4`` changes nothing but the time."""
    names = ("wrong-audience", "tampered", "expired", "only-assertion-signed", "replay")
    one, four = (checked(sloppy, only=names, jobs=jobs) for jobs in (1, 4))
    assert [(a.case.name, a.verdict) for a in one.results] == [(b.case.name, b.verdict) for b in four.results]


def test_the_command_line_writes_reports_and_exits_as_told(sloppy, careful, tmp_path, capsys):
    """1 with findings, 0 where they are milder than ``--fail-on`` or none, 2 for a word that means nothing."""
    report = tmp_path / "report.json"
    base = ["sp-check", sloppy.url, "--simulator", sloppy.stand_in]
    assert main([*base, "--only", "wrong-audience", "--json", str(report)]) == 1
    shown = capsys.readouterr().out
    assert "HOCH       Die Zielgruppe (Audience) wird nicht genau genug geprüft" in shown
    assert json.loads(report.read_text())["findings"][0]["answers"] == ["wrong-audience"]
    assert main([*base, "--only", "wrong-audience", "--fail-on", "critical"]) == 0
    assert main(["sp-check", careful.url, "--simulator", careful.stand_in, "--only", "wrong-audience"]) == 0
    assert main([*base, "--only", "no-such-answer"]) == 2
    assert "no-such-answer" in capsys.readouterr().err


def test_what_would_fail_late_is_refused_early(sloppy, tmp_path, capsys):
    """No address, no file to read, no place to write: told before anything is tried."""
    base = ["sp-check", "--simulator", sloppy.stand_in, "--only", "tampered"]
    assert main(base) == main([*base, "localhost:8000/login"]) == 2
    assert "http://localhost:8000/login" in capsys.readouterr().err
    assert main([*base, sloppy.url, "--junit", str(tmp_path / "missing/report.xml")]) == 2
    assert "cannot be written" in capsys.readouterr().err
    assert main([*base, sloppy.url, "--ca-file", str(tmp_path / "missing.pem")]) == 2
    assert "cannot be read" in capsys.readouterr().err
    assert main([*base, f"http://localhost:{free_port()}/login"]) == 2
    assert "Is the service running?" in capsys.readouterr().err


def test_it_waits_for_both_to_start(keys, tmp_path, capsys):
    """In a CI everything is started at once; without ``--wait`` the first look decides."""
    port = free_port()
    late = setting(keys, tmp_path, ports=(port, free_port()))
    waiting = ["sp-check", "--list", "--simulator", f"http://127.0.0.1:{port}"]
    assert main(waiting) == 2
    timer = threading.Timer(0.5, late.__enter__)
    timer.start()
    try:
        assert main([*waiting, "--wait", "20"]) == 0
    finally:
        timer.join()
        late.__exit__(None, None, None)


def test_the_list_names_every_case(sloppy, capsys):
    """Without an address: what would be tried, one line each."""
    assert main(["sp-check", "--simulator", sloppy.stand_in, "--list", "--only", "timing", "--language", "en"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert any(line.split()[:3] == ["timing", "expired", "refuse"] for line in lines)


def test_a_page_without_a_login_needs_words_to_press(sloppy, capsys):
    """The words that are there are told; with them the check runs."""
    start = ["sp-check", sloppy.url.replace("/login", "/"), "--simulator", sloppy.stand_in, "--only", "tampered"]
    assert main(start) == 2
    assert "“Log in with BundID”, “Help”" in capsys.readouterr().err
    assert main([*start, "--press", "log in"]) == 0
    assert main([*start, "--press", "sign up"]) == 2


def test_a_public_host_and_a_missing_stand_in_are_refused_in_a_sentence(sloppy, capsys):
    """Nothing is sent; cause and cure are told."""
    assert (
        main(["sp-check", "http://192.0.2.1.nip.example/", "--simulator", sloppy.stand_in, "--only", "tampered"]) == 2
    )
    assert main(["sp-check", "https://8.8.8.8/login", "--simulator", sloppy.stand_in, "--only", "tampered"]) == 2
    assert "--i-may-test 8.8.8.8" in capsys.readouterr().err
    assert main(["sp-check", "https://id.bund.de/", "--i-may-test", "id.bund.de", "--simulator", sloppy.stand_in]) == 2
    assert "real account service" in capsys.readouterr().err
    assert main(["sp-check", sloppy.url, "--simulator", "http://127.0.0.1:9"]) == 2
    assert "idgateway simulator" in capsys.readouterr().err
