"""The stand-in's pages: means → person → data and consent → the answer's form; metadata and the SSO endpoint.

No cookies: a login under way is known by its handle in the address. No page needs JavaScript.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from flask import Blueprint, Flask, Response, current_app, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from idgateway.simulator import identity
from idgateway.simulator.answers import answer_for, stated
from idgateway.simulator.catalogue import BROKEN, FAMILIES, applicable
from idgateway.simulator.direct import answer_at_once, answered_json, catalogue_json, refused_json, wants_json, wish
from idgateway.simulator.errors import CODES, RequestRefused
from idgateway.simulator.identity import Identity
from idgateway.simulator.metadata import SSO_PATH, known_entity_ids
from idgateway.simulator.names import ATTRIBUTES, BY_URN
from idgateway.simulator.offers import entrances, offered_persons, transfer
from idgateway.simulator.pages import allow_form_to, chosen_language, dress, show
from idgateway.simulator.persons import BY_KEY, PERSONS
from idgateway.simulator.requests import read_request
from idgateway.simulator.settings import SimulatorSettings
from idgateway.simulator.staff import Staff, staff_blueprint
from idgateway.simulator.visits import Answered, Visit, Visits

_NAME = "idgateway.simulator"
_MAX_FORM = 1024 * 1024
pages = Blueprint("pages", __name__)


@dataclass(frozen=True, kw_only=True)
class Simulator:
    """What the pages work with."""

    settings: SimulatorSettings
    identity: Identity
    clock: Callable[[], datetime]
    visits: Visits = field(default_factory=Visits)


def now_utc() -> datetime:
    """The clock on the wall."""
    return datetime.now(UTC)


def create_app(settings: SimulatorSettings, *, clock: Callable[[], datetime] = now_utc) -> Flask:
    """Build the stand-in; its keys are made on the first start. SP metadata files may appear later."""
    identity.prepare(settings.directory, settings.base_url)
    keys = identity.load(settings.directory, settings.base_url)
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = app.config["MAX_FORM_MEMORY_SIZE"] = _MAX_FORM
    app.extensions[_NAME] = Simulator(settings=settings, identity=keys, clock=clock)
    dress(app)
    app.register_blueprint(pages)
    app.register_blueprint(staff_blueprint(Staff.of(settings, keys, clock)), url_prefix="/staff")
    app.register_error_handler(RequestRefused, _refused)
    return app


def simulator() -> Simulator:
    """The stand-in behind this request."""
    found: Simulator = current_app.extensions[_NAME]
    return found


def _refused(error: RequestRefused) -> AnyResponse:
    # Interface description 9.6: the error page's address carries the code.
    current_app.logger.info("request refused: %s %s", error.code, error.detail)
    if wants_json():
        return refused_json(error)
    return redirect(f"{url_for('pages.error')}?idp.code={error.code}", 303)


@pages.get("/")
def index() -> tuple[str, int]:
    """Who is here, and which services are known."""
    known = known_entity_ids(simulator().settings.service_providers)
    return show("index", "de", persons=PERSONS, providers=known, sso=SSO_PATH, count=len(BROKEN))


@pages.get("/healthz")
def healthz() -> Response:
    """Alive."""
    return Response("ok\n", mimetype="text/plain")


@pages.get("/favicon.ico")
def favicon() -> Response:
    """None: browsers ask, and nothing here looks like anybody."""
    return Response(status=204)


@pages.get("/idp")
def metadata() -> Response:
    """The metadata, at the address that is also the entityID, as BundID does it."""
    path = simulator().settings.directory / "idp-metadata.xml"
    return Response(path.read_bytes(), mimetype="application/samlmetadata+xml")


@pages.get("/catalogue")
def catalogue() -> Response:
    """Every named answer, for programs."""
    return catalogue_json()


@pages.get("/error")
def error() -> tuple[str, int]:
    """Why a request was refused; only known codes are explained, nothing is echoed."""
    code = request.args.get("idp.code", "")
    code = code if code in CODES else "sim-not-readable"
    return show("error", "de", 400, code=code, explanation=CODES[code])


@pages.post(SSO_PATH)
def sso() -> tuple[str, int] | AnyResponse:
    """Take an AuthnRequest over HTTP-POST; with person and fault named, answer at once (``direct``)."""
    here = simulator()
    asked = read_request(
        request.form.get("SAMLRequest", ""),
        request.form.get("RelayState", ""),
        providers=here.settings.service_providers,
        destination=here.settings.base_url + SSO_PATH,
        now=here.clock(),
    )
    visit = here.visits.begin(asked, chosen_language(asked.extension.language), here.clock())
    wished = wish()
    if wished is None:
        return redirect(url_for("pages.means", handle=visit.handle), 303)
    answered = answer_at_once(here.identity, here.visits, visit, wished, here.clock())
    return answered_json(answered) if wants_json() else _sent_on(visit, answered)


@pages.get("/login/<handle>")
def means(handle: str) -> tuple[str, int]:
    """Offer the means that fit the request."""
    visit = _visit(handle)
    return show("means", visit.language, visit=visit, entrances=entrances(visit.request))


@pages.get("/login/<handle>/means/<entrance>")
def persons(handle: str, entrance: str) -> tuple[str, int]:
    """Offer the persons who can use this means."""
    visit = _visit(handle)
    found = offered_persons(visit.request, entrance)
    return show("persons", visit.language, visit=visit, entrance=entrance, persons=found)


@pages.post("/login/<handle>/person")
def person(handle: str) -> AnyResponse:
    """Log a person in, as far as a stand-in does."""
    visit, now = _visit(handle), simulator().clock()
    chosen = request.form.get("person", "")
    if chosen not in {offered.key for offered in offered_persons(visit.request)}:
        return redirect(url_for("pages.means", handle=handle), 303)
    simulator().visits.change(handle, now, person=chosen, authenticated_at=now)
    return redirect(url_for("pages.data", handle=handle), 303)


@pages.get("/login/<handle>/data")
def data(handle: str) -> tuple[str, int] | AnyResponse:
    """Show what would go over, and ask."""
    visit = _visit(handle)
    if not visit.person:
        return redirect(url_for("pages.means", handle=handle), 303)
    given = transfer(BY_KEY[visit.person], visit.request, simulator().identity.pairwise_secret)
    faults = applicable(stated(simulator().identity, visit, "127.0.0.1", simulator().clock()), visit.request.level)
    values = {"visit": visit, "person": BY_KEY[visit.person], "given": given, "faults": faults, "families": FAMILIES}
    return show("data", visit.language, names=ATTRIBUTES, by_urn=BY_URN, **values)


@pages.post("/login/<handle>/answer")
def answer(handle: str) -> tuple[str, int] | AnyResponse:
    """Make the answer the person decided for, once, and show the form that carries it back."""
    here, visit = simulator(), _visit(handle)
    decision, fault = request.form.get("decision", ""), request.form.get("fault", "")
    address = request.remote_addr or "127.0.0.1"
    if not visit.person and decision not in ("cancel", "failure"):
        return redirect(url_for("pages.means", handle=handle), 303)
    answered = here.visits.finish(
        handle,
        here.clock(),
        lambda seen: answer_for(here.identity, seen, decision=decision, fault=fault, address=address, now=here.clock()),
    )
    return _sent_on(visit, answered)


def _sent_on(visit: Visit, answered: Answered) -> tuple[str, int]:
    """The page whose form carries the answer back."""
    allow_form_to(answered.url)
    return show("send", visit.language, visit=visit, answered=answered)


def _visit(handle: str) -> Visit:
    """The login behind the address; a ``?lang=`` is remembered for its later pages."""
    visit = simulator().visits.get(handle, simulator().clock())
    language = chosen_language(visit.language)
    if language != visit.language:
        visit = simulator().visits.change(handle, simulator().clock(), language=language)
    return visit
