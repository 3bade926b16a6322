"""One browser, several tabs: every login that was begun also ends, whichever comes back first."""

from tests.flows.acts import Acts
from tests.flows.conftest import Demo


def test_every_tab_logs_in(demo: Demo) -> None:
    """Town twice and postbox twice, begun one after the other, finished backwards; nobody meets an error."""
    person = Acts(demo=demo)
    town, postbox = f"{demo.town}/urkunde/anmelden", f"{demo.postbox}/login?level=high&next="
    begun = [
        (person.get(town), f"{demo.town}/urkunde/antrag"),
        (person.get(f"{postbox}/"), f"{demo.postbox}/"),
        (person.get(town), f"{demo.town}/urkunde/antrag"),
        (person.get(f"{postbox}/verify"), f"{demo.postbox}/verify"),
    ]
    for handover, home in reversed(begun):
        page = person.log_in(handover, "erika-eid")
        assert page.status_code == 200, page.text
        assert page.url == home


def test_cancelling_in_one_tab_leaves_the_other(demo: Demo) -> None:
    """Back to the service in one tab is a sentence there; the other tab's login goes on."""
    person = Acts(demo=demo)
    first, second = (person.get(f"{demo.town}/urkunde/anmelden") for _ in range(2))
    page = person.browser.submit(first)
    back = next(part.split('"')[0] for part in page.text.split('href="') if part.startswith(f"{demo.gate}/back/"))
    cancelled = person.get(back)
    assert cancelled.url.startswith(f"{demo.town}/urkunde/callback")
    assert "Anmeldung abgebrochen" in cancelled.text
    assert person.log_in(second, "erika-eid").url == f"{demo.town}/urkunde/antrag"
