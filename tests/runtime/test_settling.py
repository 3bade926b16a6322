"""What a served process leaves to the garbage collector."""

import subprocess
import sys

SETTLED = """
import gc
from runtime.supervisor.settling import settle
gone = []

class Knot:
    def __init__(self):
        self.itself = self
    def __del__(self):
        gone.append(None)

stands = [Knot() for _ in range(10)]
{settle}
frozen, began = gc.get_freeze_count(), gc.get_stats()[0]["collections"]
for _ in range(30_000):
    Knot()
print(bool(frozen), gc.get_stats()[0]["collections"] - began <= 10, len(gone) > 15_000, stands[0].itself is stands[0])
"""


def told(settle: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", SETTLED.format(settle=settle)], capture_output=True, text=True, check=True, timeout=60
    )
    return done.stdout.split()


def test_a_settled_process_searches_less_often_and_still_finds_what_is_garbage():
    """What stood at the start is passed over; knots that come later still go. Unsettled, it searches all the time."""
    assert told("settle()") == ["True", "True", "True", "True"]
    assert told("") == ["False", "False", "True", "True"]
