"""What a login that is still fresh may be reused for, and that a logout in the same moment wins (catalogue S4, S19)."""

from dataclasses import replace

import pytest

from idgateway import linking
from tests.idgateway.conformance.test_rp_initiated_logout import is_logged_in, leave
from tests.idgateway.login.world import Person, World, query_of


def offer(world: World, client_id: str, *accounts: str) -> None:
    """Register an application with other accounts."""
    clients = world.app.extensions["gate"].clients.configured
    clients[client_id] = replace(clients[client_id], accounts=accounts)


def test_a_shared_login_counts_only_by_an_account_the_other_application_offers(world: World):
    """Two applications share a login; who logged in by an account that one of them does not offer is a stranger there."""
    offer(world, "geteilt-b", "bayernid", "staff")
    person = world.browser()
    person.lasting("geteilt-a")
    assert not is_logged_in(person, "geteilt-b")
    offer(world, "geteilt-b", "bayernid", "bundid")
    assert is_logged_in(person, "geteilt-b")


def test_staff_never_appear_as_citizens_by_a_shared_login(world: World):
    """An office's own login opens no service for citizens, although both share logins and the choice is still open."""
    offer(world, "geteilt-a", "staff")
    offer(world, "geteilt-b", "bundid", "bayernid")
    clerk = world.browser()
    clerk.lasting("geteilt-a", account="staff")
    assert is_logged_in(clerk, "geteilt-a")
    assert not is_logged_in(clerk, "geteilt-b")


@pytest.mark.parametrize("logged_out", [True, False])
def test_a_logout_that_was_faster_leaves_no_code_behind(
    world: World, monkeypatch: pytest.MonkeyPatch, logged_out: bool
):
    """The session was read, then it ended, then the code would be stored: it is not. Without the logout it is."""
    person, tab = world.browser(), world.browser()
    hint = person.lasting()["id_token"]
    prepare = linking.prepare

    def slowly(*given, **named):
        if logged_out:
            monkeypatch.setattr(linking, "prepare", prepare)
            leave(tab, id_token_hint=hint)
        return prepare(*given, **named)

    monkeypatch.setattr(linking, "prepare", slowly)
    answer = query_of(silent(person))
    assert ("code" in answer) != logged_out
    assert answer.get("error", "") == ("login_required" if logged_out else "")


def silent(person: Person) -> str:
    return person.authorize(prompt="none").location
