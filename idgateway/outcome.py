"""How a login ended at the identity provider, as it is sealed for the minutes until the browser returns."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from idgateway.assurance import Level
from idgateway.upstream import Assertion, Attribute


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """A verified assertion, or the reason of a refusal that person and application shall hear."""

    assertion: Assertion | None = None
    refusal: str = ""  # a row of ``endings``
    missing: tuple[str, ...] = ()  # the data that were lacking, in names of ``attributes``


def pack(outcome: Outcome) -> bytes:
    """The outcome as JSON, to be sealed."""
    assertion = outcome.assertion
    content = {
        "refusal": outcome.refusal,
        "missing": outcome.missing,
        "assertion": assertion_to_json(assertion) if assertion else None,
    }
    return json.dumps(content, ensure_ascii=False).encode()


def unpack(data: bytes) -> Outcome:
    """The outcome again, after opening the seal."""
    content = json.loads(data)
    assertion = content["assertion"]
    return Outcome(
        refusal=content["refusal"],
        missing=tuple(content["missing"]),
        assertion=assertion_from_json(assertion) if assertion is not None else None,
    )


def assertion_to_json(assertion: Assertion) -> dict[str, Any]:
    """An assertion as plain JSON values; times in ISO 8601."""
    return {
        "provider": assertion.provider,
        "subject": assertion.subject,
        "level": assertion.level.value,
        "means": assertion.means,
        "authenticated_at": assertion.authenticated_at.isoformat(),
        "assertion_id": assertion.assertion_id,
        "expires_at": assertion.expires_at.isoformat(),
        "shared": assertion.shared,
        "attributes": {
            name: [one.value, one.raw, None if one.level is None else one.level.value]
            for name, one in assertion.attributes.items()
        },
    }


def assertion_from_json(content: dict[str, Any]) -> Assertion:
    """The assertion again."""
    return Assertion(
        provider=content["provider"],
        subject=content["subject"],
        level=Level(content["level"]),
        means=content["means"],
        authenticated_at=datetime.fromisoformat(content["authenticated_at"]),
        assertion_id=content["assertion_id"],
        expires_at=datetime.fromisoformat(content["expires_at"]),
        shared=content.get("shared", False),  # sessions from before this was kept
        attributes={
            name: Attribute(value=value, raw=raw, level=None if level is None else Level(level))
            for name, (value, raw, level) in content["attributes"].items()
        },
    )
