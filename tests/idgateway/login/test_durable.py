"""Durable before acknowledged: what a login gives away is on the disk first, on both engines; before that nothing waits."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from sqlalchemy import Connection, event

from runtime.database import Database
from tests.idgateway.login.world import World, query_of

WAITS, LATER = "waits for the disk", "waits for a later one"


@pytest.fixture
def commits(gate_database: Database) -> Iterator[list[str]]:
    """What each commit does, in the engine's own words at that moment."""
    seen: list[str] = []

    def note(connection: Connection) -> None:
        if connection.get_execution_options().get("postgresql_readonly"):
            return  # there, one pool serves both
        asked = "SHOW synchronous_commit" if gate_database.dialect == "postgresql" else "PRAGMA synchronous"
        told = str(connection.exec_driver_sql(asked).scalar_one())
        seen.append({"on": WAITS, "2": WAITS, "off": LATER, "1": LATER}[told])

    event.listen(gate_database._writer, "commit", note)
    yield seen
    event.remove(gate_database._writer, "commit", note)


def taken(commits: list[str]) -> list[str]:
    """What was committed since the last look."""
    found = list(commits)
    commits.clear()
    return found


def test_code_and_tokens_wait_for_the_disk_and_what_leads_to_them_does_not(world: World, commits: list[str]):
    """A power cut may forget that somebody set out or that an account answered, never a code, its end or a token's."""
    person = world.browser()
    person.login()
    commits.clear()
    page = person.authorize(prompt="login")
    assert taken(commits) == [LATER]
    there = person.answered(page)
    assert taken(commits) == [LATER]
    back = person.past_the_page(person.get(urlsplit(there.location).path))
    assert set(taken(commits)) == {WAITS}
    tokens = person.redeem(query_of(back.location)["code"])
    assert (tokens.status_code, taken(commits)) == (200, [WAITS])


def test_what_is_taken_back_or_comes_twice_is_on_the_disk_before_it_is_said(world: World, commits: list[str]):
    """A revocation, a second use of a code, a pushed request, a logout."""
    person = world.browser()
    code = person.login()["code"]
    token = person.redeem(code).json["access_token"]
    commits.clear()
    assert person.call("/revoke", "urkunde", {"token": token, **person.proof()}).status_code == 200
    assert set(taken(commits)) == {WAITS}
    assert person.redeem(code).json["error"] == "invalid_grant"
    assert set(taken(commits)) == {WAITS}
    assert person.push().status_code == 201
    assert set(taken(commits)) == {WAITS}
