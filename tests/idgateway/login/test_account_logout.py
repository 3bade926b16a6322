"""Logging out at a Servicekonto ends the gate's sessions of that person, and of nobody else."""

from datetime import timedelta

import pytest

from tests.http import forms_of
from tests.idgateway.login.elsewhere import SLO, Account
from tests.idgateway.login.world import NOW, query_of
from tests.idgateway.upstream import idp, logout


@pytest.fixture
def account(tmp_path, gate_database, keyring, registered) -> Account:
    """The gate at work, with a Servicekonto behind it."""
    return Account("servicekonto-sh", tmp_path, gate_database, keyring, registered)


def _is_in(person, client_id: str = "urkunde") -> bool:
    return "code" in query_of(person.authorize(client_id, prompt="none").location)


def test_a_logout_at_the_account_ends_that_persons_sessions(account):
    """Two browsers of one person are out, another person stays in, and the word back is a form to the account."""
    here, there, other = account.log_in("a-1"), account.log_in("a-1", "wohngeld"), account.log_in("b-2")
    assert (_is_in(here), _is_in(there, "wohngeld"), _is_in(other)) == (True, True, True)
    page = account.log_out(logout.request(NOW, slo_url=SLO, name_id="a-1"))
    assert page.status_code == 200
    form = forms_of(page.text)[0]
    assert form["action"] == idp.SLO_URL
    assert form["fields"]["RelayState"] == "r1"
    assert "form-action 'self' https://idp.example" in page.headers["Content-Security-Policy"]
    answer = idp.etree.fromstring(idp.base64.b64decode(form["fields"]["SAMLResponse"]))
    words = [code.get("Value").removeprefix(idp.STATUS) for code in answer.iter(f"{{{idp.P}}}StatusCode")]
    assert words == ["Success", "PartialLogout"], "neither application can be told, and we say so"
    assert (_is_in(here), _is_in(there, "wohngeld"), _is_in(other)) == (False, False, True)


@pytest.mark.parametrize("flaw", [{"key": "foreign"}, {"signed": False}])
def test_a_forged_logout_ends_nothing(account, flaw):
    """Without the account's signature nobody is logged out, and the page says nothing a forger could use."""
    person = account.log_in("a-1")
    page = account.log_out(logout.request(NOW, slo_url=SLO, name_id="a-1", **flaw))
    assert page.status_code == 400
    assert "a-1" not in page.text
    assert _is_in(person)


def test_a_logout_request_counts_once(account):
    """Sent again after a new login, the old request ends nothing."""
    account.log_in("a-1")
    field = logout.request(NOW, slo_url=SLO, name_id="a-1")
    assert account.log_out(field).status_code == 200
    account.world.clock.now += timedelta(seconds=30)
    person = account.log_in("a-1")
    assert account.log_out(field).status_code == 400
    assert _is_in(person)


def test_who_has_no_session_is_logged_out_too(account):
    """Somebody unknown has nothing to end; the account hears that nobody is left here."""
    page = account.log_out(logout.request(NOW, slo_url=SLO, name_id="stranger"))
    answer = forms_of(page.text)[0]["fields"]["SAMLResponse"]
    assert b"PartialLogout" not in idp.base64.b64decode(answer)


def test_accounts_that_know_no_logout_have_no_address(account, door):
    """BundID knows no single logout: there is nothing to post to."""
    field = logout.request(NOW, slo_url=SLO)
    assert door.world.app.test_client().post("/saml/bundid/slo", data={"SAMLRequest": field}).status_code == 404
    assert account.post("/saml/staff/slo", {"SAMLRequest": field}).status_code == 404
    assert account.post("/saml/nobody/slo", {"SAMLRequest": field}).status_code == 404


def test_a_saml_answer_in_an_address_is_nobodys(account, monkeypatch):
    """SAML answers come by form: by a link, where logs and neighbours read it, the same answer is none; by form it is."""
    post, by_link = account.post, []

    def link_first(path: str, fields: dict[str, str]):
        query = {**fields, "state": fields["RelayState"]}
        by_link.append(account.world.browser().get("/oidc/bundid/callback", query_string=query).status_code)
        return post(path, fields)

    monkeypatch.setattr(account, "post", link_first)
    assert _is_in(account.log_in("a-1"))
    assert by_link == [404]
