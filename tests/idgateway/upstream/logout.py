"""Logout requests as the tests' honest identity provider sends them, with one thing wrong where it is wished."""

import os
from collections.abc import Callable
from datetime import datetime
from typing import Any

from lxml import etree

from tests.idgateway.upstream import idp
from tests.idgateway.upstream.accounts import PERSISTENT
from tests.idgateway.upstream.idp import A, P

Edit = Callable[[Any], None]


def request(
    now: datetime,
    *,
    slo_url: str,
    name_id: str = "sh-4d2f",
    key: str = "honest",
    signed: bool = True,
    edit: Edit | None = None,
    edit_signed: Edit | None = None,
) -> str:
    """The form field SAMLRequest: end every session of this name."""
    values = {"ID": "_l" + os.urandom(16).hex(), "Version": "2.0", "IssueInstant": idp.stamp(now)}
    root = etree.Element(f"{{{P}}}LogoutRequest", {**values, "Destination": slo_url}, nsmap={"samlp": P, "saml": A})
    etree.SubElement(root, f"{{{A}}}Issuer").text = idp.ENTITY_ID
    etree.SubElement(root, f"{{{A}}}NameID", Format=PERSISTENT).text = name_id
    etree.SubElement(root, f"{{{P}}}SessionIndex").text = "_s1"
    if edit:
        edit(root)
    if signed:
        idp.sign(root, idp.GOOD, key=key)
    root = etree.fromstring(etree.tostring(root))
    if edit_signed:
        edit_signed(root)
    return idp.encoded(root)
