"""Plugs the postbox together: ``build`` makes what use cases need, ``create_app`` puts the web in front of it.

The shell (languages, headers, error pages) is put around by whoever serves the app.
"""

from datetime import UTC, datetime
from functools import partial

from cryptography.hazmat.primitives.serialization import Encoding
from flask import Flask

from keys.keyring import Keyring
from postbox import routes
from postbox.api import log as log_routes
from postbox.api import routes as api_routes
from postbox.channels.gate import GateKeys
from postbox.channels.paper import SpoolFolder
from postbox.channels.remote_seals import RemoteSealer, services_of
from postbox.channels.scanner import Scanner
from postbox.channels.seal_stamps import SealStamper
from postbox.channels.timestamps import authorities
from postbox.context import Clock, Postbox
from postbox.journal import Happened, note
from postbox.law.editing import load_changes
from postbox.pace import Pace, Unlimited
from postbox.pages import entrance
from postbox.proof.notes import COSIGNATURE, read_verifier_key
from postbox.seals.pades import Support
from postbox.seals.sealers import Sealers
from postbox.seals.trust import read_trust
from postbox.seals.vault import VaultSealer, own_certificates
from postbox.settings import PostboxSettings
from postbox.store import Database
from postbox.store.objects import FileObjects
from postbox.web import EXTENSION, MemoryRequest

ROOMS = (routes.blueprint, log_routes.blueprint, api_routes.blueprint)
_FORM_OVERHEAD = 256 * 1024  # bytes of a request besides its documents
_MOST_PARTS = 40
# How each address is counted; every other one is a page. Caseworkers share their town's network, so theirs are calls.
PACE = {
    **{f"postbox_watch.{name}": "" for name in ("healthy", "ready", "metrics")},
    **dict.fromkeys(("postbox_watch", "postbox_log", "postbox_api", "casework"), "call"),
    **dict.fromkeys(("verification.check", "inquiry.ask", "postbox_api.preview_deadlines"), "check"),
}


def utc_now() -> datetime:
    """The clock of a running service: aware, in UTC."""
    return datetime.now(UTC)


def build(
    settings: PostboxSettings,
    database: Database,
    keyring: Keyring,
    clock: Clock = utc_now,
    *,
    pace: Pace | None = None,
) -> Postbox:
    """What every use case is given; the worker needs no more than this. Raises SetupWrong, EvidenceInvalid."""
    for witness in settings.witnesses:
        read_verifier_key(witness.verifier_key, COSIGNATURE)
    stamping = authorities(settings.time_stamp_services)
    vouching = [one.public_bytes(Encoding.DER) for authority in stamping for one in authority.anchors]
    trust = read_trust(settings.trust, own_certificates(keyring) if settings.demo else (), vouching)
    support = Support(stamper=partial(SealStamper, stamping) if stamping else None, anchors=trust.stamping)
    remote = RemoteSealer(services_of(settings.remote_seals), support, trust.lists)
    return Postbox(
        settings=settings,
        database=database,
        keyring=keyring,
        clock=clock,
        gate_keys=GateKeys(settings.issuer),
        objects=FileObjects(settings.objects_directory),
        paper=SpoolFolder(directory=settings.letters_directory) if settings.letters_directory else None,
        scanner=Scanner(settings.scanner) if settings.scanner else None,
        calendar_changes=load_changes(settings.holidays_file),
        stamping=stamping,
        pace=pace or Unlimited(),
        # A key of the vault stands for an authority's seal in the demo only: it can never be qualified.
        trust=trust,
        sealer=Sealers(remote, *([VaultSealer(keyring, support)] if settings.demo else [])),
    )


def create_app(
    settings: PostboxSettings,
    database: Database,
    keyring: Keyring,
    *,
    clock: Clock = utc_now,
    pace: Pace | None = None,
) -> Flask:
    """The WSGI application of the postbox, undressed."""
    app = Flask(__name__)
    app.request_class = MemoryRequest
    app.config["MAX_CONTENT_LENGTH"] = settings.max_document_bytes * 2 + _FORM_OVERHEAD
    app.config["MAX_FORM_MEMORY_SIZE"] = _FORM_OVERHEAD
    app.config["MAX_FORM_PARTS"] = _MOST_PARTS
    app.config["PACE"] = PACE
    app.config["WHEN_REFUSED"] = lambda policy: note(Happened.TOO_MANY_REQUESTS, code=policy)
    app.extensions[EXTENSION] = build(settings, database, keyring, clock, pace=pace)
    for room in ROOMS:
        app.register_blueprint(room)
    entrance.install(app, app.extensions[EXTENSION])
    return app
