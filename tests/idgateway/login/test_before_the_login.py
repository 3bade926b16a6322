"""The page before the login: what it says, when it is shown, and that machines never meet it."""

import re
from dataclasses import replace

import pytest

from idgateway.app import create_app
from idgateway.errors import NotConfigured
from idgateway.provider.clients import load_clients
from runtime.shell import dress
from tests.http import links_of
from tests.idgateway.login.world import CALLBACK, ISSUER, World, query_of

WHAT_IT_MEANS = "Bevor Sie sich anmelden"


@pytest.fixture
def explaining(world: World, gate_database, keyring):
    """The world with the page before the login, for a client as given."""

    def make(client_id: str, **changes) -> World:
        settings = world.app.extensions["gate"].settings
        clients = tuple(replace(one, **changes) if one.client_id == client_id else one for one in settings.clients)
        app = create_app(
            replace(settings, clients=clients), gate_database, keyring, clock=world.clock, upstreams=world.providers
        )
        return World(app=dress(app, title="Anmeldung"), clock=world.clock, providers=world.providers, keys=world.keys)

    return make


def _on(page) -> str:
    """Where the page's first account leads."""
    return _ways(page)[0]


def _ways(page) -> list[str]:
    """Where the page's accounts lead; its language links stand before <main>."""
    return [link for link in links_of(page.text.partition("<main")[2]) if link.startswith("/authorize?")]


def test_the_page_says_what_the_login_means_and_leads_on(explaining):
    """Level, data, account; the link repeats the request and the login goes on to its code."""
    person = explaining("urkunde", explain_login="always").browser()
    page = person.authorize(scope="openid profile address postbox")
    assert page.status_code == 200
    for sentence in (WHAT_IT_MEANS, "substanziell", "Vornamen", "Anschrift", "digitales Postfach"):
        assert sentence in page.text
    assert "E-Mail-Adresse" not in page.text
    there = person.answered(person.get(_on(page)))
    assert "code" in query_of(person.get(there.location.removeprefix(ISSUER)).location)


def test_guests_learn_what_being_a_guest_means(explaining):
    """No postbox, not recognised again; where guests are not welcome, that is said instead."""
    guest = explaining("gast", explain_login="always").browser().authorize("gast")
    assert "Ein Gast hat kein digitales Postfach" in guest.text
    assert "wird nicht angeboten" not in guest.text
    other = explaining("wohngeld", explain_login="always").browser().authorize("wohngeld")
    assert "Eine Anmeldung als Gast wird nicht angeboten" in other.text


def test_first_means_once_in_a_browser(explaining):
    """Shown until somebody goes on, in every language; then not again in this browser, but in another one."""
    world = explaining("urkunde", explain_login="first")
    person = world.browser()
    assert WHAT_IT_MEANS in person.authorize().text
    page = person.authorize(lang="en")
    assert "Before you log in" in page.text
    assert "handover" in person.get(_on(page)).text
    assert "handover" in person.authorize().text
    assert WHAT_IT_MEANS in world.browser().authorize(lang="de").text
    told = person.http.get_cookie("__Host-gate-told", domain="localhost")
    assert told.secure
    assert told.http_only
    assert "urkunde" not in told.value


def test_always_means_always_and_never_never(explaining):
    """The application decides; one that names the account has said enough itself."""
    person = explaining("urkunde", explain_login="always").browser()
    person.get(_on(person.authorize()))
    assert WHAT_IT_MEANS in person.authorize().text
    assert "handover" in person.authorize(account="bundid").text
    assert "handover" in explaining("urkunde", explain_login="never").browser().authorize().text


def test_a_silent_request_meets_no_page(explaining):
    """prompt=none is answered at the application (OIDC Core 3.1.2.1), with a login and without."""
    person = explaining("urkunde", explain_login="always").browser()
    assert query_of(person.authorize(prompt="none").location)["error"] == "login_required"
    there = person.answered(person.get(_on(person.authorize())))
    person.get(there.location.removeprefix(ISSUER))
    assert "code" in query_of(person.authorize(prompt="none").location)
    assert "code" in query_of(person.authorize().location)


def test_several_accounts_are_told_apart(explaining):
    """Each with its title, the sentence whom it suits, and a link that names it; the way back is the application's."""
    world = explaining("wahl")
    page = world.browser().authorize("wahl")
    assert "Wie möchten Sie sich anmelden?" in page.text
    accounts = [query_of(link)["account"] for link in _ways(page)]
    assert accounts == ["bundid", "bayernid"]
    # Without English in the configuration its sentence is German on the English page too, and a screen reader hears so
    # (WCAG 2.2, 3.1.2).
    sentence = r"<p [^>]*{}>Für alle, die in Bayern wohnen"
    assert re.search(sentence.format('lang="de"'), world.browser().authorize("wahl", lang="en").text)
    assert re.search(sentence.format(""), page.text)
    assert not re.search(sentence.format('lang="de"'), page.text)
    assert any(link.startswith(CALLBACK.rpartition("/")[0]) for link in links_of(page.text))


def test_the_links_cannot_be_bent(explaining):
    """What a request adds is carried as text, and checked again where the link leads."""
    person = explaining("urkunde", explain_login="always").browser()
    page = person.authorize(state='"><script>alert(1)</script>', account="")
    assert "<script>alert" not in page.text
    assert person.get(_on(page).replace("account=bundid", "account=staff")).status_code == 303


def test_staff_are_told_nothing(explaining):
    """Who works here knows the account."""
    assert explaining("casework", explain_login="always").browser().authorize("casework").status_code == 200
    assert WHAT_IT_MEANS not in explaining("casework", explain_login="always").browser().authorize("casework").text


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"explain_login": "sometimes"}, "explain_login"),
        ({"initiate_login_uri": "https://elsewhere.example/login"}, "initiate_login_uri"),
    ],
)
def test_a_setting_that_cannot_be_right_stops_the_start(world: World, change: dict, word: str):
    """An unknown word, and a restart on somebody else's site; the twin without them starts."""
    settings = world.app.extensions["gate"].settings
    first, *others = settings.clients
    assert load_clients(settings)[first.client_id].restart.startswith(first.initiate_login_uri)
    with pytest.raises(NotConfigured, match=word):
        load_clients(replace(settings, clients=(replace(first, **change), *others)))


def test_the_language_is_the_persons_choice_then_the_applications_wish(explaining):
    """A link on the page wins over ui_locales, for the account's pages too; the account may speak more than we do."""
    world = explaining("urkunde", explain_login="always")
    person, provider = world.browser(), world.providers["bundid"]
    page = person.authorize(ui_locales="de", lang="en")
    assert "Before you log in" in page.text
    person.get(_on(page))
    assert provider.asks[-1].language == "en"
    assert "Before you log in" in person.authorize(ui_locales="de").text  # what was chosen is kept
    for wish, ours, theirs in (
        ("uk", "de", "uk"),
        ("ru-RU en", "en", "ru"),
        ("fr en-GB", "en", "en"),
        ("fr", "de", "de"),
    ):
        page = world.browser().authorize(ui_locales=wish)
        assert f'<html lang="{ours}">' in page.text, wish
        world.browser().get(_on(page))
        assert provider.asks[-1].language == theirs, wish
