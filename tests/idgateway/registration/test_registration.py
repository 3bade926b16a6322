"""Applications register and manage themselves (RFC 7591, RFC 7592): by an invitation, within it, and strictly."""

import json
import threading

import pytest
from joserfc.jwk import ECKey
from werkzeug.test import TestResponse

from idgateway.provider import lines
from idgateway.provider.client_secret import matches
from idgateway.provider.registry import content_of
from idgateway.store import clients as rows
from idgateway.store.clients import ClientRow
from runtime.database import Database
from tests.idgateway.documents import documents
from tests.idgateway.login.world import CALLBACK, ISSUER
from tests.idgateway.provider.test_lines import held
from tests.idgateway.provider.test_registry import newcomer
from tests.idgateway.registration.applicant import Applicant, metadata

KEY = ECKey.generate_key("P-256")
JWKS = {"keys": [KEY.as_dict(private=False, kid="k")]}


def refused(answer: TestResponse) -> str:
    """The error of a refusal that is one."""
    assert answer.status_code == 400, answer.text
    assert "no-store" in answer.headers["Cache-Control"]
    assert answer.json["error_description"].isprintable()
    return answer.json["error"]


def test_an_application_registers_itself_logs_people_in_and_leaves(applicant: Applicant, gate_database: Database):
    """The whole life: registered, used at once, read, changed, removed; tokens stand nowhere but in its hands."""
    made = applicant.register()
    assert made.status_code == 201
    said = made.json
    assert said["client_id_issued_at"] == int(applicant.world.clock.now.timestamp())
    assert said["registration_client_uri"] == f"{ISSUER}/register/{said['client_id']}"
    assert (said["client_secret_expires_at"], said["token_endpoint_auth_method"]) == (0, "client_secret_basic")
    assert said["scope"].split() == ["openid", "profile"]
    with gate_database.read() as connection:
        row = rows.find(connection, said["client_id"])
    kept = json.dumps([row.registration, row.bounds])
    assert matches(said["client_secret"], row.registration["secret_hash"])
    assert said["client_secret"] not in kept
    assert said["registration_access_token"] not in kept
    told = applicant.told(said)
    assert told["given_name"] == "Erika"
    read = applicant.manage("get", said)
    assert (read.status_code, read.json["client_name"]) == (200, "Hundesteuer")
    assert "client_secret" not in read.json
    changed = applicant.manage(
        "put", said, {**metadata(), "client_id": said["client_id"], "client_name": "Hund & Steuer"}
    )
    assert changed.json["client_name"] == "Hund & Steuer"
    assert "Hund &amp; Steuer" in applicant.page(said).text
    assert applicant.manage("delete", said).status_code == 204
    assert applicant.manage("get", said).status_code == 401
    assert "unknown-client" in applicant.page(said).text


def test_an_invitation_is_used_up_expires_and_is_taken_back(applicant: Applicant, gate_database: Database):
    """So many times, so long, and no longer than the operator wants; a refusal uses nothing up."""
    assert refused(applicant.register(client_name="\u202e")) == "invalid_client_metadata"
    assert applicant.register().status_code == 201
    assert applicant.register().status_code == 401
    applicant.invite(uses=2)
    assert [applicant.register().status_code for _ in range(3)] == [201, 201, 401]
    applicant.invite()
    applicant.world.clock.turn(days=7)
    assert applicant.register().status_code == 401
    made = applicant.invite()
    with gate_database.write() as connection:
        assert rows.withdraw(connection, made.id)
    assert applicant.register().status_code == 401


def test_e6_two_who_come_by_the_last_use_are_not_both_let_in(applicant: Applicant, monkeypatch: pytest.MonkeyPatch):
    """At the same time, on both engines: one. Others have shown the invitation before the first of them is stored.

    Their documents are fetched one after the other; for the last of them nobody has a place to wait.
    """
    monkeypatch.setattr(lines, "PATIENCE", 20)
    answers, gun = [], threading.Barrier(4)
    with documents() as theirs:
        said = metadata(sector_identifier_uri=theirs.put("/sector", [CALLBACK]))
        theirs.pauses["/sector"] = 0.02  # between the look at the invitation and its use

        def come() -> None:
            gun.wait()
            answers.append(applicant.world.app.test_client().post("/register", json=said, **applicant.shown))

        threads = [threading.Thread(target=come) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(theirs.asked) > 1
    first, *others = sorted(one.status_code for one in answers)
    assert first == 201
    assert 401 in others
    assert set(others) <= {401, 503}


def test_t9_an_invitation_fetches_one_document_at_a_time(applicant: Applicant, monkeypatch: pytest.MonkeyPatch):
    """Whoever comes meanwhile is asked to come again, and nothing is used up; so is a client that changes itself."""
    monkeypatch.setattr(lines, "PATIENCE", 0.1)
    with documents() as theirs:
        uri = theirs.put("/sector", [CALLBACK])
        with held(lines.SHARED, applicant.invite().id):
            late = applicant.register(sector_identifier_uri=uri)
            assert (late.status_code, late.json["error"]) == (503, "temporarily_unavailable")
            assert late.headers["Retry-After"] == "1"
            assert theirs.asked == []
        made = applicant.register(sector_identifier_uri=uri)
        assert made.status_code == 201
        whole = {**metadata(sector_identifier_uri=uri), "client_id": made.json["client_id"]}
        with held(lines.SHARED, made.json["client_id"]):
            assert applicant.manage("put", made.json, whole).status_code == 503
        assert applicant.manage("put", made.json, whole).status_code == 200


def test_e6_two_who_want_one_name_are_not_both_let_in(applicant: Applicant, gate_database: Database):
    """On both engines: whoever comes while another of this name is being stored waits, and is refused."""
    answers = []
    new = newcomer("faster", name="HUNDE-STEUER")
    now = applicant.world.clock.now
    row = ClientRow(
        client_id="faster", registration=content_of(new), bounds=None, token_hash=None, created_at=now, changed_at=now
    )
    late = threading.Thread(target=lambda: answers.append(applicant.register()))
    with gate_database.write() as connection:
        rows.hold(connection)
        rows.add(connection, row)
        late.start()
        late.join(1)
        assert late.is_alive()
    late.join(10)
    assert refused(answers[0]) == "invalid_client_metadata"
    assert applicant.register(client_name="Katzensteuer").status_code == 201


def test_management_is_for_who_holds_the_token(applicant: Applicant):
    """No other client's, no invitation, none for what the operator added; all of them the same 401."""
    applicant.invite(uses=2)
    one, other = applicant.register().json, applicant.register().json
    for client_id, token in (
        (one["client_id"], other["registration_access_token"]),
        (one["client_id"], applicant.token),
        (one["client_id"], ""),
        ("urkunde", one["registration_access_token"]),
        ("nobody", one["registration_access_token"]),
        ("%00", one["registration_access_token"]),
    ):
        for method in ("get", "put", "delete"):
            answer = applicant.call(method, client_id, token, metadata() if method == "put" else None)
            assert (answer.status_code, answer.json["error"]) == (401, "invalid_token")
    assert applicant.manage("get", one).status_code == 200


def test_a_change_replaces_everything_and_chooses_nothing_that_is_ours(applicant: Applicant):
    """RFC 7592 2.2: another client_id, another secret, our members: refused. What is left out is gone."""
    made = applicant.register(tos_uri="https://rp.example/terms").json
    whole = {**metadata(), "client_id": made["client_id"]}
    for change in (
        {"client_id": "other"},
        {"client_id": None},
        {"client_secret": "chosen"},
        {"registration_access_token": made["registration_access_token"]},
        {"client_secret_expires_at": 0},
        {"redirect_uris": ["http://rp.example/"]},
    ):
        assert applicant.manage("put", made, {**whole, **change}).status_code == 400, change
    assert applicant.manage("get", made).json["tos_uri"] == "https://rp.example/terms"
    changed = applicant.manage("put", made, {**whole, "client_secret": made["client_secret"]}).json
    assert "tos_uri" not in changed
    assert applicant.told(made)["given_name"] == "Erika"
    by_key = {"token_endpoint_auth_method": "private_key_jwt", "jwks": JWKS}
    assert "client_secret" not in applicant.manage("put", made, {**whole, **by_key}).json
    again = applicant.manage("put", made, whole).json
    assert again["client_secret"] not in ("", made["client_secret"])
