"""The pages: plainly a simulator, in two languages, without JavaScript, under a strict policy."""

import re
from datetime import timedelta

from idgateway.simulator.words import WORDS

BRAND = "Simulator – keine echte BundID"


def _pages(walk):
    path = walk.begin()
    walk.choose(path, "erika-eid")
    yield walk.client.get("/")
    yield walk.client.get(path)
    yield walk.client.get(f"{path}/means/eID")
    yield walk.client.get(f"{path}/data")
    yield walk.client.post(f"{path}/answer", data={"decision": "agree"})
    yield walk.client.get("/error?idp.code=sim-request-stale")


def test_every_page_says_that_it_is_no_bundid(walk):
    """Title, banner and headline say so; there is one headline, one main, a language, a skip link."""
    for page in _pages(walk):
        assert re.search(rf"<title>[^<]+ · {BRAND}</title>", page.text)
        assert re.search(rf"<h1>.*{BRAND}", page.text)
        for once in ("<h1>", "<main ", "<header>", "<footer>", 'href="#main"', '<html lang="de">'):
            assert page.text.count(once) == 1, once


def test_titles_name_their_step(walk):
    """No two steps share a title."""
    titles = [re.search("<title>(.*?) ·", page.text)[1] for page in _pages(walk)]
    assert len(set(titles)) == len(titles)


def test_the_policy_is_strict_and_lets_the_answer_out(walk):
    """No page may load or send anything elsewhere; only the answer's page may post to the service's host."""
    for page in _pages(walk):
        policy = page.headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; style-src 'self'; script-src 'nonce-")
        assert "frame-ancestors 'none'; base-uri 'none'" in policy
        assert ("http://localhost:*" in policy) == ("SAMLResponse" in page.text)
        assert page.headers["X-Frame-Options"] == "DENY"
        assert page.headers["Cache-Control"] == "no-store"
        assert "Set-Cookie" not in page.headers
        for script in re.findall("<script[^>]*>", page.text):
            assert re.search(r"nonce-([\w-]+)", policy)[1] in script


def test_the_way_works_without_javascript(walk):
    """Every step is a link or a button; the last one is visible."""
    page = walk.answer(walk.begin(), "erika-eid").page
    assert re.search(r'<button class="primary">\s*Weiter zum Dienst\s*</button>', page.text)


def test_english_stays_english(walk):
    """``?lang=en`` on one page carries over to the next ones of this login, and the extension's language counts."""
    path = walk.begin()
    assert '<html lang="en">' in walk.client.get(f"{path}?lang=en").text
    assert "Choose a test person" in walk.client.get(f"{path}/means/eID").text
    english = walk.begin(extension=walk.provider.extension(extra="<u:Lang>en</u:Lang>"))
    assert "Choose how to log in" in walk.client.get(english).text
    assert "Anmeldemittel wählen" in walk.client.get(f"{english}?lang=de").text


def test_all_words_exist_in_both_languages():
    """No sentence is empty or, unless it is a term, the same in both."""
    for key, (german, english) in WORDS.items():
        assert german, key
        assert english, key
        assert german != english or key == "error.code", key


def test_data_are_shown_before_they_go(walk):
    """The consent page lists each value with its trust, what is missing, and the service's name."""
    extension = walk.provider.extension(wanted=("surname", "postalAddress", "mail"))
    page = walk.choose(walk.begin(extension=extension), "no-street-eid").text
    assert "HALLIGER" in page
    assert "Vertrauen: HOCH" in page
    assert "Musterstadt: Urkunden" in page
    assert re.search(r"nicht vorhanden</h2>\s*<ul>\s*<li class=\"break\">Straße und Hausnummer", page)
    assert "<details>" in page


def test_names_are_escaped(walk):
    """A service's name is text, never markup."""
    name = "<u:OrganizationDisplayName>&lt;b&gt;Amt&lt;/b&gt;</u:OrganizationDisplayName>"
    page = walk.client.get(walk.begin(extension=walk.provider.extension(organization=name))).text
    assert "&lt;b&gt;Amt" in page
    assert "<b>Amt" not in page


def test_an_expired_or_unknown_login_gets_a_page(walk):
    """After half an hour, and for handles nobody gave out, the page says to begin again."""
    path = walk.begin()
    walk.clock.now += timedelta(minutes=29)
    assert walk.client.get(path).status_code == 200
    walk.clock.now += timedelta(minutes=2)
    for gone in (path, "/login/nobody", "/login/nobody/data"):
        assert walk.client.get(gone).location == "/error?idp.code=sim-login-unknown"
    assert walk.client.post("/login/nobody/answer").location == "/error?idp.code=sim-login-unknown"


def test_skipping_the_person_leads_back_to_the_means(walk):
    """Without a person there are no data and no answer but a cancellation."""
    path = walk.begin()
    assert walk.client.get(f"{path}/data").location == path
    assert walk.client.post(f"{path}/answer", data={"decision": "agree"}).location == path
    assert walk.client.post(f"{path}/person", data={"person": "nobody"}).location == path


def test_no_address_and_no_log_line_names_a_person(walk, caplog):
    """Paths carry handles and means only."""
    with caplog.at_level("DEBUG"):
        path = walk.begin()
        walk.answer(path, "erika-eid")
        walk.code_of({"SAMLRequest": "junk"})
    assert "erika" not in caplog.text.lower()
    assert "mustermann" not in caplog.text.lower()


def test_health(walk):
    """The supervisor's question is answered."""
    assert walk.client.get("/healthz").text == "ok\n"
