"""The reports' words in German and English, and findings gathered by theme. Pure."""

from collections import Counter
from dataclasses import dataclass
from itertools import groupby

from idgateway.sp_check.cases import ACCEPT
from idgateway.sp_check.judge import Kind, Result, Verdict
from idgateway.sp_check.outcome import Outcome
from idgateway.sp_check.themes import Said, Severity, Theme, theme_of

LANGUAGES = ("de", "en")
SEVERITIES: dict[Severity, Said] = {
    Severity.CRITICAL: {"de": "KRITISCH", "en": "CRITICAL"},
    Severity.HIGH: {"de": "HOCH", "en": "HIGH"},
    Severity.MEDIUM: {"de": "MITTEL", "en": "MEDIUM"},
    Severity.LOW: {"de": "GERING", "en": "LOW"},
}
VERDICTS: dict[Verdict, Said] = {
    Verdict.REFUSED: {"de": "abgelehnt", "en": "refused"},
    Verdict.ACCEPTED: {"de": "angenommen", "en": "accepted"},
    Verdict.CRASHED: {"de": "abgestürzt", "en": "crashed"},
    Verdict.UNDECIDED: {"de": "unentschieden", "en": "undecided"},
    Verdict.SKIPPED: {"de": "ausgelassen", "en": "skipped"},
}
_WORDS: dict[str, Said] = {
    "title": {"de": "Prüfung eines Dienstes an der BundID", "en": "Check of a service connected to BundID"},
    "service": {"de": "Dienst", "en": "Service"},
    "stand-in": {"de": "Simulator", "en": "Stand-in"},
    "person": {"de": "Person", "en": "Person"},
    "started": {"de": "Beginn", "en": "Started"},
    "lasted": {"de": "Dauer", "en": "Lasted"},
    "told-by": {"de": "Angemeldet heißt", "en": "Logged in means"},
    "honest": {"de": "Richtige Anmeldungen", "en": "Honest logins"},
    "honest-ok": {
        "de": "{count} gelungen: vorher, zwischendurch und am Ende",
        "en": "{count} succeeded: before, in between and at the end",
    },
    "request": {"de": "Zur Anfrage", "en": "On the request"},
    "weak": {
        "de": "Dieses Zeichen ist schwach. Sicherer: --success-url, --success-cookie oder --success-text.",
        "en": "That is a weak sign. Safer: --success-url, --success-cookie or --success-text.",
    },
    "outage": {
        "de": "Die richtige Anmeldung gelingt nicht mehr, nach {where} Ablehnungen von hier an beweisen nichts.",
        "en": "The honest login does not succeed any more, after {where} Refusals from here on prove nothing.",
    },
    "findings": {"de": "Befunde", "en": "Findings"},
    "none": {"de": "Keine Befunde.", "en": "No findings."},
    "meaning": {"de": "Folge", "en": "Meaning"},
    "cure": {"de": "Abhilfe", "en": "What to do"},
    "rule": {"de": "Regel", "en": "Rule"},
    "about": {"de": "Was an ihr falsch oder ungewöhnlich ist", "en": "What is wrong or odd about it"},
    "answer": {"de": "Antwort", "en": "Answer"},
    "verdict": {"de": "Urteil", "en": "Verdict"},
    "all": {"de": "Alle Antworten", "en": "All answers"},
    "legend": {
        "de": "Abgelehnt: danach ist niemand angemeldet. Abgestürzt: auch niemand, doch durch Fehler des Dienstes. "
        "Unentschieden beweist nichts. Alle Personen sind erfunden, alle Antworten kamen vom Simulator.",
        "en": "Refused: nobody is logged in afterwards. Crashed: nobody either, but by an error of the service. "
        "Undecided proves nothing. All persons are made up, all answers came from the stand-in.",
    },
    "broken": {
        "de": "{right} von {all} falschen Antworten abgelehnt",
        "en": "{right} of {all} broken answers refused",
    },
    "odd": {
        "de": "{right} von {all} nur ungewöhnlichen angenommen",
        "en": "{right} of {all} merely odd ones accepted",
    },
    "skipped": {"de": "{count} ausgelassen", "en": "{count} skipped"},
    "status": {"de": "Status", "en": "status"},
}
_OTHER: dict[Kind, tuple[Said, Said, Said]] = {  # title, meaning, cure of what is no accepted answer
    Kind.TOO_STRICT: (
        {"de": "Zu streng", "en": "Too strict"},
        {
            "de": "BundID darf so antworten; diese Menschen würden abgewiesen.",
            "en": "BundID may answer like this; these people would be turned away.",
        },
        {"de": "Annehmen, was die genannte Regel erlaubt.", "en": "Accept what the rule named allows."},
    ),
    Kind.CRASH: (
        {"de": "Abgestürzt statt abgelehnt", "en": "Crashed instead of refused"},
        {
            "de": "Keine Anmeldung, aber ein unbehandelter Fehler: keine klare Seite, ein Hinweis für Angreifer.",
            "en": "No login, but an unhandled error: no page one understands, a hint for attackers.",
        },
        {
            "de": "Den Fehler am ACS abfangen und mit einer Seite im Bereich 4xx antworten.",
            "en": "Catch the error at the ACS and answer with a page in the 400s.",
        },
    ),
    Kind.SLOW: (
        {"de": "Langsam", "en": "Slow"},
        {
            "de": "Wenige solcher Antworten, ohne Anmeldung gesendet, können den Dienst anhalten.",
            "en": "A few such answers, sent without a login, can stop the service.",
        },
        {
            "de": "Größe, Tiefe und Form prüfen, bevor Unterschriften gerechnet werden.",
            "en": "Check size, depth and shape before signatures are computed.",
        },
    ),
    Kind.UNDECIDED: (
        {"de": "Unentschieden", "en": "Undecided"},
        {"de": "Nichts ist bewiesen.", "en": "Nothing is proven."},
        {
            "de": "Von Hand nachsehen (am Simulator wählbar), oder mit --success-… sagen, woran man es sieht.",
            "en": "Look by hand (it can be chosen at the stand-in), or say how to tell with --success-….",
        },
    ),
}

_DETAILS = (  # what the judge says in English
    ("no answer in time", "keine Antwort in der Zeit"),
    ("the connection broke", "die Verbindung brach ab"),
    ("again from ", "noch einmal aus "),
    ("another browser", "einem anderen Browser"),
    ("the same browser", "demselben Browser"),
    (" and from ", " und aus "),
    ("led to ", "führte zu "),
    ("the RelayState's javascript: link is on the page", "der javascript:-Verweis des RelayState steht auf der Seite"),
    ("the StatusMessage's script is part of the page", "das Skript der StatusMessage steht auf der Seite"),
    ("the signs of a login contradict each other", "die Zeichen einer Anmeldung widersprechen sich"),
    ("the first, sound delivery was not accepted", "die erste, richtige Zustellung wurde nicht angenommen"),
    ("too many requests (429)", "zu viele Anfragen (429)"),
    ("the honest login failed before", "die richtige Anmeldung gelang schon vorher nicht mehr"),
    ("the honest login failed afterwards", "die richtige Anmeldung gelang danach nicht mehr"),
    (
        "no address is known that opens for logged-in people only",
        "keine Adresse bekannt, die sich nur Angemeldeten öffnet",
    ),
    ("cannot occur with this service's request", "kann bei der Anfrage dieses Dienstes nicht vorkommen"),
)


@dataclass(frozen=True, kw_only=True)
class Gathered:
    """Findings of one kind and theme, to be cured together."""

    severity: Severity
    title: Said
    meaning: Said
    cure: Said
    results: tuple[Result, ...]


def say(key: str, language: str, **values: object) -> str:
    """One of the reports' texts."""
    return _WORDS[key][language].format(**values)


def gathered(outcome: Outcome) -> tuple[Gathered, ...]:
    """The findings by what is to be done about them, worst first."""

    def key(result: Result) -> tuple[int, str, str]:
        theme = _theme(result)
        return (-(result.severity or 0), result.kind, theme.key if theme else "")

    groups = [tuple(members) for _, members in groupby(sorted(outcome.findings, key=key), key=key)]
    return tuple(_gathered(members) for members in groups)


def _theme(result: Result) -> Theme | None:
    return theme_of(result.case) if result.kind in (Kind.HOLE, Kind.LED_AWAY) else None


def _gathered(results: tuple[Result, ...]) -> Gathered:
    theme, severity = _theme(results[0]), results[0].severity or Severity.LOW
    title, meaning, cure = (theme.title, theme.meaning, theme.cure) if theme else _OTHER[results[0].kind]
    return Gathered(severity=severity, title=title, meaning=meaning, cure=cure, results=results)


def told(result: Result, language: str) -> str:
    """One result in a line: the verdict, with the status and what else is known."""
    what = [VERDICTS[result.verdict][language]]
    if result.status:
        what.append(f"{say('status', language)} {result.status}")
    if result.detail:
        what.append(_detail(result.detail, language))
    return ", ".join(what)


def _detail(detail: str, language: str) -> str:
    if language == "de":
        for english, german in _DETAILS:
            detail = detail.replace(english, german)
    return detail


def summary(outcome: Outcome, language: str) -> str:
    """The whole in one line."""
    parts = []
    for expectation, key in (("refuse", "broken"), (ACCEPT, "odd")):
        counts = outcome.counts(expectation)
        tried = sum(counts.values()) - counts[Verdict.SKIPPED]
        if tried:
            parts.append(say(key, language, right=outcome.rightly(expectation), all=tried))
    skipped = sum(result.verdict is Verdict.SKIPPED for result in outcome.results)
    if skipped:
        parts.append(say("skipped", language, count=skipped))
    return ", ".join(parts) + "."


def severities(outcome: Outcome, language: str) -> str:
    """How many findings of each severity, worst first."""
    counts = Counter(result.severity for result in outcome.findings)
    return ", ".join(
        f"{counts[one]} {SEVERITIES[one][language]}" for one in sorted(SEVERITIES, reverse=True) if counts[one]
    )


def seconds(value: float, language: str) -> str:
    """A duration as people write it."""
    text = f"{value:.1f} s"
    return text.replace(".", ",") if language == "de" else text
