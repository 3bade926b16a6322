"""The README's first application, copied from the page and run against the demo."""

import re
import runpy
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.flows.acts import Acts
from tests.flows.conftest import Demo

ROOT = Path(__file__).parents[2]
ADDRESS = "http://localhost:5000"  # registered in the demo; nothing needs to listen there


@pytest.fixture
def application(demo: Demo, tmp_path: Path):
    """The Flask application that the README shows, with the demo's own address and folder filled in."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", readme, re.DOTALL)
    code = code.replace("http://localhost:8080", demo.gate).replace("demo-data", str(demo.data))
    path = tmp_path / "first_application.py"
    path.write_text(code, encoding="utf-8")
    return runpy.run_path(str(path))["app"]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # Authlib's own, about its next version
def test_the_readmes_first_application_logs_erika_in(application, demo: Demo):
    """Copied, pasted, logged in: names, date of birth, and the level that proves them."""
    client, acts = application.test_client(), Acts(demo=demo)
    left = client.get("/login", base_url=ADDRESS)
    answer = acts.log_in_elsewhere(acts.get(left.location), "erika-eid", ADDRESS)
    parts = urlsplit(answer)
    me = client.get(f"{parts.path}?{parts.query}", base_url=ADDRESS, follow_redirects=True)
    assert me.json["level"] == "http://eidas.europa.eu/LoA/high"
    assert me.json["person"]["family_name"] == "MUSTERMANN"
    (verified,) = me.json["person"]["verified_claims"]
    assert verified["claims"]["birthdate"] == "1964-08-12"
