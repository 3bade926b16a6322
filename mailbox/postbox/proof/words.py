"""What the verifier says: plain German and English."""

from collections.abc import Mapping
from datetime import datetime
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
        "ok": (
            "Unabhängige Zeitstempel ({who}) bezeugen {reach}, spätestens {when}{renewed}. Qualifiziert: {qualified}.",
            "Independent time stamps ({who}) attest {reach}, not later than {when}{renewed}. Qualified: {qualified}.",
        ),
        "failed": (
            "Ein Zeitstempel ist nicht echt, nicht von einer vertrauten Stelle oder widerspricht den Ereignissen.",
            "A time stamp is not genuine, not of a trusted authority, or contradicts the events.",
        ),
        "not-proven": (
            "Die Uhrzeiten bezeugt allein der Betreiber; ein unabhängiger Zeitstempel liegt nicht bei.{why}",
            "The times are attested by the operator alone; there is no independent time stamp.{why}",
        ),
    },
    "witness": {
        "ok": (
            "Außenstehende Zeugen sahen im Protokoll {reach}, zuletzt {when}: {who}.",
            "Outside witnesses saw {reach} in the log, last on {when}: {who}.",
        ),
        "failed": (
            "Die Unterschrift eines Zeugen ist falsch.",
            "The signature of a witness is wrong.",
        ),
        "not-proven": (
            "Ob der Betreiber allen dasselbe Protokoll zeigt, hat kein Außenstehender bezeugt.{why}",
            "No outsider has attested that the operator shows everybody the same log.{why}",
        ),
    },
    "container": {
        "ok": (
            "Der Behälter (ASiC-E) trägt die Signatur von {trusted}, nach dessen Angabe vom {at}; nicht qualifiziert.",
            "The container (ASiC-E) bears the signature of {trusted}, by its word of {at}; not qualified.",
        ),
        "failed": (
            "Der Behälter ist nicht so von {trusted} unterschrieben worden.",
            "The container was not signed like this by {trusted}.",
        ),
        "not-proven": (
            "Das Paket hat die ältere Form ohne signierten Behälter (ASiC-E).",
            "The bundle has the older form without a signed container (ASiC-E).",
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

# What time stamps and witnesses cover, and why they cover nothing: (German, English).
RENEWED: Final = (", erneuert {}", ", renewed on {}")
EVERYTHING: Final = ("alle Ereignisse", "all events")
PARTLY: Final = ("{} von {} Ereignissen", "{} of {} events")
# Whether they are qualified: name and day of the trusted list, how many are, of how many.
UNCHECKED: Final = ("ungeprüft", "not checked")
QUALIFIED: Final = ("ja, nach Vertrauensliste {} vom {}", "yes, by trusted list {} of {}")
NOT_QUALIFIED: Final = (
    "nein, nach Vertrauensliste {} vom {} ({} von {} Zeitstempeln)",
    "no, by trusted list {} of {} ({} of {} time stamps)",
)
OVER: Final = (
    "ungeprüft, denn Vertrauensliste {} vom {} ist überholt",
    "not checked, because trusted list {} of {} is out of date",
)
UNTRUSTED_STAMPS: Final = (
    " Beigelegte Zeitstempel zählen nicht: Sie haben keiner Zeitstempelstelle vertraut.",
    " The time stamps inside do not count: you have trusted no authority.",
)
NOT_OF_THE_OPERATOR: Final = (
    " Was beiliegt, wurde nicht geprüft: Das Paket hat nicht der Betreiber unterschrieben.",
    " What came along was not checked: the operator did not sign the bundle.",
)
UNTRUSTED_WITNESSES: Final = (
    " Beigelegte Unterschriften zählen nicht: Sie haben keinem Zeugen vertraut.",
    " The signatures inside do not count: you have trusted no witness.",
)

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

WITHDRAWN: Final = (
    "Die Behörde hat den Bescheid danach zurückgezogen.",
    "The authority withdrew the notice afterwards.",
)
REPLACED: Final = (
    "Ein anderer Bescheid ist an seine Stelle getreten.",
    "Another notice has taken its place.",
)


def clock_text(at: datetime) -> str:
    """An instant for people, alike in every language: ``2026-11-23 11:00:01 UTC``."""
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"


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
