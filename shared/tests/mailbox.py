"""A mail server that tests send to: it takes letters, or refuses them, on a thread of its own."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any

from aiosmtpd.controller import Controller

from interlinker_shared.testing import free_port


class Mailbox:
    """What was taken. `replies` are given to the next letters instead, such as `451 come back`."""

    def __init__(self) -> None:
        self.port = free_port()
        self.letters: list[EmailMessage] = []
        self.replies: list[str] = []

    @property
    def url(self) -> str:
        """Where to send, as a setting has it."""
        return f"smtp://127.0.0.1:{self.port}"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name for it
        if self.replies:
            return self.replies.pop(0)
        letter = message_from_bytes(envelope.content, policy=SMTP)
        assert isinstance(letter, EmailMessage)
        self.letters.append(letter)
        return "250 taken"

    @contextlib.contextmanager
    def open(self) -> Iterator[None]:
        """Take letters within the block."""
        controller = Controller(self, hostname="127.0.0.1", port=self.port)
        controller.start()
        try:
            yield
        finally:
            controller.stop()
