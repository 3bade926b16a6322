"""How a login is told from a refusal: only by signs that proved right, never by a guess."""

import pytest

from idgateway.sp_check.errors import CheckVoid
from idgateway.sp_check.evidence import Sent, Trace, common_place, place_of, shown
from idgateway.sp_check.signs import Wanted, calibrate, door_of
from tests.idgateway.sp_check.seen import ME, SITE, inside, outside, stop

NAMES = ("Mustermann", "MALLORY")


def test_one_time_parts_of_an_address_are_found_and_query_values_ignored():
    """Two honest logins show what varies; names of the query count, their values do not."""
    place = common_place(f"{SITE}/case/17/form?code=a", f"{SITE}/case/18/form?code=b")
    assert place.shown == f"{SITE}/case/*/form"
    assert place.fits(f"{SITE}/case/99/form?code=c")
    assert not place.fits(f"{SITE}/case/99/form?error=c")
    assert not place.fits(f"{SITE}/case/99/other?code=c")
    assert not place.fits("https://elsewhere.test/case/99/form?code=c")
    assert common_place(f"{SITE}/a", f"{SITE}/a/b") is None
    assert place_of(SITE).fits(f"{SITE}/")


def test_addresses_are_shown_without_what_may_be_a_one_time_code():
    """Neither query nor fragment nor script."""
    assert shown(f"{SITE}/callback?code=secret#x") == f"{SITE}/callback"
    assert shown("javascript:alert(1)") == "javascript:"


def test_the_door_is_where_honest_logins_end_if_it_can_be_opened_again():
    """No one-time part, no query."""
    assert door_of(stop(), stop()) == ME
    assert door_of(stop(f"{SITE}/me?code=1"), stop(f"{SITE}/me?code=2")) == ""
    assert door_of(stop(f"{SITE}/1"), stop(f"{SITE}/2")) == ""
    assert door_of(stop(status=0, led_to=ME), stop(status=0, led_to=ME)) == ""


def test_landing_and_door_tell_a_login():
    """Both strong; a refused login is told from it, and so is one that begins anew."""
    signs = calibrate((inside(), inside()), (outside(),), NAMES, Wanted())
    assert {sign.key for sign in signs.kept if sign.strong} == {"landing", "door"}
    assert signs.logged_in(inside()) is True
    assert signs.logged_in(outside()) is False
    again = Sent(method="POST", url=ME, fields=())
    assert signs.logged_in(Trace(stop=stop(handed=again), door=outside().door)) is False
    assert not signs.only_weak


def test_a_sign_that_a_refused_login_shows_is_no_sign():
    """The service lands everybody on the same address; what remains is the cookie, and the report says it is weak."""
    sound = Trace(stop=stop(), cookies=frozenset({"session", "visit"}))
    other = Trace(stop=stop(), cookies=frozenset({"visit"}))
    signs = calibrate((sound, sound), (other,), NAMES, Wanted())
    assert [sign.key for sign in signs.kept] == ["cookie"]
    assert "session" in signs.words[0]["en"]
    assert "visit" not in signs.words[0]["en"]
    assert signs.only_weak
    assert (signs.logged_in(sound), signs.logged_in(other)) == (True, False)


def test_the_persons_name_is_a_hint_that_keeps_from_a_wrong_refusal():
    """A refused-looking page that greets the person, or the forged one, is undecided."""
    greeting = stop(text="<p>Welcome, Erika MUSTERMANN</p>")
    sound = Trace(stop=greeting, door=stop())
    signs = calibrate((sound, sound), (outside(),), NAMES, Wanted())
    refused = outside()
    greeted = Trace(stop=stop(f"{SITE}/acs", 400, title="Refused", text="Hello Mallory"), door=refused.door)
    assert signs.logged_in(refused) is False
    assert signs.logged_in(greeted) is None


def test_where_nothing_differs_nothing_is_guessed():
    """Void, with the page and the cure."""
    same = Trace(stop=stop())
    with pytest.raises(CheckVoid, match="“Account”") as told:
        calibrate((same, same), (same,), NAMES, Wanted())
    assert "--success-cookie" in told.value.cure


def test_what_is_named_replaces_what_was_guessed():
    """All that is named has to hold; what holds for everybody or nobody is refused."""
    signs = calibrate((inside(), inside()), (outside(),), NAMES, Wanted(url="/me", cookie="session"))
    assert {sign.key for sign in signs.kept} == {"url", "cookie"}
    assert signs.logged_in(Trace(stop=stop())) is None
    with pytest.raises(CheckVoid, match="without a login, too"):
        calibrate((inside(), inside()), (outside(),), NAMES, Wanted(url="service.test"))
    with pytest.raises(CheckVoid, match="does not hold after an honest login"):
        calibrate((inside(), inside()), (outside(),), NAMES, Wanted(text="Goodbye"))
