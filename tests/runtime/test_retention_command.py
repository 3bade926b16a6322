"""``idgateway retention``: what it names, what it erases, and that it says so to people and machines."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from keys.custody import FileCustody
from keys.keyring import POSTBOX_PURPOSES
from postbox.app import build
from postbox.delivery.jobs import run_due
from postbox.delivery.retain import lift_legal_hold, set_legal_hold
from postbox.delivery.status import standing
from postbox.intake.accept import submit
from postbox.intake.recipients import register
from postbox.proof.events import EventType
from postbox.settings import Authority, Smtp
from runtime.settings import load
from runtime.wiring import database
from tests.postbox.conftest import NOON, URL, VIERNHEIM, caller, catcher, gate, submission  # noqa: F401 - fixtures
from tests.runtime.test_cli import run

AUTHORITIES = (Authority(ars=VIERNHEIM, name="Stadt Viernheim", land="HE"),)
LONG_AGO = datetime.now(UTC) - timedelta(days=800)  # more than the year that content is kept here


@pytest.fixture
def config(installation: Path) -> Path:
    """An installation that keeps content for a year, with keys that are older."""
    for file in (installation / "keys/postbox").iterdir():
        file.unlink()
    FileCustody(installation / "keys/postbox").ensure(POSTBOX_PURPOSES, LONG_AGO - timedelta(days=1))
    path = installation / "config.toml"
    path.write_text(path.read_text(encoding="utf-8").replace("retention_years = 10", "retention_years = 1"))
    return path


@pytest.fixture
def sent(config: Path, gate, catcher):  # noqa: F811
    """The postbox of that installation, and two notices in it: one delivered long ago, one of today."""
    settings = load(config).postbox
    store = database(settings.database_url, "postbox")
    mail = Smtp(host="127.0.0.1", port=catcher.port, sender="postbox@example.org", starttls=False)
    settings = replace(
        settings, public_url=URL, issuer=gate.issuer, smtp=mail, latest_publication="", authorities=AUTHORITIES
    )
    today = build(settings, store, FileCustody(settings.keys_directory).load())
    then = replace(today, clock=lambda: LONG_AGO)
    found = []
    for box in (then, today):
        who = register(box, address=gate.address(box), case=None, caller=caller(), now=NOON).id
        found.append(submit(box, submission(who, key=f"key-{len(found)}"), caller(), box.clock()).notice)
        run_due(then, LONG_AGO)  # the worker of today would erase what is over by itself
    yield today, *found
    store.close()


def erased(box, notice) -> bool:
    return EventType.CONTENT_ERASED in [one.event.type for one in standing(box, VIERNHEIM, notice).recorded]


def test_a_preview_names_what_a_run_erases_and_erases_nothing(capsys, config, sent):
    """To people a line and a sentence, to machines a line of JSON; what is within its time is not named."""
    box, old, fresh = sent
    code, said, _ = run(capsys, "retention", "preview", "--config", config)
    assert (code, said.splitlines()[-1]) == (0, "1 notices' time is over. Nothing was erased.")
    assert said.startswith(f"{VIERNHEIM}  {old}  kept until ")
    code, said, _ = run(capsys, "retention", "preview", "--json", "--config", config)
    (told,) = map(json.loads, said.splitlines())
    assert (code, told["notice"], told["authority"]) == (0, old, VIERNHEIM)
    assert told["kept_until"] < datetime.now(UTC).date().isoformat()
    assert not erased(box, old)
    assert not erased(box, fresh)


def test_a_run_erases_what_is_over_once_and_nothing_else(capsys, config, sent):
    """The content's key is gone, the evidence stays; a legal hold is respected, and a second run has nothing to do."""
    box, old, fresh = sent
    then = replace(box, clock=lambda: LONG_AGO)
    set_legal_hold(then, caller(), old, "claim")
    assert run(capsys, "retention", "run", "--config", config)[1] == "0 notices' content erased; evidence stays.\n"
    lift_legal_hold(then, caller(), old, "claim")  # then: the year counts from the last event
    assert run(capsys, "retention", "run", "--config", config)[1] == "1 notices' content erased; evidence stays.\n"
    assert (erased(box, old), erased(box, fresh)) == (True, False)
    code, said, _ = run(capsys, "retention", "run", "--json", "--config", config)
    assert (code, json.loads(said)) == (0, {"erased": 0})
    with pytest.raises(SystemExit):
        run(capsys, "retention", "everything", "--config", config)
