"""``metadata check|show|refresh``: what would break is said before it comes, and what is good comes at once."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from lxml import etree

from runtime.cli import main
from tests.idgateway.upstream import idp

HONEST = idp.metadata("honest")


@pytest.fixture
def folder(installation, capsys):
    """An installation that uses the honest provider's metadata."""
    (installation / "peers/bundid-metadata.xml").write_bytes(HONEST)
    assert run(installation, capsys, "refresh")[0] == 0
    return installation


def run(folder, capsys, act: str, *words: str) -> tuple[int, str, str]:
    capsys.readouterr()
    code = main(["metadata", act, "--config", str(folder / "config.toml"), *words])
    said = capsys.readouterr()
    return code, said.out, said.err


def foreseen(folder, capsys, document: bytes) -> tuple[int, dict[str, str]]:
    """Exit code, and each change with its effect."""
    (folder / "new.xml").write_bytes(document)
    code, out, _ = run(folder, capsys, "check", "--json", "bundid", str(folder / "new.xml"))
    return code, {change["code"]: change["effect"] for change in json.loads(out)["changes"]}


def test_what_changes_nothing_and_what_adds_a_key_is_good(folder, capsys):
    """The same document, and the first step of a rollover."""
    assert foreseen(folder, capsys, HONEST) == (0, {"key-kept": "none"})
    assert foreseen(folder, capsys, idp.metadata("honest", "next")) == (0, {"key-kept": "none", "key-added": "none"})


BREAKS = {
    "metadata-entity": HONEST.replace(b'entityID="https://idp.example/idp"', b'entityID="https://other.example/idp"'),
    "metadata-ended": idp.metadata("honest", validUntil="2026-01-01T00:00:00Z"),
    "metadata": HONEST.replace(b"HTTP-POST", b"HTTP-Redirect"),
    "metadata-stand-in": HONEST.replace(idp.SSO_URL.encode(), b"http://127.0.0.1:8081/sso"),
}


@pytest.mark.parametrize("code", BREAKS)
def test_what_would_be_refused_breaks(folder, capsys, code):
    """Another entity, an end that is over, no binding for us, the stand-in: exit code 1."""
    exit_code, changes = foreseen(folder, capsys, BREAKS[code])
    assert (exit_code, changes[code]) == (1, "breaks")


def test_a_swap_without_a_common_key_breaks_logins(folder, capsys):
    """Even where it is meant: until the provider has changed, too, nobody comes in; with both keys nothing breaks."""
    code, changes = foreseen(folder, capsys, idp.metadata("next"))
    assert (code, changes["no-common-key"]) == (1, "breaks")
    _, said, _ = run(folder, capsys, "check", "bundid", str(folder / "new.xml"))
    assert "no-common-key: No key is in both" in said
    assert foreseen(folder, capsys, idp.metadata("honest", "next"))[0] == 0


def test_a_dry_run_changes_nothing(folder, capsys):
    """Afterwards the same is in use as before."""
    before = json.loads(run(folder, capsys, "show", "--json", "bundid")[1])
    foreseen(folder, capsys, idp.metadata("next"))
    assert json.loads(run(folder, capsys, "show", "--json", "bundid")[1]) == before


def test_show_gives_ours_alone_on_standard_output(folder, capsys):
    """It can be sent to the provider as it is; theirs stand beside it."""
    code, out, err = run(folder, capsys, "show", "bundid")
    assert code == 0
    assert etree.fromstring(out.encode()).get("entityID") == "https://gate.viernheim.example/saml/bundid/metadata"
    assert "entityID: https://idp.example/idp" in err
    assert "signing key: SHA-256 " in err


def test_refresh_takes_what_is_good_and_keeps_it_when_the_next_is_not(folder, capsys):
    """Taken once, unchanged the second time; a broken file is named and what was good stays."""
    file = folder / "peers/bundid-metadata.xml"
    file.write_bytes(idp.metadata("honest", "next"))
    assert run(folder, capsys, "refresh", "bundid")[:2] == (0, "bundid: taken\n")
    assert run(folder, capsys, "refresh")[:2] == (0, "bundid: unchanged\n")
    file.write_bytes(b"<html/>")
    code, out, _ = run(folder, capsys, "refresh", "--json")
    assert (code, json.loads(out)[0]["outcome"]) == (1, "metadata")
    theirs = json.loads(run(folder, capsys, "show", "--json", "bundid")[1])["theirs"]
    assert len(theirs["signing key"]) == 2


def test_a_document_is_tried_from_its_address(folder, capsys):
    """By URL as by file; an address that anybody could change is not asked."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()
            self.wfile.write(idp.metadata("honest", "next"))

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    code, out, _ = run(folder, capsys, "check", "bundid", f"http://127.0.0.1:{server.server_port}/idp")
    server.shutdown()
    server.server_close()
    assert (code, "key-added" in out) == (0, True)
    code, _, err = run(folder, capsys, "check", "bundid", "http://idp.example/idp")
    assert (code, "https" in err) == (2, True)


def test_an_account_that_is_not_there_is_named(folder, capsys):
    """With those that are."""
    code, _, err = run(folder, capsys, "show", "bundit")
    assert code == 2
    assert "'bundit'" in err
    assert "bundid" in err
