"""The reasons of a computation as plain sentences, German (with Sie) and English."""

from datetime import date
from typing import Final

from postbox.law.computation import Computation, Reason

_MONTHS: Final = {
    "de": [
        "Januar",
        "Februar",
        "März",
        "April",
        "Mai",
        "Juni",
        "Juli",
        "August",
        "September",
        "Oktober",
        "November",
        "Dezember",
    ],
    "en": [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
}
_WEEKDAYS: Final = {
    "de": ["Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"],
    "en": ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"],
}
_ORDINALS: Final = {
    "de": {"3": "dritten", "4": "vierten"},
    "en": {"3": "third", "4": "fourth"},
}
_SENTENCES: Final = {
    "user-account": (
        "Dieses Postfach ist Teil eines Nutzerkontos ({reference}); deshalb gilt § 9 OZG.",
        "This postbox is part of a user account ({reference}); therefore § 9 OZG applies.",
    ),
    "made-available": (
        "Der Bescheid wurde am {day} zum Abruf bereitgestellt. Es zählt der Tag nach deutscher Zeit.",
        "The notice was made available on {day}. The day in German time counts.",
    ),
    "notified": (
        "Die Benachrichtigung wurde am {day} abgesandt. Von diesem Tag an wird gezählt.",
        "The notification was sent on {day}. Counting starts from that day.",
    ),
    "deemed": (
        "Am {days} Tag danach gilt er als bekannt gegeben: {day} ({citation}).",
        "On the {days} day after that it counts as announced: {day} ({citation}).",
    ),
    "sent": (
        "Der Bescheid wurde am {day} elektronisch übermittelt. Es zählt der Tag nach deutscher Zeit.",
        "The notice was sent electronically on {day}. The day in German time counts.",
    ),
    "posted": (
        "Der Bescheid wurde am {day} zur Post gegeben.",
        "The notice was posted on {day}.",
    ),
    "returned": (
        "Der Brief kam zurück; bekannt gegeben ist damit nichts.",
        "The letter came back; it announced nothing.",
    ),
    "announced-before": (
        "Auf dem ersten Weg kann er schon am {day} bekannt gegeben sein; sicher ist, wer von diesem Tag an rechnet.",
        "By the first way it may have been announced on {day} already; whoever counts from that day is safe.",
    ),
    "deemed-abroad": (
        "Im Ausland gilt er einen Monat nach der Aufgabe zur Post als bekannt gegeben: {day} ({citation}).",
        "Abroad it counts as announced one month after posting: {day} ({citation}).",
    ),
    "no-days-abroad": (
        "Die Tage der Post zählen nur im Inland; im Ausland muss die Behörde den Zugang beweisen.",
        "The days of the post count only inland; abroad the authority must prove receipt.",
    ),
    "received": (
        "Zugegangen ist er am {day}.",
        "It was received on {day}.",
    ),
    "received-late": (
        "Zugegangen ist er erst am {day}; wird das dargelegt, zählt dieser Tag ({citation}).",
        "It was received only on {day}; if that is shown, this day counts ({citation}).",
    ),
    "receipt-denied": (
        "Der Empfänger bestreitet den Zugang; im Zweifel muss die Behörde ihn beweisen ({citation}).",
        "The recipient denies receipt; in doubt the authority must prove it ({citation}).",
    ),
    "acknowledged": (
        "Das Empfangsbekenntnis nennt den {day}; an diesem Tag ist zugestellt ({citation}).",
        "The acknowledgement of receipt names {day}; on that day it is served ({citation}).",
    ),
    "no-acknowledgement": (
        "Ein Empfangsbekenntnis liegt nicht vor; die Zustellung ist nicht bewiesen ({citation}).",
        "There is no acknowledgement of receipt; service is not proven ({citation}).",
    ),
    "fiction-announced": (
        "Ein Empfangsbekenntnis ging nicht rechtzeitig ein; auf die Folge wurde vorher hingewiesen ({citation}).",
        "No acknowledgement came back in time; the consequence was announced before ({citation}).",
    ),
    "acknowledged-late": (
        "Das verspätete Empfangsbekenntnis nennt schon den {day}; sicher ist, wer von diesem Tag an rechnet.",
        "The late acknowledgement already names {day}; whoever counts from that day is safe.",
    ),
    "shift-disputed": (
        "{day} ist kein Werktag. Ob die Bekanntgabe dann auf {moved} rückt, ist umstritten: Beides wird gerechnet.",
        "{day} is not a working day. Whether the announcement then moves to {moved} is disputed: both are computed.",
    ),
    "shift-settled": (
        "{day} ist kein Werktag. Die Bekanntgabe rückt deshalb auf {moved} (§ 108 Abs. 3 AO).",
        "{day} is not a working day. The announcement therefore moves to {moved} (§ 108(3) AO).",
    ),
    "notified-late": (
        "Die Benachrichtigung ging erst am {day} hinaus, nach dem Tag der Bereitstellung. Das ist angreifbar.",
        "The notification went out only on {day}, after the day of making available. This can be contested.",
    ),
    "retrieved": (
        "Der Bescheid wurde am {day} zum ersten Mal abgerufen.",
        "The notice was first retrieved on {day}.",
    ),
    "retrieved-before": (
        "Vor der erneuten Bekanntgabe wurde er am {day} abgerufen; dieser Tag bleibt maßgeblich (§ 9 Abs. 1 S. 7 OZG).",
        "Before it was announced again it had been retrieved on {day}; that day stays decisive (§ 9(1) s. 7 OZG).",
    ),
    "day-after": (
        "Am Tag nach dem Abruf ist er bekannt gegeben: {day} ({citation}).",
        "On the day after retrieval it is announced: {day} ({citation}).",
    ),
    "not-retrieved": (
        "Er ist nicht bekannt gegeben, solange er nicht rechtzeitig abgerufen wird{until} ({citation}).",
        "It is not announced unless it is retrieved in time{until} ({citation}).",
    ),
    "retrieved-in-extension": (
        "Die zehn Tage endeten am {day}, keinem Werktag; abgerufen wurde danach. Ob das noch zählt, ist umstritten.",
        "The ten days ended on {day}, not a working day; it was retrieved later. Whether that counts is disputed.",
    ),
    "notification-missing": (
        "Eine Benachrichtigung ist nicht belegt.",
        "No notification is on record.",
    ),
    "notification-unproven": (
        "Dass die Benachrichtigung ankam, ist nicht bewiesen; im Streit zählt der Tag des Abrufs ({citation}).",
        "Receipt of the notification is not proven; if contested, the day of retrieval counts ({citation}).",
    ),
    "by-retrieval": (
        "Abgerufen wurde er am {day}; dann gilt er an diesem Tag als bekannt gegeben ({citation}).",
        "It was retrieved on {day}; it then counts as announced on that day ({citation}).",
    ),
    "period": (
        "Die Frist von {months} ab der Bekanntgabe reicht nach der strengen Lesart bis {day}.",
        "The period of {months} from the announcement runs, in the strict reading, until {day}.",
    ),
    "abroad": (
        "Bei Bekanntgabe im Ausland beträgt die Frist {months} (§ 84 Abs. 1 SGG).",
        "For an announcement abroad the period is {months} (§ 84(1) SGG).",
    ),
    "month-end": (
        "Der Monat hat keinen Tag mit derselben Zahl; es zählt sein letzter Tag, {day} (§ 188 Abs. 3 BGB).",
        "The month has no day of that number; its last day counts, {day} (§ 188(3) BGB).",
    ),
    "end-moved": (
        "{day} ist am Ort der Behörde kein Werktag; die Frist endet am {moved} ({citation}).",
        "{day} is not a working day at the authority's place; the period ends on {moved} ({citation}).",
    ),
    "year": (
        "Die Rechtsbehelfsbelehrung fehlt oder ist unvollständig: Die Frist beträgt ein Jahr ({citation}).",
        "The information on remedies is missing or incomplete: the period is one year ({citation}).",
    ),
    "citizen": (
        "Wenn Sie bis {day} handeln, ist die Frist nach jeder Lesart gewahrt.",
        "If you act by {day}, you are in time under every reading.",
    ),
    "authority": (
        "Die Behörde behandelt den Bescheid frühestens ab {day} als bestandskräftig.",
        "The authority treats the notice as final from {day} at the earliest.",
    ),
    "never-final": (
        "Solange die Bekanntgabe nicht bewiesen ist, wird der Bescheid nicht als bestandskräftig behandelt.",
        "While the announcement is not proven, the notice is not treated as final.",
    ),
    "no-remedy": (
        "Der Bescheid nennt keinen Rechtsbehelf; eine Frist wird nicht berechnet.",
        "The notice names no remedy; no period is computed.",
    ),
    "day-added": (
        "Der {day} gilt hier in {land} als Feiertag: {act} (eingetragen von: {author}).",
        "{day} counts as a public holiday here in {land}: {act} (entered by: {author}).",
    ),
    "day-struck": (
        "Der {day} gilt hier in {land} nicht als Feiertag: {act} (eingetragen von: {author}).",
        "{day} does not count as a public holiday here in {land}: {act} (entered by: {author}).",
    ),
    "no-end": (
        "Ohne Bekanntgabe läuft keine Frist.",
        "Without announcement no period runs.",
    ),
}  # fmt: skip


def explain(computation: Computation, language: str) -> tuple[str, ...]:
    """Why these dates: one sentence per step, in ``de`` or ``en``."""
    return tuple(sentence(reason, language) for reason in computation.reasons)


def sentence(reason: Reason, language: str) -> str:
    """One reason as a sentence in ``de`` or ``en``. A code from a later version is shown as it is."""
    if reason.code not in _SENTENCES:
        return reason.code
    german, english = _SENTENCES[reason.code]
    values = {name: _word(name, text, language) for name, text in reason.values.items()}
    if reason.code == "not-retrieved":
        values["until"] = (
            ({"de": ", spätestens am ", "en": ", at the latest on "}[language] + values["day"])
            if ("day" in values)
            else ""
        )
    return (german if language == "de" else english).format_map(values)


def day_text(day: date, language: str) -> str:
    """A day with its weekday: ``Freitag, 27. November 2026`` or ``Friday, 27 November 2026``."""
    month, weekday = _MONTHS[language][day.month - 1], _WEEKDAYS[language][day.weekday()]
    return (
        f"{weekday}, {day.day}. {month} {day.year}" if language == "de" else f"{weekday}, {day.day} {month} {day.year}"
    )


def _word(name: str, text: str, language: str) -> str:
    match name:
        case "day" | "moved":
            return day_text(date.fromisoformat(text), language)
        case "days":
            return _ORDINALS[language].get(text, f"{text}." if language == "de" else f"{text}th")
        case "months":
            one, many = {"de": ("einem Monat", "Monaten"), "en": ("one month", "months")}[language]
            return one if text == "1" else f"{text} {many}"
    return text
