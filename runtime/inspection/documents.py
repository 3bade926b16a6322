"""What documents are judged by: trust in seals, and the malware scanner."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from postbox.channels.scanner import Scanner
from postbox.errors import ChannelDown, SetupWrong
from postbox.seals.trust import read_trust
from runtime.findings import Finding, good, warning, wrong
from runtime.settings import Settings

_SOON = timedelta(days=14)


def check_documents(settings: Settings, now: datetime) -> Iterator[Finding]:
    """Whom seals are believed, how fresh the trusted list is, and whether somebody looks for malware."""
    if settings.postbox is None:
        return
    yield _trust(settings, now)
    yield _scanner(settings.postbox.scanner)


def _trust(settings: Settings, now: datetime) -> Finding:
    subject = "trust in seals"
    trust = settings.postbox.trust if settings.postbox else None
    try:
        found = read_trust(trust) if trust else None
        revocations = found.revocations() if found else []
    except SetupWrong as error:
        return wrong(subject, error.detail, "Correct [postbox.trust], or fetch the file again.")
    if found is None or found.listed is None:
        cause = "Without a trusted list nothing is qualified: notices in written form are refused."
        return warning(subject, cause, "Give trusted_list_file and trusted_list_certificates in [postbox.trust].")
    ends = found.listed.next_update
    told = f"Trusted list of {found.listed.territory} no. {found.listed.sequence}, {len(revocations)} revocation lists."
    if ends is not None and ends < now + _SOON:
        return warning(subject, f"{told} Its next one is due on {ends:%Y-%m-%d}.", "Fetch the newest list.")
    return good(subject, told)


def _scanner(address: str) -> Finding:
    subject = "malware scanner"
    if not address:
        cause = "Off: documents are not checked for malware."
        return warning(subject, cause, "Run clamd and name its socket: scanner in [postbox].")
    try:
        Scanner(address, within=5).find([b"idgateway check"])
    except SetupWrong as error:
        return wrong(subject, error.detail, "Correct scanner in [postbox].")
    except ChannelDown as error:
        return warning(subject, f"{error.detail} Notices are held until it does.", "Start clamd; look at its log.")
    return good(subject, "clamd answers.")
