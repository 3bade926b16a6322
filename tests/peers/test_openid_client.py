"""The gate judged by a strict client that is not ours: npm's openid-client, over the running demo."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import requests

from tests.flows.acts import Acts
from tests.flows.conftest import Demo, demo  # noqa: F401 - the fixture

PEERS = Path(__file__).parent
HIGH = "http://eidas.europa.eu/LoA/high"
SUBSTANTIAL = "http://eidas.europa.eu/LoA/substantial"
REGISTERED = {
    "request_object_signing_alg": "ES256",
    "id_token_signed_response_alg": "RS256",
    "userinfo_signed_response_alg": "ES256",
    "authorization_signed_response_alg": "ES256",
    "require_signed_request_object": True,
}

pytestmark = [pytest.mark.peer, pytest.mark.xdist_group("demo")]


@pytest.fixture
def node() -> str:
    """Node with the peer installed; skips with the reason when absent (CI=true: fails)."""
    node = shutil.which("node")
    if node is None or not (PEERS / "node_modules/openid-client").is_dir():
        reason = "Node or the npm packages of tests/peers are not installed"
        pytest.fail(reason) if os.environ.get("CI") == "true" else pytest.skip(reason)
    return node


def speak(command: list[str], demo: Demo, home: str, change: Callable[[str], str] = str) -> tuple[dict, str, str]:  # noqa: F811
    """Let the peer begin, log in for it, bring it the answer; what it said first, what last, and its complaints."""
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as peer:
        try:
            first = peer.stdout.readline()
            assert first, peer.stderr.read()
            acts = Acts(demo=demo)
            page = acts.get(json.loads(first)["url"])
            handover = acts.read_on(page) if "account=bundid" in page.text else page
            answer = acts.log_in_elsewhere(handover, "erika-eid", f"{home}/callback")
            out, err = peer.communicate(change(answer) + "\n", timeout=30)
        finally:
            peer.kill()
    return json.loads(first), out, err


@pytest.mark.parametrize("strictly", [False, True], ids=["plainly", "pushed and bound"])
def test_openid_client_logs_in_and_believes_what_it_gets(node: str, demo: Demo, strictly: bool):  # noqa: F811
    """Discovery, PKCE, private_key_jwt, iss, nonce, signature, userinfo: all to the strict client's liking.

    So are refresh, introspection, revocation and the way out of the session; strictly, with PAR and DPoP.
    """
    jwks = json.loads((demo.data / "peers/first-application-jwks.json").read_text(encoding="utf-8"))
    home = demo.first_application
    order = {
        "issuer": demo.gate,
        "clientId": "first-application",
        "keyFile": str(demo.data / "keys/first-application.pem"),
        "kid": jwks["keys"][0]["kid"],
        "redirectUri": f"{home}/callback",
        "acr": SUBSTANTIAL,
        "scope": "openid profile offline_access",
        "strictly": strictly,
    }
    first, out, err = speak([node, str(PEERS / "login.mjs"), json.dumps(order)], demo, home)
    assert ("request_uri=urn" in first["url"]) is strictly
    assert out, err
    got = json.loads(out)
    assert got["claims"]["acr"] == HIGH
    assert got["kind"].lower() == ("dpop" if strictly else "bearer")
    assert got["userinfo"]["family_name"] == "MUSTERMANN"
    assert got["userinfo"]["sub"] == got["claims"]["sub"]
    after = got["after"]
    assert after["rotated"]
    assert after["again"] == got["userinfo"]
    assert (after["worth"]["active"], after["worth"]["client_id"]) == (True, "first-application")
    assert after["dead"] == {"active": False}
    back = requests.get(after["goodbye"], allow_redirects=False, timeout=10)
    assert (back.status_code, back.headers["Location"]) == (303, f"{home}/")


def invited(demo: Demo) -> str:  # noqa: F811
    """An initial access token, as an operator gives it out."""
    command = [sys.executable, "-m", "runtime.cli", "client", "invite", "--config", str(demo.data / "config.toml")]
    command += ["--authority", "064310020020", "--level", "substantial", "--account", "bundid", "--json"]
    command += ["--claim", "given_name", "--claim", "family_name"]
    told = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    return json.loads(told.stdout)["initial_access_token"]


@pytest.mark.parametrize("flipped", [False, True], ids=["as it came", "one letter changed on the way"])
def test_openid_client_registers_itself_and_signs_and_checks_every_message(node: str, demo: Demo, flipped: bool):  # noqa: F811
    """Dynamic registration, JAR in PAR, JARM, an ID token by RS256 and signed userinfo, signatures checked one by one.

    The twin changes one letter of the answer's signature: the client refuses, so it did look.
    """
    home = "http://localhost:8099"  # nobody listens there, and nobody has to
    order = {
        "issuer": demo.gate,
        "token": invited(demo),
        "redirectUri": f"{home}/callback",
        "acr": SUBSTANTIAL,
        "metadata": {"client_name": "Dritte Meinung" if flipped else "Zweite Meinung", **REGISTERED},
    }
    command = [node, str(PEERS / "register.mjs"), json.dumps(order)]
    first, out, err = speak(command, demo, home, _change if flipped else str)
    assert first["object"]
    assert "request_uri=urn" in first["url"]
    assert bool(out) is not flipped, err
    if flipped:
        assert "JWT signature verification failed" in err
        return
    got = json.loads(out)
    assert {name: got["registered"][name] for name in REGISTERED} == REGISTERED
    assert (got["alg"], got["claims"]["acr"]) == ("RS256", HIGH)
    assert (got["userinfo"]["family_name"], got["userinfo"]["sub"]) == ("MUSTERMANN", got["claims"]["sub"])


def _change(answer: str) -> str:
    """One letter in the middle of the last part of the address, where a JARM answer keeps its signature."""
    place = answer.rindex(".") + 20
    return answer[:place] + ("A" if answer[place] != "A" else "B") + answer[place + 1 :]
