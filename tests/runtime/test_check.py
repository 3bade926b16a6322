"""``check``: a sound installation is sound; each flaw is found, with cause and cure."""

import json
import shutil
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from lxml import etree

from idgateway.simulator.identity import prepare
from runtime.cli import main
from runtime.errors import PartMissing, SettingsError
from runtime.inspection import machine, parts
from runtime.inspection.standin import refuse_stand_in
from runtime.settings import load
from runtime.wiring import gate_app
from tests.runtime.saml import metadata

NOW = datetime.now(UTC)


def check(folder: Path, capsys: pytest.CaptureFixture) -> tuple[int, list[dict]]:
    """Exit code and findings."""
    capsys.readouterr()
    code = main(["check", "--json", "--config", str(folder / "config.toml")])
    return code, json.loads(capsys.readouterr().out)


def test_a_sound_installation_is_sound(installation: Path, capsys):
    """Nothing is wrong; clock, trusted list and malware scanner are the operator's to see to, and say so."""
    code, findings = check(installation, capsys)
    assert code == 0
    left = {"clock", "evidence", "trust in seals", "malware scanner"}
    assert {found["subject"] for found in findings if found["verdict"] != "good"} <= left
    assert {"database of the gate", "keys of the postbox", "gate.saml bundid", "documents", "postbox.smtp"} <= {
        found["subject"] for found in findings
    }


def edit(folder: Path, old: str, new: str) -> None:
    path = folder / "config.toml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def write_metadata(folder: Path, base_url: str, name: str, days: int) -> None:
    known = metadata(base_url, name, ends=NOW + timedelta(days=days))
    (folder / "peers/bundid-metadata.xml").write_bytes(known)


def use_the_stand_in(folder: Path) -> None:
    """The stand-in's real metadata, but under an address that is not on the loopback."""
    prepare(folder / "stand-in", "https://id.bund.example")
    shutil.copy(folder / "stand-in/idp-metadata.xml", folder / "peers/bundid-metadata.xml")


def use_a_secret(folder: Path, rights: int | None) -> None:
    """The staff's provider knows no keys, only a secret; without rights there is no file."""
    edit(folder, "staff = true\n", 'staff = true\nclient_secret_file = "secrets/staff"\n')
    if rights is not None:
        (folder / "secrets/staff").write_text("geheim")
        (folder / "secrets/staff").chmod(rights)


def publish_a_private_key(folder: Path) -> None:
    path = folder / "peers/urkunde-online-jwks.json"
    jwks = json.loads(path.read_text())
    jwks["keys"][0]["d"] = "c2VjcmV0"
    path.write_text(json.dumps(jwks))


def remove_a_key(folder: Path) -> None:
    next((folder / "keys/postbox").glob("receipt-signing*")).unlink()


def find_damage(folder: Path) -> None:
    """What the self-audit writes down when a stored document is not what it was."""
    row = "1, '2026-11-20 01:00:00', ?, 'ntc_z', 2, 2, 6, 6, ?, NULL"
    with sqlite3.connect(folder / "data/postbox.db") as connection:
        ended = NOW.replace(tzinfo=None).isoformat(" ")
        connection.execute(f"INSERT INTO audits VALUES ({row})", (ended, '[["ntc_a", "document-altered"]]'))


FLAWS = {
    "a self-audit that found damage": (find_damage, "self-audit", "backups"),
    "loose key folder": (lambda f: (f / "keys/gate").chmod(0o750), "keys of the gate", "chmod 700"),
    "loose key file": (
        lambda f: next((f / "keys/gate").glob("*.key.json")).chmod(0o640),
        "keys of the gate",
        "chmod 600",
    ),
    "no keys": (lambda f: shutil.rmtree(f / "keys/gate"), "keys of the gate", "keys create"),
    "a purpose without key": (remove_a_key, "keys of the postbox", "receipt-signing"),
    "stand-in by certificate": (use_the_stand_in, "gate.saml bundid", "stand-in"),
    "stand-in by address": (
        lambda f: write_metadata(f, "http://127.0.0.1:8081", "harmless", 400),
        "gate.saml bundid",
        "stand-in",
    ),
    "staff stand-in": (
        lambda f: edit(f, 'issuer = "https://login.viernheim.example"', 'issuer = "http://127.0.0.1:8081/staff"'),
        "gate.oidc staff",
        "loopback",
    ),
    "demo part": (lambda f: edit(f, "[server]", "[simulator]\nx = 1\n[server]"), "[simulator]", "demo"),
    "ended certificate": (
        lambda f: write_metadata(f, "https://id.bund.example", "x", -3),
        "gate.saml bundid",
        "every login is refused",
    ),
    "no metadata": (lambda f: (f / "peers/bundid-metadata.xml").unlink(), "gate.saml bundid", "metadata"),
    "broken metadata": (
        lambda f: (f / "peers/bundid-metadata.xml").write_text("<html/>"),
        "gate.saml bundid",
        "metadata",
    ),
    "private key published": (publish_a_private_key, "client urkunde-online", "private key"),
    "no public keys": (
        lambda f: (f / "peers/urkunde-online-jwks.json").write_text('{"keys": []}'),
        "client urkunde-online",
        "holds no key",
    ),
    "no JWK Set": (
        lambda f: (f / "peers/postbox-jwks.json").write_text("[]"),
        "gate.postbox",
        "no JWK Set",
    ),
    "no database": (lambda f: (f / "data/gate.db").unlink(), "database of the gate", "migrate --only gate"),
    "empty database": (
        lambda f: (f / "data/postbox.db").write_bytes(b""),
        "database of the postbox",
        "not at the newest version",
    ),
    "broken database": (
        lambda f: (f / "data/postbox.db").write_bytes(b"no database at all" * 400),
        "database of the postbox",
        "does not answer",
    ),
    "no server": (
        lambda f: edit(f, "sqlite:///data/gate.db", "postgresql://gate:geheim@127.0.0.1:1/gate"),
        "database of the gate",
        "does not answer",
    ),
    "no folder for letters": (
        lambda f: edit(f, "objects_directory", 'letters_directory = "data/letters"\nobjects_directory'),
        "letters",
        "missing",
    ),
    "no folder for documents": (lambda f: (f / "data/documents").rmdir(), "documents", "missing"),
    "readable password": (lambda f: (f / "secrets/smtp").chmod(0o644), "postbox.smtp", "chmod 600"),
    "no password": (lambda f: (f / "secrets/smtp").unlink(), "postbox.smtp", "cannot be read"),
    "readable client secret": (lambda f: use_a_secret(f, 0o644), "gate.oidc staff", "chmod 600"),
    "no client secret": (lambda f: use_a_secret(f, None), "gate.oidc staff", "cannot be read"),
    "scope without its grant": (
        lambda f: edit(f, '"notices:write", "recipients:write"]', '"notices:write", "offline_access"]'),
        "client urkunde-online",
        "refresh_token and scope offline_access",
    ),
    "open line for logouts": (
        lambda f: edit(f, 'backchannel_logout_uri = "https:', 'backchannel_logout_uri = "http:'),
        "client urkunde-online",
        "backchannel_logout_uri",
    ),
    "contradiction": (lambda f: edit(f, 'land = "HE"', 'land = "XX"'), "authority 064310020020", "no Land"),
}


@pytest.mark.parametrize("flaw", FLAWS)
def test_each_flaw_is_found_with_cause_and_cure(installation: Path, capsys, flaw: str):
    """The finding names the subject, says what is wrong and what to do, and the exit code is 1."""
    spoil, subject, says = FLAWS[flaw]
    spoil(installation)
    code, findings = check(installation, capsys)
    assert code == 1
    bad = [found for found in findings if found["verdict"] == "wrong"]
    assert subject in {found["subject"] for found in bad}
    named = [found for found in bad if found["subject"] == subject]
    assert any(says in found["cause"] + found["cure"] for found in named), named
    assert all(found["cause"] and found["cure"] for found in bad)
    assert "geheim" not in json.dumps(findings)


def test_a_private_client_secret_is_sound(installation: Path, capsys):
    """The same secret, readable by its user alone."""
    use_a_secret(installation, 0o600)
    code, findings = check(installation, capsys)
    assert code == 0
    assert "gate.oidc staff" in {found["subject"] for found in findings if found["verdict"] == "good"}


def test_a_proxy_that_nobody_declared_is_a_warning(installation: Path, capsys):
    """Behind it all visitors seem to come from one address; declared, it is looked at and sound."""
    code, findings = check(installation, capsys)
    (found,) = [one for one in findings if one["subject"] == "limits.trusted_proxies"]
    assert found["verdict"] == "good"
    edit(installation, "trusted_proxies = 1", "trusted_proxies = 0")
    code, findings = check(installation, capsys)
    (found,) = [one for one in findings if one["subject"] == "limits.trusted_proxies"]
    assert (code, found["verdict"]) == (0, "warning")
    assert "X-Forwarded-For" in found["cure"]


def test_a_certificate_that_ends_soon_is_a_warning(installation: Path, capsys):
    """Ten days before the end the installation still works, and says so."""
    write_metadata(installation, "https://id.bund.example", "x", 10)
    code, findings = check(installation, capsys)
    assert code == 0
    assert "ends on" in next(found["cause"] for found in findings if found["subject"] == "gate.saml bundid")


def test_a_postbox_without_its_way_back_is_a_warning(installation: Path, capsys):
    """The gate would keep whoever logs out there; check names the address to register."""
    assert check(installation, capsys)[0] == 0
    back = "https://postfach.viernheim.example/casework/start?ended=yes"
    edit(installation, f'post_logout_redirect_uris = ["{back}"]\n', "")
    code, findings = check(installation, capsys)
    assert code == 0
    (found,) = (one for one in findings if one["verdict"] == "warning" and one["subject"] == "client postbox-casework")
    assert back in found["cure"]


def test_claims_that_no_scope_brings_are_a_warning(installation: Path, capsys):
    """Agreed, but asked for by the claims parameter alone; with the scope, the twin, nothing is said."""
    told = lambda findings: [one for one in findings if "claims parameter" in one["cause"]]  # noqa: E731
    assert told(check(installation, capsys)[1]) == []
    edit(
        installation, 'scopes = ["openid", "profile", "address", "postbox"', 'scopes = ["openid", "address", "postbox"'
    )
    code, findings = check(installation, capsys)
    (found,) = told(findings)
    assert (code, found["verdict"], found["subject"]) == (0, "warning", "client urkunde-online")
    assert all(claim in found["cause"] for claim in ("given_name", "birthdate"))
    assert "address" not in found["cause"]
    assert '"profile"' in found["cure"]


def test_refresh_tokens_can_be_agreed(installation: Path, capsys):
    """Grant and scope together are a sound registration."""
    edit(installation, '"authorization_code", "client_credentials"]', '"authorization_code", "refresh_token"]')
    edit(installation, '"notices:write", "recipients:write"]', '"offline_access"]')
    code, findings = check(installation, capsys)
    assert (code, [found for found in findings if found["verdict"] == "wrong"]) == (0, [])


def test_settings_of_an_account_are_told_once_with_their_own_cure(installation: Path, capsys):
    """A word that is no profile is nothing that other metadata would mend."""
    edit(installation, 'request_signature = "rsa-sha256"', 'request_signature = "rsa-sha256"\nprofile = "bund"')
    code, findings = check(installation, capsys)
    assert code == 1
    (found,) = (one for one in findings if one["subject"] == "gate.saml bundid" and one["verdict"] == "wrong")
    assert "profile is one of" in found["cause"]
    assert "config.example.toml" in found["cure"]


def test_check_speaks_plainly(installation: Path, capsys):
    """Without --json each finding is a line with its cure below."""
    (installation / "secrets/smtp").chmod(0o644)
    capsys.readouterr()
    assert main(["check", "--config", str(installation / "config.toml")]) == 1
    said = capsys.readouterr().out
    assert f"WRONG    postbox.smtp: Others can read {installation}/secrets/smtp.\n" in said
    assert f"Run: chmod 600 {installation}/secrets/smtp\n" in said


def test_a_gate_without_its_peers_ends_with_cause_and_cure(installation: Path):
    """Begun before BundID's metadata were fetched, it names the file and who tells the rest; no traceback."""
    (installation / "peers/bundid-metadata.xml").unlink()
    with pytest.raises(SettingsError, match=r"bundid-metadata\.xml cannot be read") as refused:
        gate_app(installation / "config.toml")
    assert "idgateway check" in refused.value.cure


def test_another_entity_id_than_at_the_first_start_is_found_and_refused(installation: Path, capsys):
    """``check`` and the start both say what would happen; before the first start, and put back, all is well."""
    assert "entityIDs" not in {found["subject"] for found in check(installation, capsys)[1]}
    gate_app(installation / "config.toml")
    _, findings = check(installation, capsys)
    assert "bundid" in next(found["cause"] for found in findings if found["subject"] == "entityIDs")
    edit(installation, "https://gate.viernheim.example/saml", "https://login.viernheim.example/saml")
    code, findings = check(installation, capsys)
    assert code == 1
    (bad,) = [found for found in findings if found["verdict"] == "wrong"]
    assert bad["subject"] == "gate.saml bundid"
    assert "bPK2 would change" in bad["cause"]
    assert "Put https://gate.viernheim.example/saml/bundid/metadata back" in bad["cure"]
    with pytest.raises(SettingsError, match="bPK2 would change"):
        gate_app(installation / "config.toml")
    edit(installation, "https://login.viernheim.example/saml", "https://gate.viernheim.example/saml")
    gate_app(installation / "config.toml")


def test_a_real_gate_does_not_start_with_the_stand_in(installation: Path):
    """Outside the demo the stand-in stops the start; the real metadata and the demo do not."""
    refuse_stand_in(load(installation / "config.toml"))
    use_the_stand_in(installation)
    with pytest.raises(SettingsError, match="stand-in"):
        refuse_stand_in(load(installation / "config.toml"))
    edit(installation, "[gate]\n", "[gate]\ndemo = true\n")
    refuse_stand_in(load(installation / "config.toml"))


def test_libraries_that_do_not_fit_stop_the_start(monkeypatch):
    """Lxml and xmlsec must share one libxml2; today's pair does."""
    parts.refuse_mixed_libraries()
    monkeypatch.setattr(etree, "LIBXML_VERSION", (2, 9, 0))
    with pytest.raises(PartMissing, match=r"2\.9\.0"):
        parts.refuse_mixed_libraries()
    assert "wrong" in {found.verdict for found in parts.check_parts()}


def test_a_clock_from_before_this_software_is_wrong():
    """An impossible date is found; a possible one is not wrong."""
    assert next(machine.check_clock(datetime(2020, 1, 1, tzinfo=UTC))).verdict == "wrong"
    assert next(machine.check_clock(datetime(2027, 1, 1, tzinfo=UTC))).verdict in ("good", "warning")


def test_what_documents_are_judged_by_is_looked_at(installation: Path, capsys, tmp_path):
    """Off is said; an address that leads nowhere and a list that is none are found, each with its cure."""
    found = {one["subject"]: one for one in check(installation, capsys)[1]}
    assert found["malware scanner"]["cause"].startswith("Off")
    assert "nothing is qualified" in found["trust in seals"]["cause"]
    (tmp_path / "list.xml").write_text("<no list>")
    edit(installation, 'scanner = ""', 'scanner = "tcp:127.0.0.1:1"')
    extra = f'[postbox.trust]\ntrusted_list_file = "{tmp_path}/list.xml"\n\n[postbox.smtp]'
    edit(installation, "\n[postbox.smtp]", f"\n{extra}")
    found = {one["subject"]: one for one in check(installation, capsys)[1]}
    assert (found["trust in seals"]["verdict"], found["malware scanner"]["verdict"]) == ("wrong", "warning")
