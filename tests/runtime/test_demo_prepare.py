"""The demo's data folder: complete, coherent, private, and kept when it is prepared again."""

import stat
from datetime import UTC, datetime

import pytest

from idgateway.simulator.settings import SimulatorSettings
from runtime.coherence import contradictions
from runtime.demo.ports import Ports
from runtime.demo.prepare import prepare
from runtime.demo.start import processes
from runtime.demo.town.settings import TownSettings
from runtime.errors import SettingsError
from runtime.settings import load, load_part
from runtime.wiring import gate_app

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def config(tmp_path_factory):
    """A folder prepared once."""
    return prepare(tmp_path_factory.mktemp("demo") / "data", Ports(first=8400), NOW)


def test_the_written_configuration_is_a_real_one(config):
    """The strict reader takes it, nothing in it contradicts, and every file it names is there."""
    settings = load(config)
    assert list(contradictions(settings)) == []
    simulator, town = load_part(config, SimulatorSettings, "simulator"), load_part(config, TownSettings, "town")
    named = [client.jwks_file for client in settings.gate.clients] + [settings.gate.postbox.jwks_file]
    named += [provider.metadata_file for provider in settings.gate.saml] + [town.key_file]
    named += [*simulator.service_providers, *(client.jwks_file for client in simulator.staff_clients)]
    assert [path for path in named if not path.is_file()] == []


def test_the_stand_in_is_another_site(config):
    """Its host differs from everything else's, so that the login's return is cross-site as in real life."""
    town = load_part(config, TownSettings, "town")
    assert town.simulator_url == "http://127.0.0.1:8401"
    assert {town.issuer, town.postbox_url, town.public_url} == {f"http://localhost:840{each}" for each in (0, 2, 3)}


def test_nothing_secret_can_be_read_by_others(config):
    """Keys and their folders belong to us alone."""
    for path in [config.parent / "keys", *(config.parent / "keys").rglob("*")]:
        rights = stat.S_IMODE(path.stat().st_mode)
        assert rights == (0o700 if path.is_dir() else 0o600), path


def test_preparing_again_keeps_the_keys_and_moves_the_ports(tmp_path):
    """``--data`` with another ``--port``: same identity, new addresses, and the gate starts again."""
    now = datetime.now(UTC)
    first = prepare(tmp_path, Ports(first=8400), now)
    gate_app(first)  # keeps its entityID from now on
    before = {path.name: path.read_bytes() for path in (tmp_path / "keys").rglob("*") if path.is_file()}
    second = prepare(tmp_path, Ports(first=8500), now)
    assert before == {path.name: path.read_bytes() for path in (tmp_path / "keys").rglob("*") if path.is_file()}
    assert first == second
    assert load(second).gate.issuer == "http://localhost:8500"
    gate_app(second)
    for account in ("bundid", "mein-unternehmenskonto"):
        ours = (tmp_path / f"peers/gate-at-{account}.xml").read_bytes()
        assert f"http://localhost:8500/saml/{account}/acs".encode() in ours


def test_the_configuration_says_that_it_is_made_anew(tmp_path):
    """A change by hand is lost at the next start, as the first line says."""
    config = prepare(tmp_path, Ports(first=8400), datetime.now(UTC))
    written = config.read_text(encoding="utf-8")
    assert "Made anew by `idgateway demo` at each start: what you change here is lost." in written.splitlines()[0]
    config.write_text(written.replace("Urkundenanforderung", "Anders"), encoding="utf-8")
    assert prepare(tmp_path, Ports(first=8400), datetime.now(UTC)).read_text(encoding="utf-8") == written


def test_every_german_name_of_the_demo_has_its_english(config):
    """Nothing in the table is a name that the configuration does not have."""
    settings = load(config)
    clients = settings.gate.clients
    names = {client.name for client in clients} | {client.purpose for client in clients}
    names |= {town.name for town in settings.gate.authorities} | {one.for_whom for one in settings.gate.saml}
    assert set(settings.english) == names - {""}


def test_one_database_for_both_houses_is_refused(tmp_path):
    """The cure is named; with the placeholder each house gets its own."""
    with pytest.raises(SettingsError, match="share"):
        prepare(tmp_path, Ports(first=8400), NOW, "sqlite:///data/one.db")
    settings = load(prepare(tmp_path, Ports(first=8400), NOW, "sqlite:///data/own-{house}.db"))
    assert settings.gate.database_url.endswith("own-gate.db")
    assert settings.postbox.database_url.endswith("own-postbox.db")


def test_every_process_reads_the_same_configuration(config):
    """Listeners on this machine only, a worker, a mail catcher."""
    children = processes(config, Ports(first=8400))
    assert {child.environment["IDGATEWAY_CONFIG"] for child in children} == {str(config)}
    assert [child.listen for child in children if child.web] == [f"127.0.0.1:840{each}" for each in (0, 1, 2, 3, 5, 7)]
    assert {child.name for child in children} == {
        "gate",
        "simulator",
        "postbox",
        "town",
        "stamps",
        "witness",
        "worker",
        "mail",
    }
