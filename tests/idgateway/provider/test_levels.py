"""E9: which level is needed and which is enough, over every combination; an oracle of ranks says what has to come of it.

The rules are judged over the whole product; a sample of it goes through the gate's own door.
"""

import base64
import itertools
import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from lxml import etree
from sqlalchemy import select

from idgateway.assurance import STORK, Level, acr_of
from idgateway.errors import AnswerRefused, LevelNotReached, RequestRefused
from idgateway.provider.client_keys import ClientKeys
from idgateway.provider.draft import Draft, Sources
from idgateway.provider.request import from_json
from idgateway.provider.wishes import check_claims, check_level
from idgateway.sessions import may_serve
from idgateway.store.sessions import Session
from idgateway.store.tables import attempts
from idgateway.upstream.oidc.levels import LevelSource as OidcSource
from idgateway.upstream.saml.profile import LevelSource as SamlSource
from idgateway.upstream.saml.statement import check_level as check_delivered
from tests.http import links_of
from tests.idgateway.login.world import CALLBACK, ISSUER, NOW, World, query_of

SOURCES = Sources(
    our_keys=dict, client_keys=ClientKeys(demo=True), fetched=lambda address, _: address
)  # levels ask nothing of them
RANK = {"basic": 1, "low": 2, "substantial": 3, "high": 4}  # the oracle's own order, without the code's
REQUESTED = ("none", "basic", "low", "substantial", "high", "unknown")
CARRIERS = ("acr_values", "essential", "voluntary")
MINIMA = ("basic", "low", "substantial", "high")
DELIVERED = ("missing", "unknown", "basic", "low", "substantial", "high")


def needed(requested: str, carrier: str, minimum: str) -> int | None:
    """The oracle: the rank that is needed; None where the request itself is refused."""
    if requested == "unknown" and carrier == "essential":
        return None
    return max(RANK[minimum], RANK.get(requested, 0))


def uri(word: str) -> str:
    return {"basic": f"{ISSUER}/loa/basic", "unknown": "urn:moon"}.get(word, f"http://eidas.europa.eu/LoA/{word}")


def asked(requested: str, carrier: str) -> dict[str, str]:
    """The parameters of a request that wishes a level in this way."""
    if requested == "none":
        return {}
    if carrier == "acr_values":
        return {"acr_values": uri(requested)}
    acr = {"essential": carrier == "essential", "values": [uri(requested)]}
    return {"claims": json.dumps({"id_token": {"acr": acr}})}


@pytest.fixture
def dialect() -> str:
    """Levels never reach the database."""
    return "sqlite"


@pytest.fixture
def request_of(world: World):
    """A checked request at a client of this minimum."""
    gate = world.app.extensions["gate"]

    def make(requested: str, carrier: str, minimum: str):
        client = replace(gate.clients["urkunde"], minimum_level=Level(RANK[minimum]))
        empty = {"clients": {}, "issuer": ISSUER, "now": NOW, "sources": SOURCES, "pushed": False, "client": client}
        return check_level(check_claims(Draft(given=asked(requested, carrier), repeated=frozenset(), **empty)))

    return make


def test_e9_the_needed_level_is_the_oracles(request_of):
    for requested, carrier, minimum in itertools.product(REQUESTED, CARRIERS, MINIMA):
        wanted = needed(requested, carrier, minimum)
        if wanted is None:
            with pytest.raises(RequestRefused) as refused:
                request_of(requested, carrier, minimum)
            assert refused.value.code == "unmet_authentication_requirements"
        else:
            assert request_of(requested, carrier, minimum).level == wanted, (requested, carrier, minimum)


def test_e9_what_is_delivered_is_enough_or_brings_nothing():
    """Fresh, over the whole product and both protocols: missing and unknown reach nothing, not even the lowest wish."""
    words = {**STORK, "https://konto.example/basic": Level.BASIC}
    saml = SamlSource(reference=True, words=words)
    oidc = OidcSource(vouched=None, by_acr=words)
    ways = {
        "saml": lambda word, level: check_delivered(_statement(word), {}, saml, level),
        "oidc": lambda word, level: oidc.judge({} if word is None else {"acr": word}, level),
    }
    seen = set()
    for requested, carrier, minimum, delivered, way in itertools.product(REQUESTED, CARRIERS, MINIMA, DELIVERED, ways):
        wanted, rank = needed(requested, carrier, minimum), RANK.get(delivered, 0)
        if wanted is None:
            continue
        word = {"missing": None, "unknown": "urn:moon"}.get(delivered, f"STORK-QAA-Level-{rank}")
        if rank >= wanted:
            assert ways[way](word, Level(wanted)) == rank
        else:
            with pytest.raises((AnswerRefused, LevelNotReached)):
                ways[way](word, Level(wanted))
        seen.add(rank >= wanted)
    assert seen == {True, False}


def _statement(word: str | None) -> Any:
    inside = f"<AuthnContextClassRef>{word}</AuthnContextClassRef>" if word else ""
    context = f"<AuthnStatement><AuthnContext>{inside}</AuthnContext></AuthnStatement>"
    return etree.fromstring(f'<Assertion xmlns="urn:oasis:names:tc:SAML:2.0:assertion">{context}</Assertion>')


def test_e9_several_wishes_never_lower_the_minimum(request_of):
    """Of several voluntary ones the first known counts, of several musts the least; both only upwards."""
    for first, second, minimum in itertools.product(RANK, RANK, MINIMA):
        values = f"{uri(first)} {uri(second)}"
        draft = request_of("none", "acr_values", minimum)
        wish = check_level(replace(draft, given={"acr_values": values}))
        assert wish.level == max(RANK[minimum], RANK[first])
        must = check_level(replace(draft, essential_acr=(uri(first), uri(second))))
        assert must.level == max(RANK[minimum], min(RANK[first], RANK[second]))


def test_e9_a_session_serves_what_its_level_reaches_and_no_more(world: World):
    """Single sign-on over the whole product: an older login answers silently only where it reaches what is needed."""
    gate, person = world.app.extensions["gate"], world.browser()
    person.authorize()
    with gate.database.read() as connection:
        stored = connection.execute(select(attempts.c.request)).scalar()
    request = from_json(stored)
    assert request.level is Level.SUBSTANTIAL
    for level, delivered in itertools.product(Level, Level):
        ends = NOW + timedelta(minutes=5)
        session = Session(
            session_hash=b"", sid="s", link_id="l", assertion=b"", client_id="urkunde", provider="bundid",
            level=delivered, authenticated_at=NOW, idle_ends_at=ends, ends_at=ends,
        )  # fmt: skip
        served = may_serve(session, replace(request, level=level), gate.clients, NOW)
        assert served is (delivered.value >= level.value), (level, delivered)


# requested, carrier, client: through the door, with every delivered level, fresh and from a session.
SAMPLE = [
    ("none", "acr_values", "wohngeld"),
    ("low", "acr_values", "wohngeld"),
    ("substantial", "essential", "wohngeld"),
    ("basic", "voluntary", "urkunde"),
    ("high", "essential", "urkunde"),
]
MINIMUM = {"wohngeld": "basic", "urkunde": "substantial"}


@pytest.mark.parametrize(("requested", "carrier", "client"), SAMPLE)
def test_e9_through_the_door(world: World, requested: str, carrier: str, client: str):
    """Fresh: a code with the delivered acr, or unmet_authentication_requirements. From a session: silent, or refused."""
    wanted, wishes = needed(requested, carrier, MINIMUM[client]), asked(requested, carrier)
    for delivered, rank in RANK.items():
        person = world.browser()
        if rank >= wanted:
            tokens = person.redeem(person.login(client, said={"level": rank}, **wishes)["code"], client).json
            assert _acr(tokens["id_token"]) == uri(delivered) == acr_of(Level(rank), ISSUER)
        else:
            page = person.get(person.answered(person.authorize(client, **wishes), level=rank).location[len(ISSUER) :])
            told = query_of(next(link for link in links_of(page.text) if link.startswith(CALLBACK)))
            assert told["error"] == "unmet_authentication_requirements"
            assert "code" not in told
        if rank >= RANK[MINIMUM[client]]:
            again = world.browser()
            again.login(client, said={"level": rank})
            silent = query_of(again.authorize(client, prompt="none", **wishes).location)
            assert ("code" in silent) is (rank >= wanted), (delivered, silent)
            assert silent.get("error", "login_required") == "login_required"


def _acr(token: str) -> str:
    body = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))["acr"]
