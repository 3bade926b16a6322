"""Hands over an e-mail that says that something has arrived, and never what (plain text, German or English)."""

import smtplib
import ssl
from collections.abc import Mapping
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from types import MappingProxyType
from typing import Final

from postbox.errors import ChannelDown, PostboxError
from postbox.settings import Smtp

_TIMEOUT: Final = 10  # seconds
_PERMANENT: Final = 500  # RFC 5321 4.2.1: 5yz replies are final
_SUBJECTS: Final[Mapping[str, str]] = MappingProxyType(
    {"de": "Neue Nachricht in Ihrem Postfach", "en": "Something new in your postbox"}
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


def send_notification(smtp: Smtp, *, to: str, language: str, link: str, message_id: str, now: datetime) -> None:
    """Hand one notification over to the mail server. Raises ChannelDown (try again), AddressRefused (do not)."""
    message = _message(smtp, to=to, language=language, link=link, message_id=message_id, now=now)
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


def _message(smtp: Smtp, *, to: str, language: str, link: str, message_id: str, now: datetime) -> EmailMessage:
    known = language if language in _SUBJECTS else "de"
    message = EmailMessage()
    message["From"] = smtp.sender
    message["To"] = to
    message["Subject"] = _SUBJECTS[known]
    message["Date"] = format_datetime(now)
    # The same for every attempt: a mail server that took the first one can drop the second.
    message["Message-ID"] = f"<{message_id}@{smtp.sender.partition('@')[2]}>"
    message["Content-Language"] = known
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office answers
    message.set_content(_BODIES[known].format(link=link))
    return message
