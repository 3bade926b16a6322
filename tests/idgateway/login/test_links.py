"""The link identity ↔ application: pairwise, stored once, with level and evidence; and what the store does not hold."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from idgateway.app import create_app
from idgateway.errors import NotConfigured
from idgateway.provider.clients import load_clients
from idgateway.store import tables
from idgateway.store.expiry import forget_expired
from idgateway.store.identities import links_of
from keys.custody import FileCustody
from keys.keyring import Keyring, Purpose
from runtime.database import Database
from runtime.shell import dress
from tests.idgateway.login.world import NOW, World, settings_in


def test_s7_two_towns_never_see_the_same_identifier(world: World):
    """S7: another sub per authority; the same sub for services of one town and sector, and at every login."""
    person = world.browser()
    town, again = person.told(), person.told(prompt="login")
    sister, neighbour = person.told("wohngeld"), person.told("lorsch")
    assert town["sub"] == again["sub"] == sister["sub"]
    assert neighbour["sub"] != town["sub"]
    assert person.told(said={"subject": "bpk2-of-hans"}, prompt="login")["sub"] != town["sub"]
    assert "bpk2" not in town["sub"]
    assert len(town["sub"]) == 43


def test_s7_a_rotated_key_changes_no_identifier(
    world: World, gate_database: Database, tmp_path: Path, postbox_keyring: Keyring
):
    """S7: the sub is stored with its key id and never computed again; new people get theirs by the new key."""
    from keys.jwk import public_jwks

    custody = FileCustody(tmp_path / "rotating")
    from keys.keyring import GATE_PURPOSES

    old = custody.ensure(GATE_PURPOSES, NOW)
    jwks = public_jwks(postbox_keyring, (Purpose.ADDRESS_ENCRYPTION,), NOW)
    settings = settings_in(tmp_path, world.keys, jwks)

    def gate_with(keyring: Keyring) -> World:
        app = create_app(settings, gate_database, keyring, clock=world.clock, upstreams=world.providers)
        return World(app=dress(app, title="Gate"), clock=world.clock, providers=world.providers, keys=world.keys)

    before = gate_with(old).browser().told()["sub"]
    world.clock.turn(seconds=5)
    custody.rotate(Purpose.DERIVATION, world.clock())
    rotated = gate_with(custody.load())
    world.clock.turn(days=1)
    assert rotated.browser().told()["sub"] == before
    with gate_database.read() as connection:
        accounts = connection.execute(select(tables.accounts)).all()
        (link,) = links_of(connection, accounts[0].id)
    assert len(accounts) == 1
    assert link.key_id == old.current(Purpose.DERIVATION, NOW).kid
    stranger = rotated.browser().told(said={"subject": "new"}, prompt="login")
    assert stranger["sub"] != before


def test_the_link_remembers_level_and_released_names(world: World, gate_database: Database):
    """First and last level, last login, names of what was released; one evidence per login; never a value."""
    person = world.browser()
    person.told(said={"level": 3})
    world.clock.turn(hours=1)
    person.told(prompt="login", scope="openid profile postbox")
    with gate_database.read() as connection:
        rows = connection.execute(select(tables.links)).all()
        evidence = connection.execute(select(tables.evidence).order_by(tables.evidence.c.at)).all()
    (link,) = [row for row in rows if row.sector == "localhost"]
    (postbox,) = [row for row in rows if row.sector == "postbox"]
    assert (link.first_level, link.last_level) == (3, 4)
    assert link.last_login_at == NOW + timedelta(hours=1)
    assert link.last_login_at.utcoffset() == timedelta(0)
    assert "given_name" in link.released
    assert "postbox_address" in link.released
    assert (postbox.authority, postbox.released) == ("", [])
    assert [one.level for one in evidence] == [3, 4]
    assert all(one.link_id == link.id and one.means == "eID" for one in evidence)


def test_a_delivery_address_does_not_touch_the_postboxs_own_link(world: World, gate_database: Database):
    """A town's weaker login names the person to the postbox; what the postbox's own login left stays as it was."""
    person = world.browser()
    person.told("postbox", said={"level": 4}, scope="openid email")
    world.clock.turn(hours=1)
    person.told(scope="openid postbox", said={"level": 3})
    with gate_database.read() as connection:
        (link,) = connection.execute(select(tables.links).where(tables.links.c.sector == "postbox")).all()
    assert (link.last_level, link.released, link.last_login_at) == (4, ["email"], NOW)


def test_the_store_holds_nothing_readable_about_a_person(world: World, gate_database: Database):
    """No name, mail, subject, handle, code, token or cookie stands in clear in any row."""
    person = world.browser()
    back = person.login(scope="openid postbox")
    tokens = person.redeem(back["code"]).json
    session = person.http.get_cookie("__Host-gate", domain="localhost").value
    browser = person.http.get_cookie("__Host-gate-browser", domain="localhost").value
    with gate_database.read() as connection:
        content = b"".join(
            repr(tuple(row)).encode() + b"".join(cell for cell in row if isinstance(cell, bytes))
            for table in tables.metadata.sorted_tables
            for row in connection.execute(select(table))
        )
    assert b"urkunde" in content
    secrets = ["Erika", "Mustermann", "1964-08-12", "erika@example.org", "bpk2-of-erika"]
    for secret in (*secrets, back["code"], tokens["access_token"], session, browser):
        assert secret.encode() not in content, secret


def test_what_has_expired_is_erased(world: World, gate_database: Database):
    """Attempts, codes, tokens, sessions and replay notes go; accounts, links, evidence and pins stay."""
    person = world.browser()
    person.told()
    person.authorize("wohngeld")
    with gate_database.write() as connection:
        assert forget_expired(connection, NOW) == 0
        assert forget_expired(connection, NOW + timedelta(days=1)) > 0
    kept = {"accounts", "links", "evidence", "entity_ids"}
    with gate_database.read() as connection:
        for table in tables.metadata.sorted_tables:
            assert bool(connection.execute(select(table)).all()) is (table.name in kept), table.name


def test_the_gate_tidies_up_by_itself(world: World, gate_database: Database):
    """A login after the pause takes the rubbish out, and keeps what still counts."""
    world.browser().authorize()
    world.clock.turn(hours=12, minutes=31)
    person = world.browser()
    page = person.authorize()
    with gate_database.read() as connection:
        assert len(connection.execute(select(tables.attempts)).all()) == 1
    assert person.answered(page).status_code == 303


def test_an_unfetched_result_is_erased_after_five_minutes(world: World, gate_database: Database):
    """The sealed result does not wait for the attempt's own end."""
    person = world.browser()
    person.answered(person.authorize())

    def results() -> list:
        with gate_database.read() as connection:
            return connection.execute(select(tables.attempts.c.result)).scalars().all()

    assert results() != [None]
    with gate_database.write() as connection:
        forget_expired(connection, NOW + timedelta(minutes=5, seconds=1))
    assert results() == [None]


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"redirect_uris": ("https://a.example/cb", "https://b.example/cb")}, "sector"),
        ({"accounts": ("bundid", "staff")}, "staff"),
        ({"accounts": ()}, "accounts"),
        ({"accounts": ("elster",)}, "accounts"),
        ({"redirect_uris": ()}, "redirect"),
        ({"minimum_level": "medium"}, "medium"),
        ({"jwks_file": None}, "jwks_file"),
        ({"jwks_file": Path("/nowhere/keys.json")}, "JWKS"),
    ],
    ids=str,
)
def test_a_client_that_cannot_be_right_stops_the_start(world: World, change: dict, word: str):
    """S7 and others: a guessed sector, staff among citizens, no key, no level."""
    from dataclasses import replace

    settings = world.app.extensions["gate"].settings
    first, *others = settings.clients
    assert load_clients(settings)["urkunde"].sector == "localhost"
    with pytest.raises(NotConfigured, match=word):
        load_clients(replace(settings, clients=(replace(first, **change), *others)))


def test_a_private_key_among_the_clients_keys_stops_the_start(world: World):
    """Somebody copied the wrong file: we do not want to have it."""
    import json
    from dataclasses import replace

    settings = world.app.extensions["gate"].settings
    first = settings.clients[0]
    first.jwks_file.write_text(json.dumps({"keys": [world.keys["urkunde"].as_dict(private=True)]}))
    with pytest.raises(NotConfigured, match="private"):
        load_clients(replace(settings, clients=(first,)))
