"""The end of an application: for the operator and for itself (RFC 7592 2.3), on both engines."""

from urllib.parse import urlsplit

import pytest
from sqlalchemy import select

from idgateway.errors import NotConfigured
from idgateway.provider.registry import content_of
from idgateway.registration import administration
from idgateway.store import clients, tables
from idgateway.store.clients import ClientRow
from runtime.database import Database
from tests.idgateway.login.world import CALLBACK, ISSUER, SECRETS, Person, World, query_of
from tests.idgateway.provider.test_registry import newcomer, settings_of
from tests.idgateway.registration.applicant import Applicant, metadata


def told(database: Database) -> list[str]:
    """Whom the outbox is to tell of a logout."""
    with database.read() as connection:
        return list(connection.execute(select(tables.logout_notices.c.client_id)).scalars())


def redeemed(person: Person, code: str) -> dict:
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK, "client_id": "neu"}
    proof = {"code_verifier": person.verifier, "client_secret": SECRETS["post"][0]}
    return person.post("/token", data={**form, **proof}).json


def code_of(person: Person, client_id: str) -> str:
    return query_of(person.authorize(client_id, prompt="none", scope="openid").location)["code"]


def test_who_shared_a_removed_applications_sessions_is_told(world: World, gate_database: Database):
    """The session it opened ends for all who took part: their tokens, and a word in the outbox; none for itself.

    What others opened goes on, with nothing in it for the one that is gone.
    """
    settings = settings_of(world)
    own = {"shares_login": True, "backchannel_logout_uri": "http://127.0.0.1:1/told"}
    administration.add(gate_database, settings, newcomer(**own), world.clock.now)
    guest, host = world.browser(), world.browser()
    redeemed(guest, guest.login("neu")["code"])
    shared = guest.redeem(code_of(guest, "geteilt-a"), "geteilt-a").json
    kept = host.redeem(host.login("geteilt-a")["code"], "geteilt-a").json
    visiting = redeemed(host, code_of(host, "neu"))
    for tokens in (shared, kept, visiting):
        assert host.userinfo(tokens["access_token"]).status_code == 200
    administration.remove(gate_database, settings, "neu", world.clock.now)
    assert told(gate_database) == ["geteilt-a"]
    assert [host.userinfo(one["access_token"]).status_code for one in (shared, visiting, kept)] == [401, 401, 200]
    assert query_of(guest.authorize("geteilt-a", prompt="none").location)["error"] == "login_required"
    assert code_of(host, "geteilt-a")


def test_a_removed_applications_consents_end(world: World, gate_database: Database):
    """Whoever gets its id later asks anew; what others were allowed stays."""
    settings, person = settings_of(world), world.browser()
    administration.add(gate_database, settings, newcomer(consent="ask"), world.clock.now)
    person.login("neu")
    person.login("einsicht")
    administration.remove(gate_database, settings, "neu", world.clock.now)
    with gate_database.read() as connection:
        ended = dict(connection.execute(select(tables.consents.c.client_id, tables.consents.c.ended_by)).all())
    assert ended == {"neu": "removed", "einsicht": None}
    world.clock.turn(seconds=6)
    administration.add(gate_database, settings, newcomer(consent="ask"), world.clock.now)
    there = person.answered(person.authorize("neu"))
    assert 'name="decision"' in person.get(urlsplit(there.location).path).text


def test_an_application_that_removes_itself_takes_everything_along(applicant: Applicant, gate_database: Database):
    """RFC 7592 2.3: its tokens open nothing any more, no session is left, and its consents have ended."""
    made = applicant.register().json
    applicant.told(made)
    with gate_database.read() as connection:
        assert len(connection.execute(select(tables.sessions)).all()) == 1
    assert applicant.manage("delete", made).status_code == 204
    with gate_database.read() as connection:
        assert connection.execute(select(tables.sessions)).all() == []
        assert set(connection.execute(select(tables.consents.c.ended_by)).scalars()) == {"removed"}
        assert None not in set(connection.execute(select(tables.grants.c.revoked_at)).scalars())


def test_removing_a_configured_application_ends_nothing(world: World, gate_database: Database):
    """It is changed where it stands, and until then its people stay logged in."""
    person = world.browser()
    tokens = person.redeem(person.login()["code"]).json
    with pytest.raises(NotConfigured, match="change it there"):
        administration.remove(gate_database, settings_of(world), "urkunde", world.clock.now)
    assert person.userinfo(tokens["access_token"]).status_code == 200
    assert code_of(person, "urkunde")


def test_removing_what_a_configured_one_stands_before_ends_nothing(world: World, gate_database: Database):
    """A stored one of the same id that the configuration has taken over goes; the configured one's logins stay."""
    person, now = world.browser(), world.clock.now
    tokens = person.redeem(person.login()["code"]).json
    row = ClientRow(
        client_id="urkunde", registration=content_of(newcomer("urkunde")), bounds=None, token_hash=None,
        created_at=now, changed_at=now,
    )  # fmt: skip
    with gate_database.write() as connection:
        clients.add(connection, row)
    administration.remove(gate_database, settings_of(world), "urkunde", now)
    with gate_database.read() as connection:
        assert clients.find(connection, "urkunde") is None
    assert person.userinfo(tokens["access_token"]).status_code == 200
    assert code_of(person, "urkunde")


@pytest.mark.parametrize("decision", ["agreed", "refused"])
@pytest.mark.parametrize("taken_out", ["nothing", "the redirect URI", "the application"])
def test_a_login_under_way_does_not_lead_where_nobody_is_registered_any_more(
    applicant: Applicant, taken_out: str, decision: str
):
    """RFC 9700 2.1 at the end, too: neither a code nor an error goes to a redirect URI that was taken out meanwhile."""
    made = applicant.register(redirect_uris=[CALLBACK]).json
    person = applicant.world.browser()
    there = person.answered(person.authorize(made["client_id"], account="bundid"))
    page = person.get(there.location.removeprefix(ISSUER))
    assert page.status_code == 200
    if taken_out == "the application":
        assert applicant.manage("delete", made).status_code == 204
    elif taken_out == "the redirect URI":
        moved = {**metadata(), "client_id": made["client_id"], "redirect_uris": [f"{CALLBACK}/elsewhere"]}
        assert applicant.manage("put", made, moved).status_code == 200
    back = person.past_the_page(page, decision)
    if taken_out == "nothing":
        assert (back.status_code, back.location.startswith(CALLBACK)) == (303, True)
        return
    code = "unknown-client" if taken_out == "the application" else "redirect-not-registered"
    assert (back.status_code, code in back.text, "Location" in back.headers) == (400, True, False)
    again = person.get(there.location.removeprefix(ISSUER))
    assert (again.status_code, "attempt-used" in again.text) == (400, True)
