"""A request packed to exhaust the stand-in, in a process that the kernel ends after two seconds of processor time."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
CHILD = r"""
import resource, sys, time
from idgateway.simulator.bindings import redirected
from idgateway.simulator.errors import RequestRefused
import base64, zlib
from urllib.parse import quote

def packed(content):
    engine = zlib.compressobj(level=9, wbits=-15)
    return engine.compress(content) + engine.flush()

bomb = packed(b" " * 40_000_000)
assert 30_000 < len(bomb) < 48_000, len(bomb)
query = b"SAMLRequest=" + quote(base64.b64encode(bomb).decode(), safe="").encode()
begun = time.process_time()
resource.setrlimit(resource.RLIMIT_CPU, (int(begun) + 2, resource.RLIM_INFINITY))
for _ in range(200):
    try:
        redirected(query, "http://127.0.0.1:8081/x")
    except RequestRefused as refused:
        assert refused.code == "sim-not-readable" and "inflated" in refused.detail, refused.detail
    else:
        raise SystemExit("served")
print("refused", time.process_time() - begun, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def test_a_deflate_bomb_is_put_down_not_unpacked():
    """40 MB in 40 kB, two hundred times, within two seconds: each is left after 64 KB."""
    done = subprocess.run(
        [sys.executable, "-c", CHILD], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.startswith("refused ")
