"""Several persons act for one organisation: a new login never carries on what may have been another person's session."""

import pytest
from sqlalchemy import select

from idgateway.store.tables import sessions
from tests.idgateway.login.elsewhere import Account


@pytest.fixture
def log_in_twice(tmp_path, gate_database, keyring, registered):
    """Log in twice in one browser at one account; gives the session's names before and after."""

    def names() -> list[str]:
        with gate_database.read() as connection:
            return list(connection.execute(select(sessions.c.sid)).scalars())

    def twice(profile: str) -> tuple[list[str], list[str]]:
        account = Account(profile, tmp_path, gate_database, keyring, registered)
        person = account.log_in("name-1")
        before = names()
        account.log_in("name-1", person=person, prompt="login")
        return before, names()

    return twice


def test_a_person_who_logs_in_again_keeps_the_sessions_name(log_in_twice):
    """Behind a citizen's account stands one person: the session goes on under its name."""
    before, after = log_in_twice("servicekonto-sh")
    assert len(before) == 1
    assert after == before


def test_an_organisation_that_logs_in_again_begins_anew(log_in_twice):
    """The same organisation, perhaps another person: the old session has ended, and with it its tokens."""
    before, after = log_in_twice("mein-unternehmenskonto")
    assert len(before) == len(after) == 1
    assert after != before
