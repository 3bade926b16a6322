"""E7 at the postbox: whatever bytes reach whichever address, the answer is one of ours and never a fault of ours."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from postbox.store import notices
from tests.addresses import paths
from tests.odd import ODD, SEGMENTS, UNSHRUNK, Odd, check_is_ours, codes_of, everywhere
from tests.postbox.pages.conftest import BASE, citizen, notice, pages, staff  # noqa: F401 - fixtures

NAMES = ("notice_id", "document_id", "ticket_handle", "recipient", "draft_id", "rest", "filename")
EXAMPLES = 5  # requests to each address by each kind of person and each of three methods


@pytest.fixture
def dialect() -> str:
    """What cannot be read never reaches the database."""
    return "sqlite"


@pytest.fixture
def browsers(pages, citizen, staff):  # noqa: F811
    """A browser of each kind of person, new for each request."""
    return {"stranger": pages.test_client, "machine": pages.test_client, "citizen": citizen, "staff": staff}


@pytest.fixture
def real(box, notice):  # noqa: F811
    """What the addresses may truly name."""
    with box.database.read() as connection:
        (document,) = notices.documents_of(connection, notice)
    return {"notice_id": notice, "document_id": document["id"], "filename": "app.css"}


@pytest.mark.parametrize("who", ["stranger", "citizen", "staff", "machine"])
@settings(max_examples=EXAMPLES, deadline=None, phases=UNSHRUNK, suppress_health_check=list(HealthCheck))
@given(odd=ODD, segment=SEGMENTS, named=st.booleans())
def test_e7_no_address_breaks_whatever_it_is_sent(app, browsers, real, gate, who, odd: Odd, segment, named):  # noqa: PLR0917
    """Pages and API, each address: odd methods, headers, encodings, types and bodies; what is there, and what is not."""
    if who == "machine":
        odd = Odd(**{**vars(odd), "headers": {**odd.headers, "Authorization": f"Bearer {gate.access_token()}"}})
    given = {**dict.fromkeys(NAMES, segment), "page": "impressum", **(real if named else {})}
    browser, asked = browsers[who](), set()
    for endpoint, path in paths(app, given):
        for one in everywhere(odd):
            check_is_ours(one.sent(browser, path, base_url=BASE), codes_of("postbox", "runtime"))
        asked.add(endpoint)
    assert asked >= {rule.endpoint for rule in app.url_map.iter_rules()} - {"static"}
