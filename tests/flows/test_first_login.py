"""The page "First login in ten minutes": each of its programs is copied from it and run against the demo."""

import json
import os
import re
import runpy
import shutil
import subprocess
import sys
import threading
import time
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests
from werkzeug.serving import make_server

from idgateway.provider.profiles import check_logout, check_profile
from idgateway.settings import Client
from tests.flows.acts import PATIENCE, Acts, System
from tests.flows.conftest import Demo

pytestmark = pytest.mark.xdist_group("demo")
ROOT = Path(__file__).parents[2]
PEERS = ROOT / "tests/peers/node_modules"
HIGH, SUBSTANTIAL = (f"http://eidas.europa.eu/LoA/{level}" for level in ("high", "substantial"))


def blocks(language: str, demo: Demo | None = None) -> list[str]:
    """The page's blocks of one language, with the demo's own addresses and folder filled in."""
    text = (ROOT / "docs/first-login.md").read_text(encoding="utf-8")
    if demo:
        places = {"http://localhost:8080": demo.gate, "http://localhost:8082": demo.postbox}
        places |= {"http://localhost:8086": demo.first_application, "demo-data": str(demo.data)}
        for named, here in {**places, "runtime/demo/static": str(ROOT / "runtime/demo/static")}.items():
            text = text.replace(named, here)
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


@pytest.fixture
def acts(demo: Demo) -> Acts:
    """One person with a new browser."""
    return Acts(demo=demo)


@pytest.fixture
def flask(demo: Demo, tmp_path: Path) -> Iterator[str]:
    """The page's Flask application at its own address."""
    path = tmp_path / "first_application.py"
    path.write_text(blocks("python", demo)[0], encoding="utf-8")
    app = runpy.run_path(str(path))["app"]
    server = make_server("localhost", demo.port + 6, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield demo.first_application
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def run_node(demo: Demo, tmp_path: Path) -> Callable:
    """Starts one of the page's Node programs; skips with the reason where Node is missing (CI=true: fails)."""
    node = shutil.which("node")
    if node is None or not (PEERS / "openid-client").is_dir():
        reason = "Node or the npm packages of tests/peers are not installed"
        pytest.fail(reason) if os.environ.get("CI") == "true" else pytest.skip(reason)
    (tmp_path / "node_modules").symlink_to(PEERS)

    @contextmanager
    def run(number: int) -> Iterator[subprocess.Popen]:
        path = tmp_path / "first_application.mjs"
        path.write_text(blocks("js", demo)[number], encoding="utf-8")
        with running([node, str(path)]) as process:
            yield process

    return run


@contextmanager
def running(command: list[str]) -> Iterator[subprocess.Popen]:
    pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    with subprocess.Popen(command, text=True, **pipes) as process:
        try:
            yield process
        finally:
            process.kill()


def awaited(process: subprocess.Popen, beginning: str) -> str:
    """The first line of a program's output that begins so."""
    for line in process.stdout:
        if line.startswith(beginning):
            return line.strip()
    raise AssertionError(process.stderr.read())


def logged_in(acts: Acts, url: str, person: str = "erika-eid") -> str:
    """Where the browser ends, with nobody listening there."""
    return acts.log_in_elsewhere(acts.get(url), person, acts.demo.first_application)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # Authlib's own, about its next version
def test_flask_logs_in_steps_up_and_hears_of_a_logout(flask: str, acts: Acts):
    """Names and level; a stronger login of the same person where it is needed; gone when the gate's session ends."""
    weak = acts.log_in(acts.get(f"{flask}/login"), "erika-password").json()
    assert weak["level"].endswith("/loa/basic")
    handover = acts.get(f"{flask}/apply")
    strong = acts.log_in(handover, "erika-eid").json()
    assert strong["level"] == HIGH
    assert strong["person"]["sub"] == weak["person"]["sub"]
    assert strong["person"]["family_name"] == "MUSTERMANN"
    (verified,) = strong["person"]["verified_claims"]
    assert verified["claims"]["birthdate"] == "1964-08-12"
    assert acts.get(f"{flask}/apply").text == "Apply here."

    question = acts.get(f"{acts.demo.gate}/logout")
    acts.send(question, "/logout/confirm", {"which": "everywhere"})
    assert acts.await_page(f"{flask}/me", lambda page: "Log in with BundID" in page.text).url == f"{flask}/"


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_flask_logs_out_and_believes_no_stranger(flask: str, acts: Acts):
    """Out at both, back at its start page; a logout token of somebody else's making changes nothing."""
    acts.log_in(acts.get(f"{flask}/login"), "erika-eid")
    for made in ("x.y.z", acts.get(f"{flask}/me").text):
        assert requests.post(f"{flask}/backchannel-logout", data={"logout_token": made}, timeout=5).status_code == 400
    assert acts.get(f"{flask}/me").json()["level"] == HIGH
    assert acts.get(f"{flask}/logout").url == f"{flask}/"
    assert acts.get(f"{flask}/me").url == f"{flask}/"
    # The gate's session is over, too: its next login begins at the account.
    assert acts.browser.submit(acts.get(f"{flask}/login")).url.startswith(acts.demo.stand_in)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_flask_tells_why_there_is_no_login(flask: str, acts: Acts):
    """The application hears the OAuth error and the stable code, which the gate explains at /codes."""
    page = acts.browser.submit(acts.get(f"{flask}/login"))
    answer = acts.browser.submit(page, {"decision": "cancel"}, form=0)
    told = acts.browser.submit(answer)
    assert (told.status_code, told.text) == (403, "No login: access_denied (login-cancelled)")


@pytest.mark.peer
def test_node_logs_in(run_node: Callable, acts: Acts, demo: Demo):
    """The page's openid-client program: the same person, the level, and nothing for a browser that began no login."""
    with run_node(0) as process:
        awaited(process, "Open")
        told = acts.log_in(acts.get(f"{demo.first_application}/login"), "erika-eid").json()
        assert (told["level"], told["person"]["family_name"]) == (HIGH, "MUSTERMANN")
        assert requests.get(f"{demo.first_application}/callback?code=x", timeout=5).status_code == 400


def test_curl_alone_goes_every_step(acts: Acts, demo: Demo, tmp_path: Path):
    """The page's shell blocks in one shell: login, ID token, userinfo, refresh, introspection, PAR, logout."""
    script = tmp_path / "first_login.sh"
    steps = "\n".join(f"echo '--- {number}'\n{block}" for number, block in enumerate(blocks("bash", demo), 1))
    script.write_text(f"set -euo pipefail\n{steps}\necho '--- end'\n", encoding="utf-8")
    with running(["bash", str(script)]) as shell:
        back = logged_in(acts, awaited(shell, f"{demo.gate}/authorize?"))
        out, err = shell.communicate(f"{back}\n", timeout=60)
    assert "--- end" in out, err
    told = dict(re.findall(r"--- (\d)\n(.*?)(?=--- )", out, re.DOTALL))
    id_token, userinfo, stay, pushed, left = (told[step].strip() for step in "45678")
    assert json.loads(id_token)["acr"] == HIGH
    person = json.loads(userinfo)
    assert (person["sub"], person["family_name"]) == (json.loads(id_token)["sub"], "MUSTERMANN")
    before, after = (json.loads(line) for line in re.findall(r"\{[^{}]*\}", stay))
    assert (before["active"], after) == (True, {"active": False})
    assert acts.get(pushed).status_code == 200
    assert left == f"{demo.first_application}/?state=bye"


@pytest.mark.peer
def test_a_fapi2_client_sends_a_notice_with_tokens_bound_to_its_key(run_node: Callable, acts: Acts, demo: Demo):
    """PAR, DPoP with nonces, the postbox's address from userinfo, recipient and notice by a bound token of its own."""
    with run_node(1) as process:
        back = logged_in(acts, awaited(process, f"{demo.gate}/authorize?"))
        out, err = process.communicate(f"{back}\n", timeout=60)
    assert out, err
    answer = json.loads(out)
    assert answer["status"] == 201, answer
    assert answer["receipt"].count(".") == 2
    seen = requests.get(
        f"{demo.postbox}/v1/notices/{answer['notice']}",
        headers={"Authorization": f"Bearer {System(demo=demo).token()}"},
        timeout=PATIENCE,
    )
    assert seen.json()["notice"] == answer["notice"]


def test_the_number_on_the_page_leads_to_the_line_in_the_log(acts: Acts, demo: Demo):
    """As the page's table says: what the person reads, the integrator finds."""
    page = acts.get(f"{demo.gate}/authorize?client_id=first-application&redirect_uri=http://localhost:1/")
    number = page.headers["X-Request-ID"]
    assert number in page.text
    end = time.monotonic() + PATIENCE
    while not (lines := [line for line in (demo.data / "log.jsonl").read_text().splitlines() if number in line]):
        assert time.monotonic() < end
        time.sleep(0.1)
    (told,) = map(json.loads, lines)
    assert (told["code"], told["client_id"]) == ("redirect-not-registered", "first-application")


def test_the_registration_of_the_page_is_a_registration():
    """Its settings exist, and nothing in them contradicts."""
    (block,) = blocks("toml")
    (given,) = tomllib.loads(block)["gate"]["client"]
    lists = {name: tuple(value) for name, value in given.items() if isinstance(value, list)}
    client = Client(**{**given, **lists, "jwks_file": Path(given["jwks_file"])})
    check_profile(client)
    check_logout(client, demo=False)


def test_an_application_of_ones_own_is_registered_as_the_page_says(demo: Demo, tmp_path: Path) -> None:
    """The page's commands, in a folder of their own: a key is made, the gate knows the client at once, a token is given."""
    told = {}
    for block in blocks("sh", demo):
        command = block.replace(".venv/bin/idgateway", f"{sys.executable} -m runtime.cli").replace("\\\n", " ")
        done = subprocess.run(
            command.split(),
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'mailbox'}"},
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        told[command.split()[4]] = done.stdout
    assert (tmp_path / "wohngeld-online.pem").read_text(encoding="utf-8").startswith("-----BEGIN PRIVATE KEY-----")
    assert set(told) == {"add", "invite"}
    asked = {
        "client_id": "wohngeld-online",
        "response_type": "code",
        "redirect_uri": "https://wohngeld.example/callback",
    }
    answer = requests.get(f"{demo.gate}/authorize", params=asked, allow_redirects=False, timeout=PATIENCE)
    assert answer.headers["Location"].startswith("https://wohngeld.example/callback?error=")
