"""A real mail server that a test starts."""

import socket

from aiosmtpd.controller import Controller


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Sink:
    """A real SMTP server that keeps what it gets: `messages`, as (recipient, text). `answer` is what it says to DATA."""

    def __init__(self):
        self.messages, self.answer, self.refuse = [], "250 OK", ""
        self.controller = Controller(self, hostname="127.0.0.1", port=free_port())

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802
        if self.refuse and self.refuse in address:
            return "550 no such box"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        self.messages.append((envelope.rcpt_tos[0], envelope.content.decode()))
        return self.answer

    def ids(self):
        """The Message-IDs received, in order."""
        lines = [line for _to, text in self.messages for line in text.splitlines()]
        return [line.removeprefix("Message-ID: ") for line in lines if line.startswith("Message-ID: ")]
