"""The command line: what it prints, what it returns, and that a wrong word is answered plainly."""

import json
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest
import requests

from keys.keyring import POSTBOX_PURPOSES
from runtime.cli import main
from runtime.demo.ports import COUNT
from runtime.errors import PortTaken, SettingsError
from runtime.supervisor import refuse_taken
from tests.postbox.proof import test_verify as proofs
from tests.postgresql import free_port

COMMANDS = [
    "demo",
    "serve",
    "worker",
    "migrate",
    "check",
    "keys",
    "client",
    "simulator",
    "deadline",
    "retention",
    "verify",
    "bench",
]
ROOT = Path(__file__).parents[2]


def run(capsys: pytest.CaptureFixture, *arguments: str | Path) -> tuple[int, str, str]:
    """Exit code, standard output, standard error."""
    capsys.readouterr()
    code = main([str(argument) for argument in arguments])
    return code, *capsys.readouterr()


def test_help_names_every_command_and_loads_none(capsys):
    """``--help`` lists all commands without importing web, database or XML."""
    script = "import sys; from runtime.cli import main\ntry: main(['--help'])\nexcept SystemExit: pass\n"
    script += "print([m for m in ('flask', 'sqlalchemy', 'lxml', 'granian', 'cryptography') if m in sys.modules])"
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT).stdout
    assert all(f"    {command}" in said for command in COMMANDS)
    assert said.splitlines()[-1] == "[]"


def test_a_wrong_command_is_refused(capsys):
    """An unknown word ends with argparse's own answer and code 2."""
    with pytest.raises(SystemExit) as caught:
        main(["sing"])
    assert caught.value.code == 2
    assert "sing" in capsys.readouterr().err


@pytest.mark.parametrize("command", [["serve"], ["check"], ["migrate"], ["keys", "list", "gate"]])
def test_without_a_configuration_the_answer_says_where_to_begin(capsys, tmp_path: Path, command: list[str]):
    """Two sentences on standard error, no traceback, code 2."""
    code, out, err = run(capsys, *command, "--config", tmp_path / "none.toml")
    assert (code, out) == (2, "")
    assert "config.example.toml" in err
    assert "Traceback" not in err


def test_keys_are_made_listed_and_rotated(capsys, installation: Path):
    """Creating keeps what is there, listing shows no secret, rotating makes a new current key and keeps the old one."""
    config = installation / "config.toml"
    before = sorted(path.name for path in (installation / "keys/postbox").iterdir())
    assert run(capsys, "keys", "create", "postbox", "--config", config)[0] == 0
    assert sorted(path.name for path in (installation / "keys/postbox").iterdir()) == before
    _, listed, _ = run(capsys, "keys", "list", "postbox", "--config", config)
    assert listed.count("current") == len(POSTBOX_PURPOSES)
    assert "older" not in listed
    assert run(capsys, "keys", "rotate", "postbox", "receipt-signing", "--config", config)[0] == 0
    _, listed, _ = run(capsys, "keys", "list", "postbox", "--config", config)
    assert (listed.count("current"), listed.count("older")) == (len(POSTBOX_PURPOSES), 1)
    code, _, err = run(capsys, "keys", "rotate", "postbox", "saml-signing", "--config", config)
    assert code == 2
    assert "no purpose 'saml-signing'" in err


def test_each_authoritys_seal_is_rotated_by_itself(capsys, installation: Path):
    """In the demo; elsewhere no key of ours seals, so there is none to rotate."""
    path = installation / "config.toml"
    rotate = ("keys", "rotate", "postbox", "document-sealing", "--config", str(path))
    code, _, err = run(capsys, *rotate)
    assert (code, "no purpose 'document-sealing'" in err) == (2, True)
    town = '[[authority]]\nars = "064310002002"\nname = "Stadt Bensheim"\nland = "HE"\n\n[gate]\n'
    text = path.read_text(encoding="utf-8").replace("[gate]\n", town, 1)
    path.write_text(text.replace("[postbox]\n", "[postbox]\ndemo = true\n", 1), encoding="utf-8")
    assert run(capsys, "keys", "create", "postbox", "--config", str(path))[0] == 0
    code, _, err = run(capsys, *rotate)
    assert (code, "--authority: 064310020020, 064310002002" in err) == (2, True)
    assert run(capsys, *rotate, "--authority", "064310020020")[0] == 0
    _, said, _ = run(capsys, "keys", "list", "postbox", "--config", str(path))
    lines = [line.split() for line in said.splitlines() if line.startswith("document-sealing")]
    assert sorted((line[2], line[-1]) for line in lines) == [
        ("current", "064310002002"), ("current", "064310020020"), ("older", "064310020020")]  # fmt: skip
    code, _, err = run(capsys, "keys", "rotate", "postbox", "log-signing", "--config", str(path), "--authority", "1")
    assert (code, "document-sealing only" in err) == (2, True)


def test_a_key_is_announced_before_it_signs(capsys, installation: Path):
    """``rotate --from`` publishes the new key at once and lists it as announced; a day that is over is refused."""
    config, tomorrow = installation / "config.toml", f"{datetime.now(UTC) + timedelta(days=2):%Y-%m-%d}"
    rotate = ("keys", "rotate", "gate", "token-signing", "--config", config, "--from")
    code, said, _ = run(capsys, *rotate, tomorrow)
    assert (code, f"current from {tomorrow}" in said) == (0, True)
    _, listed, _ = run(capsys, "keys", "list", "gate", "--config", config)
    assert (listed.count("current"), listed.count("announced")) == (7, 1)
    _, published, _ = run(capsys, "keys", "export-public", "gate", "--config", config)
    assert [key["alg"] for key in json.loads(published)["keys"]].count("ES256") == 3
    code, _, err = run(capsys, *rotate, "2020-01-01")
    assert (code, "the moment is over" in err) == (2, True)
    _, said, _ = run(capsys, "keys", "rotate", "gate", "saml-signing", "--config", config, "--from", tomorrow)
    assert "--from" not in said


def test_a_key_that_signs_before_others_know_it_is_warned_of(capsys, installation: Path):
    """At once is for emergencies: whoever rotates so is told what it means, and what to do the next time."""
    config = installation / "config.toml"
    _, said, _ = run(capsys, "keys", "rotate", "gate", "saml-signing", "--config", config)
    assert "it refuses our logins" in said
    assert "--from" in said
    _, said, _ = run(capsys, "keys", "rotate", "gate", "saml-encryption", "--config", config)
    assert "refuses" not in said
    code, _, err = run(capsys, "keys", "rotate", "gate", "saml-encryption", "--config", config, "--from", "2099-01-01")
    assert (code, "can only begin at once" in err) == (2, True)


def test_public_keys_are_exported_without_private_parts(capsys, installation: Path):
    """The JWK Set holds public members only, and no key of a secret purpose."""
    for house, count in (("postbox", 4), ("gate", 3)):
        _, out, _ = run(capsys, "keys", "export-public", house, "--config", installation / "config.toml")
        keys = json.loads(out)["keys"]
        assert len(keys) == count
        assert all(not {"d", "p", "q", "k"} & set(key) for key in keys)


def test_loose_rights_are_named_not_used(capsys, installation: Path):
    """The vault's refusal reaches the administrator as a sentence."""
    (installation / "keys/gate").chmod(0o755)
    code, out, err = run(capsys, "keys", "list", "gate", "--config", installation / "config.toml")
    assert (code, out) == (2, "")
    assert "keys/gate" in err


def test_migrating_again_changes_nothing(capsys, installation: Path):
    """``migrate`` may be run at every start; its folders are private."""
    code, out, _ = run(capsys, "migrate", "--config", installation / "config.toml")
    assert code == 0
    assert out.count("newest version") == 2
    assert (installation / "data").stat().st_mode & 0o777 == 0o700
    assert run(capsys, "migrate", "--only", "gate", "--config", installation / "config.toml")[1].count("newest") == 1


def test_the_deadline_is_explained_in_numbered_sentences(capsys):
    """A worked case: available on a Friday, announced on Tuesday, one month later the end."""
    case = ["deadline", "--regime", "OZG_9", "--land", "HE", "--available", "2026-11-20"]
    code, german, _ = run(capsys, *case)
    assert code == 0
    assert german.startswith(" 1. Der Bescheid wurde am Freitag, 20. November 2026")
    assert "Widerspruch sicher bis:             Donnerstag, 24. Dezember 2026" in german
    _, english, _ = run(capsys, *case, "--language", "en")
    assert "Tuesday, 24 November 2026" in english
    _, out, _ = run(capsys, *case, "--json")
    assert json.loads(out)["announced_strict"] == "2026-11-24"


def test_times_without_a_zone_are_german_time(capsys):
    """23:30 in Germany is that day, the same instant written in UTC too; half an hour after midnight is the next."""
    case = ["deadline", "--regime", "OZG_9", "--land", "HE", "--json", "--available"]
    days = [
        json.loads(run(capsys, *case, when)[1])["announced_strict"]
        for when in ("2026-11-20T23:30", "2026-11-20T22:30+00:00", "2026-11-21T00:30", "2026-11-20T23:30+00:00")
    ]
    assert days == ["2026-11-24", "2026-11-24", "2026-11-25", "2026-11-25"]


@pytest.mark.parametrize(
    ("option", "text", "cure"),
    [
        ("--available", "23.11.2026", "2026-11-23"),
        ("--issued", "2026-13-01", "2026-11-23"),
        ("--regime", "OZG9", "OZG_9"),
        ("--land", "XX", "HE"),
    ],
)
def test_what_cannot_be_read_is_named_with_the_way_to_write_it(capsys, option: str, text: str, cure: str):
    """Whoever types a date the German way, or a word that is none, is told the right one."""
    case = ["deadline", "--regime", "OZG_9", "--land", "HE", "--available", "2026-11-20"]
    assert run(capsys, *case)[0] == 0
    code, _, said = run(capsys, *case, option, text)
    assert code == 2
    assert f"{option} {text!r}: Write " in said
    assert cure in said


def test_the_regime_follows_from_channel_and_law(capsys):
    """Who does not know the provision names how the act went out, and under which law."""
    posted = ["deadline", "--channel", "post", "--law", "VwVfG", "--land", "HE", "--sent", "2026-11-20"]
    assert "§ 41 Abs. 2 VwVfG" in run(capsys, *posted)[1]
    assert run(capsys, *posted, "--law", "ZPO")[0] == 2


def test_json_lines_are_answered_line_by_line(capsys, monkeypatch):
    """One answer each, in order; a line that cannot be answered says why and turns the exit code."""
    good = '{"regime": "OZG_9", "available_at": "2026-11-20", "authority_land": "HE"}'
    monkeypatch.setattr("sys.stdin", StringIO(good + "\n"))
    code, out, _ = run(capsys, "deadline", "--lines")
    assert (code, json.loads(out)["strict_day"]) == (0, "2026-11-24")
    monkeypatch.setattr(
        "sys.stdin", StringIO("nonsense\n\n" + good.replace("available_at", "availble_at") + "\n" + good)
    )
    code, out, _ = run(capsys, "deadline", "--lines")
    told = [json.loads(line) for line in out.splitlines()]
    assert code == 1
    assert [one["errors"][0]["code"] if "errors" in one else one["citizen_safe_until"] for one in told] == [
        "json-malformed", "member-unknown", "2026-12-24",
    ]  # fmt: skip
    assert "available_at" in told[1]["errors"][0]["detail"]


def test_a_case_without_a_rule_is_refused_not_guessed(capsys):
    """No default regime, no invented Land, no rule before the tables begin."""
    assert "there is no default" in run(capsys, "deadline", "--land", "HE", "--available", "2026-11-20")[2]
    assert run(capsys, "deadline", "--land", "HE", "--available", "2026-11-20")[0] == 2
    assert run(capsys, "deadline", "--regime", "OZG_9", "--land", "XX", "--available", "2026-11-20")[0] == 2
    assert run(capsys, "deadline", "--regime", "OZG_9", "--land", "HE", "--available", "2019-11-20")[0] == 2


@pytest.fixture
def proof(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """A whole bundle, the anchors to judge it by, and a clock that shows an hour after it was made."""

    class Clock:
        @staticmethod
        def now(_zone):
            return proofs.NOW + timedelta(hours=1)

    monkeypatch.setattr("runtime.commands.verify.datetime", Clock)
    bundle, anchors = tmp_path / "nachweis.zip", tmp_path / "anchors.json"
    bundle.write_bytes(proofs.WHOLE)
    anchors.write_bytes(proofs.ANCHORS.to_json())
    return bundle, anchors


def test_a_whole_proof_is_green(capsys, proof):
    """Numbered German sentences, exit code 0; --json for machines; English on demand."""
    bundle, anchors = proof
    code, out, err = run(capsys, "verify", bundle, "--trust", anchors)
    assert (code, err) == (0, "")
    assert out.startswith(" 1. ✓ ")
    assert "✗" not in out
    code, out, _ = run(capsys, "verify", bundle, "--trust", anchors, "--json")
    assert (code, json.loads(out)["ok"]) == (0, True)
    assert run(capsys, "verify", bundle, "--trust", anchors, "--language", "en")[1] != out


def test_one_flipped_byte_is_red(capsys, proof):
    """A changed byte of a document names the failed step and gives exit code 1."""
    bundle, anchors = proof
    data = bytearray(bundle.read_bytes())
    data[data.index(b"%PDF-1.7 yes") + 9] ^= 1
    bundle.write_bytes(data)
    code, out, _ = run(capsys, "verify", bundle, "--trust", anchors)
    assert code == 1
    assert "✗" in out
    assert run(capsys, "verify", bundle, "--trust", anchors, "--json")[0] == 1


def test_a_proof_cannot_vouch_for_itself(capsys, proof, tmp_path):
    """Without anchors, or with something else in their place, nothing is verified."""
    bundle, anchors = proof
    code, out, err = run(capsys, "verify", bundle)
    assert (code, out) == (2, "")
    assert "--trust" in err
    assert run(capsys, "verify", bundle, "--trust", bundle)[0] == 2
    assert run(capsys, "verify", tmp_path / "none.zip", "--trust", anchors)[0] == 2


def test_the_postboxes_anchors_can_be_exported(capsys, installation: Path, tmp_path: Path):
    """What ``keys export-anchors`` prints is what ``verify --trust`` reads."""
    _, out, _ = run(capsys, "keys", "export-anchors", "--config", installation / "config.toml")
    assert json.loads(out)["issuer"] == "https://postfach.viernheim.example"
    (tmp_path / "anchors.json").write_text(out)
    (tmp_path / "x.zip").write_bytes(proofs.WHOLE)
    code, said, _ = run(capsys, "verify", tmp_path / "x.zip", "--trust", tmp_path / "anchors.json")
    assert code == 1  # another operator's bundle
    assert "✗" in said


def started(*arguments: str | Path, environment: dict[str, str] | None = None) -> subprocess.Popen:
    """A command of ours in a process of its own."""
    command = [sys.executable, "-m", "runtime.cli", *map(str, arguments)]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen(command, cwd=ROOT, env={**os.environ, **(environment or {})}, **pipes)


def free_neighbours(count: int) -> int:
    """The first of several neighbouring free ports."""
    while True:
        first = free_port()
        try:
            refuse_taken(f"127.0.0.1:{first + offset}" for offset in range(count))
        except (PortTaken, SettingsError):
            continue
        return first


def answered(url: str, process: subprocess.Popen) -> requests.Response:
    """The answer of a server that is coming up."""
    ends = time.monotonic() + 30
    while time.monotonic() < ends and process.poll() is None:
        try:
            return requests.get(url, timeout=5)
        except requests.ConnectionError:
            time.sleep(0.1)
    process.kill()
    raise AssertionError(process.communicate())


def test_the_postbox_alone_serves_and_stops(installation: Path):
    """``serve --only postbox`` on a real configuration answers, is ready, and ends with Ctrl-C and code 0."""
    port, config = free_port(), installation / "config.toml"
    text = config.read_text(encoding="utf-8").replace("127.0.0.1:8082", f"127.0.0.1:{port}")
    config.write_text(text, encoding="utf-8")
    process = started("serve", "--only", "postbox", "--config", config)
    assert answered(f"http://127.0.0.1:{port}/readyz", process).json()["status"] == "ready"
    said = []
    while not said or "ready" not in said[-1]:
        said.append(process.stderr.readline())
    assert said[-1] == f"postbox: ready at 127.0.0.1:{port}\n"
    process.send_signal(signal.SIGINT)
    # The worker listens nowhere, so it may report after the house is ready.
    _, rest = process.communicate(timeout=15)
    assert process.returncode == 0
    lines = [line for line in (*said, *rest.splitlines()) if line.startswith("{")]
    assert {"house-started", "worker-started"} <= {json.loads(line)["event"] for line in lines}


def test_a_house_that_cannot_start_says_why_in_a_sentence(installation: Path):
    """A database behind its version is named, with the command that mends it; no traceback."""
    (installation / "data/postbox.db").write_bytes(b"")
    port, config = free_port(), installation / "config.toml"
    text = config.read_text(encoding="utf-8").replace("127.0.0.1:8082", f"127.0.0.1:{port}")
    config.write_text(text, encoding="utf-8")
    process = started("serve", "--only", "postbox", "--config", config)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 2
    assert "idgateway migrate --only postbox" in err
    assert "Traceback" not in err


def test_only_what_is_configured_can_be_served(capsys, installation: Path):
    """``--only postbox`` without [postbox] is refused."""
    config = installation / "config.toml"
    text = config.read_text(encoding="utf-8")
    config.write_text(text[: text.index("\n[postbox]")], encoding="utf-8")
    code, _, err = run(capsys, "serve", "--only", "postbox", "--config", config)
    assert code == 2
    assert "no [postbox]" in err


def test_the_stand_in_runs_alone_and_leaves_nothing(tmp_path: Path):
    """``simulator METADATA`` serves its page and metadata; after Ctrl-C its folder is gone."""
    port = free_port()
    (tmp_path / "sp.xml").write_text("<none/>")
    process = started("simulator", "--port", str(port), tmp_path / "sp.xml")
    assert answered(f"http://127.0.0.1:{port}/", process).status_code == 200
    told = process.stdout.readline()
    folder = Path(told.split()[-1]).parent
    assert folder.is_dir()
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=15)
    assert process.returncode == 0
    assert not folder.exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
@pytest.mark.parametrize("delay", [0.0, 0.5, 1.5])
def test_a_demo_stopped_while_it_prepares_leaves_nothing(tmp_path: Path, number: signal.Signals, delay: float):
    """Ctrl-C, SIGTERM or SIGKILL while keys are still being made: no folder, no process, no traceback."""
    process = started("demo", "--port", str(free_neighbours(COUNT)), environment={"TMPDIR": str(tmp_path)})
    assert process.stdout.readline().startswith("Preparing")
    time.sleep(delay)
    process.send_signal(number)
    _, err = process.communicate(timeout=20)
    assert "Traceback" not in err
    ends = time.monotonic() + 8
    while time.monotonic() < ends and list(tmp_path.iterdir()):
        time.sleep(0.05)
    assert list(tmp_path.iterdir()) == []


def test_sigterm_before_anything_runs_is_an_orderly_end():
    """Asked to end while it prepares, the command ends without a traceback."""
    script = (
        "import os, signal, runtime.cli, runtime.commands.check as c\n"
        "c.run = lambda options: os.kill(os.getpid(), signal.SIGTERM) or 0\n"
        "raise SystemExit(runtime.cli.main(['check']))"
    )
    ended = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (130, "")


def test_a_reader_that_has_seen_enough_is_no_fault(installation: Path):
    """``idgateway keys list … | head -0`` leaves no traceback."""
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-m", "runtime.cli", "keys", "list", "gate", "--config", installation / "config.toml"]
    ended = subprocess.run(command, cwd=ROOT, stdout=writer, stderr=subprocess.PIPE, text=True, check=False)
    os.close(writer)
    assert "Traceback" not in ended.stderr


def test_a_secret_is_shown_once_beside_its_hash(capsys):
    """What is printed for the configuration is the hash of what is printed for the application, and a new one each time."""
    from idgateway.provider.client_secret import matches

    shown = []
    for _ in range(2):
        code, out, _ = run(capsys, "client", "secret")
        secret, secret_hash = (line.rpartition(" ")[2].strip('"') for line in out.splitlines())
        assert code == 0
        assert matches(secret, secret_hash)
        shown.append(secret)
    assert shown[0] != shown[1]
