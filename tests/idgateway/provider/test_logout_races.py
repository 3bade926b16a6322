"""A logout and a code that is redeemed in the same moment: the application hears of it, or has nothing."""

import pytest
from sqlalchemy import Connection, select, update

from idgateway.store import sessions, tables
from tests.idgateway.conformance.test_rp_initiated_logout import leave
from tests.idgateway.login.world import World


def notices(world: World) -> list[str]:
    with world.app.extensions["gate"].database.read() as connection:
        return list(connection.execute(select(tables.logout_notices.c.client_id)).scalars())


@pytest.mark.parametrize("redeemed", [True, False])
def test_who_redeems_while_a_session_ends_is_told(world: World, monkeypatch: pytest.MonkeyPatch, redeemed: bool):
    """PostgreSQL lets others commit between two statements: a code that was used just then counts. Unused, it does not."""
    person = world.browser()
    hint = person.redeem(person.login("geteilt-b")["code"], "geteilt-b").json["id_token"]
    person.authorize("geteilt-a", prompt="none")  # a code that waits
    end = sessions.end

    def slowly(connection: Connection, sid: str):
        if redeemed:
            others = tables.grants.c.client_id == "geteilt-a"
            connection.execute(update(tables.grants).where(others).values(code_used_at=world.clock.now))
        return end(connection, sid)

    monkeypatch.setattr(sessions, "end", slowly)
    leave(person, id_token_hint=hint)
    assert notices(world) == (["geteilt-a"] if redeemed else [])
