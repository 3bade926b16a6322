"""``client``: applications are added, listed, changed, removed and invited while the gate runs."""

import json
import shlex
from dataclasses import replace
from pathlib import Path

import pytest
from joserfc.jwk import ECKey

from idgateway.provider.client_secret import matches, new_secret
from runtime.cli import main
from runtime.inspection.peers import check_peers
from runtime.settings import load
from tests.idgateway.documents import documents
from tests.runtime.conftest import NOW

README = Path(__file__).parents[2] / "README.md"
BASE = (
    *("--name", "Hundesteuer", "--authority", "064310020020", "--level", "low", "--account", "bundid"),
    *("--claim", "given_name", "--redirect-uri", "https://hund.viernheim.example/callback"),
)
INVITED = ("--authority", "064310020020", "--level", "low", "--account", "bundid", "--claim", "given_name")


def run(installation: Path, capsys, act: str, *words: str) -> tuple[int, str, str]:
    capsys.readouterr()
    code = main(["client", act, "--config", str(installation / "config.toml"), *map(str, words)])
    said = capsys.readouterr()
    return code, said.out, said.err


def listed(installation: Path, capsys) -> dict[str, dict]:
    code, out, _ = run(installation, capsys, "list", "--json")
    assert code == 0
    return {one["client_id"]: one for one in json.loads(out)["clients"]}


def stored(installation: Path, client_id: str) -> dict:
    from idgateway.store import clients
    from runtime.wiring import database

    opened = database(load(installation / "config.toml").gate.database_url, "gate")
    with opened.read() as connection:
        row = clients.find(connection, client_id)
    opened.close()
    return row.registration


def test_an_application_is_added_listed_rotated_and_removed(installation: Path, capsys):
    """A secret is shown once, kept as a hash, and another one after the rotation; the list says where each comes from."""
    code, out, _ = run(installation, capsys, "add", "hund", *BASE, "--secret", "post", "--json")
    first = json.loads(out)["client_secret"]
    assert code == 0
    assert matches(first, stored(installation, "hund")["secret_hash"])
    assert first not in json.dumps(stored(installation, "hund"))
    found = listed(installation, capsys)
    assert {name: one["source"] for name, one in found.items()} == {
        "urkunde-online": "configured",
        "postbox": "configured",
        "postbox-casework": "configured",
        "hund": "administered",
    }
    assert "secret" not in json.dumps(found["hund"]).replace("client_secret_post", "")
    _, out, _ = run(installation, capsys, "rotate", "hund", "--secret", "post")
    second = out.rpartition("client_secret, shown this once: ")[2].strip()
    assert matches(second, stored(installation, "hund")["secret_hash"])
    assert not matches(first, stored(installation, "hund")["secret_hash"])
    assert run(installation, capsys, "remove", "hund")[0] == 0
    assert "hund" not in listed(installation, capsys)
    code, _, err = run(installation, capsys, "remove", "hund")
    assert (code, "hund is not known" in err) == (2, True)


def test_the_list_says_which_claims_no_scope_brings(installation: Path, capsys):
    """Whoever registered for fewer scopes than its claims need waits for them in vain; others are only named."""
    from idgateway.registration import administration
    from runtime.wiring import database

    gate = load(installation / "config.toml").gate
    (known,) = (one for one in gate.clients if one.client_id == "urkunde-online")
    narrow = replace(
        known, client_id="hund", scopes=("openid", "address"), jwks_file=None, grant_types=("authorization_code",),
        resources=(), authentication="client_secret_post", secret_hash=new_secret()[1],
    )  # fmt: skip
    opened = database(gate.database_url, "gate")
    administration.add(opened, gate, narrow, NOW)
    opened.close()
    found = listed(installation, capsys)
    assert found["hund"]["without_scope"].keys() == {"profile"}
    assert found["urkunde-online"]["without_scope"] == {}
    lines = run(installation, capsys, "list")[1].splitlines()
    (hund,) = (line for line in lines if line.startswith("hund "))
    assert "WITHOUT SCOPE profile: given_name" in hund
    assert sum("WITHOUT SCOPE" in line for line in lines) == 1


def test_answers_may_be_agreed_to_be_signed(installation: Path, capsys):
    """JARM for one that is added, and as what an invitation leaves; a mode that nobody knows is refused."""
    signed = ("--response-mode", "query.jwt", "--response-mode", "jwt")
    assert run(installation, capsys, "add", "hund", *BASE, "--secret", "post", *signed)[0] == 0
    assert stored(installation, "hund")["response_modes"] == ["query.jwt", "jwt"]
    assert run(installation, capsys, "add", "katze", *BASE, "--secret", "post")[0] == 0
    assert "response_modes" not in stored(installation, "katze")
    code, _, err = run(installation, capsys, "add", "maus", *BASE, "--secret", "post", "--response-mode", "fragment")
    assert (code, "response_modes are some of" in err) == (2, True)


def test_a_key_is_made_for_an_application(installation: Path, capsys, tmp_path: Path):
    """The private half goes into a file for nobody else; an existing one is not overwritten, a vain one does not stay."""
    file = tmp_path / "hund.pem"
    assert run(installation, capsys, "add", "hund", *BASE, "--generate", file)[0] == 0
    assert file.stat().st_mode & 0o777 == 0o600
    (known,) = json.loads(stored(installation, "hund")["jwks"])["keys"]
    assert known["kid"] == ECKey.import_key(file.read_text()).thumbprint()
    assert "d" not in known
    made = file.read_text()
    code, _, err = run(installation, capsys, "rotate", "hund", "--generate", file)
    assert (code, "cannot be written" in err, file.read_text()) == (2, True, made)
    assert run(installation, capsys, "add", "hund", *BASE, "--generate", tmp_path / "vain.pem")[0] == 2
    assert not (tmp_path / "vain.pem").exists()


def test_keys_are_pasted(installation: Path, capsys, tmp_path: Path):
    """Public ones from a file; a private one is refused and not kept."""
    key, file = ECKey.generate_key("P-256"), tmp_path / "jwks.json"
    file.write_text(json.dumps({"keys": [key.as_dict(private=True)]}))
    code, _, err = run(installation, capsys, "add", "hund", *BASE, "--jwks", file)
    assert (code, "private" in err) == (2, True)
    file.write_text(json.dumps({"keys": [key.as_dict(private=False)]}))
    assert run(installation, capsys, "add", "hund", *BASE, "--jwks", file)[0] == 0
    assert listed(installation, capsys)["hund"]["redirect_uris"] == ["https://hund.viernheim.example/callback"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--authority", "000000000000"), "No [[authority]]"),
        (("--account", "elster"), "No account is called"),
        (("--claim", "shoe_size"), "There is no claim"),
        (("--redirect-uri", "http://hund.viernheim.example/"), "redirect URI"),
        (("--redirect-uri", "https://katze.viernheim.example/"), "sector"),
        (("--backchannel-logout-uri", "http://hund.viernheim.example/"), "backchannel_logout_uri"),
        (("--policy-uri", "javascript:alert(1)"), "policy_uri"),
    ],
)
def test_what_cannot_be_right_is_refused_with_its_cure(installation: Path, capsys, words: tuple, told: str):
    """The same rules and words as for the configuration; nothing is stored."""
    code, _, err = run(installation, capsys, "add", "hund", *BASE, *words, "--secret", "post")
    assert (code, told in err) == (2, True), err
    assert "hund" not in listed(installation, capsys)


def test_keys_by_address_are_looked_at_when_they_are_named(installation: Path, capsys):
    """A typing error shows now rather than at the first login; in the demo this machine counts."""
    key = ECKey.generate_key("P-256")
    code, _, err = run(installation, capsys, "add", "hund", *BASE, "--jwks-uri", "https://127.0.0.1:1/jwks")
    assert (code, "not public" in err) == (2, True)
    config = installation / "config.toml"
    config.write_text(config.read_text().replace("[gate]\n", "[gate]\ndemo = true\n"))
    with documents() as shown:
        uri = shown.put("/jwks", {"keys": [key.as_dict(private=False)]})
        assert run(installation, capsys, "add", "hund", *BASE, "--jwks-uri", uri)[0] == 0
        assert shown.asked == ["/jwks"]
    assert listed(installation, capsys)["hund"]["jwks_uri"] == uri


def test_what_the_readme_shows_works(installation: Path, capsys, monkeypatch: pytest.MonkeyPatch):
    """Its commands, one after the other, as they stand there."""
    config = installation / "config.toml"
    config.write_text(config.read_text().replace("registration = false", "registration = true"))
    shown = README.read_text(encoding="utf-8").replace("\\\n", "")
    commands = [shlex.split(line) for line in shown.splitlines() if line.startswith("idgateway client ")]
    assert len(commands) >= 5
    monkeypatch.chdir(installation)
    for _, *words in commands:
        assert main([*words, "--config", str(config)]) == 0, words
    assert "hundesteuer" not in listed(installation, capsys)


def test_what_applications_publish_is_looked_at_by_check(installation: Path):
    """Keys and sector of a configured application: good, or a warning that says whose business it is."""
    config = installation / "config.toml"
    usual = 'jwks_file = "peers/urkunde-online-jwks.json"'
    key = ECKey.generate_key("P-256").as_dict(private=False)
    with documents() as theirs:
        uri, sector = theirs.put("/jwks", {"keys": [key]}), theirs.put("/sector", [])
        text = config.read_text().replace("[gate]\n", "[gate]\ndemo = true\n")
        config.write_text(text.replace(usual, f'jwks_uri = "{uri}"\nsector_identifier_uri = "{sector}"'))
        callback = "https://urkunden.viernheim.example/callback"
        for document, keys, verdicts in (([], [], ["warning"] * 2), ([callback], [key], ["good"])):
            theirs.put("/sector", document)
            theirs.put("/jwks", {"keys": keys})
            found = [one for one in check_peers(load(config), NOW) if one.subject == "client urkunde-online"]
            assert [one.verdict for one in found] == verdicts


def test_an_invitation_is_made_shown_once_and_taken_back(installation: Path, capsys):
    """Only where registration is switched on; the token stands nowhere but on the screen."""
    code, _, err = run(installation, capsys, "invite", *INVITED)
    assert (code, "registration = true" in err) == (2, True)
    config = installation / "config.toml"
    config.write_text(config.read_text().replace("registration = false", "registration = true"))
    code, out, _ = run(installation, capsys, "invite", *INVITED, "--uses", "3", "--json")
    made = json.loads(out)
    assert code == 0
    _, out, _ = run(installation, capsys, "list", "--json")
    (shown,) = json.loads(out)["invitations"]
    assert (shown["id"], shown["uses_left"]) == (made["id"], 3)
    assert made["initial_access_token"] not in out
    _, out, _ = run(installation, capsys, "list")
    assert f"{made['id']}" in out
    assert run(installation, capsys, "remove", made["id"])[0] == 0
    assert made["id"] not in run(installation, capsys, "list")[1]
    assert run(installation, capsys, "invite", *INVITED, "--uses", "0")[0] == 2
    assert run(installation, capsys, "invite", *INVITED, "--account", "elster")[0] == 2
