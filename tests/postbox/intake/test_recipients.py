"""A delivery address is worth something only to whom the gate made it for."""

import pytest
from sqlalchemy import func, select

from keys.custody import FileCustody
from keys.jwk import public_jwk
from keys.keyring import Purpose
from keys.tokens import encrypt_token, sign_token
from postbox import sealed
from postbox.errors import NotAllowed, NotNow, Unacceptable, UnknownRecipient
from postbox.identifiers import RECIPIENT, is_id
from postbox.intake.recipients import Case, check_case, open_mailbox, register
from postbox.store import tables
from tests.postbox.conftest import BENSHEIM, NOON, caller

CASE = Case(reference="U-1", service="Urkunde", applicant="Erika Mustermann")


def exchange(box, address, case=CASE, **changes):
    return register(box, address=address, case=case, caller=caller(**changes), now=NOON)


def test_an_address_becomes_a_recipient_reference(box, gate):
    """A reference has its shape, leads to the person's one mailbox and keeps the case."""
    recipient = exchange(box, gate.address(box))
    assert is_id(recipient.id, RECIPIENT)
    assert recipient.case_reference == "U-1"
    with box.database.read() as connection:
        row = connection.execute(select(tables.recipients)).mappings().one()
        address = connection.execute(select(tables.mailboxes)).mappings().one()
    assert row["mailbox"] == open_mailbox(box, "sector-sub-of-erika", NOON)
    assert sealed.open_text(box, row["applicant"], "applicant") == "Erika Mustermann"
    assert sealed.open_text(box, address["notification_address"], address["id"]) == "erika@example.org"


def test_the_same_address_gives_the_same_recipient(box, gate):
    """Exchanged again, even sealed anew, one jti is one recipient of this authority and client."""
    first, again = exchange(box, gate.address(box)), exchange(box, gate.address(box))
    assert (first.id, first.created) == (again.id, True)
    assert again.created is False
    assert exchange(box, gate.address(box, jti="a2")).id != first.id


def test_two_authorities_cannot_compare_their_references(box, gate):
    """The same person is another reference at every town, and still has one mailbox."""
    here = exchange(box, gate.address(box))
    there = exchange(box, gate.address(box, authority=BENSHEIM, jti="b1"), authority=BENSHEIM)
    assert here.id != there.id
    with box.database.read() as connection:
        assert connection.execute(select(func.count()).select_from(tables.mailboxes)).scalar_one() == 1


def foreign(box, gate, tmp_path):
    """Signed by somebody else, properly encrypted: encryption does not authenticate."""
    key = FileCustody(tmp_path / "foreign").ensure([Purpose.TOKEN_SIGNING], NOON).current(Purpose.TOKEN_SIGNING, NOON)
    claims = {"iss": gate.issuer, "aud": box.settings.public_url, "exp": int(NOON.timestamp()) + 60, "jti": "x"}
    public = public_jwk(box.keyring.current(Purpose.ADDRESS_ENCRYPTION, NOON))
    return encrypt_token(public, sign_token(key, claims, typ="postbox-address+jwt"))


REFUSED = {
    "other authority": lambda box, gate, _: gate.address(box, authority=BENSHEIM),
    "other client": lambda box, gate, _: gate.address(box, client_id="somebody"),
    "other audience": lambda box, gate, _: gate.address(box, aud="https://other.test"),
    "other issuer": lambda box, gate, _: gate.address(box, iss="https://other.test"),
    "expired": lambda box, gate, _: gate.address(box, exp=int(NOON.timestamp()) - 3600),
    "an access token": lambda box, gate, _: gate.address(box, typ="at+jwt"),
    "no subject": lambda box, gate, _: gate.address(box, sub=None),
    "no consent": lambda box, gate, _: gate.address(box, consent=None),
    "foreign signature": foreign,
    "not encrypted": lambda box, gate, _: gate.sign({"aud": box.settings.public_url}, "postbox-address+jwt"),
    "nonsense": lambda *_: "rubbish",
}


@pytest.mark.parametrize("name", REFUSED)
def test_any_other_address_leads_nowhere(box, gate, tmp_path, name):
    """Every refusal looks alike, and nothing is stored."""
    with pytest.raises(UnknownRecipient) as refused:
        exchange(box, REFUSED[name](box, gate, tmp_path))
    assert refused.value.code == "unknown-recipient"
    with box.database.read() as connection:
        assert connection.execute(select(func.count()).select_from(tables.recipients)).scalar_one() == 0


def test_the_scope_is_needed(box, gate):
    """Who may send notices may not for that reason register recipients."""
    with pytest.raises(NotAllowed):
        exchange(box, gate.address(box), scopes=frozenset({"notices:write"}))


def test_an_address_is_bound_to_one_case(box, gate):
    """Bound late or at once, but never moved to another case."""
    assert exchange(box, gate.address(box), case=None).case_reference is None
    assert exchange(box, gate.address(box)).case_reference == "U-1"
    assert exchange(box, gate.address(box), case=None).case_reference == "U-1"
    with pytest.raises(NotNow):
        exchange(box, gate.address(box), case=Case(reference="U-2", service="Urkunde"))


@pytest.mark.parametrize("email", [None, "", "no address", "a@b\r\nBcc: x@y", "a@b,c@d"])
def test_without_a_usable_mail_address_there_is_still_a_recipient(box, gate, email):
    """A person without address can be written to; what no header could carry counts as none."""
    assert exchange(box, gate.address(box, email=email)).id
    with box.database.read() as connection:
        assert connection.execute(select(tables.mailboxes.c.notification_address)).scalar_one() is None


def test_an_older_address_does_not_replace_a_newer_one(box, gate):
    """The newest address the gate vouched for counts, in whatever order references are made."""
    stamp = int(NOON.timestamp())
    exchange(box, gate.address(box, jti="new", iat=stamp, email="new@example.org"))
    exchange(box, gate.address(box, jti="old", iat=stamp - 5000, email="old@example.org"))
    with box.database.read() as connection:
        row = connection.execute(select(tables.mailboxes)).mappings().one()
    assert sealed.open_text(box, row["notification_address"], row["id"]) == "new@example.org"


@pytest.mark.parametrize("case", [[], {"reference": "x"}, {"reference": "", "service": "s"}, {"reference": 1, "service": "s"},
                                  {"reference": "a", "service": "b", "more": "c"}])  # fmt: skip
def test_a_malformed_case_is_named(case):
    """A case has a reference and a service."""
    with pytest.raises(Unacceptable):
        check_case(case)
    assert check_case({"reference": "a", "service": "b"}) == Case(reference="a", service="b")
