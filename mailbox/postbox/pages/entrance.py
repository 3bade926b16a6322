"""Puts the pages into the application: blueprints, doors, and what is known of a person who comes through one."""

from collections.abc import Mapping

from flask import Flask

from postbox.context import Postbox
from postbox.errors import NotAllowed
from postbox.intake.recipients import open_mailbox
from postbox.pages import deadlines, doors, inquiry, verification
from postbox.pages.casework import routes as casework
from postbox.pages.citizen import routes as citizen
from postbox.pages.relying_party import Person, RelyingParty
from postbox.pages.sessions import CITIZEN, STAFF

ROOMS = (citizen.blueprint, casework.blueprint, verification.blueprint, inquiry.blueprint, deadlines.blueprint)
CASEWORK_ROLE = "casework"


def install(app: Flask, postbox: Postbox) -> None:
    """Register the pages and open both doors."""
    for room in ROOMS:
        app.register_blueprint(room)
    settings = postbox.settings
    citizens = _client(postbox, settings.citizen_client_id, "/callback", "openid")
    staff = _client(postbox, settings.staff_client_id, "/casework/callback", "openid profile")
    doors.install(
        app,
        (
            doors.Door(kind=CITIZEN, cookie="__Host-postbox", client=citizens, admit=_admit_citizen),
            doors.Door(kind=STAFF, cookie="__Host-casework", client=staff, admit=_admit_staff),
        ),
    )


def _client(postbox: Postbox, client_id: str, path: str, scope: str) -> RelyingParty:
    return RelyingParty(
        issuer=postbox.settings.issuer,
        client_id=client_id,
        redirect_uri=f"{postbox.settings.public_url}{path}",
        scope=scope,
        keyring=postbox.keyring,
        gate_keys=postbox.gate_keys,
    )


def _admit_citizen(postbox: Postbox, person: Person) -> tuple[str | None, dict[str, object]]:
    """A citizen has one mailbox in all towns; it is found by the pairwise subject and nothing else is kept."""
    return open_mailbox(postbox, person.subject, postbox.clock()), {}


def _admit_staff(postbox: Postbox, person: Person) -> tuple[str | None, dict[str, object]]:
    """Staff need the role and an authority that this postbox serves. Raises NotAllowed."""
    known = {authority.ars for authority in postbox.settings.authorities}
    authorities = [ars for ars in _texts(person.claims, "authorities") if ars in known]
    if CASEWORK_ROLE not in _texts(person.claims, "roles") or not authorities:
        raise NotAllowed("This staff account has no casework here.", code="staff-without-role")
    name = str(person.claims.get("name", ""))
    return None, {"subject": person.subject, "name": name, "authorities": authorities}


def _texts(claims: Mapping[str, object], name: str) -> list[str]:
    value = claims.get(name)
    return [str(item) for item in value] if isinstance(value, list) else []
