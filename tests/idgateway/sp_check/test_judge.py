"""From what was seen to a verdict, and to a finding: each rule of the judge with its twin."""

import pytest

from idgateway.simulator.catalogue import BROKEN
from idgateway.sp_check.cases import ACCEPT
from idgateway.sp_check.evidence import NO_ANSWER, Trace
from idgateway.sp_check.judge import Kind, Verdict, doubted
from idgateway.sp_check.themes import THEMES, Severity, theme_of
from tests.idgateway.sp_check.seen import SITE, case, inside, judged, outside, stop


def test_a_login_by_a_broken_answer_is_a_hole_and_a_refusal_is_none():
    """The same case: accepted with its theme's severity, or refused without a word."""
    hole, fine = judged(case(), inside()), judged(case(), outside())
    assert (hole.verdict, hole.kind, hole.severity) == (Verdict.ACCEPTED, Kind.HOLE, Severity.HIGH)
    assert (fine.verdict, fine.kind, fine.severity) == (Verdict.REFUSED, Kind.NONE, None)


def test_an_odd_but_sound_answer_has_to_be_accepted():
    """Refusing it is too strict."""
    strict = judged(case("oaep-sha256", expectation=ACCEPT), outside())
    assert (strict.verdict, strict.kind, strict.severity) == (Verdict.REFUSED, Kind.TOO_STRICT, Severity.MEDIUM)
    assert judged(case("oaep-sha256", expectation=ACCEPT), inside()).kind is Kind.NONE
    assert judged(case("signed-response", "manner", ACCEPT), outside()).severity is Severity.LOW


@pytest.mark.parametrize("status", [500, 502, 503])
def test_an_error_of_the_500s_is_a_crash(status):
    """Anywhere on the way; but where the answer itself reports a failure at the provider, 502 to 504 say so."""
    crashed = judged(case(), outside(status=status))
    assert (crashed.verdict, crashed.kind, crashed.severity) == (Verdict.CRASHED, Kind.CRASH, Severity.LOW)
    on_the_way = judged(case(), outside(status=400, statuses=(302, status, 302, 400)))
    assert on_the_way.verdict is Verdict.CRASHED
    reported = judged(case("status-responder", "status"), outside(status=status))
    assert reported.verdict is (Verdict.CRASHED if status == 500 else Verdict.REFUSED)


def test_a_login_after_an_error_is_still_a_login():
    """A service that fails on the way and lets in nevertheless has a hole, not a crash."""
    assert judged(case(), inside(statuses=(500, 302, 200))).kind is Kind.HOLE


def test_a_broken_connection_is_a_crash_unless_much_was_sent():
    """Hanging up on megabytes is how servers refuse."""
    small = judged(case(), outside(status=0, statuses=(), broke="the connection broke", sent_bytes=20_000))
    large = judged(case(), outside(status=0, statuses=(), broke="the connection broke", sent_bytes=12_000_000))
    assert (small.verdict, large.verdict) == (Verdict.CRASHED, Verdict.REFUSED)


def test_slow_and_silent_services_are_told():
    """Seconds of work for a refusal are a finding; no answer at all is a worse one."""
    slow = judged(case(), outside(first_seconds=3.5))
    assert (slow.verdict, slow.kind, slow.severity) == (Verdict.REFUSED, Kind.SLOW, Severity.MEDIUM)
    assert judged(case(), outside(first_seconds=2.5)).kind is Kind.NONE
    silent = judged(case(), outside(status=0, statuses=(), broke=NO_ANSWER))
    assert (silent.kind, silent.severity) == (Kind.SLOW, Severity.HIGH)


def test_contradicting_signs_decide_nothing():
    """The last page looks like success, but the protected page does not open."""
    odd = Trace(stop=stop(), door=outside().door)
    assert (judged(case(), odd).verdict, judged(case(), odd).kind) == (Verdict.UNDECIDED, Kind.UNDECIDED)


def test_too_many_requests_are_no_judgement():
    """429 says nothing about the answer."""
    assert judged(case(), outside(status=429)).verdict is Verdict.UNDECIDED
    assert judged(case(), outside(status=403)).verdict is Verdict.REFUSED


def test_what_could_not_begin_or_not_occur_is_told_apart():
    """A login that does not begin is undecided and a finding; a fault without bite is skipped and none."""
    assert judged(case(), lost="the login does not begin").kind is Kind.UNDECIDED
    skipped = judged(case(), unfit="sim-fault-without-bite")
    assert (skipped.verdict, skipped.kind) == (Verdict.SKIPPED, Kind.NONE)


def test_a_replay_needs_an_accepted_first_delivery():
    """Refused from the first on proves nothing; accepted again is a hole, and it says from where."""
    replay = case("replay")
    assert judged(replay, outside(), outside(), outside()).verdict is Verdict.UNDECIDED
    assert judged(replay, inside(), outside(), outside()).verdict is Verdict.REFUSED
    assert judged(replay, inside(), inside(), outside()).detail == "again from another browser"
    assert judged(replay, inside(), outside(), inside()).detail == "again from the same browser"


def test_a_relay_state_that_is_ignored_is_fine_and_one_that_is_followed_is_not():
    """Its answer is sound: logged in is no harm; being led away is."""
    ignored = judged(case("relay-state-address"), inside())
    assert (ignored.verdict, ignored.kind) == (Verdict.ACCEPTED, Kind.NONE)
    away = outside("https://other.example.org/", 0, led_to="https://other.example.org/")
    assert judged(case("relay-state-address"), away).kind is Kind.LED_AWAY
    assert judged(case("tampered"), away).kind is Kind.LED_AWAY
    home = outside(f"{SITE}/", 0, led_to=f"{SITE}/")
    assert judged(case("tampered"), home).kind is Kind.NONE, "honest logins go there, too"
    linked = outside(targets=("javascript:alert(1)",))
    assert judged(case("relay-state-script"), linked).kind is Kind.LED_AWAY
    assert judged(case("relay-state-script"), outside(targets=("javascript:void(0)",))).kind is Kind.NONE


def test_a_script_of_the_answer_on_the_page_is_a_hole():
    """Escaped words are fine."""
    shown = outside(text="<p><script>alert(1)</script></p>")
    assert judged(case("status-message-script", "status"), shown).kind is Kind.LED_AWAY
    escaped = outside(text="<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>")
    assert judged(case("status-message-script", "status"), escaped).kind is Kind.NONE


def test_refusals_before_an_outage_are_doubted_and_holes_are_not():
    """A service that refuses everybody has refused nothing in particular."""
    doubt = doubted(judged(case(), outside()), "the honest login failed afterwards")
    assert (doubt.verdict, doubt.kind) == (Verdict.UNDECIDED, Kind.UNDECIDED)
    hole = judged(case(), inside())
    assert doubted(hole, "the honest login failed afterwards") == hole


def test_every_theme_is_told_in_two_languages_and_every_answer_has_one():
    """Nothing in the catalogue that must be refused falls through to the last theme unless it is a matter of form."""
    assert all(set(text) == {"de", "en"} for theme in THEMES for text in (theme.title, theme.meaning, theme.cure))
    assert len({theme.key for theme in THEMES}) == len(THEMES)
    severe = {"unsigned": "signature", "xsw-3": "wrapping", "level-too-low": "level-low", "replay": "replay"}
    severe |= {"expired": "time", "doctype": "engine", "unsolicited": "solicited", "wrong-recipient": "address"}
    severe |= {"comment-in-value": "text", "comment-in-digest": "foreign", "response-in-response-to-other": "solicited"}
    severe |= {"status-cancelled": "status", "depth-200": "overload", "response-id-empty": "form"}
    assert {name: theme_of(case(name, BROKEN[name].family)).key for name in severe} == severe
    assert theme_of(case("never-heard-of", "wrapping")).key == "wrapping"
    assert theme_of(case("never-heard-of", "never")).key == THEMES[-1].key
    severe_families = ("timing", "status", "engine", "wrapping")
    entries = [one for one in BROKEN.values() if one.family in severe_families]
    assert "form" not in {theme_of(case(entry.name, entry.family)).key for entry in entries}
