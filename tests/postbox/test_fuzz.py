"""E7 at the postbox: whatever bytes reach whichever address, the answer is one of ours and never a fault of ours."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.addresses import paths
from tests.odd import ODD, SEGMENTS, Odd, check_is_ours
from tests.postbox.pages.conftest import BASE, citizen, notice, pages, staff  # noqa: F401 - fixtures

NAMES = ("notice_id", "document_id", "ticket_handle", "recipient", "draft_id", "rest", "filename")


@pytest.fixture
def dialect() -> str:
    """What cannot be read never reaches the database."""
    return "sqlite"


@pytest.fixture
def browsers(pages, citizen, staff):  # noqa: F811
    """A browser of each kind of person, new for each request."""
    return {"stranger": pages.test_client, "machine": pages.test_client, "citizen": citizen, "staff": staff}


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(odd=ODD, who=st.sampled_from(["stranger", "citizen", "staff", "machine"]), data=st.data())
def test_e7_no_address_breaks_whatever_it_is_sent(app, browsers, notice, gate, odd: Odd, who: str, data):  # noqa: F811, PLR0917
    """Pages and API, for strangers and for those who may: odd methods, headers, encodings, types and bodies."""
    if who == "machine":
        odd = Odd(**{**vars(odd), "headers": {**odd.headers, "Authorization": f"Bearer {gate.access_token()}"}})
    given = {**dict.fromkeys(NAMES, data.draw(SEGMENTS | st.just(notice))), "page": "impressum"}
    path = data.draw(st.sampled_from(sorted({one for _, one in paths(app, given)})))
    check_is_ours(odd.sent(browsers[who](), path, base_url=BASE))
