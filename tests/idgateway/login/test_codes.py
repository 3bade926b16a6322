"""Every code that anybody meets is explained at ``/codes``, and where an application meets it a link leads there."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from idgateway import errors as ours
from idgateway.codes import GROUPS
from idgateway.endings import ENDINGS
from tests.idgateway.conformance.fapi import redeemed
from tests.idgateway.login.world import CALLBACK, Person, World
from tests.idgateway.refusals import PROTECTION
from tests.proofs import OTHER

GATE = Path(__file__).parents[3] / "idgateway"
# What never reaches a request: it stops the start, or is the outcome of a command.
AT_START = {"NotConfigured", "GateError", "Change", "Face", "LoginEnded"}
ELSEWHERE = {"simulator", "sp_check", "migrations"}
WORD = re.compile(r"[a-z]+([-_][a-z0-9]+)*")
NOT_SHOWN = {"not-configured"}


def modules() -> Iterator[ast.Module]:
    for path in GATE.rglob("*.py"):
        if not ELSEWHERE & set(path.parts):
            yield ast.parse(path.read_text(encoding="utf-8"))


def refusing() -> set[str]:
    """The names of our errors, and of the helpers that make them."""
    kinds = {name for name, kind in vars(ours).items() if isinstance(kind, type) and issubclass(kind, ours.GateError)}
    return (kinds - AT_START) | {"_lost", "_refused", "_invalid", "refused", "check_equal", "OAuth2Error"}


def raised() -> set[str]:
    """The codes in the source: of classes, and given where an error is made or a logout found faulty."""
    found, names = set(), refusing()
    for node in (node for module in modules() for node in ast.walk(module)):
        if isinstance(node, ast.ClassDef):
            found |= {
                one.value.value
                for one in node.body
                if isinstance(one, ast.Assign)
                and isinstance(one.value, ast.Constant)
                and getattr(one.targets[0], "id", "") in ("code", "error")
            }
        if isinstance(node, ast.Call):
            called = getattr(node.func, "attr", getattr(node.func, "id", ""))
            given = [*node.args[2:], *(one.value for one in node.keywords if one.arg in ("code", "fault"))]
            given += node.args[1:2] if called in ("_lost", "_refused", "refused") else []
            if called in names or any(one.arg == "fault" for one in node.keywords):
                found |= {str(one.value) for one in given if isinstance(one, ast.Constant)}
    return {code for code in found if WORD.fullmatch(code)} - NOT_SHOWN


def explained() -> set[str]:
    return set(ENDINGS) | {code for codes in GROUPS.values() for code in codes}


def test_every_code_of_the_source_is_explained():
    """Whoever adds one says in ``idgateway/codes.py`` what it means and what to do."""
    found = raised() | set(PROTECTION.values())
    assert len(found) > 90
    assert found - explained() == set()


def test_no_code_is_explained_twice():
    """One row each; the ways a login can end have theirs elsewhere."""
    rows = [*ENDINGS, *(code for codes in GROUPS.values() for code in codes)]
    assert sorted(rows) == sorted(set(rows))


@pytest.fixture
def dialect() -> str:
    """What is told does not depend on the engine."""
    return "sqlite"


@pytest.fixture
def person(world: World) -> Person:
    """A browser."""
    return world.browser()


def test_the_page_has_a_place_for_each(person: Person):
    """So that the link on an error page, and ``error_uri``, lead to the row."""
    places = set(re.findall(r'<tr id="([^"]+)"', person.get("/codes").text))
    assert explained() <= places


def told(answer) -> tuple[str, str]:
    assert answer.json["error_uri"] == f"http://localhost:8080/codes#{answer.json['error']}"
    assert answer.json["error"] in explained()
    return answer.json["error"], answer.json.get("error_description", "")


def test_a_refusal_names_the_cause_to_the_application_and_to_the_log(person: Person, capsys):
    """The same sentence in the answer and in the line with the request's number."""
    code = person.login()["code"]
    assert person.redeem(code).status_code == 200
    again = person.redeem(code)
    assert told(again) == ("invalid_grant", "The code was used before.")
    written = capsys.readouterr()
    told_of = [one for one in (written.out + written.err).splitlines() if again.headers["X-Request-ID"] in one]
    (line,) = (one for one in told_of if "token-denied" in one)
    for word in ("invalid_grant", "The code was used before.", "urkunde"):
        assert word in line


def test_each_cause_of_a_lost_code_or_token_is_told_apart(person: Person):
    """Too old, for another key, ended; and another application's is nobody's, as one that never was."""
    code = person.login()["code"]
    person.world.clock.turn(seconds=61)
    assert told(person.redeem(code))[1] == "The code is too old."
    bound = person.login("fapi", dpop_jkt=OTHER.thumbprint())["code"]
    assert told(redeemed(person, bound))[1] == "The code is bound to another key."
    assert told(person.redeem(person.login()["code"], "lorsch")) == told(person.redeem("x", "lorsch"))
    lasting = person.lasting("fapi", scope="openid offline_access")["refresh_token"]
    form = {"grant_type": "refresh_token", "refresh_token": lasting, **person.proof("fapi")}
    assert "bound to another key" in told(person.post("/token", data=form, headers={"DPoP": person_proof(person)}))[1]
    person.world.clock.turn(hours=13)
    assert told(person.refresh(lasting, "fapi"))[1] == "What the refresh token was given for has ended."


def person_proof(person: Person) -> str:
    from tests.proofs import proof_of

    return proof_of("http://localhost:8080/token", person.world.clock.now, OTHER)


@pytest.mark.parametrize("path", ["/token", "/par", "/introspect", "/revoke"])
def test_every_endpoint_links_to_the_explanation(person: Person, path: str):
    """Without proof, with two proofs, with a parameter twice."""
    assert (
        told(person.post(path, data={"client_id": "urkunde", "grant_type": "client_credentials"}))[0]
        == "invalid_client"
    )
    twice = "client_id=a&client_id=b"
    assert told(person.post(path, data=twice, content_type="application/x-www-form-urlencoded"))[0] == "invalid_request"
    strange = person.post("/token", data={"grant_type": "pass\x00word", **person.proof()})
    assert told(strange)[0] == "unsupported_grant_type"


def test_the_person_reads_a_sentence_and_has_a_way_back(person: Person):
    """What the integrator has to mend is no dead end for the citizen: a title, a way on, the number, the link."""
    page = person.get("/authorize", query_string=person.request_of(redirect_uri=f"{CALLBACK}/x"))
    assert page.status_code == 400
    for text in ("Der Rückweg ist nicht bekannt", "redirect-not-registered", page.headers["X-Request-ID"]):
        assert text in page.text
    assert 'href="http://localhost:8083/"' in page.text
    assert 'href="/codes#redirect-not-registered"' in page.text
