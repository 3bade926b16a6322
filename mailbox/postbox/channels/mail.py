"""Hands over an e-mail that says that something has arrived, and never what (plain text, German or English)."""

import smtplib
import ssl
from collections.abc import Mapping
from datetime import date, datetime
from email.message import EmailMessage
from email.utils import format_datetime
from types import MappingProxyType
from typing import Final

from postbox.errors import ChannelDown, PostboxError
from postbox.law.words import day_text
from postbox.settings import Smtp

_TIMEOUT: Final = 10  # seconds
_PERMANENT: Final = 500  # RFC 5321 4.2.1: 5yz replies are final
_SUBJECTS: Final[Mapping[str, str]] = MappingProxyType(
    {"de": "Neue Nachricht in Ihrem Postfach", "en": "Something new in your postbox"}
)
# § 122a(1) AO: this notification names the legal effects; the one exception to saying nothing of what it is.
_EFFECTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "de": """
Es ist ein Bescheid im Steuerrecht. Er gilt am {day} als bekannt gegeben, auch wenn Sie ihn nicht abrufen
(§ 122a Abs. 4 AO). Von diesem Tag an läuft die Frist für einen Einspruch.
""",
        "en": """
It is a notice under tax law. It counts as announced on {day}, even if you do not retrieve it (§ 122a(4) AO).
From that day on the period for an objection runs.
""",
    }
)
_BODIES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "de": """\
Guten Tag,

in Ihrem digitalen Postfach liegt etwas Neues. Melden Sie sich an, um es zu lesen:

{link}

Aus Gründen des Datenschutzes steht in dieser E-Mail nicht, worum es geht und von wem es kommt.
Auch wenn Sie das Neue nicht lesen, können Fristen beginnen.
""",
        "en": """\
Hello,

something new has arrived in your digital postbox. Log in to read it:

{link}

To protect your privacy this e-mail does not say what it is about or who sent it.
Periods may begin even if you do not read it.
""",
    }
)


class AddressRefused(PostboxError):
    """The mail server refused this address or message for good; trying again would not help."""

    code = "address-refused"


def send_notification(
    smtp: Smtp, *, to: str, language: str, link: str, message_id: str, now: datetime, effective_on: date | None = None
) -> None:
    """Hand one notification over to the mail server; ``effective_on`` only where the law wants it named.

    Raises ChannelDown (try again), AddressRefused (do not).
    """
    known = language if language in _SUBJECTS else "de"
    message = _message(smtp, to=to, language=known, message_id=message_id, now=now)
    message.set_content(_text(known, link, effective_on))
    try:
        with smtplib.SMTP(smtp.host, smtp.port, timeout=_TIMEOUT) as server:
            _secure(server, smtp)
            server.send_message(message)
    except smtplib.SMTPRecipientsRefused as error:
        raise _judged(min(code for code, _ in error.recipients.values())) from error
    except smtplib.SMTPResponseException as error:
        raise _judged(error.smtp_code) from error
    except (OSError, smtplib.SMTPException) as error:
        raise ChannelDown("The mail server does not answer.", code="mail-server-down") from error


def _judged(code: int) -> PostboxError:
    if code >= _PERMANENT:
        return AddressRefused(f"The mail server refused for good ({code}).")
    return ChannelDown(f"The mail server refused for now ({code}).", code="mail-server-busy")


def _secure(server: smtplib.SMTP, smtp: Smtp) -> None:
    if smtp.starttls:
        server.starttls(context=ssl.create_default_context())
    if smtp.username and smtp.password_file:
        server.login(smtp.username, smtp.password_file.read_text(encoding="utf-8").strip())


def _text(language: str, link: str, effective_on: date | None) -> str:
    body = _BODIES[language].format(link=link)
    return body if effective_on is None else body + _EFFECTS[language].format(day=day_text(effective_on, language))


def _message(smtp: Smtp, *, to: str, language: str, message_id: str, now: datetime) -> EmailMessage:
    message = EmailMessage()
    message["From"] = smtp.sender
    message["To"] = to
    message["Subject"] = _SUBJECTS[language]
    message["Date"] = format_datetime(now)
    # The same for every attempt: a mail server that took the first one can drop the second.
    message["Message-ID"] = f"<{message_id}@{smtp.sender.partition('@')[2]}>"
    message["Content-Language"] = language
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office answers
    return message
