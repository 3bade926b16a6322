"""Documents made to exhaust us: each is refused within one second of processor time, in a process that dies otherwise."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]

CHILD = r"""
import copy, signal, time
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from lxml import etree
from idgateway.errors import GateError
from idgateway.settings import SamlProvider
from idgateway.upstream.saml.provider import SamlUpstream
from keys.keyring import Keyring, Purpose
from keys.minting import mint
from tests.idgateway.upstream import idp
from tests.idgateway.upstream.conftest import CALLBACK, ENTITY_ID, NAMES, NOW, Ask, Level, Login

DS, A, P = idp.DS, idp.A, idp.P
SIGNED, INSIDE = idp.Wish(), idp.Wish(sign_response=False)
XSLT = "http://www.w3.org/TR/1999/REC-xslt-19991116"

def at(path, change):
    def edit(root):
        change(root if path == "." else root.find(path))
    return edit

def repeat(times):
    def change(element):
        for _ in range(times):
            element.addnext(copy.deepcopy(element))
    return change

def deep(element):
    for _ in range(1500):
        element = etree.SubElement(element, f"{{{P}}}StatusCode", Value="x")

def stylesheet(element):
    element.set("Algorithm", XSLT)
    xsl = "http://www.w3.org/1999/XSL/Transform"
    sheet = etree.SubElement(element, f"{{{xsl}}}stylesheet", version="1.0")
    template = etree.SubElement(sheet, f"{{{xsl}}}template", match="/")
    for _ in range(22):
        template = etree.SubElement(template, f"{{{xsl}}}for-each", select="//. | //@*")

def prefixes(element):
    element.set("PrefixList", " ".join(f"p{number}" for number in range(20000)))

def attributes(element):
    for number in range(9000):
        element.set(f"a{number}", "")

def value(element):
    element.set("Consent", "x" * 150_000)

def bombs(asked):
    transform, anywhere = f".//{{{DS}}}Transform", f".//{{{A}}}Attribute"
    for name, path, change in (
        ("xslt", transform, stylesheet),
        ("transforms", transform, repeat(1500)),
        ("depth", f".//{{{P}}}StatusCode", deep),
        ("attributes", ".", attributes),
        ("long-attribute", ".", value),
        ("references", f".//{{{DS}}}Reference", repeat(300)),
        ("signatures", f"{{{DS}}}Signature", repeat(25)),
        ("encrypted-assertions", f"{{{A}}}EncryptedAssertion", repeat(10)),
    ):
        yield name, idp.answer(asked, idp.replace(SIGNED, edit_signed_response=at(path, change)))
    for name, path, change in (
        ("inner-xslt", transform, stylesheet),
        ("inner-transforms", transform, repeat(1000)),
        ("inner-elements", anywhere, repeat(400)),
        ("inner-most-elements", anywhere, repeat(230)),
        ("inner-prefixes", ".//{http://www.w3.org/2001/10/xml-exc-c14n#}InclusiveNamespaces", prefixes),
    ):
        yield name, idp.answer(asked, idp.replace(INSIDE, edit_signed_assertion=at(path, change)))
    text = etree.tostring(idp.response(asked, SIGNED))
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    yield "billion-laughs", idp.encoded(f'<!DOCTYPE x [<!ENTITY l0 "ha">{laughs}]>'.encode() + text)
    yield "laughs-in-utf-16", idp.encoded(f'<!DOCTYPE x [<!ENTITY l0 "ha">{laughs}]><x>&l9;</x>'.encode("utf-16"))
    yield "nine-megabytes", idp.encoded(text.replace(b"<saml2p:Response ", b'<saml2p:Response a="' + b"x" * 9_000_000 + b'" '))
    yield "namespaces", idp.encoded(text.replace(b"<saml2p:Response ", b"<saml2p:Response " + b"".join(b'xmlns:n%d="urn:%d" ' % (n, n) for n in range(5000))))
    yield "nested-namespaces", idp.encoded(text.replace(b"<saml2p:Status>", b"<saml2p:Status>" + b"<a>" * 30000))

with TemporaryDirectory() as folder:
    path = Path(folder, "idp.xml")
    path.write_bytes(idp.metadata("honest"))
    keyring = Keyring([mint(each, NOW - timedelta(days=1)) for each in (Purpose.SAML_SIGNING, Purpose.SAML_ENCRYPTION)])
    upstream = SamlUpstream(SamlProvider(name="bundid", title="B", metadata_file=path, entity_id=ENTITY_ID), keyring, CALLBACK)
ask = Ask(relay_state="h", level=Level.SUBSTANTIAL, attributes=NAMES, callback_url=CALLBACK, display_name="T",
          online_service_id="", language="de", back_url="", guests_welcome=False, now=NOW - timedelta(minutes=1))
login = Login(upstream=upstream, keyring=keyring, ask=ask, handover=upstream.begin(ask))
assert login.answered().subject
for name, field in bombs(login.asked):
    print(name, end=" ", flush=True)
    before = time.process_time()
    signal.setitimer(signal.ITIMER_VIRTUAL, 1.0)
    try:
        login.judge(field)
        print("ACCEPTED", flush=True)
    except GateError as refused:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        print(refused.code, f"{(time.process_time() - before) * 1000:.1f} ms", flush=True)
"""


def test_bombs_are_refused_in_no_time():
    """XSLT, thousands of transforms, entities, depth, sizes, outside and inside the ciphertext; the honest twin passes."""
    ran = subprocess.run(
        [sys.executable, "-c", CHILD], cwd=ROOT, capture_output=True, text=True, timeout=100, check=False
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    told = [line.split() for line in ran.stdout.splitlines()]
    assert len(told) == 18
    assert "ACCEPTED" not in ran.stdout
