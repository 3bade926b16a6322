"""The worker tells applications of logouts: where the configuration names an address, and from any installation."""

from dataclasses import asdict
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from idgateway.store import notices, tables
from idgateway.store.notices import LogoutNotice
from runtime.commands.serve import processes
from runtime.settings import load
from runtime.wiring import database, logout_words
from tests.runtime.conftest import NOW

ADDRESS = "https://urkunden.viernheim.example/backchannel-logout"


def _changed(installation: Path, old: str, new: str) -> Path:
    config = installation / "config.toml"
    text = config.read_text(encoding="utf-8")
    assert old in text
    config.write_text(text.replace(old, new), encoding="utf-8")
    return config


def test_a_round_takes_on_what_waits(installation: Path, monkeypatch: pytest.MonkeyPatch):
    """A word that waits is tried and put off, here because its address leads inside; a second round has nothing to do."""
    config = _changed(installation, ADDRESS, "https://127.0.0.1:1/out")
    monkeypatch.chdir(installation)
    settings = load(config)
    opened = database(settings.gate.database_url, "gate")
    waiting = LogoutNotice(
        id="one",
        client_id="urkunde-online",
        sub="s",
        sid="sid",
        due_at=NOW,
        tries=0,
        gives_up_at=NOW + timedelta(hours=12),
    )
    with opened.write() as connection:
        notices.add(connection, waiting)
    round_of_words = logout_words(config)
    assert [round_of_words(), round_of_words()] == [1, 0]
    with opened.read() as connection:
        (row,) = connection.execute(select(tables.logout_notices)).mappings()
    assert row["tries"] == 1
    assert row["due_at"] > waiting.due_at
    assert {name: row[name] for name in ("id", "sub", "sid")} == {
        name: asdict(waiting)[name] for name in ("id", "sub", "sid")
    }
    opened.close()


def test_the_gate_alone_has_a_worker(installation: Path):
    """Also where the configuration names no back-channel address: an application with one may come at run time."""
    config = _changed(installation, f'backchannel_logout_uri = "{ADDRESS}"', 'backchannel_logout_uri = ""')
    assert [child.name for child in processes(load(config), "gate")] == ["gate", "worker"]
    assert logout_words(config)() == 0
