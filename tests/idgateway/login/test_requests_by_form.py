"""An authorization request by form comes from another site, and so without our cookies (OIDC Core 3.1.2.1, SameSite)."""

from urllib.parse import urlsplit

from tests.idgateway.login.world import ISSUER, Person, World, query_of

COOKIE = "__Host-gate-browser"


def foreign_form(world: World, person: Person, **given: str) -> str:
    """A form on another site, sent in this person's browser; gives where it leads. Cookies set on the way are kept."""
    without = world.browser()
    answer = without.post("/authorize", data=given)
    for cookie in (COOKIE, "__Host-gate"):
        if planted := without.http.get_cookie(cookie, domain="localhost"):
            person.http.set_cookie(cookie, planted.value, domain="localhost", secure=True)
    assert answer.status_code == 303, answer.text
    return answer.location


def resumed(person: Person, answer) -> str:
    """Where the one-time address leads."""
    return person.get(urlsplit(answer.location).path).location or ""


def test_s2_a_foreign_form_ends_no_login_that_is_open(world: World):
    """Some site sends a form to us while a login is open: that login arrives all the same."""
    person = world.browser()
    page = person.authorize(state="mine")
    before = person.http.get_cookie(COOKIE, domain="localhost").value
    foreign_form(world, person, **person.request_of(state="theirs"), account="bundid")
    assert person.http.get_cookie(COOKIE, domain="localhost").value == before
    assert query_of(resumed(person, person.answered(page)))["state"] == "mine"


def test_a_request_by_form_leads_to_its_own_login(world: World):
    """The twin: the browser comes back with its cookies and without the request in the address, and logs in."""
    person = world.browser()
    where = foreign_form(world, person, **person.request_of(state="by-form", login_hint="erika@example.org"))
    assert where.startswith(f"{ISSUER}/authorize?")
    assert set(query_of(where)) == {"client_id", "request_uri"}
    page = person.get(where.removeprefix(ISSUER))
    back = query_of(resumed(person, person.answered(page)))
    assert back["state"] == "by-form"
    assert person.redeem(back["code"]).status_code == 200


def test_a_fresh_login_serves_a_request_by_form_too(world: World):
    """It was blind to the session before: now the form is answered like a link, silently where that was asked."""
    person = world.browser()
    person.login()
    where = foreign_form(world, person, **person.request_of(prompt="none"))
    assert "code" in query_of(person.get(where.removeprefix(ISSUER)).location)
    stranger = world.browser()
    where = foreign_form(world, stranger, **stranger.request_of(prompt="none"))
    assert query_of(stranger.get(where.removeprefix(ISSUER)).location)["error"] == "login_required"


def test_a_pushed_request_stays_the_one_it_is(world: World):
    """Sent on by form, it is still used up by its one login (RFC 9126 7.1)."""
    person = world.browser()
    reference = person.push().json["request_uri"]
    where = foreign_form(world, person, client_id="urkunde", request_uri=reference)
    assert query_of(where)["request_uri"] == reference
    assert "code" in query_of(resumed(person, person.answered(person.get(where.removeprefix(ISSUER)))))
    assert "request-used" in person.open(reference).text
