"""What the verifier says, and what lies beside the evidence in a bundle: plain German and English."""

from collections.abc import Mapping
from typing import Final

# Step → status → German, English. Placeholders are filled by the verifier.
SENTENCES: Final[Mapping[str, Mapping[str, tuple[str, str]]]] = {
    "bundle": {
        "ok": (
            "Die Datei ist ein vollständiges Beweispaket zum Bescheid {notice}.",
            "The file is a complete proof bundle for notice {notice}.",
        ),
        "failed": (
            "Die Datei ist kein unversehrtes Beweispaket.",
            "The file is not an intact proof bundle.",
        ),
    },
    "origin": {
        "ok": (
            "Das Paket hat {issuer} unterschrieben; kein Teil wurde seitdem verändert.",
            "The bundle was signed by {issuer}; no part has been changed since.",
        ),
        "failed": (
            "Das Paket ist so nicht von {trusted} unterschrieben worden, oder ein Teil wurde verändert.",
            "The bundle was not signed like this by {trusted}, or a part has been changed.",
        ),
    },
    "documents": {
        "ok": (
            "Die Dokumente ({count}) sind Byte für Byte die angegebenen.",
            "The documents ({count}) are byte for byte the ones named.",
        ),
        "failed": (
            "Ein Dokument ist nicht das angegebene.",
            "A document is not the one named.",
        ),
        "not-proven": (
            "Das Paket enthält kein Dokument.",
            "The bundle holds no document.",
        ),
    },
    "commitments": {
        "ok": (
            "Genau diese Dokumente wurden eingeliefert. {reached}",
            "Exactly these documents were submitted. {reached}",
        ),
        "failed": (
            "Ein Dokument ist nicht das, worüber die Ereignisse berichten.",
            "A document is not the one the events speak about.",
        ),
        "not-proven": (
            "Die Ereignisse nennen Dokumente ({count}), die dem Paket fehlen; über deren Inhalt sagt es nichts.",
            "The events name documents ({count}) that the bundle lacks; it says nothing about their content.",
        ),
    },
    "chain": {
        "ok": (
            "Die Ereignisse ({count}) bilden eine lückenlose Kette.",
            "The events ({count}) form a chain without a gap.",
        ),
        "failed": (
            "Die Kette der Ereignisse ist gebrochen: Etwas wurde verändert, entfernt oder eingefügt.",
            "The chain of events is broken: something was changed, removed or inserted.",
        ),
    },
    "receipts": {
        "ok": (
            "Die Quittungen ({count}) sind von {trusted} unterschrieben und passen zur Kette.",
            "The receipts ({count}) are signed by {trusted} and fit the chain.",
        ),
        "failed": (
            "Eine Quittung ist nicht echt oder passt nicht zur Kette.",
            "A receipt is not genuine or does not fit the chain.",
        ),
        "not-proven": (
            "Eine Quittung über die Einlieferung liegt nicht bei.",
            "There is no receipt for the submission.",
        ),
    },
    "checkpoint": {
        "ok": (
            "Das Protokoll {origin} mit {size} Einträgen ist von seinem Betreiber unterschrieben.",
            "The log {origin} with {size} entries is signed by its operator.",
        ),
        "failed": (
            "Der Stand des Protokolls ist nicht von einem vertrauten Protokoll unterschrieben.",
            "The state of the log is not signed by a trusted log.",
        ),
        "not-proven": (
            "Das Paket entstand, bevor die Ereignisse im Protokoll versiegelt waren.",
            "The bundle was made before the events were sealed in the log.",
        ),
    },
    "inclusion": {
        "ok": (
            "Jedes Ereignis ({count}) steht unveränderlich in diesem Protokoll.",
            "Every event ({count}) stands unchangeably in this log.",
        ),
        "failed": (
            "Ein Ereignis steht nicht so in diesem Protokoll.",
            "An event does not stand like this in this log.",
        ),
        "not-proven": (
            "Ereignisse ({count}) stehen noch nicht im Protokoll, sind aber in der Kette.",
            "Some events ({count}) are not in the log yet, though they are in the chain.",
        ),
    },
    "dates": {
        "ok": (
            "Die Tage sind nachgerechnet und stimmen: {dates}",
            "The dates were computed again and are right: {dates}",
        ),
        "failed": (
            "Die Tage folgen nicht aus den Ereignissen und dem Recht.",
            "The dates do not follow from the events and the law.",
        ),
        "not-proven": (
            "Über Bekanntgabe und Fristen liegt keine Rechnung bei, die dieses Prüfprogramm nachrechnen kann.",
            "There is no computation of announcement and periods that this verifier can compute again.",
        ),
    },
    "time": {
        "not-proven": (
            "Die Uhrzeiten bezeugt allein der Betreiber; ein unabhängiger Zeitstempel liegt nicht bei.",
            "The times are attested by the operator alone; there is no independent time stamp.",
        ),
    },
    "witness": {
        "not-proven": (
            "Ob der Betreiber allen dasselbe Protokoll zeigt, hat kein Außenstehender bezeugt.",
            "No outsider has attested that the operator shows everybody the same log.",
        ),
    },
    "reading": {
        "not-proven": (
            "Ob jemand den Bescheid gelesen hat, ist nicht bewiesen; Übergabe heißt nur: Die Verbindung nahm alles an.",
            "That anybody read the notice is not proven; handover only says: the connection took every byte.",
        ),
    },
    "unexpected": {
        "failed": (
            "Die Prüfung selbst ist gescheitert. Die Datei gilt als nicht geprüft.",
            "The check itself failed. The file counts as not verified.",
        ),
    },
}

# How far a bundle's events show the documents to have come: (German, English).
NOT_AVAILABLE: Final = (
    "Dass sie bereitgestellt wurden, ist in diesem Paket nicht belegt.",
    "That they were made available is not on record in this bundle.",
)
NOT_HANDED_OVER: Final = (
    "Sie wurden bereitgestellt; eine vollständige Übergabe ist in diesem Paket nicht belegt.",
    "They were made available; no complete handover is on record in this bundle.",
)
PARTLY_HANDED_OVER: Final = (
    "Sie wurden bereitgestellt; vollständig übergeben: {handed} von {total}.",
    "They were made available; handed over completely: {handed} of {total}.",
)
HANDED_OVER: Final = (
    "Sie wurden bereitgestellt und vollständig übergeben.",
    "They were made available and handed over completely.",
)

VERDICTS: Final = {
    True: (
        "Alles, was sich prüfen lässt, stimmt. Was nicht bewiesen ist, steht dabei.",
        "Everything that can be checked is right. What is not proven is said.",
    ),
    False: (
        "Dieses Paket beweist nichts: Mindestens eine Prüfung ist fehlgeschlagen.",
        "This bundle proves nothing: at least one check failed.",
    ),
}

_README: Final = {
    "de": """\
Beweispaket zum Bescheid {notice}
Erstellt von {issuer}

In diesem Paket liegen die Dokumente, die Ereignisse vom Einliefern bis zum Abruf, Quittungen, die Berechnung
der Bekanntgabe und der Fristen und, soweit schon versiegelt, der Nachweis aus dem Protokoll.

So prüfen Sie es ohne uns und ohne Netz:

    idgateway verify DATEI --trust anchors.json

Dieses Paket ist nicht sein eigener Richter. Dieser Text kam mit der Datei; wer die Datei gefälscht hat, könnte auch
ihn gefälscht haben. Prüfen Sie deshalb mit einem Programm, das Sie selbst installiert haben, und mit den
Schlüsseln (anchors.json), die {issuer} veröffentlicht, nie mit Schlüsseln aus dem Paket.

Was nicht bewiesen ist: dass jemand den Bescheid gelesen hat; und, solange kein unabhängiger Zeitstempel und kein
Zeuge dabei ist, die Uhrzeiten anders als durch den Betreiber.

Das Paket enthält den Inhalt und die Schlüsselwerte (salt), mit denen sich die Nachweise öffnen lassen.
Geben Sie es nur an Stellen weiter, die den Bescheid sehen dürfen.
""",
    "en": """\
Proof bundle for notice {notice}
Made by {issuer}

This bundle holds the documents, the events from submission to retrieval, receipts, the computation of the
announcement and the periods and, where already sealed, the proof from the log.

To verify it without us and without a network:

    idgateway verify FILE --trust anchors.json

This bundle is not its own judge. This text came with the file; whoever forged the file could have forged it too.
So verify with a program that you installed yourself and with the keys (anchors.json) that {issuer} publishes,
never with keys from the bundle.

What is not proven: that anybody read the notice; and, as long as there is no independent time stamp and no
witness, the times other than by the operator's word.

The bundle holds the content and the values (salt) that open the evidence. Pass it on only to those who may see
the notice.
""",
}


WITHDRAWN: Final = (
    "Die Behörde hat den Bescheid danach zurückgezogen.",
    "The authority withdrew the notice afterwards.",
)
REPLACED: Final = (
    "Ein anderer Bescheid ist an seine Stelle getreten.",
    "Another notice has taken its place.",
)


def followed_by(told: tuple[str, str], *later: tuple[str, str]) -> tuple[str, str]:
    """What is told, and what happened to the notice afterwards: German, English."""
    return " ".join(one[0] for one in (told, *later)), " ".join(one[1] for one in (told, *later))


def reached(*, available: bool, handed: int, total: int) -> tuple[str, str]:
    """What the events prove of the delivery, and no more: German, English."""
    if not available:
        return NOT_AVAILABLE
    if not handed:
        return NOT_HANDED_OVER
    german, english = HANDED_OVER if handed == total else PARTLY_HANDED_OVER
    return german.format(handed=handed, total=total), english.format(handed=handed, total=total)


def bundle_readme(notice_id: str, issuer: str, language: str) -> str:
    """The page that lies in the bundle, ``de`` or ``en``."""
    return _README[language].format(notice=notice_id, issuer=issuer)
