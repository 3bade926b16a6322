"""How each kind of SAML account speaks, as data: BundID, BayernID, Mein Unternehmenskonto, Servicekonto, and others.

A profile decides what is asked, how it must be protected and how it is read; the numbered checks of ``response`` are
the same for all, and say where a profile has a part in them. Sources: BundID interface description 10.2; AKDB's
BayernID, ELSTER's Mein Unternehmenskonto and Dataport's Servicekonto as public integrations configure them. What no
public source confirms is said beside it.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from idgateway.assurance import STORK, Level, level_from_name
from idgateway.attributes import BY_OID, NAMES
from idgateway.errors import GateError
from idgateway.settings import SamlProvider
from idgateway.upstream.saml.profile import LevelSource, Nested, Profile

EKONA: Final = "http://www.elster.de/schema/ekona/saml/extensions"
_WORDS: Final[Mapping[str, tuple[str, ...]]] = {
    "name_id": ("transient", "persistent", "unspecified"),
    "request_binding": ("post", "redirect"),
    "signed": ("either", "response", "assertion", "both"),
    "assertion": ("encrypted", "plain"),
}


# BundID 5 and 9.1: which means exist, and the highest level each can reach; in the order of the official samples.
# FINK is left out: it is being phased out and delivers neither a stable identifier of its own nor a mailbox.
_BUNDID_MEANS: Final = (
    ("Benutzername", Level.BASIC),
    ("eID", Level.HIGH),
    ("eIDAS", Level.HIGH),
    ("Elster", Level.SUBSTANTIAL),
)
_BUNDID: Final = Profile(
    name="bundid",
    name_id="transient",
    signed="either",
    assertion="encrypted",
    means=_BUNDID_MEANS,
    attributes=BY_OID,
    # BundID 6.2.3: EID-CITIZEN-QAA-LEVEL repeats the class reference. They must be equal.
    level=LevelSource(reference=True, attributes=("level",), alike=True, words=STORK),
    subject="pairwise_id",
    guests=True,
    marked=True,
)

_ADDRESS_PARTS: Final = (
    ("Strasse", "street_address"),
    ("Hausnummer", "street_address"),
    ("Adressergaenzung", "street_address"),
    ("PLZ", "postal_code"),
    ("Ort", "locality"),
    ("Land", "country"),
)
_KNOWN_TOO: Final = (("Typ", ""), ("Ortsteil", ""))  # may stand there, is not read


def _address(namespace: str, prefix: str = "") -> Nested:
    parts = tuple((element, prefix + name) for element, name in _ADDRESS_PARTS)
    return Nested(namespace=namespace, children=parts + _KNOWN_TOO)


_UNTERNEHMENSKONTO: Final = Profile(
    name="mein-unternehmenskonto",
    name_id="persistent",
    signed="response",  # the message; the assertion inside is not signed separately
    assertion="encrypted",
    proved_by="Elster",
    attributes={
        "Firmenname": "organization_name",
        "RechtsformText": "organization_legal_form",
        "Registernummer": "organization_register_number",
        "Registerart": "organization_register_type",
        "Registergericht": "organization_register_court",
        "PersTyp": "organization_kind",
        "DatenuebermittlerPseudonymId": "organization_id",
        # An account of one natural person (DatenkranzTyp IdNr) tells its person here instead of in HandelndePerson.
        "Vorname": "given_name",
        "Name": "family_name",
        "AkademischerGrad": "title",
        "Geburtsdatum": "birthdate",
        "ElsterVertrauensniveauIdentifizierung": "identification_level",
        "ElsterVertrauensniveauAuthentifizierung": "authentication_level",
        "IstTestkonto": "test_account",
    },
    nested={
        "Unternehmensanschrift": _address(EKONA, "organization_"),
        "Anschrift": _address(EKONA),
        "HandelndePerson": Nested(
            namespace=EKONA,
            children=(
                ("Vorname", "given_name"),
                ("Namenszusatz", "family_name"),  # "Gräfin von Musterstadt"
                ("Namensvorsatz", "family_name"),
                ("Nachname", "family_name"),
                ("AkademischerGrad", "title"),
                ("Geburtsdatum", "birthdate"),
            ),
        ),
    },
    words={"organization_kind": {"NatPers": "natural_person", "NNatPers": "legal_person"}},
    # ``substanziell`` is seen in public fixtures; the other two words follow the same German scale.
    level=LevelSource(
        attributes=("identification_level", "authentication_level"),
        words={"niedrig": Level.LOW, "substanziell": Level.SUBSTANTIAL, "hoch": Level.HIGH},
    ),
    subject="organization_id",
    shared=True,
    # What the tax office keeps. The person who acts is named by the organisation, so nobody vouches for that name.
    proved=frozenset(name for name in NAMES if name.startswith("organization_")),
    german_dates=True,
    failed_means_cancelled=True,
    test_flag="test_account",
    open=frozenset({"request_binding", "signed", "subject", "accept_test_accounts"}),
)

# Names of the attributes: public integrations. The children's names, their namespace (``nested_namespace``) and the
# words of AssuranceLevel (``levels``) stand in no public source: compare them with Dataport's before going live.
_SERVICEKONTO: Final = Profile(
    name="servicekonto-sh",
    name_id="persistent",
    signed="assertion",
    assertion="plain",
    proved_by="Servicekonto",
    attributes={
        "GivenNames": "given_name",
        "FamilyNames": "family_name",
        "DateOfBirth": "birthdate",
        "AssuranceLevel": "level",
    },
    nested={
        "PlaceOfResidence": Nested(
            namespace="",
            children=(
                ("Street", "street_address"),
                ("HouseNumber", "street_address"),
                ("PostalCode", "postal_code"),
                ("City", "locality"),
                ("Country", "country"),
            ),
        ),
        "LegalEntity": Nested(
            namespace="",
            children=(
                ("Name", "organization_name"),
                ("LegalForm", "organization_legal_form"),
                ("RegisterType", "organization_register_type"),
                ("RegisterNumber", "organization_register_number"),
                ("RegisterCourt", "organization_register_court"),
            ),
        ),
    },
    level=LevelSource(attributes=("level",), words=STORK),
    subject="name_id",
    logout=True,
    proved=frozenset({"given_name", "family_name", "birthdate"}),
    german_dates=True,
    open=frozenset({"request_binding", "signed", "levels", "nested_namespace", "proved_attributes"}),
)
_GENERIC: Final = Profile(
    name="generic",
    name_id="",
    signed="",
    assertion="",
    proved_by="SAML",
    attributes={},
    level=LevelSource(reference=True),
    subject="",
    open=frozenset({*_WORDS, "subject", "attributes", "levels", "vouched_level", "proved_attributes"}),
)
PROFILES: Final[Mapping[str, Profile]] = {
    profile.name: profile
    for profile in (
        _BUNDID,
        # AKDB runs both; BayernID knows one means more.
        replace(_BUNDID, name="bayernid", means=(*_BUNDID_MEANS, ("Authega", Level.SUBSTANTIAL))),
        _UNTERNEHMENSKONTO,
        _SERVICEKONTO,
        _GENERIC,
    )
}


def profile_of(settings: SamlProvider) -> Profile:
    """The provider's profile with its settings applied. Raises GateError ``settings``: what is wrong, and where."""
    profile = PROFILES.get(settings.profile)
    if profile is None:
        raise _wrong(settings, f"profile is one of {', '.join(PROFILES)}")
    given = {name: value for name, value in _given(settings).items() if value}
    closed = sorted(set(given) - profile.open)
    if closed:
        raise _wrong(settings, f"the profile {profile.name} fixes {', '.join(closed)}")
    for name, known in _WORDS.items():
        if given.get(name, known[0]) not in known:
            raise _wrong(settings, f"{name} is one of {', '.join(known)}")
    made = replace(profile, **{name: given[name] for name in (*_WORDS, "accept_test_accounts") if name in given})
    made = _with_names(made, settings)
    _check_complete(made, settings)
    return made


def _given(settings: SamlProvider) -> dict[str, Any]:
    """What the settings say about the profile, by the keys of the configuration."""
    return {
        **{name: getattr(settings, name) for name in _WORDS},
        "subject": settings.subject,
        "attributes": settings.attributes,
        "levels": settings.levels,
        "vouched_level": settings.vouched_level,
        "proved_attributes": settings.proved_attributes,
        "nested_namespace": settings.nested_namespace,
        "accept_test_accounts": settings.accept_test_accounts,
    }


def _with_names(profile: Profile, settings: SamlProvider) -> Profile:
    level = profile.level
    if settings.levels:
        level = replace(level, words={word: level_from_name(name) for word, name in settings.levels.items()})
    if settings.vouched_level:
        level = LevelSource(vouched=level_from_name(settings.vouched_level))
    nested = profile.nested
    if settings.nested_namespace:
        nested = {wire: replace(one, namespace=settings.nested_namespace) for wire, one in nested.items()}
    return replace(
        profile,
        attributes=dict(settings.attributes) or profile.attributes,
        proved=frozenset(settings.proved_attributes) or profile.proved,
        subject=settings.subject or profile.subject,
        level=level,
        nested=nested,
    )


def _check_complete(profile: Profile, settings: SamlProvider) -> None:
    missing = [name for name in (*_WORDS, "subject") if not getattr(profile, name)]
    if profile.level.vouched is None and not profile.level.words:
        missing.append("levels or vouched_level")
    if settings.levels and settings.vouched_level:
        raise _wrong(settings, "levels and vouched_level exclude each other")
    if missing:
        raise _wrong(settings, f"it needs {', '.join(missing)}; there is no default on purpose")
    strangers = sorted((set(settings.attributes.values()) | set(settings.proved_attributes)) - set(NAMES))
    if strangers:
        raise _wrong(settings, f"nobody knows the attribute {', '.join(strangers)}")
    if profile.subject == "name_id" and profile.name_id == "transient":
        raise _wrong(settings, "a transient name is another one each time: it knows nobody again")
    if profile.subject not in ("name_id", *profile.delivered):
        raise _wrong(settings, f"subject is name_id or an attribute of the account, not {profile.subject}")


def _wrong(settings: SamlProvider, detail: str) -> GateError:
    return GateError(f"{settings.name}: {detail}", code="settings")
