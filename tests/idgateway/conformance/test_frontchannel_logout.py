"""Plan oidcc-frontchannel-rp-initiated-logout: applications that are told in a frame of our logout page."""

import re
from dataclasses import replace
from typing import Any

import pytest

from idgateway.errors import NotConfigured
from idgateway.provider.clients import load_clients
from keys.tokens import verify_token
from tests.idgateway.conformance.test_rp_initiated_logout import confirmed, is_logged_in, leave
from tests.idgateway.login.world import GOODBYE, ISSUER, Person, World, query_of

TOLD = "http://localhost:8083/frontchannel-logout?from=gate"
BACK = re.compile(r'id="back" href="([^"]+)"')


@pytest.fixture
def dialect() -> str:
    """What a page says does not depend on the engine."""
    return "sqlite"


@pytest.fixture
def person(world: World) -> Person:
    """Somebody who is logged in at an application that is told in the browser, with its ID token in ``hint``."""
    clients: Any = world.app.extensions["gate"].clients.configured
    clients["urkunde"] = replace(clients["urkunde"], frontchannel_logout_uri=TOLD)
    someone = world.browser()
    someone.hint = someone.lasting()["id_token"]
    return someone


def frames_of(answer) -> list[str]:
    return [one.replace("&amp;", "&") for one in re.findall(r'<iframe src="([^"]+)"', answer.text)]


def policy_of(answer) -> dict[str, str]:
    parts = (part.strip().partition(" ") for part in answer.headers["Content-Security-Policy"].split(";"))
    return {name: value for name, _, value in parts}


def test_oidcc_frontchannel_logout_discovery_endpoint_verification(world: World):
    """The three things the plan wants said."""
    found = world.browser().get("/.well-known/openid-configuration").json
    assert found["frontchannel_logout_supported"] is True
    assert found["frontchannel_logout_session_supported"] is True
    assert found["end_session_endpoint"] == f"{ISSUER}/logout"


def test_oidcc_frontchannel_rp_initiated_logout(world: World, person: Person):
    """A frame with iss and sid and nothing else of ours, then on to the way back with its state; afterwards nobody is in."""
    sid = verify_token(
        person.hint, person.get("/jwks").json, typ=None, issuer=ISSUER, audience="urkunde", now=world.clock.now
    )["sid"]
    page = leave(person, id_token_hint=person.hint, post_logout_redirect_uri=GOODBYE, state="x y")
    assert page.status_code == 200
    (frame,) = frames_of(page)
    assert query_of(frame) == {"from": "gate", "iss": ISSUER, "sid": sid}
    assert policy_of(page)["frame-src"] == "http://localhost:8083"
    (back,) = BACK.findall(page.text)
    assert (back.partition("?")[0], query_of(back)) == (GOODBYE, {"state": "x y"})
    assert "no-store" in page.headers["Cache-Control"]
    assert not is_logged_in(person)


def test_without_a_frame_nothing_is_in_the_way(world: World):
    """An application that is not told in the browser: the redirect of always, and no frames on any page."""
    person = world.browser()
    hint = person.lasting()["id_token"]
    assert policy_of(leave(person))["frame-src"] == "'none'"
    assert leave(person, id_token_hint=hint, post_logout_redirect_uri=GOODBYE).location == GOODBYE


def test_the_page_says_that_a_browser_may_prevent_it(person: Person):
    """Asked in the browser alone, so nobody knows; told by the back channel as well, nothing is open."""
    page = confirmed(person, leave(person), "everywhere")
    assert len(frames_of(page)) == 1
    assert "Manche Browser verhindern das" in page.text
    assert BACK.findall(page.text) == []
    clients: Any = person.world.app.extensions["gate"].clients.configured
    clients["urkunde"] = replace(clients["urkunde"], backchannel_logout_uri="http://127.0.0.1:1/told")
    person.lasting()
    both = confirmed(person, leave(person), "everywhere")
    assert len(frames_of(both)) == 1
    assert "Manche Browser verhindern das" not in both.text


@pytest.mark.parametrize(
    "address", ["https://elsewhere.example/out", f"{TOLD}#x", "javascript:alert(1)", "https://localhost:8083/out"]
)
def test_a_frame_stays_with_its_application(world: World, address: str):
    """Front-Channel Logout 1.0, 2: scheme, host and port of a registered redirect URI."""
    settings = world.app.extensions["gate"].settings
    first, *others = settings.clients
    load_clients(replace(settings, clients=(replace(first, frontchannel_logout_uri=TOLD), *others)))
    with pytest.raises(NotConfigured, match="frontchannel_logout_uri"):
        load_clients(replace(settings, clients=(replace(first, frontchannel_logout_uri=address), *others)))
