"""What programs that are not ours say of a proof bundle: OpenSSL of its time stamps and signatures, pyHanko of the seal.

Each is called as a process of its own, with certificates from the verifier's anchors; the seal's own certificate, which
in the demo leads to nobody, is taken from the document.
"""

import io
import subprocess
import sys
import zipfile
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.pdf_utils.reader import PdfFileReader

from postbox.proof.anchors import Anchors

_PYHANKO = """
import sys
from asn1crypto import x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext
root = x509.Certificate.load(open(sys.argv[2], "rb").read())
reader = PdfFileReader(open(sys.argv[1], "rb"))
found = validate_pdf_signature(reader.embedded_signatures[-1], ValidationContext(trust_roots=[root]))
sys.exit(0 if found.bottom_line and found.coverage.name == "ENTIRE_FILE" else 1)
"""


class Outsiders:
    """A bundle, unpacked for them."""

    def __init__(self, bundle: bytes, anchors: Anchors, folder: Path) -> None:
        """``folder`` is made; it keeps members and certificates."""
        self._folder = folder
        with zipfile.ZipFile(io.BytesIO(bundle)) as archive:
            archive.extractall(folder)
        for name, certificates in (
            ("stamps.pem", anchors.time_stamp_certificates),
            ("container.pem", anchors.container_certificates),
        ):
            (folder / name).write_bytes(b"".join(one.public_bytes(Encoding.PEM) for one in certificates))

    def agree(self) -> None:
        """All of them take all of it, and none takes it with one byte changed."""
        stamps = sorted(self._folder.rglob("*.tst"))
        documents = sorted(self._folder.glob("documents/*"))
        assert stamps
        assert documents
        for stamp in stamps:
            data = stamp.with_name("checkpoint.txt")
            self._judge(
                data, "ts", "-verify", "-token_in", "-in", str(stamp), "-data", str(data), "-CAfile", "stamps.pem"
            )
        manifest = self._folder / "META-INF/ASiCManifest.xml"
        self._judge(manifest, *self._cms("META-INF/signature001.p7s", manifest, "container.pem"))
        for document in documents:
            self._judge_seal(document)

    def _judge_seal(self, document: Path) -> None:
        signature = PdfFileReader(io.BytesIO(document.read_bytes())).embedded_signatures[-1]
        certificate = x509.load_der_x509_certificate(signature.signer_cert.dump())
        (self._folder / "seal.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
        (self._folder / "seal.der").write_bytes(certificate.public_bytes(Encoding.DER))
        (self._folder / "seal.p7s").write_bytes(signature.pkcs7_content.rstrip(b"\0"))
        first, length, second, rest = signature.byte_range
        content, signed = document.read_bytes(), self._folder / "signed"
        signed.write_bytes(content[first : first + length] + content[second : second + rest])
        self._judge(signed, *self._cms("seal.p7s", signed, "seal.pem"), "-purpose", "any")
        command = [sys.executable, "-W", "ignore", "-c", _PYHANKO, str(document), "seal.der"]
        assert self._run(*command)
        with _changed(document):
            assert not self._run(*command)

    def _judge(self, data: Path, *command: str) -> None:
        assert self._run("openssl", *command), command
        with _changed(data):
            assert not self._run("openssl", *command), command

    @staticmethod
    def _cms(signature: str, data: Path, trusted: str) -> tuple[str, ...]:
        form = ("cms", "-verify", "-inform", "DER", "-binary", "-out", "/dev/null")
        return (*form, "-in", signature, "-content", str(data), "-CAfile", trusted)

    def _run(self, *command: str) -> bool:
        done = subprocess.run(command, cwd=self._folder, capture_output=True, timeout=60, check=False)
        return done.returncode == 0


class _changed:  # noqa: N801 - reads as a word in ``with``
    """One byte in the middle of a file is another one, for a while."""

    def __init__(self, path: Path) -> None:
        """Nothing is changed yet."""
        self._path, self._content = path, path.read_bytes()

    def __enter__(self) -> None:
        """Flip it."""
        content = bytearray(self._content)
        content[len(content) // 3] ^= 1
        self._path.write_bytes(bytes(content))

    def __exit__(self, *_: object) -> None:
        """Flip it back."""
        self._path.write_bytes(self._content)
