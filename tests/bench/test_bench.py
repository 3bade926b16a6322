"""The benchmark runs as people run it; how fast it was is nobody's business here."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.bench import peers
from tests.bench.measure import Watch, compare, timings
from tests.bench.place import built
from tests.bench.table import HEAD, Row, duration, rendered

# One worker: the benchmark runs once. It takes half a minute, and longer where others work, too.
pytestmark = [pytest.mark.xdist_group("bench"), pytest.mark.timeout(320)]
ROOT = Path(__file__).parents[2]
ROWS = (
    "BundID answer",
    "signed AuthnRequest",
    "OpenID Connect login",
    "client credentials",
    "whole login",
    "notice of 100 KiB",
    "the same over HTTP",
    "PAdES seal",
    "list of a postbox",
    "available → notification",
    "proof bundle built",
    "proof bundle verified",
    "one entry more",
    "consistency proof",
)
WITHOUT_FLOOR = {
    "available → notification",
    "proof bundle built",
    "proof bundle verified",
    "one entry more",
    "consistency proof",
}


@pytest.fixture(scope="module")
def printed() -> str:
    """What ``idgateway bench --quick`` prints."""
    command = [sys.executable, "-m", "runtime.cli", "bench", "--quick"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def _cells(printed: str, row: str) -> list[str]:
    line = next(line for line in printed.splitlines() if line.startswith(row))
    return [cell.strip() for cell in line.split(" | ")]


@pytest.mark.parametrize("row", ROWS)
def test_every_line_of_the_plan_has_its_row(printed, row):
    """Each row shows something measured, its goal, and a ratio wherever there is a floor of the same run."""
    cells = _cells(printed, row)
    assert len(cells) == len(HEAD)
    assert any(unit in cells[2] for unit in ("ms", "s,"))
    assert (cells[1] == "–") == (row in WITHOUT_FLOOR)
    assert (cells[3] == "–") == (row in WITHOUT_FLOOR)


def test_a_peer_stands_beside_the_login_where_it_is_installed(printed):
    """The same driver walks both over HTTP; where npm's provider is not installed, the row says so."""
    cells = _cells(printed, "the login over HTTP")
    installed = peers.node() is not None
    assert ("CPU" in cells[1], cells[1] == "not installed", cells[3] != "–") == (installed, not installed, installed)
    assert "CPU" in cells[2]


def test_the_machine_and_the_caveats_stand_beside_the_figures(printed):
    """Without the machine a figure says nothing, and durable work needs the kind of disk named."""
    assert all(word in printed.splitlines()[0] for word in ("cores", "Python", "OpenSSL", "data on"))
    assert re.search(r"Commits counted: \d durable", " ".join(printed.split()))
    assert "there are no thresholds" in printed


def test_the_folder_to_measure_in_may_still_be_missing(tmp_path):
    """Whoever names a disk need not make the folder first; what was measured there is removed."""
    folder = tmp_path / "a/disk"
    with built(folder) as place:
        assert folder in place.home.parents
    assert list(folder.iterdir()) == []


def test_outside_the_source_tree_a_sentence_says_where_to_measure(monkeypatch, tmp_path):
    """The wheel ships no benchmarks; the command does not break, it explains."""
    from runtime import bench
    from runtime.errors import PartMissing

    monkeypatch.setattr(bench, "SOURCES", tmp_path)
    with pytest.raises(PartMissing, match="make bench"):
        bench.main([])


def test_only_what_runs_inside_the_watch_counts():
    """Preparing a run costs nothing, the run itself does; both tasks get their turns."""
    done = {"prepared": 0, "empty": 0}

    def prepared(watch: Watch) -> None:
        sum(range(200_000))
        with watch:
            done["prepared"] += 1

    def empty(watch: Watch) -> None:
        with watch:
            sum(range(200_000))
        done["empty"] += 1

    found = compare({"prepared": prepared, "empty": empty}, seconds=0.05)
    assert found["prepared"].median < found["empty"].median / 10
    assert min(done.values()) >= 5


def test_quantiles_take_the_nearest_rank_and_rates_count_all_runs():
    """Ninety-nine fast runs do not hide the slow one from the rate."""
    found = timings([(0.001, 0.0)] * 99 + [(0.901, 0.0)])
    assert (found.median, found.p95, found.quantile(1.0)) == (0.001, 0.001, 0.901)
    assert found.per_second == pytest.approx(100)


def test_notes_are_numbered_below_the_table():
    """A row points to what must be known about it."""
    page = rendered([Row(name="a", what="first", ours=duration(0.0015), goal="≤ 2 ms", notes=("known",))])
    assert "first [1]" in page
    assert "1.50 ms" in page
    assert page.endswith("[1] known")
