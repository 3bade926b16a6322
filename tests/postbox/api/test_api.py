"""The API over HTTP: tokens first, problems with stable codes, nothing of another authority."""

import json
import tempfile
from datetime import timedelta
from io import BytesIO

import pytest
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from keys.custody import FileCustody
from keys.keyring import Purpose
from keys.tokens import sign_token
from postbox.api import openapi
from postbox.delivery.jobs import run_due
from postbox.proof.anchors import Anchors
from postbox.proof.verify import verify
from tests.postbox.conftest import BENSHEIM, NOON, VIERNHEIM, content, pdf


@pytest.fixture
def http(app):
    """A client of the API."""
    return app.test_client()


@pytest.fixture
def bearer(gate):
    """Headers of the specialist system of Viernheim."""
    return {"Authorization": f"Bearer {gate.access_token()}"}


def sent(http, headers, recipient, *, key="k1", document=None, **changes):
    document = pdf() if document is None else document
    text = json.dumps(content(recipient, **changes)).encode()
    parts = {
        "notice": FileStorage(BytesIO(text), "notice.json", content_type="application/json"),
        "document": FileStorage(BytesIO(document), "Bescheid.pdf", content_type="application/pdf"),
    }
    headers = {**headers, **({"Idempotency-Key": key} if key else {})}
    boundary, body = encode_multipart(parts)  # in memory; the test client itself would use a temporary file
    return http.post(
        "/v1/notices", data=body, headers=headers, content_type=f"multipart/form-data; boundary={boundary}"
    )


def problem(response, status, code):
    assert (response.status_code, response.content_type) == (status, "application/problem+json")
    body = response.get_json()
    assert (body["status"], body["code"]) == (status, code)
    assert body["type"] == f"urn:idgateway:problem:{code}"
    assert body["title"]
    assert body["instance"] == response.request.path
    assert body["request_id"]
    return body


def test_a_specialist_system_tells_the_whole_story_over_http(http, gate, bearer, box, clock):
    """Register, send, watch, prove: the bundle from the API verifies with the published anchors."""
    registered = http.post(
        "/v1/recipients",
        json={"postbox_address": gate.address(box, jti="api"), "case": {"reference": "U-2", "service": "Urkunde"}},
        headers=bearer,
    )
    assert registered.status_code == 201
    reference = registered.get_json()["recipient"]

    answer = sent(http, bearer, reference)
    assert answer.status_code == 201, answer.get_json()
    notice = answer.get_json()["notice"]
    assert answer.headers["Location"] == f"/v1/notices/{notice}"

    run_due(box, clock())
    seen = http.get(f"/v1/notices/{notice}", headers=bearer).get_json()
    assert (seen["status"], seen["evidence_status"]) == ("notified", "sealed")
    assert seen["dates"]["announced_strict"] == "2026-11-27"
    events = http.get(f"/v1/notices/{notice}/events", headers=bearer).get_json()["events"]
    assert [event["type"] for event in events] == [
        "SubmissionAcceptance",
        "ContentConsignment",
        "ConsignmentNotification",
    ]
    bundle = http.get(f"/v1/notices/{notice}/bundle", headers=bearer)
    assert bundle.content_type == "application/zip"
    anchors = Anchors.from_json(http.get("/log/keys").data)
    assert verify(bundle.data, anchors, clock()).ok


def test_a_notice_in_another_form_is_told_the_right_one(http, bearer, recipient):
    """A JSON body, however right, is no notice: the answer says what is, not that the JSON is wrong."""
    answer = http.post("/v1/notices", json=content(recipient), headers={**bearer, "Idempotency-Key": "k"})
    body = problem(answer, 422, "unacceptable")
    assert body["errors"][0]["code"] == "multipart-needed"
    assert "multipart/form-data" in body["detail"]


def test_the_same_request_gets_the_same_answer_and_says_that_it_is_a_repetition(http, bearer, recipient):
    """Same bytes, same key: same body, 201 again."""
    document = pdf()
    first, again = (sent(http, bearer, recipient, document=document) for _ in range(2))
    assert (first.status_code, first.get_json()) == (again.status_code, again.get_json())
    assert (first.headers["Idempotency-Replayed"], again.headers["Idempotency-Replayed"]) == ("false", "true")


def test_idempotency_faults_are_problems(http, bearer, recipient):
    """400 without a key, 422 with other content."""
    problem(sent(http, bearer, recipient, key=None), 400, "idempotency-key-missing")
    assert sent(http, bearer, recipient).status_code == 201
    problem(sent(http, bearer, recipient, title="Anderes"), 422, "idempotency-key-reused")


def foreign_token(gate, tmp_path):
    key = FileCustody(tmp_path / "f").ensure([Purpose.TOKEN_SIGNING], NOON).current(Purpose.TOKEN_SIGNING, NOON)
    stamp = int(NOON.timestamp())
    claims = {"iss": gate.issuer, "aud": "https://postbox.test", "client_id": "x", "authority": VIERNHEIM}
    return sign_token(key, {**claims, "scope": "notices:write", "exp": stamp + 60, "iat": stamp}, typ="at+jwt")


BAD_TOKENS = {
    "none": (lambda gate, _: None, 401, "token-missing"),
    "expired": (lambda gate, _: gate.access_token(NOON - timedelta(hours=1)), 401, "token-expired"),
    "other audience": (lambda gate, _: gate.access_token(aud="https://other.test"), 401, "token-audience"),
    "audience as list": (lambda gate, _: gate.access_token(aud=["https://postbox.test"]), 401, "token-audience"),
    "other issuer": (lambda gate, _: gate.access_token(iss="https://other.test"), 401, "token-issuer"),
    "an id token": (lambda gate, _: gate.sign({"aud": "https://postbox.test"}, "JWT"), 401, "token-type"),
    "foreign key": (foreign_token, 401, "token-key"),
    "nonsense": (lambda gate, _: "a.b.c", 401, "token-malformed"),
    "no client": (lambda gate, _: gate.access_token(client_id=None), 401, "token-claims"),
    "no authority": (lambda gate, _: gate.access_token(authority=""), 403, "no-authority"),
    "no scope": (lambda gate, _: gate.access_token(scope="openid"), 403, "insufficient-scope"),
}


@pytest.mark.parametrize("name", BAD_TOKENS)
def test_each_bad_token_is_refused_before_anything_is_looked_at(http, gate, recipient, tmp_path, name):
    """401 with a challenge, or 403; the content, good or bad, makes no difference."""
    make, status, code = BAD_TOKENS[name]
    token = make(gate, tmp_path)
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    good, bad = sent(http, headers, recipient), sent(http, headers, recipient, title="")
    problem(good, status, code)
    problem(bad, status, code)
    assert ("WWW-Authenticate" in good.headers) == (status == 401)


def test_an_unknown_key_asks_the_gate_again_but_not_for_every_token(http, gate, recipient, tmp_path, clock):
    """Somebody with nonsense tokens cannot make us ask the gate more than once in ten seconds."""
    assert sent(http, {"Authorization": f"Bearer {gate.access_token()}"}, recipient).status_code == 201
    foreign, asked = foreign_token(gate, tmp_path), gate.asked
    for _ in range(5):
        sent(http, {"Authorization": f"Bearer {foreign}"}, recipient)
    assert gate.asked == asked
    clock.forward(seconds=11)
    for _ in range(5):
        sent(http, {"Authorization": f"Bearer {foreign}"}, recipient)
    assert gate.asked == asked + 1


def test_another_authoritys_notice_is_not_found(http, gate, bearer, recipient):
    """The answer is that of a notice that never was, on every path."""
    notice = sent(http, bearer, recipient).get_json()["notice"]
    other = {"Authorization": f"Bearer {gate.access_token(authority=BENSHEIM)}"}
    for path in ("", "/events", "/bundle"):
        problem(http.get(f"/v1/notices/{notice}{path}", headers=other), 404, "not-found")
        assert http.get(f"/v1/notices/{notice}{path}", headers=bearer).status_code == 200
        problem(http.get(f"/v1/notices/ntc_unknown{path}", headers=bearer), 404, "not-found")


def test_reading_needs_a_scope_too(http, gate, bearer, recipient):
    """notices:read is enough for reading, recipients:write is not."""
    notice = sent(http, bearer, recipient).get_json()["notice"]
    reader = {"Authorization": f"Bearer {gate.access_token(scope='notices:read')}"}
    other = {"Authorization": f"Bearer {gate.access_token(scope='recipients:write')}"}
    assert http.get(f"/v1/notices/{notice}", headers=reader).status_code == 200
    problem(http.get(f"/v1/notices/{notice}", headers=other), 403, "insufficient-scope")
    problem(sent(http, reader, recipient), 403, "insufficient-scope")


def test_faults_of_a_notice_come_with_their_places(http, bearer, recipient):
    """One 422 names all of them by code and pointer."""
    body = problem(sent(http, bearer, recipient, title="", minimum_level="x"), 422, "unacceptable")
    assert {error["pointer"] for error in body["errors"]} == {"/title", "/minimum_level"}


def test_an_unknown_recipient_and_a_wrong_type_are_problems(http, bearer, recipient):
    """422 with the code that a program can act on."""
    problem(sent(http, bearer, "rcp_" + "0" * 26), 422, "unknown-recipient")
    body = problem(sent(http, bearer, recipient, document=b"plain"), 422, "unacceptable")
    assert body["errors"][0]["code"] == "not-a-pdf"


def test_too_large_is_413_however_it_is_found(http, bearer, recipient, settings):
    """One document above the cap, and a request above every cap."""
    cap = settings.max_document_bytes
    problem(sent(http, bearer, recipient, document=b"%PDF-" + bytes(cap)), 413, "too-large")
    problem(sent(http, bearer, recipient, document=bytes(cap * 3)), 413, "too-large")


def test_an_upload_never_becomes_a_temporary_file(http, bearer, recipient, monkeypatch):
    """The framework would put a large upload on the disk, unsealed; ours stays in memory."""

    def refused(*_args, **_options):
        raise AssertionError("a temporary file was opened")

    for name in ("TemporaryFile", "SpooledTemporaryFile", "NamedTemporaryFile", "mkstemp"):
        monkeypatch.setattr(tempfile, name, refused)
        monkeypatch.setattr(f"werkzeug.formparser.{name}", refused, raising=False)
    assert sent(http, bearer, recipient, document=pdf(pad=900_000)).status_code == 201


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"a":1,"a":2}', b"\xff", b"[" * 5000])
def test_malformed_json_is_a_problem(http, bearer, body):
    """No JSON, no object, a name twice: told, never a traceback."""
    answer = http.post("/v1/recipients", data=body, headers=bearer, content_type="application/json")
    problem(answer, 422, "unacceptable")


def test_unknown_paths_and_methods_are_problems(http):
    """Nothing under /v1 answers with a page."""
    problem(http.get("/v1/nothing"), 404, "not-found")
    problem(http.delete("/v1/notices"), 404, "not-found")
    problem(http.get("/v1/"), 404, "not-found")


def test_health_and_readiness_tell_different_things(http, postbox_database):
    """Alive is alive; ready needs database and keys."""
    assert http.get("/healthz").get_json() == {"status": "alive"}
    ready = http.get("/readyz")
    assert (ready.status_code, ready.get_json()) == (200, {"status": "ready", "database": True, "keys": True})


def test_without_tables_or_keys_it_is_not_ready(settings, empty_database, keyring, clock):
    """A database that was never migrated, and a keyring without keys: 503, while alive stays 200."""
    from keys.keyring import Keyring
    from postbox.app import create_app

    client = create_app(settings, empty_database, Keyring([]), clock=clock).test_client()
    answer = client.get("/readyz")
    assert (answer.status_code, answer.get_json()["database"], answer.get_json()["keys"]) == (503, False, False)
    assert client.get("/healthz").status_code == 200


def test_only_public_keys_are_published(http):
    """The key sets hold no private member and no key of another purpose."""
    for path in ("/jwks", "/.well-known/jwks.json"):
        keys = http.get(path).get_json()["keys"]
        assert {key["use"] for key in keys} == {"sig", "enc"}
        assert all(not {"d", "k", "p", "q"} & set(key) for key in keys)


def test_the_log_proves_over_http(http, bearer, recipient, box, clock):
    """Checkpoint, inclusion and consistency; outside the log there is nothing."""
    problem(http.get("/log/checkpoint"), 404, "log-empty")
    sent(http, bearer, recipient)
    run_due(box, clock())
    note = http.get("/log/checkpoint")
    assert note.content_type == "text/plain; charset=utf-8"
    assert note.text.split("\n")[:2] == ["postbox.test", "3"]
    assert len(http.get("/log/proof?index=0&size=3").get_json()["path"]) == 2
    assert len(http.get("/log/consistency?old=1&new=3").get_json()["path"]) == 2
    problem(http.get("/log/proof?index=3&size=3"), 404, "log-outside")
    problem(http.get("/log/proof?index=0&size=4"), 404, "log-outside")
    problem(http.get("/log/proof?index=x&size=3"), 422, "unacceptable")
    problem(http.get("/log/consistency?old=0&new=3"), 404, "log-outside")


def test_a_notice_is_held_released_and_withdrawn_by_its_authority(box, http, bearer, recipient, clock):
    """Each answers how the notice stands now; what its state does not allow is 409 with the guard's code."""
    at = f"/v1/notices/{sent(http, bearer, recipient).get_json()['notice']}"
    held = http.post(f"{at}/hold", json={"reason": "legal-stop"}, headers=bearer)
    assert (held.status_code, held.get_json()["status"]) == (200, "held")
    problem(http.post(f"{at}/hold", json={"reason": "legal-stop"}, headers=bearer), 409, "held")
    assert http.post(f"{at}/release", headers=bearer).get_json()["status"] == "accepted"
    run_due(box, clock())
    problem(http.post(f"{at}/hold", json={"reason": "legal-stop"}, headers=bearer), 409, "already-available")
    wrong = problem(http.post(f"{at}/withdraw", json={"reason": "mood"}, headers=bearer), 422, "unacceptable")
    assert wrong["errors"][0]["pointer"] == "/reason"
    told = http.post(f"{at}/withdraw", json={"reason": "superseded"}, headers=bearer).get_json()
    assert (told["status"], told["withdrawal_reason"]) == ("withdrawn", "superseded")
    assert told["dates"]["announced"] == "yes"
    problem(http.post(f"{at}/withdraw", json={"reason": "superseded"}), 401, "token-missing")


def test_a_token_bound_to_a_key_is_no_bearer_token(http, gate, recipient):
    """Whoever stole it could use it; the same token without the binding is taken."""
    bound = {"Authorization": f"Bearer {gate.access_token(cnf={'jkt': 'x' * 43})}"}
    problem(sent(http, bound, recipient), 401, "token-bound")
    assert sent(http, {"Authorization": f"Bearer {gate.access_token()}"}, recipient).status_code == 201


def test_anybody_may_ask_for_dates(http):
    """No token, nothing stored: both readings come back, and a fault is a problem that names its place."""
    question = {"regime": "OZG_9", "available_at": "2026-12-22", "authority_land": "BE"}
    told = http.post("/v1/deadlines/preview", json=question).get_json()
    assert (told["strict_day"], told["final_not_before"]) == ("2026-12-26", "2027-01-29")
    wrong = problem(http.post("/v1/deadlines/preview", json=question | {"abroad": 1}), 422, "unacceptable")
    assert wrong["errors"][0]["pointer"] == "/abroad"
    problem(http.post("/v1/deadlines/preview", json=question | {"available_at": "2019-01-01"}), 422, "no-rule")
    problem(http.post("/v1/deadlines/preview", data="[]"), 422, "unacceptable")


def test_the_description_names_exactly_the_routes_there_are(app, http):
    """OpenAPI and routes cannot drift apart."""
    described = {
        (path, method) for path, item in openapi.document("https://p", "https://g")["paths"].items() for method in item
    }
    routed = set()
    for rule in app.url_map.iter_rules():
        if rule.endpoint.startswith("postbox_api.") and rule.endpoint.split(".")[1] not in {"unknown", "describe"}:
            path = str(rule).replace("<notice_id>", "{notice}")
            routed |= {(path, method.lower()) for method in rule.methods - {"HEAD", "OPTIONS"}}
    assert described == routed
    assert http.get("/v1/openapi.json").get_json()["openapi"] == "3.1.0"


def test_a_specialist_system_sends_a_letter(http, bearer, recipient, box, clock):
    """Ordered, printed by the worker, posted on a day, returned: each answer says how it stands; what is wrong is named."""
    notice = sent(http, bearer, recipient).get_json()["notice"]
    at = f"/v1/notices/{notice}/letter"
    order = {"reason": "recipient-asked", "address": ["Erika Mustermann", "51147 Köln"], "inland": True}
    problem(http.post(at, json=order, headers=bearer), 409, "not-available")
    run_due(box, clock())
    for wrong, code in (
        ({"reason": "x"}, "reason-unknown"),
        ({"address": "Köln"}, "address-malformed"),
        ({"inland": None}, "inland-only"),
    ):
        body = problem(http.post(at, json={**order, **wrong}, headers=bearer), 422, "unacceptable")
        assert body["errors"][0]["code"] == code
    assert http.post(at, json=order, headers=bearer).get_json()["letter_at"] == "2026-11-23T11:00:00.000000Z"
    problem(http.post(at, json=order, headers=bearer), 409, "letter-under-way")
    run_due(box, clock())
    for day, code in ((None, "posted-on-malformed"), ("2026-11-22", "posted-on-outside")):
        body = problem(http.post(f"{at}/posting", json={"posted_on": day}, headers=bearer), 422, "unacceptable")
        assert body["errors"][0] | {"detail": ""} == {"code": code, "pointer": "/posted_on", "detail": ""}
    posted = http.post(f"{at}/posting", json={"posted_on": "2026-11-23"}, headers=bearer).get_json()
    assert (posted["status"], posted["posted_on"]) == ("posted", "2026-11-23")
    assert posted["dates"]["rule_id"] == "VWVFG_41_2/four-days"
    back = http.post(f"{at}/return", json={"reason": "moved"}, headers=bearer).get_json()
    assert (back["status"], back["posted_on"], back["returned_at"][:10]) == ("letter-returned", None, "2026-11-23")


def test_who_has_no_postbox_is_registered_by_a_postal_address(http, bearer, box, clock):
    """One of the two addresses, never both; the notice to it becomes a letter, and the case shows in the status."""
    lines, case = ["Hans Muster", "51147 Köln"], {"reference": "U-9", "service": "Urkunde"}
    for wrong in ({}, {"postal_address": lines, "postbox_address": "x"}):
        body = problem(http.post("/v1/recipients", json={**wrong, "case": case}, headers=bearer), 422, "unacceptable")
        assert body["errors"][0]["code"] == "member-missing"
    for wrong in ("Köln", [], ["x"] * 7, ["a\nb"], None):
        body = problem(http.post("/v1/recipients", json={"postal_address": wrong}, headers=bearer), 422, "unacceptable")
        assert body["errors"][0]["code"] == "address-malformed"
    first = http.post("/v1/recipients", json={"postal_address": lines, "inland": True, "case": case}, headers=bearer)
    again = http.post("/v1/recipients", json={"postal_address": lines, "inland": True, "case": case}, headers=bearer)
    assert (first.status_code, again.status_code, first.get_json()) == (201, 200, again.get_json())
    notice = sent(http, bearer, first.get_json()["recipient"]).get_json()["notice"]
    run_due(box, clock())
    seen = http.get(f"/v1/notices/{notice}", headers=bearer).get_json()
    assert (seen["status"], seen["available_at"], seen["dates"]) == ("letter-ready", None, None)
    posted = http.post(f"/v1/notices/{notice}/letter/posting", json={"posted_on": "2026-11-23"}, headers=bearer)
    assert posted.get_json()["dates"]["announced_strict"] == "2026-11-27"
