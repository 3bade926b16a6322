"""A coverage-guided attack on the gate's SAML answers: libFuzzer mutates, atheris watches every branch of the reader.

Run it as long as you like: ``python tests/fuzz/saml_answers.py -max_total_time=600 [FOLDER]``; a crash is written to a
file beside. Whatever is fed, only two things may happen: the gate says no (``AnswerRefused``, or ``LoginDenied`` where
the provider did), or it believes exactly what one of the honest answers said. Nothing else may be raised or believed.

An input is one byte and an XML document. The byte says where it goes: the whole answer, the assertion inside a fresh
encryption for the gate's own key, the form field itself, or an assertion that the provider itself signs: then it may
say what it likes and is believed, but never below the level that was asked, and never with another kind of exception.
"""

import random
import sys
import tempfile
from pathlib import Path

import atheris

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "mailbox")]

with atheris.instrument_imports(include=["idgateway.upstream.saml"]):
    from idgateway.upstream.saml.provider import SamlUpstream

import base64  # noqa: E402 - what is watched is imported first
from datetime import timedelta  # noqa: E402

import xmlsec  # noqa: E402
from lxml import etree  # noqa: E402

from idgateway.assurance import Level  # noqa: E402
from idgateway.errors import AnswerRefused, LoginDenied  # noqa: E402
from idgateway.settings import SamlProvider  # noqa: E402
from idgateway.upstream import Ask  # noqa: E402
from keys.keyring import Keyring, Purpose  # noqa: E402
from keys.minting import mint  # noqa: E402
from tests.idgateway.upstream import idp  # noqa: E402
from tests.idgateway.upstream.conftest import CALLBACK, ENTITY_ID, NAMES, NOW, Login  # noqa: E402

WHOLE, INSIDE, FIELD, SIGNED = range(4)
LARGEST = 48 * 1024
WORDS = ("", " ", "x", "STORK-QAA-Level-1", "STORK-QAA-Level-4", "2026-99-99T99:99:99Z", "2099-01-01T00:00:00Z", "#")
WISHES = (
    idp.Wish(),
    idp.Wish(sign_response=False),
    idp.Wish(sign_assertion=False),
    idp.Wish(algorithm=idp.RSA_SHA256, cipher="aes128-gcm", transport=idp.OAEP11, oaep_digest="sha256", mgf="sha256"),
    idp.Wish(peer_key=True),
)
NOES = (
    idp.Wish(status=("Requester", "AuthnFailed"), with_assertion=False),
    idp.Wish(
        status=("Requester", "RequestDenied"),
        with_assertion=False,
        status_detail='{"version":"1.0","errors":[{"code":"IDP_REQUIRED_ATTRIBUTES_MISSING","message":"urn:oid:2.5.4.4"}]}',
    ),
)


def begun() -> Login:
    """One login in progress, with keys made now."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "idp.xml")
        path.write_bytes(idp.metadata("honest"))
        purposes = (Purpose.SAML_SIGNING, Purpose.SAML_ENCRYPTION)
        keyring = Keyring([mint(purpose, NOW - timedelta(days=1)) for purpose in purposes])
        account = SamlProvider(name="bundid", title="BundID", metadata_file=path, entity_id=ENTITY_ID)
        upstream = SamlUpstream(account, keyring, CALLBACK)
    ask = Ask(
        relay_state="h" * 32,
        level=Level.SUBSTANTIAL,
        attributes=NAMES,
        callback_url=CALLBACK,
        display_name="Musterstadt",
        online_service_id="BMI-A0000",
        language="de",
        back_url="",
        guests_welcome=False,
        now=NOW - timedelta(minutes=1),
    )
    return Login(upstream=upstream, keyring=keyring, ask=ask, handover=upstream.begin(ask))


class Target:
    """The login under attack, what was honestly said in it, and the corpus to begin with."""

    def __init__(self) -> None:
        self.login = begun()
        self.frame = etree.tostring(idp.response(self.login.asked, idp.Wish(with_assertion=False, sign_response=False)))
        self.honest, self.corpus = [], []
        for wish in WISHES:
            self._remember(wish)
        self.corpus.append(bytes([FIELD]) + base64.b64encode(self.corpus[0][1:]))
        for wish in NOES:
            self.corpus.append(bytes([WHOLE]) + etree.tostring(idp.response(self.login.asked, wish)))

    def _remember(self, wish: idp.Wish) -> None:
        whole = etree.tostring(idp.response(self.login.asked, wish))
        self.honest.append(self.login.judge(idp.encoded(whole)))
        self.corpus.append(bytes([WHOLE]) + whole)
        clear = idp.replace(wish, encrypt=False, sign_assertion=True, sign_response=False)
        assertion = etree.tostring(idp.response(self.login.asked, clear).find(f"{{{idp.A}}}Assertion"))
        self.honest.append(self.login.judge(self.field(bytes([INSIDE]) + assertion)))
        self.corpus += [bytes([INSIDE]) + assertion, bytes([SIGNED]) + assertion]

    def field(self, data: bytes) -> str:
        """The form field that an input stands for."""
        where, content = data[0] % 4, data[1:]
        if where == FIELD:
            return content.decode("latin-1")
        if where == WHOLE:
            return base64.b64encode(content).decode()
        frame = etree.fromstring(self.frame)
        frame.append(idp.encrypt(_signed(content) if where == SIGNED else content, self.login.asked, idp.Wish()))
        return idp.encoded(frame)

    def __call__(self, data: bytes) -> None:
        """Judge one input. Raises AssertionError, or whatever the gate should not have let out."""
        if not data:
            return
        try:
            believed = self.login.judge(self.field(data))
        except (AnswerRefused, LoginDenied):
            return
        if data[0] % 4 == SIGNED:
            assert believed.level >= self.login.ask.level, "a level below the request was believed"
        else:
            assert believed in self.honest, "somebody else was believed"


def _signed(content: bytes) -> bytes:
    """The assertion signed anew by the provider's own key, where it still can be; otherwise as it is."""
    try:
        root = etree.fromstring(content)
        for signature in list(root.iter(f"{{{idp.DS}}}Signature")):
            signature.getparent().remove(signature)
        idp.sign(root, idp.Wish())
    except (etree.XMLSyntaxError, ValueError, TypeError, AttributeError, xmlsec.Error):
        return content
    return etree.tostring(root)


def mutated(data: bytes, most: int, seed: int) -> bytes:
    """Now and then bytes, as libFuzzer likes; mostly elements, so that the document stays one."""
    chance = random.Random(seed)
    if len(data) < 2 or data[0] % 4 == FIELD or chance.random() < 0.2:
        return atheris.Mutate(data, most)
    try:
        root = etree.fromstring(data[1:])
    except (etree.XMLSyntaxError, ValueError):
        return atheris.Mutate(data, most)
    try:
        for _ in range(chance.randint(1, 3)):
            _restructured(root, chance)
    # A change that XML cannot hold: a tag without its namespace, a root that became the signature to be removed.
    except (etree.LxmlError, ValueError, AttributeError, TypeError):
        return atheris.Mutate(data, most)
    written = data[:1] + etree.tostring(root)
    return written if len(written) <= most else atheris.Mutate(data, most)


def _restructured(root, chance: random.Random) -> None:
    elements = [element for element in root.iter() if isinstance(element.tag, str)]
    one, other = chance.choice(elements), chance.choice(elements)
    what = chance.randrange(8)
    if what == 7:
        for signature in list(root.iter(f"{{{idp.DS}}}Signature")):
            signature.getparent().remove(signature)
    elif what == 0 and one is not root:
        one.getparent().remove(one)
    elif what == 1:
        other.append(etree.fromstring(etree.tostring(one, with_tail=False)))
    elif what == 2 and one is not root:
        one.addnext(etree.fromstring(etree.tostring(other, with_tail=False)))
    elif what == 3 and one.attrib:
        one.set(chance.choice(list(one.attrib)), chance.choice([*other.attrib.values(), *WORDS]))
    elif what == 4:
        one.text = chance.choice([other.text, *WORDS])
    elif what == 5 and one.attrib:
        del one.attrib[chance.choice(list(one.attrib))]
    else:
        one.tag = other.tag


def main() -> None:
    """Hand everything to libFuzzer; without a folder of its own the corpus stands in a temporary one."""
    target = Target()
    folders = [argument for argument in sys.argv[1:] if not argument.startswith("-")]
    folder = Path(folders[0]) if folders else Path(tempfile.mkdtemp(prefix="saml-answers-"))
    for number, seed in enumerate(target.corpus):
        (folder / f"seed-{number}").write_bytes(seed)
    options = [argument for argument in sys.argv[1:] if argument.startswith("-")]
    # One change at a time, and nothing cut short for its own sake: a document in pieces reaches no check.
    habits = [f"-max_len={LARGEST}", "-len_control=0", "-mutate_depth=1", "-reduce_inputs=0", "-timeout=5"]
    told = [sys.argv[0], *habits, *options, str(folder)]
    atheris.Setup(told, target, custom_mutator=mutated)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
