"""What lies beside the evidence in a bundle, for people: plain German and English."""

from collections.abc import Mapping
from typing import Final

_README: Final[Mapping[str, str]] = {
    "de": """\
Beweispaket zum Bescheid {notice}
Erstellt von {issuer}

In diesem Paket liegen die Dokumente, die Ereignisse vom Einliefern bis zum Abruf, Quittungen, die Berechnung
der Bekanntgabe und der Fristen mit ihrem Kalender und, soweit schon vorhanden, die Nachweise aus dem Protokoll mit
unabhängigen Zeitstempeln und den Unterschriften von Zeugen. Es ist ein ASiC-E-Behälter (ETSI EN 319 162-1): Auch
andere Signaturprogramme öffnen ihn.

So prüfen Sie es ohne uns und ohne Netz:

    idgateway verify DATEI --trust anchors.json

oder im Browser mit der Seite verify.html, die {issuer} unter /verify.html anbietet.
Ihr SHA-256 ist {page}.

Einzelne Teile prüft auch OpenSSL:

    openssl cms -verify -inform DER -binary -in META-INF/signature001.p7s -content META-INF/ASiCManifest.xml \\
        -CAfile behaelter.pem -out /dev/null
    openssl ts -verify -token_in -in log/N/time-stamp-1.tst -data log/N/checkpoint.txt -CAfile zeitstempel.pem

Dieses Paket ist nicht sein eigener Richter. Dieser Text kam mit der Datei; wer die Datei gefälscht hat, könnte auch
ihn gefälscht haben. Prüfen Sie deshalb mit einem Programm, das Sie selbst installiert haben, und mit den
Schlüsseln (anchors.json), die {issuer} veröffentlicht, nie mit Schlüsseln aus dem Paket.

Was nicht bewiesen ist: dass jemand den Bescheid gelesen hat; und, solange kein unabhängiger Zeitstempel und kein
Zeuge dabei ist, die Uhrzeiten anders als durch den Betreiber.

Wer ein einzelnes Dokument von Ihnen bekommt, kann mit seinem Code aus codes.json beim Postfach nachfragen, ob es
noch gilt; gezeigt wird dabei nichts vom Inhalt.

Das Paket enthält den Inhalt und die Schlüsselwerte (salt), mit denen sich die Nachweise öffnen lassen.
Geben Sie es nur an Stellen weiter, die den Bescheid sehen dürfen.
""",
    "en": """\
Proof bundle for notice {notice}
Made by {issuer}

This bundle holds the documents, the events from submission to retrieval, receipts, the computation of the
announcement and the periods with its calendar and, as far as there are any, the proofs from the log with independent
time stamps and the signatures of witnesses. It is an ASiC-E container (ETSI EN 319 162-1): other signature programs
open it, too.

To verify it without us and without a network:

    idgateway verify FILE --trust anchors.json

or in a browser with the page verify.html, which {issuer} offers at /verify.html.
Its SHA-256 is {page}.

OpenSSL verifies single parts as well:

    openssl cms -verify -inform DER -binary -in META-INF/signature001.p7s -content META-INF/ASiCManifest.xml \\
        -CAfile container.pem -out /dev/null
    openssl ts -verify -token_in -in log/N/time-stamp-1.tst -data log/N/checkpoint.txt -CAfile time-stamps.pem

This bundle is not its own judge. This text came with the file; whoever forged the file could have forged it too.
So verify with a program that you installed yourself and with the keys (anchors.json) that {issuer} publishes,
never with keys from the bundle.

What is not proven: that anybody read the notice; and, as long as there is no independent time stamp and no
witness, the times other than by the operator's word.

Whoever gets a single document from you can ask the postbox with its code from codes.json whether it still stands;
nothing of the content is shown.

The bundle holds the content and the values (salt) that open the evidence. Pass it on only to those who may see
the notice.
""",
}


def bundle_readme(notice_id: str, issuer: str, language: str, page: str) -> str:
    """The text that lies in the bundle, ``de`` or ``en``; ``page`` is the SHA-256 of ``verify.html``, hexadecimal."""
    return _README[language].format(notice=notice_id, issuer=issuer, page=page)
