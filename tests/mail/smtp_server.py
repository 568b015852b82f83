"""A mail server in a process of its own that accepts, refuses, hangs up and keeps silent, and writes down what it did.

``python smtp_server.py PORT LOG SEED TROUBLE``: of every thousand messages ``TROUBLE`` meet one of six troubles, drawn
by chance from SEED. Each accepted message is a line in LOG, written before the server answers.
"""

import asyncio
import os
import random
import re
import sys

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

ID = re.compile(rb"^Message-ID: (<[^>]+>)", re.MULTILINE)
TO = re.compile(rb"^To: .*?<([^>]+)>", re.MULTILINE | re.DOTALL)
TROUBLES = ("451 rcpt", "550 rcpt", "451 data", "drop before", "drop after", "silence")
SILENCE = 1.0  # seconds; more than the client waits


class Sink:
    """Draws a trouble for each message."""

    def __init__(self, log: str, seed: int, trouble: int) -> None:
        self.log = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self.random, self.trouble = random.Random(seed), trouble
        self.next = ""
        self.known: set[str] = set()  # who has got a mail is not unknown on the second try

    def note(self, *words: str) -> None:
        os.write(self.log, (" ".join(words) + "\n").encode())

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        hit = self.random.randrange(1000) < self.trouble
        self.next = self.random.choice(TROUBLES) if hit else ""
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.next == "451 rcpt":
            return "451 4.7.1 Greylisted"
        if self.next == "550 rcpt" and address not in self.known:
            self.note("refused", address)
            return "550 5.1.1 No such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        content = envelope.original_content or b""
        message_id, trouble = ID.search(content), self.next
        assert message_id
        assert server.transport
        if trouble == "451 data":
            return "451 4.3.0 Try again later"
        if trouble == "drop before":
            self.note("dropped", envelope.rcpt_tos[0], message_id[1].decode())
            server.transport.abort()
            return "451"
        self.known.add(envelope.rcpt_tos[0])
        self.note(
            "accepted",
            envelope.rcpt_tos[0],
            message_id[1].decode(),
            "unsure" if trouble else "sure",
        )
        if trouble == "drop after":
            server.transport.abort()
        if trouble == "silence":
            await asyncio.sleep(SILENCE)
        return "250 OK, queued"


def main() -> None:
    port, log, seed, trouble = int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    controller = Controller(Sink(log, seed, trouble), hostname="127.0.0.1", port=port)
    controller.start()
    print("ready", flush=True)
    sys.stdin.read()  # until the test lets go
    os._exit(0)


if __name__ == "__main__":
    main()
