"""Handing letters to a mail server (SMTP, RFC 5321); blocking, so it runs in a thread."""

from __future__ import annotations

import contextlib
import smtplib
import ssl
from collections.abc import Iterator
from email.message import EmailMessage
from email.policy import SMTP
from enum import Enum, auto

from interlinker_shared.mail.server import MailServer
from interlinker_shared.mail.store import Waiting

TIMEOUT_SECONDS = 20.0
PERMANENT = 500  # reply codes from here on: trying again does not help (RFC 5321, 4.2.1)


class Outcome(Enum):
    """What became of a letter."""

    SENT = auto()
    LATER = auto()
    NEVER = auto()


@contextlib.contextmanager
def connected(server: MailServer) -> Iterator[smtplib.SMTP]:
    """A connection that letters may be sent over. Raises OSError (SMTPException is one) when there is none to be had."""
    context = ssl.create_default_context()
    if server.tls:
        smtp: smtplib.SMTP = smtplib.SMTP_SSL(server.host, server.port, timeout=TIMEOUT_SECONDS, context=context)
    else:
        smtp = smtplib.SMTP(server.host, server.port, timeout=TIMEOUT_SECONDS)
    try:
        if server.starttls:
            smtp.starttls(context=context)
        if server.user is not None:
            smtp.login(server.user, server.password or "")
        yield smtp
    finally:
        with contextlib.suppress(OSError):
            smtp.quit()


def send(smtp: smtplib.SMTP, sender: str, mail: Waiting) -> Outcome:
    """Hand in one letter. Raises OSError when the connection is gone."""
    try:
        smtp.send_message(as_message(sender, mail))
    except smtplib.SMTPServerDisconnected:
        raise
    except smtplib.SMTPRecipientsRefused as error:
        codes = [code for code, _ in error.recipients.values()]
        return Outcome.NEVER if min(codes, default=0) >= PERMANENT else Outcome.LATER
    except smtplib.SMTPResponseException as error:
        return Outcome.NEVER if error.smtp_code >= PERMANENT else Outcome.LATER
    except smtplib.SMTPException:
        return Outcome.LATER
    return Outcome.SENT


def as_message(sender: str, mail: Waiting) -> EmailMessage:
    """The letter as it is sent. Its Message-ID stays the same, so that one sent twice can be told."""
    message = EmailMessage(policy=SMTP)
    message["From"] = sender
    message["To"] = mail.recipient
    message["Subject"] = mail.subject
    message["Date"] = mail.created_at
    message["Message-ID"] = f"<{mail.id}@{sender.rpartition('@')[2].rstrip('>')}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: absence notes are not answered to it
    message.set_content(mail.body)
    return message
