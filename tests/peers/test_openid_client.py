"""The gate judged by a strict client that is not ours: npm's openid-client, over the running demo."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
import requests

from tests.flows.acts import Acts
from tests.flows.conftest import Demo, demo  # noqa: F401 - the fixture

PEERS = Path(__file__).parent


@pytest.fixture
def node() -> str:
    """Node with the peer installed; skips with the reason when absent (CI=true: fails)."""
    node = shutil.which("node")
    if node is None or not (PEERS / "node_modules/openid-client").is_dir():
        reason = "Node or the npm packages of tests/peers are not installed"
        pytest.fail(reason) if os.environ.get("CI") == "true" else pytest.skip(reason)
    return node


@pytest.mark.peer
@pytest.mark.xdist_group("demo")
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
        "acr": "http://eidas.europa.eu/LoA/substantial",
        "scope": "openid profile offline_access",
        "strictly": strictly,
    }
    command = [node, str(PEERS / "login.mjs"), json.dumps(order)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as peer:
        try:
            first = peer.stdout.readline()
            assert first, peer.stderr.read()
            assert ("request_uri=urn" in first) is strictly
            acts = Acts(demo=demo)
            answer = acts.log_in_elsewhere(acts.get(json.loads(first)["url"]), "erika-eid", f"{home}/callback")
            out, err = peer.communicate(answer + "\n", timeout=30)
        finally:
            peer.kill()
    assert out, err
    got = json.loads(out)
    assert got["claims"]["acr"] == "http://eidas.europa.eu/LoA/high"
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
