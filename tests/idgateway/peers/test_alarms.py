"""An end that is near is told once a day and threshold, whichever process is first, in codes only."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from idgateway.app import build
from idgateway.expiry import alarm
from idgateway.peers.alarms import Alarms
from runtime import logs
from tests.idgateway.login.world import Clock
from tests.idgateway.peers.conftest import NOW, Heard
from tests.idgateway.upstream import idp


@pytest.fixture
def gate(gate_database, keyring, by_file, gate_of):
    """A gate whose provider's metadata end in 61 days; nothing else ends soon."""
    until = NOW + timedelta(days=61)
    by_file.metadata_file.write_bytes(idp.metadata("honest", validUntil=until.isoformat()))
    return build(gate_of(by_file), gate_database, keyring, Clock(NOW))


@pytest.mark.parametrize(
    ("days", "threshold"),
    [(60.01, None), (60, 60), (30.01, 60), (30, 30), (7.01, 30), (7, 7), (0.01, 7), (0, 0), (-1, 0)],
)
def test_the_most_urgent_threshold(days, threshold):
    """Each begins at its day and lasts until the next."""
    assert alarm(days) == threshold


def told(gate, days: float, *alarms: Alarms) -> None:
    for each in alarms:
        each.tell(NOW + timedelta(days=days))


def test_once_a_day_and_threshold(gate):
    """Two processes, many calls: one line a day; a new threshold is another line."""
    heard = Heard()
    both = (Alarms(gate, heard), Alarms(gate, heard))
    told(gate, 0, *both)
    assert heard.events == []
    told(gate, 1, *both)
    told(gate, 1.1, *both)
    assert heard.events == [("end-near", "60-days")]
    told(gate, 2, *both)
    assert heard.events == [("end-near", "60-days")] * 2
    for days, code in ((31, "30-days"), (54, "7-days"), (62, "ended")):
        told(gate, days, *both)
        assert heard.events[-1] == ("end-near", code)
    assert len(heard.events) == 5


def test_a_restart_repeats_nothing(gate):
    """What was told today stands in the database."""
    heard = Heard()
    told(gate, 1, Alarms(gate, heard))
    told(gate, 1.2, Alarms(gate, heard))
    assert len(heard.events) == 1


def test_our_own_certificates_are_told_too(gate):
    """By purpose, at the same thresholds."""
    heard = Heard()
    other = replace(gate, upstreams={})
    end = min(key.certificate.not_valid_after_utc for key in gate.keyring if key.certificate)
    Alarms(other, heard).tell(end - timedelta(days=8))
    assert heard.events == [("end-near", "30-days")] * 2


def test_the_line_is_on_the_closed_lists(gate, capsys):
    """Event, code, kind and name; nothing else."""
    logs.configure("gate")
    Alarms(gate, Heard()).tell(NOW + timedelta(days=1))
    line = json.loads(capsys.readouterr().err.splitlines()[-1])
    assert (line["event"], line["code"], line["detail"]) == ("end-near", "60-days", "provider bundid")
    assert set(line) <= {"at", "event", "code", "detail", "level", "house"}
