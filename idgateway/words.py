"""What our names of data and levels are called in words; all of them msgids. Pure."""

from collections.abc import Iterable

from idgateway.assurance import Level
from idgateway.attributes import TABLE, counts_as_verified
from idgateway.endings import N_
from idgateway.scopes import OFFLINE, POSTBOX

DATA: dict[str, str] = {
    "given_name": N_("given names"),
    "family_name": N_("family name"),
    "birth_name": N_("name at birth"),
    "title": N_("academic title"),
    "salutation": N_("form of address"),
    "birthdate": N_("date of birth"),
    "place_of_birth": N_("place of birth"),
    "nationality": N_("nationality"),
    "document_type": N_("type of identity document"),
    "street_address": N_("street and house number"),
    "postal_code": N_("postal code"),
    "locality": N_("town"),
    "country": N_("country"),
    "community_id": N_("municipality code"),
    "email": N_("e-mail address"),
    "phone": N_("telephone number"),
    "eidas_country": N_("country of the European eID"),
    "pairwise_id": N_("identifier of your account for this service"),
    "postbox_handle": N_("address of your digital postbox"),
    "level": N_("level of the login"),
    "interface_version": N_("version of the interface"),
    "proved_by": N_("login method"),
    "application_id": N_("application number"),
    "pseudonym": N_("pseudonym of the online ID card"),
    "mfa": N_("whether a second factor was used"),
    "organization_id": N_("identifier of your organisation for this service"),
    "organization_name": N_("name of the organisation"),
    "organization_kind": N_("type of organisation"),
    "organization_legal_form": N_("legal form of the organisation"),
    "organization_register_type": N_("register of the organisation"),
    "organization_register_number": N_("register number of the organisation"),
    "organization_register_court": N_("register court of the organisation"),
    "organization_street_address": N_("street and house number of the organisation"),
    "organization_postal_code": N_("postal code of the organisation"),
    "organization_locality": N_("town of the organisation"),
    "organization_country": N_("country of the organisation"),
    "name": N_("name"),
    "authorities": N_("the authorities you work for"),
    "roles": N_("your roles"),
}
TOGETHER: dict[str, str] = {  # claims of several parts, by the claim's name
    "address": N_("address"),
    "organization_address": N_("address of the organisation"),
    "organization_register": N_("register entry of the organisation"),
}
LEVELS: dict[Level, str] = {
    Level.BASIC: N_("basic – user name and password are enough"),
    Level.LOW: N_("low – any login method that proves who you are"),
    Level.SUBSTANTIAL: N_("substantial – with the online ID card or an ELSTER certificate"),
    Level.HIGH: N_("high – with the online ID card"),
}

KINDS: dict[str, str] = {"natural_person": N_("a natural person"), "legal_person": N_("a legal person")}
SCOPES: dict[str, str] = {
    POSTBOX: N_("the way to your digital postbox, so that the answer can be delivered there"),
    OFFLINE: N_("to retrieve this data again without you, for as long as your login is valid (at most twelve hours)"),
}
_PROVED_BY: dict[str, str] = {
    "eID": N_("verified with the online ID card"),
    "Smart-eID": N_("verified with the online ID card on your phone"),
    "Elster": N_("verified with an ELSTER certificate"),
    "eIDAS": N_("verified with a European eID"),
}
_MEANS: dict[str, str] = {  # as BundID and its kin name them (BundID interface description)
    "eID": N_("online ID card"),
    "Smart-eID": N_("online ID card on the phone"),
    "Elster": N_("ELSTER certificate"),
    "eIDAS": N_("European eID"),
    "Benutzername": N_("user name and password"),
    "Authega": N_("authega certificate"),
}
LEVEL_NAMES: dict[Level, str] = {
    Level.BASIC: N_("basic"),
    Level.LOW: N_("low"),
    Level.SUBSTANTIAL: N_("substantial"),
    Level.HIGH: N_("high"),
}


def data(names: Iterable[str]) -> tuple[str, ...]:
    """Attributes in words, each once and in the table's order; a stranger has none."""
    wanted = set(names)
    return tuple(DATA[known.name] for known in TABLE if known.name in wanted and known.name in DATA)


def data_of_claims(claims: Iterable[str]) -> tuple[str, ...]:
    """What stands behind agreed claims, in words and in the table's order; several parts of one claim together."""
    wanted = set(claims)
    told = [TOGETHER.get(known.claim, DATA.get(known.name, "")) for known in TABLE if known.claim in wanted]
    return tuple(dict.fromkeys(one for one in told if one))


def claim(name: str) -> str:
    """A claim in words; several parts together."""
    return TOGETHER.get(name) or next(DATA[known.name] for known in TABLE if known.claim == name)


def means(name: str) -> str:
    """How somebody logged in, in words; what another account calls a way of its own stays as it is."""
    return _MEANS.get(name, name)


def source(level: Level | None, by: str) -> str:
    """Where a value comes from: proved, and by what, or as it stands in the account because somebody typed it there."""
    if level is not None and counts_as_verified(level, by):
        return _PROVED_BY.get(by, N_("verified by your account"))
    return N_("stated by you, not verified")
