"""The entityID or issuer of the first start is the one: on both engines, for each account by itself, and for good."""

from dataclasses import replace

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from idgateway.app import create_app
from idgateway.errors import NotConfigured
from idgateway.settings import GateSettings, OidcProvider, SamlProvider
from idgateway.store.pins import pin_entity_ids, pinned_entity_ids
from idgateway.store.tables import metadata
from runtime.database import Database
from tests.idgateway.login.world import ISSUER, NOW, Clock
from tests.runtime.saml import metadata as saml_metadata

FIRST, OTHER = "https://gate.town.example/saml", "https://gate.other.example/saml"


def test_the_migrations_bring_a_database_to_exactly_the_tables(gate_database: Database):
    """Nothing is missing in the migrations and nothing is left over."""
    with gate_database.read() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": "alembic_version_gate"})
        assert compare_metadata(context, metadata) == []


@pytest.fixture
def settings(tmp_path) -> GateSettings:
    """A gate with two SAML accounts."""
    file = tmp_path / "metadata.xml"
    file.write_bytes(saml_metadata("https://id.example", "id.example", ends=NOW.replace(year=2030)))
    providers = tuple(
        SamlProvider(name=name, title=name, metadata_file=file, entity_id=FIRST) for name in ("bundid", "bayernid")
    )
    return GateSettings(issuer=ISSUER, keys_directory=tmp_path, database_url="", saml=providers)


def start(settings: GateSettings, database: Database, keyring, **entity_ids: str) -> None:
    """Start the gate with these entityIDs in the configuration."""
    saml = tuple(replace(one, entity_id=entity_ids.get(one.name, FIRST)) for one in settings.saml)
    create_app(replace(settings, saml=saml), database, keyring, clock=Clock())


def kept(database: Database) -> dict[str, str]:
    with database.read() as connection:
        return pinned_entity_ids(connection)


def test_a_second_start_with_the_same_entity_id_is_a_start(settings, gate_database, keyring):
    """The first start keeps it; the second finds it."""
    start(settings, gate_database, keyring)
    assert kept(gate_database) == {"bundid": FIRST, "bayernid": FIRST}
    start(settings, gate_database, keyring)


def test_another_entity_id_is_refused_with_cause_and_cure(settings, gate_database, keyring):
    """One account's change stops the start, says what would happen and what to put back, and changes nothing."""
    start(settings, gate_database, keyring)
    with pytest.raises(NotConfigured, match=f"bayernid.*{OTHER}.*bPK2 would change.*Put {FIRST} back") as refused:
        start(settings, gate_database, keyring, bayernid=OTHER)
    assert refused.value.code == "entity-id-changed"
    assert kept(gate_database)["bayernid"] == FIRST
    start(settings, gate_database, keyring)


def test_a_start_that_fails_pins_nothing(settings, gate_database, keyring):
    """An entityID that BundID would refuse does not become the one for good."""
    with pytest.raises(Exception, match="https URL without port"):
        start(settings, gate_database, keyring, bundid="https://gate.town.example:8443/saml")
    assert kept(gate_database) == {}
    start(settings, gate_database, keyring)


def test_an_account_that_comes_later_is_pinned_when_it_comes(settings, gate_database, keyring):
    """And one that is left out for a while keeps its pin."""
    both = settings.saml
    start(replace(settings, saml=both[:1]), gate_database, keyring)
    assert kept(gate_database) == {"bundid": FIRST}
    start(replace(settings, saml=both[1:]), gate_database, keyring, bayernid=OTHER)
    assert kept(gate_database) == {"bundid": FIRST, "bayernid": OTHER}
    with pytest.raises(NotConfigured, match="bundid"):
        start(replace(settings, saml=both[:1]), gate_database, keyring, bundid=OTHER)


def test_of_two_first_starts_one_is_first(gate_database):
    """What stands stays, also for a process that saw the table empty."""
    for entity_id in (FIRST, OTHER):
        with gate_database.write() as connection:
            pin_entity_ids(connection, {"bundid": entity_id}, NOW)
    assert kept(gate_database) == {"bundid": FIRST}


def account(issuer: str, name: str = "konto") -> OidcProvider:
    return OidcProvider(name=name, title=name, issuer=issuer, client_id="x", level="high", id_token_algorithm="ES256")


def test_another_issuer_is_refused_with_cause_and_cure(settings, gate_database, keyring):
    """The same sub at another issuer is another person: only an account of another name may have it."""
    first, other = "https://konto.land.example", "https://konto.other.example"
    start(replace(settings, oidc=(account(first),)), gate_database, keyring)
    assert kept(gate_database)["konto"] == first
    with pytest.raises(NotConfigured, match=rf"gate\.oidc konto.*{other}.*Put {first} back") as refused:
        start(replace(settings, oidc=(account(other),)), gate_database, keyring)
    assert refused.value.code == "issuer-changed"
    start(replace(settings, oidc=(account(first), account(other, "anderes"))), gate_database, keyring)


def test_an_account_cannot_change_its_protocol(settings, gate_database, keyring):
    """A name that meant a SAML account means no OpenID Connect one: their identifiers are of two worlds."""
    start(settings, gate_database, keyring)
    with pytest.raises(NotConfigured, match=r"gate\.oidc bundid"):
        start(
            replace(settings, saml=(), oidc=(account("https://konto.land.example", "bundid"),)), gate_database, keyring
        )


def test_a_demo_may_move_its_port(settings, gate_database, keyring):
    """An issuer on the loopback is not for good."""
    for port in (8081, 9081):
        issuer = f"http://127.0.0.1:{port}/staff"
        start(replace(settings, oidc=(account(issuer, "staff"),)), gate_database, keyring)
    assert "staff" not in kept(gate_database)
