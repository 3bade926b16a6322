"""What can differ between SAML accounts: the form of a profile. The profiles themselves stand in ``profiles``."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from idgateway.assurance import Level

_NONE: Final = frozenset[str]()


@dataclass(frozen=True, kw_only=True)
class Nested:
    """An attribute whose value is XML: text elements of one namespace, one level deep, each at most once.

    ``children`` pairs an element with our name; elements that feed one name are joined by blanks in this order.
    """

    namespace: str
    children: tuple[tuple[str, str], ...]

    @property
    def elements(self) -> tuple[str, ...]:
        """The children's names as lxml writes them."""
        return tuple(f"{{{self.namespace}}}{name}" if self.namespace else name for name, _ in self.children)


@dataclass(frozen=True, kw_only=True)
class LevelSource:
    """Where an account tells how sure a login was. What is told must all be there and known; the lowest counts."""

    reference: bool = False  # AuthnContextClassRef
    attributes: tuple[str, ...] = ()  # by our names
    alike: bool = False  # all must be the same word
    words: Mapping[str, Level] = field(default_factory=dict)
    vouched: Level | None = None  # the operator's word instead of the account's


@dataclass(frozen=True, kw_only=True)
class Profile:
    """One kind of account. An empty word has to be given by the provider's settings."""

    name: str
    name_id: str  # transient | persistent | unspecified
    request_binding: str = "post"  # post | redirect
    signed: str  # either | response | assertion | both: what must carry a pinned key's signature
    assertion: str  # encrypted | plain: how it comes; the other way is refused
    means: tuple[tuple[str, Level], ...] = ()  # what AKDB's extension offers and each can reach; empty: no extension
    proved_by: str = ""  # the means' name where the account tells none
    attributes: Mapping[str, str]  # name on the wire → ours; all others are ignored
    nested: Mapping[str, Nested] = field(default_factory=dict)  # by name on the wire
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # our name → wire word → our word
    level: LevelSource
    subject: str  # whom an account is known by: name_id, or our name of an attribute
    shared: bool = False  # several persons act behind one subject
    guests: bool = False  # an answer without subject may be a guest's
    marked: bool = False  # each attribute carries akdb:TrustLevel
    proved: frozenset[str] = _NONE  # otherwise: what the account proves as well as the login; the rest is unmarked
    german_dates: bool = False  # DD.MM.YYYY
    logout: bool = False  # the account may log people out here; only where its subject is a name
    failed_means_cancelled: bool = False  # status AuthnFailed is told for an abort by the person
    test_flag: str = ""  # our name of the attribute that marks a test account
    accept_test_accounts: bool = False
    open: frozenset[str] = _NONE  # which settings of a provider may differ from the profile

    @property
    def delivered(self) -> frozenset[str]:
        """Our names of everything that is read of an answer."""
        inside = (name for one in self.nested.values() for _, name in one.children)
        return frozenset({*self.attributes.values(), *inside} - {""})
