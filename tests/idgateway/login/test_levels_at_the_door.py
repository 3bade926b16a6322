"""E9 with actual answers: what an account really says of its level, or leaves out, arrives at the gate's own door.

``provider/test_levels`` judges the rules over the whole product; here the same sample of wishes meets signed answers.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from idgateway.app import create_app
from idgateway.settings import OidcProvider
from idgateway.upstream.oidc.provider import OidcUpstream
from keys.jwk import public_jwks
from keys.keyring import Keyring, Purpose
from runtime.database import Database
from runtime.shell import dress
from tests.http import forms_of, links_of
from tests.idgateway.login.door import Door, logged_in
from tests.idgateway.login.world import CALLBACK, ISSUER, NOW, Clock, HonestProvider, World, query_of, settings_in
from tests.idgateway.provider.test_levels import DELIVERED, MINIMUM, RANK, SAMPLE, _acr, asked, needed, uri
from tests.idgateway.upstream import op


@pytest.fixture
def dialect() -> str:
    """Levels never reach the database."""
    return "sqlite"


@pytest.mark.parametrize(("requested", "carrier", "client"), SAMPLE)
def test_e9_a_saml_answer_without_a_known_level_is_none(door: Door, requested: str, carrier: str, client: str):
    """Missing and unknown: a page, no way on and no session, whatever was asked for; the same answer with its level is one."""
    wishes = asked(requested, carrier)
    person = door.world.browser()

    def answered(fault: str):
        form = forms_of(person.authorize(client, **wishes).text)[0]
        return door.deliver(door.told(form, person="erika-eid", fault=fault)["fields"])

    for fault, code in (("class-reference-empty", "level-missing"), ("level-unknown", "level-unknown")):
        refused = answered(fault)
        assert refused.status_code == 400
        assert code in refused.text
        assert "Location" not in refused.headers
        silent = query_of(person.authorize(client, prompt="none", **wishes).location)
        assert silent["error"] == "login_required"
    assert logged_in(person, answered(""))
    assert "code" in query_of(person.authorize(client, prompt="none", **wishes).location)


@pytest.fixture
def account(keyring: Keyring) -> Iterator[op.Provider]:
    """An OpenID Provider on the loopback that says of the level whatever it is told to."""
    with op.running() as running:
        running.client_keys = public_jwks(keyring, [Purpose.CLIENT_AUTHENTICATION], NOW)
        yield running


@pytest.fixture
def beside(  # noqa: PLR0917 - what a gate is made of
    tmp_path: Path, gate_database: Database, keyring: Keyring, postbox_keyring: Keyring, client_keys: dict, account
) -> World:
    """The gate with this account in the place of BundID."""
    words = {uri(word): word for word in RANK}
    settings = OidcProvider(
        name="bundid", title="Konto", issuer=account.issuer, client_id=op.CLIENT_ID, levels=words, id_token_algorithm="ES256"
    )  # fmt: skip
    upstream = OidcUpstream(settings, keyring, f"{ISSUER}/oidc/bundid/callback")
    others = {name: HonestProvider(name) for name in ("bayernid", "staff")}
    known = settings_in(tmp_path, client_keys, public_jwks(postbox_keyring, (Purpose.ADDRESS_ENCRYPTION,), NOW))
    clock = Clock()
    app = create_app(known, gate_database, keyring, clock=clock, upstreams={"bundid": upstream, **others})
    return World(app=dress(app, title="Anmeldung", demo=True), clock=clock, providers=others, keys=client_keys)


@pytest.mark.parametrize(("requested", "carrier", "client"), SAMPLE)
def test_e9_an_id_token_is_worth_what_its_acr_says(
    beside: World, account: op.Provider, requested: str, carrier: str, client: str
):
    """Every delivered level, fresh and from the session: a code with it, a refusal for too little, a page for nothing."""
    wanted, wishes = needed(requested, carrier, MINIMUM[client]), asked(requested, carrier)
    for delivered in DELIVERED:
        person = beside.browser()
        account.claims = {"sub": "erika", "acr": None if delivered == "missing" else uri(delivered)}
        back = account.login(person.authorize(client, **wishes).location)
        there = beside.app.test_client().get("/oidc/bundid/callback", query_string=back, base_url=ISSUER)
        silent = lambda: query_of(person.authorize(client, prompt="none", **wishes).location)  # noqa: B023, E731
        if delivered == "missing":
            assert (there.status_code, "Location" in there.headers) == (400, False)
            assert silent()["error"] == "login_required"
        elif RANK.get(delivered, 0) >= wanted:
            code = query_of(person.get(there.location.removeprefix(ISSUER)).location)["code"]
            assert _acr(person.redeem(code, client).json["id_token"]) == uri(delivered)
            assert "code" in silent()
        else:
            page = person.get(there.location.removeprefix(ISSUER))
            told = query_of(next(link for link in links_of(page.text) if link.startswith(CALLBACK)))
            assert told["error"] == "unmet_authentication_requirements"
            assert "code" not in told
            assert silent()["error"] == "login_required"
