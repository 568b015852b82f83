"""Real conversations with a mail server that accepts, refuses, hangs up and keeps silent."""

import asyncio
import socket
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from signoff.domain.delivery import DeliveryError, Fault, ServerLimit, Stage
from signoff.domain.mail import MailKind
from signoff.mail.transport import (
    MailServer,
    SmtpTransport,
    SmtpTransports,
    parse_smtp_url,
    transport_for,
)
from tests.mail.samples import LINK, composed, mail, part

INVITATION = mail(MailKind.INVITATION)
MESSAGE = composed(INVITATION)


class Server:
    """A mail server: ``replies`` maps a command to its next answers; accepted mail is in ``accepted``."""

    offers_pipelining = False
    # Some servers ask for the text though they have refused the recipient (RFC 2920, section 3.1).
    asks_for_text_always = False

    def __init__(self, **replies: list[str]) -> None:
        self.replies = {command: list(answers) for command, answers in replies.items()}
        self.accepted: list[Envelope] = []
        self.connections: set[object] = set()
        self.tls: list[bool] = []
        self.logins: list[tuple[bytes, bytes]] = []

    async def handle_EHLO(
        self,
        server: SMTP,
        session: Session,
        envelope: Envelope,
        hostname: str,
        responses: list[str],
    ) -> list[str]:
        session.host_name = hostname
        offered = ["250-PIPELINING"] if self.offers_pipelining else []
        return [responses[0], *offered, *responses[1:]]

    def next(self, command: str) -> str:
        answers = self.replies.get(command, [])
        return answers.pop(0) if answers else ""

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, _: object
    ) -> str:
        self.connections.add(session.peer)
        self.tls.append(bool(server.transport and server.transport.get_extra_info("ssl_object")))
        if answer := await self.special(server, self.next("mail")):
            return answer
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, _: object
    ) -> str:
        if answer := await self.special(server, self.next("rcpt")):
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        answer = self.next("data")
        if answer in ("", "drop after acceptance"):
            self.accepted.append(envelope)
        return await self.special(server, answer) or "250 OK, queued"

    async def special(self, server: SMTP, answer: str) -> str:
        if answer.startswith("drop") and server.transport:
            server.transport.abort()
        if answer == "silence":
            await asyncio.sleep(3)
        return answer

    def authenticate(self, *args: object) -> AuthResult:
        login = args[-1]
        assert isinstance(login, LoginPassword)
        self.logins.append((login.login, login.password))
        return AuthResult(success=login.password == b"p@ss/word")


@contextmanager
def running(server: Server, **options: object) -> Iterator[str]:
    controller = Controller(server, hostname="127.0.0.1", port=free_port(), **options)
    controller.start()
    try:
        yield f"127.0.0.1:{controller.port}"
    finally:
        controller.stop()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def posting(address: str, scheme: str = "smtp", **options: object) -> Iterator[SmtpTransport]:
    post = SmtpTransport(f"{scheme}://{address}", **{"timeout": 1.0, **options})  # type: ignore[arg-type]
    try:
        yield post
    finally:
        post.close()


@pytest.fixture(params=[False, True], ids=["one by one", "pipelined"])
def pipelining(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Whether the server takes commands before it has replied to the ones before."""
    monkeypatch.setattr(Server, "offers_pipelining", request.param)
    return bool(request.param)


def refused(post: Callable[[EmailMessage], None], message: EmailMessage = MESSAGE) -> DeliveryError:
    with pytest.raises(DeliveryError) as failed:
        post(message)
    return failed.value


@pytest.mark.usefixtures("pipelining")
def test_accepted_mail_arrives_complete_and_from_the_association() -> None:
    with running(server := Server()) as address, posting(address) as post:
        post(MESSAGE)
    (envelope,) = server.accepted
    assert envelope.mail_from == "mitzeichnung@staedteforum.example"
    assert envelope.rcpt_tos == ["praevention@musterhausen.example"]
    assert isinstance(envelope.content, bytes)
    arrived = message_from_bytes(envelope.content, policy=policy.default)
    assert LINK in part(arrived, "plain").splitlines()
    assert part(arrived, "html").splitlines() == part(MESSAGE, "html").splitlines()
    assert arrived["Message-ID"] == MESSAGE["Message-ID"]


@pytest.mark.usefixtures("pipelining")
def test_many_messages_use_one_connection() -> None:
    with running(server := Server()) as address, posting(address) as post:
        for number in range(20):
            post(composed(replace(INVITATION, message=replace(INVITATION.message, number=number))))
    assert len(server.accepted) == 20
    assert len(server.connections) == 1


def test_name_with_commas_is_one_recipient() -> None:
    named = replace(
        INVITATION,
        link=replace(INVITATION.link, name="Amt, a@x.example, b@x.example, " + "Prävention " * 8),
    )
    with running(server := Server()) as address, posting(address) as post:
        post(composed(named))
    assert server.accepted[0].rcpt_tos == ["praevention@musterhausen.example"]


@pytest.mark.usefixtures("pipelining")
@pytest.mark.parametrize(
    ("replies", "permanent", "words"),
    [
        ({"rcpt": ["451 4.7.1 Greylisted, try again"]}, False, "451 4.7.1 Greylisted, try again"),
        ({"data": ["451 4.3.0 Try again later"]}, False, "451 4.3.0 Try again later"),
        ({"rcpt": ["550 5.1.1 No such user here"]}, True, "550 5.1.1 No such user here"),
        ({"data": ["554 5.7.1 Spam"]}, True, "554 5.7.1 Spam"),
        ({"rcpt": ["452 4.2.2 Mailbox full"]}, False, "452 4.2.2 Mailbox full"),
    ],
)
def test_permanent_and_temporary_refusals_differ_and_affect_no_other_message(
    replies: dict[str, list[str]], permanent: bool, words: str
) -> None:
    with running(server := Server(**replies)) as address, posting(address) as post:
        post_failed = refused(post)
        post(MESSAGE)
    assert (post_failed.permanent, post_failed.diagnostic, post_failed.server_unavailable) == (
        permanent,
        words,
        False,
    )
    assert len(server.accepted) == 1
    assert len(server.connections) == 1


@pytest.mark.usefixtures("pipelining")
def test_refused_sender_is_a_server_problem_and_loses_no_mail() -> None:
    with (
        running(server := Server(mail=["550 5.7.1 Sender not allowed"])) as address,
        posting(address) as post,
    ):
        failed = refused(post)
        post(MESSAGE)
    assert (failed.permanent, failed.server_unavailable) == (False, True)
    assert len(server.accepted) == 1


@pytest.mark.usefixtures("pipelining")
def test_connection_dropped_after_acceptance_is_repeated_with_the_same_message_id() -> None:
    with (
        running(server := Server(data=["drop after acceptance"])) as address,
        posting(address) as post,
    ):
        failed = refused(post)
        post(composed(INVITATION))
    assert (failed.permanent, failed.server_unavailable) == (False, True)
    ids = {
        message_from_bytes(bytes(envelope.content or b""))["Message-ID"]
        for envelope in server.accepted
    }
    assert len(server.accepted) == 2
    assert ids == {MESSAGE["Message-ID"]}


@pytest.mark.usefixtures("pipelining")
@pytest.mark.parametrize(
    "replies", [{"mail": ["", "drop"]}, {"rcpt": ["", "drop"]}, {"mail": ["", "421 4.4.2 Idle"]}]
)
def test_stale_connection_is_replaced_without_a_failure(
    replies: dict[str, list[str]],
) -> None:
    with running(server := Server(**replies)) as address, posting(address) as post:
        post(MESSAGE)
        post(MESSAGE)
    assert len(server.accepted) == 2
    assert len(server.connections) == 2


@pytest.mark.usefixtures("pipelining")
def test_server_that_always_disconnects_is_not_retried_forever() -> None:
    with running(server := Server(mail=["drop"] * 9)) as address, posting(address) as post:
        assert refused(post).server_unavailable
        assert len(server.replies["mail"]) == 8
    assert server.accepted == []


@pytest.mark.usefixtures("pipelining")
@pytest.mark.parametrize("command", ["mail", "rcpt", "data"])
def test_silent_server_times_out(command: str) -> None:
    with (
        running(server := Server(**{command: ["silence"]})) as address,
        posting(address, timeout=0.2) as post,
    ):
        failed = refused(post)
    assert (failed.permanent, failed.server_unavailable) == (False, True)
    assert server.accepted == []


def test_missing_server_is_a_temporary_failure_until_it_is_back() -> None:
    post = SmtpTransport(f"smtp://127.0.0.1:{free_port()}", timeout=1.0)
    failed = refused(post)
    assert (failed.permanent, failed.server_unavailable) == (False, True)
    with running(server := Server()) as address:
        post = SmtpTransport(f"smtp://{address}", timeout=1.0)
        post(MESSAGE)
        post.close()
    assert len(server.accepted) == 1


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
def test_login_with_reserved_characters_of_urls() -> None:
    server = Server()
    options = {
        "authenticator": server.authenticate,
        "auth_required": True,
        "auth_require_tls": False,
    }
    with running(server, **options) as address:
        with posting(f"buero%40forum.example:p%40ss%2Fword@{address}") as post:
            post(MESSAGE)
        with posting(f"buero:wrong@{address}") as post:
            failed = refused(post)
        with posting(address) as post:
            unknown = refused(post)
    assert server.logins[0] == (b"buero@forum.example", b"p@ss/word")
    assert (failed.permanent, failed.server_unavailable) == (False, True)
    assert (unknown.permanent, unknown.server_unavailable) == (False, True)
    assert "wrong" not in failed.diagnostic
    assert len(server.accepted) == 1


def issue_certificate(folder: Path, name: str) -> tuple[Path, Path]:
    """A key and a certificate for this name, such as ``IP:127.0.0.1``."""
    key, cert = folder / f"{name}.key", folder / f"{name}.pem"
    command = [
        "openssl",
        *["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"],
        "-subj",
        "/CN=localhost",
    ]
    subject = ["-addext", f"subjectAltName={name}", "-keyout", str(key), "-out", str(cert)]
    subprocess.run([*command, *subject], check=True, capture_output=True)
    return key, cert


@pytest.mark.parametrize(
    ("scheme", "option"), [("smtps", "ssl_context"), ("smtp+starttls", "tls_context")]
)
def test_tls_certificate_is_verified(
    scheme: str, option: str, certificate: tuple[ssl.SSLContext, ssl.SSLContext]
) -> None:
    server_context, client_context = certificate
    with running(server := Server(), **{option: server_context}) as address:
        with posting(address, scheme) as post:
            refusal = refused(post)
        with posting(address, scheme, context=client_context) as post:
            post(MESSAGE)
    assert "CERTIFICATE_VERIFY_FAILED" in refusal.diagnostic
    assert (refusal.permanent, refusal.server_unavailable) == (False, True)
    assert len(server.accepted) == 1
    assert server.tls == [True]


def test_server_without_tls_gets_no_mail_if_tls_is_required() -> None:
    with running(server := Server()) as address, posting(address, "smtp+starttls") as post:
        failed = refused(post)
    assert (failed.permanent, failed.server_unavailable) == (False, True)
    assert server.accepted == []
    assert server.connections == set()


@pytest.mark.parametrize(
    "url",
    [
        "",
        "smtp://",
        "http://mail.example",
        "mail.example:25",
        "smtp://h:0",
        "smtp://h:99999",
        "smtp://h/path",
        "smtp://h?per_hour=3",
        "smtp://h?per_day=many",
        "smtp://h?per_day=-1",
    ],
)
def test_invalid_server_address_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="smtp"):
        SmtpTransport(url)


def test_an_address_may_name_the_login_and_limits() -> None:
    url = "smtp+starttls://buero%40forum.example@mail.example?auth=xoauth2&per_minute=30&per_day=10000"
    server = parse_smtp_url(url)
    assert server == MailServer(
        "smtp+starttls", "mail.example", 587, "buero@forum.example", "", "xoauth2", 30, 10_000
    )
    assert "geheim" not in repr(parse_smtp_url("smtp://user:geheim@mail.example"))


def test_several_servers_are_used_in_their_order_and_each_is_named_once(tmp_path: Path) -> None:
    several = transport_for("smtp://one.example\n  smtps://two.example?per_day=5", tmp_path)
    assert isinstance(several, SmtpTransports)
    assert [transport.limit for transport in several.transports] == [
        ServerLimit("one.example"),
        ServerLimit("two.example", per_day=5),
    ]
    with pytest.raises(ValueError, match="once"):
        transport_for("smtp://one.example smtps://one.example", tmp_path)


@pytest.mark.usefixtures("pipelining")
@pytest.mark.parametrize(
    ("replies", "fault"),
    [
        ({"data": ["554 5.2.252 SendAsDenied"]}, Fault.SENDER),
        ({"data": ["550 5.4.5 Daily user sending limit exceeded"]}, Fault.QUOTA),
        ({"rcpt": ["554 5.7.1 <a@b.example>: Relay access denied"]}, Fault.LOGIN),
        ({"mail": ["452 4.3.1 Insufficient system storage"]}, Fault.TEMPORARY),
        ({"data": ["drop"]}, Fault.TEMPORARY),
    ],
)
def test_a_refusal_about_sender_login_or_quota_is_no_fault_of_the_recipient(
    replies: dict[str, list[str]], fault: Fault
) -> None:
    with running(Server(**replies)) as address, posting(address) as post:
        failed = refused(post)
    assert (failed.permanent, failed.server_unavailable, failed.fault) == (False, True, fault)


def test_errors_do_not_contain_the_password() -> None:
    with pytest.raises(ValueError, match="smtp") as failed:
        SmtpTransport("smpt://user:geheim@mail.example")
    assert "geheim" not in str(failed.value)


def test_closing_twice_or_after_a_disconnect_raises_nothing() -> None:
    with running(Server()) as address:
        post = SmtpTransport(f"smtp://{address}", timeout=1.0)
        post(MESSAGE)
    post.close()
    post.close()


@contextmanager
def scripted(*turns: tuple[bytes, bytes]) -> Iterator[tuple[str, list[bytes]]]:
    """A server that reads up to ``turn[0]`` and only then sends ``turn[1]``; and what it has read."""
    read: list[bytes] = []

    def serve() -> None:
        connection, _ = listener.accept()
        with connection, connection.makefile("rb") as lines:
            for awaited, reply in turns:
                while awaited and (line := lines.readline()):
                    read.append(line)
                    if line.startswith(awaited):
                        break
                connection.sendall(reply)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"127.0.0.1:{listener.getsockname()[1]}", read
        thread.join(5)


GREETING = ((b"", b"220 mail.example\r\n"), (b"ehlo", b"250-mail.example\r\n250 PIPELINING\r\n"))


def test_sender_recipient_and_request_for_the_text_travel_together_where_offered() -> None:
    turns = (
        *GREETING,
        (b"DATA", b"250 OK\r\n250 OK\r\n354 Go ahead\r\n"),
        (b".", b"250 OK\r\n"),
        (b"quit", b"221 Bye\r\n"),
    )
    with scripted(*turns) as (address, read), posting(address) as post:
        post(MESSAGE)
    assert read[1:4] == [
        b"MAIL FROM:<mitzeichnung@staedteforum.example>\r\n",
        b"RCPT TO:<praevention@musterhausen.example>\r\n",
        b"DATA\r\n",
    ]


def test_text_asked_for_after_a_refused_recipient_is_empty() -> None:
    turns = (
        *GREETING,
        (b"DATA", b"250 OK\r\n550 5.1.1 No such user\r\n354 Go ahead\r\n"),
        (b".", b"554 5.5.1 No valid recipients\r\n"),
        (b"rset", b"250 OK\r\n"),
        (b"quit", b"221 Bye\r\n"),
    )
    with scripted(*turns) as (address, read), posting(address) as post:
        failed = refused(post)
    assert (failed.permanent, failed.diagnostic) == (True, "550 5.1.1 No such user")
    assert read[4:] == [b".\r\n", b"rset\r\n", b"quit\r\n"]


def test_refusal_keeps_its_meaning_where_the_server_then_hangs_up() -> None:
    turns = (*GREETING, (b"DATA", b"250 OK\r\n550 5.1.1 No such user\r\n"))
    with scripted(*turns) as (address, _), posting(address) as post:
        failed = refused(post)
    assert (failed.permanent, failed.fault) == (True, Fault.RECIPIENT)


def test_each_of_several_refusals_in_one_flight_is_read_and_the_first_counts() -> None:
    turns = (
        *GREETING,
        (b"DATA", b"550 5.7.60 Not your sender\r\n503 No sender\r\n503 No recipient\r\n"),
        (b"rset", b"250 OK\r\n"),
        (b"DATA", b"250 OK\r\n250 OK\r\n354 Go ahead\r\n"),
        (b".", b"250 OK\r\n"),
        (b"quit", b"221 Bye\r\n"),
    )
    with scripted(*turns) as (address, read), posting(address) as post:
        failed = refused(post)
        post(MESSAGE)
    assert (failed.fault, failed.stage) == (Fault.SENDER, Stage.MAIL_FROM)
    assert read[-1] == b"quit\r\n"


def test_a_server_that_closes_in_one_flight_is_a_temporary_fault() -> None:
    turns = (*GREETING, (b"DATA", b"250 OK\r\n421 4.3.2 Shutting down\r\n"))
    with scripted(*turns) as (address, _), posting(address) as post:
        failed = refused(post)
    assert (failed.permanent, failed.fault) == (False, Fault.TEMPORARY)


def test_the_sender_is_tried_without_asking_for_a_text() -> None:
    turns = (
        *GREETING,
        (b"RCPT", b"250 OK\r\n250 OK\r\n"),
        (b"rset", b"250 OK\r\n"),
        (b"quit", b"221 Bye\r\n"),
    )
    with scripted(*turns) as (address, read), posting(address) as post:
        post.check_sender("buero@forum.example", "rathaus@ort.example")
    assert b"DATA\r\n" not in read
