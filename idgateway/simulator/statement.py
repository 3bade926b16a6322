"""Everything an answer says, as values: a broken answer replaces one of them before any XML is made."""

from dataclasses import dataclass
from datetime import datetime

from idgateway.simulator.persons import Value


@dataclass(frozen=True, kw_only=True)
class Statement:
    """What the assertion and its envelope will hold."""

    response_id: str
    assertion_id: str
    issuer: str
    destination: str
    recipient: str
    in_response_to: str
    audience: str
    issued_at: datetime
    not_before: datetime
    not_on_or_after: datetime
    authenticated_at: datetime
    class_reference: str
    name_id: str
    session_index: str
    address: str
    values: tuple[Value, ...]
