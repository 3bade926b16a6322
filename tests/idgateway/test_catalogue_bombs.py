"""The catalogue's documents made to exhaust us: each refused within 200 ms of processor time, in a process apart."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]

CHILD = r"""
import resource, time
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from idgateway.assurance import Level
from idgateway.errors import AnswerRefused
from idgateway.simulator.catalogue import BROKEN
from keys.keyring import GATE_PURPOSES, Keyring
from keys.minting import mint
from tests.idgateway.pair import make_pair
from tests.idgateway.refusals import REFUSED_BY

keyring = Keyring([mint(purpose, datetime(2026, 1, 1, tzinfo=UTC)) for purpose in GATE_PURPOSES])
with TemporaryDirectory() as folder:
    pair = make_pair(Path(folder), keyring)
    attributes = ("family_name", "pairwise_id")
    ask, handover = pair.ask(Level.HIGH, attributes, guests=False)
    assert pair.complete(ask, handover, pair.decide(pair.arrive(handover), "erika-eid")).level is Level.HIGH
    for fault in [name for name, entry in BROKEN.items() if entry.family == "engine"]:
        ask, handover = pair.ask(Level.HIGH, attributes, guests=False)
        fields = pair.decide(pair.arrive(handover), "erika-eid", "broken", fault)
        begun = time.process_time()
        resource.setrlimit(resource.RLIMIT_CPU, (int(begun) + 2, resource.RLIM_INFINITY))  # the kernel ends it
        try:
            pair.complete(ask, handover, fields)
            code = "accepted"
        except AnswerRefused as error:
            code = error.code
        spent = time.process_time() - begun
        resource.setrlimit(resource.RLIMIT_CPU, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        assert code == REFUSED_BY[fault], (fault, code)
        assert spent < 0.2, (fault, spent)
        print(f"refused {fault}")
"""


def test_every_engine_fault_is_refused_at_once():
    """DTD, entities, XSLT, thousands of transforms, 9 MB, depth, deflate: none is worth an attacker's while."""
    done = subprocess.run(
        [sys.executable, "-c", CHILD], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.count("refused ") >= 25
