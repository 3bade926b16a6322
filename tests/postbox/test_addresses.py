"""Every address of the postbox: headers, caching, other sites, foreign hosts, counting. A new one is judged strictly."""

import pytest

from runtime.limits.policies import limiter_of
from runtime.settings import LimitSettings
from runtime.shell import dress
from runtime.shell.pace import Pace, policy_of
from tests.addresses import EVIL, METHODS, check_discipline, names_host, paths, variants, walk
from tests.postbox.conftest import CLIENT
from tests.postbox.pages.conftest import citizen, notice, pages, staff  # noqa: F401 - fixtures

BASE = "https://postbox.test"
VALUES = {"page": "impressum", "filename": "app.css", "rest": "guess"}
KEPT = {
    "shell.static": "the same for everybody, with a part of its hash in the address",
}
UNCOUNTED = {"postbox_watch.healthy", "postbox_watch.ready", "postbox_watch.metrics", "shell.static", "static"}


@pytest.fixture
def dialect() -> str:
    """What the addresses owe does not depend on the engine."""
    return "sqlite"


@pytest.mark.parametrize("who", ["stranger", "citizen", "staff"])
def test_every_answer_keeps_the_discipline(pages, citizen, staff, notice, who: str):  # noqa: F811
    """R6, R7, R8, S16, S17: for a stranger, for a citizen with a notice, and for a caseworker."""
    browser = {"stranger": pages.test_client, "citizen": citizen, "staff": staff}[who]()
    values = {**VALUES, "notice_id": notice}
    walked = list(walk(pages, browser, values, base_url=BASE))
    assert {one.endpoint for one in walked} > {"citizen.notice", "casework.case", "postbox_api.add_notice"}
    for one in walked:
        check_discipline(one, kept=KEPT, readable={})
    if who != "stranger":
        assert any(one.answer.status_code == 200 and b"Geburtsurkunde" in one.answer.get_data() for one in walked)


def test_s15_no_address_believes_the_host_of_a_request(pages, citizen, notice):  # noqa: F811
    browser = citizen()
    forged = {"X-Forwarded-Host": EVIL, "X-Forwarded-For": EVIL, "Forwarded": f"host={EVIL}"}
    for _, path in paths(pages, {**VALUES, "notice_id": notice}):
        for variant in variants(path):
            for method in METHODS[:3]:
                answer = browser.open(variant, method=method, base_url=f"https://{EVIL}", headers=forged)
                assert not names_host(answer), (method, variant)


def test_nobody_asks_uncounted(pages):  # noqa: F811
    """Every address has its policy; what costs much has the strictest."""
    endpoints = {rule.endpoint for rule in pages.url_map.iter_rules()}
    assert {one for one in endpoints if not policy_of(pages, one)} <= UNCOUNTED
    assert {one for one in endpoints if policy_of(pages, one) == "check"} == {
        "inquiry.ask",
        "verification.check",
        "postbox_api.preview_deadlines",
    }


@pytest.fixture
def counted(app, box):
    """The application as it is served, with small quotas."""
    pace = Pace(limiter_of(LimitSettings(page=4, call=6, check=2, client=3)))
    object.__setattr__(app.extensions["postbox"], "pace", pace)
    return dress(app, title="Postfach", pace=pace)


def ask(app, method: str, path: str, address: str = "203.0.113.1", **options):
    return app.test_client().open(path, method=method, base_url=BASE, environ_base={"REMOTE_ADDR": address}, **options)


@pytest.mark.parametrize(
    ("method", "path", "quota", "kind"),
    [
        ("GET", "/deadlines", 4, "text/html"),
        ("GET", "/verify", 4, "text/html"),
        ("GET", "/login", 4, "text/html"),
        ("GET", "/callback", 4, "text/html"),
        ("POST", "/v1/deadlines/preview", 2, "application/problem+json"),
        ("POST", "/v1/notices", 6, "application/problem+json"),
        ("GET", "/v1/guess", 6, "application/problem+json"),
        ("GET", "/log/checkpoint", 6, "application/problem+json"),
        ("GET", "/casework/", 6, "text/html"),
    ],
)
def test_public_pages_and_api_are_counted_by_network(counted, method: str, path: str, quota: int, kind: str):
    answers = [ask(counted, method, path) for _ in range(quota + 1)]
    assert [one.status_code == 429 for one in answers] == [False] * quota + [True]
    assert answers[-1].mimetype == kind
    assert int(answers[-1].headers["Retry-After"]) > 0
    assert "RateLimit" in answers[0].headers
    assert ask(counted, method, path, address="203.0.113.2").status_code != 429


def test_an_application_is_counted_wherever_it_calls_from(counted, gate):
    """After its token was verified: nobody else can use its quota up."""
    headers = {"Authorization": f"Bearer {gate.access_token()}"}
    forged = {"Authorization": f"Bearer {gate.access_token()[:-4]}AAAA"}
    for number in range(5):
        assert ask(counted, "GET", "/v1/notices/x", f"192.0.2.{number}", headers=forged).status_code == 401
    answers = [ask(counted, "GET", "/v1/notices/x", f"198.51.100.{number}", headers=headers) for number in range(4)]
    assert [one.status_code for one in answers] == [404, 404, 404, 429]
    assert answers[-1].json["code"] == "too-many-requests"
    other = {"Authorization": f"Bearer {gate.access_token(client_id=f'not-{CLIENT}')}"}
    assert ask(counted, "GET", "/v1/notices/x", headers=other).status_code == 404
