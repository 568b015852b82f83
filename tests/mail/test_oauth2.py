"""OAuth2 for mail: real conversations with a token server, a mail server and a mailbox."""

import logging
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from signoff.config import Settings
from signoff.domain.delivery import DeliveryError
from signoff.domain.mail import BounceType, MailboxError
from signoff.mail.bounces import classify_message, iter_imap, open_imap
from signoff.mail.oauth2 import (
    CLIENT_REFUSED,
    CLOCK_SKEWED,
    CLOCK_WRONG,
    CONSENT_LOST,
    MAILBOX_REFUSED,
    NO_REFRESH_TOKEN,
    NOT_OFFERED,
    SCOPE_REFUSED,
    SMTP_AUTH_DISABLED,
    TOKEN_REFUSED,
    UNREACHABLE,
    UNWRITABLE,
    Authorization,
    LoginError,
    TokenSource,
)
from signoff.mail.transport import SmtpTransport
from tests.mail.oauth2_servers import (
    MAILBOX,
    SCOPE,
    SECRET,
    Mailbox,
    MailServer,
    TokenServer,
    serving,
    write_secret,
)
from tests.mail.samples import composed
from tests.mail.test_bounces import RETURNS, report
from tests.mail.test_transport_smtp import INVITATION, MESSAGE, free_port, running

Certificate = tuple[ssl.SSLContext, ssl.SSLContext]


def source(settings: Settings) -> TokenSource:
    return TokenSource(settings, lambda: datetime.now(UTC))


@contextmanager
def posting(
    server: MailServer, tokens: TokenSource, certificate: Certificate
) -> Iterator[SmtpTransport]:
    with running(server, **server.options(certificate[0])) as address:
        url = f"smtp+starttls://{MAILBOX.replace('@', '%40')}@{address}?auth=xoauth2"
        post = SmtpTransport(url, tokens=tokens, timeout=20.0, context=certificate[1])
        try:
            yield post
        finally:
            post.close()


def login_error(attempt: Callable[[], object]) -> LoginError:
    with pytest.raises(LoginError) as failed:
        attempt()
    problem = failed.value
    assert (problem.permanent, problem.server_unavailable) == (False, True)
    told = problem.diagnostic
    assert told == " ".join(told.split())
    assert told == f"{problem.message} {problem.to_do}" % problem.facts
    for secret in (SECRET, "consent-", "token-", "refresh-"):
        assert secret not in told
    return problem


def sentences(problem: LoginError) -> tuple[str, str]:
    return problem.message, problem.to_do


# Sending


@pytest.mark.parametrize("length", [40, 600])
def test_mail_is_sent_with_a_token_and_without_a_password(
    tokens: TokenServer, settings: Settings, certificate: Certificate, length: int
) -> None:
    tokens.length = length
    server = MailServer(tokens)
    with posting(server, source(settings), certificate) as post:
        post(MESSAGE)
        post(composed(replace(INVITATION, message=replace(INVITATION.message, number=2))))
    assert len(server.accepted) == 2
    assert server.tls == [True, True]
    assert server.attempts == len(tokens.requests) == 1
    assert tokens.requests[0]["grant_type"] == "client_credentials"


def test_server_with_oauth2_only_refuses_a_password(
    tokens: TokenServer, certificate: Certificate
) -> None:
    server = MailServer(tokens)
    with running(server, **server.options(certificate[0])) as address:
        url = f"smtp+starttls://{MAILBOX.replace('@', '%40')}:geheim@{address}"
        with pytest.raises(DeliveryError, match="No suitable authentication method"):
            SmtpTransport(url, context=certificate[1])(MESSAGE)


def test_token_that_the_server_no_longer_takes_is_renewed_once(
    tokens: TokenServer, settings: Settings, certificate: Certificate
) -> None:
    server, token_source = MailServer(tokens), source(settings)
    with posting(server, token_source, certificate) as post:
        post(MESSAGE)
        post.close()
        tokens.valid.clear()
        post(MESSAGE)
    assert len(server.accepted) == 2
    assert server.challenges_answered == [b""]
    assert len(tokens.requests) == 2


def test_refused_token_is_not_renewed_for_ever_and_is_the_servers_fault(
    tokens: TokenServer, settings: Settings, certificate: Certificate
) -> None:
    server = MailServer(tokens)
    server.refusals = ["535 5.7.3 Authentication unsuccessful"] * 9
    with posting(server, source(settings), certificate) as post:
        problem = login_error(lambda: post(MESSAGE))
    assert sentences(problem) == MAILBOX_REFUSED
    assert "535 5.7.3 Authentication unsuccessful" in problem.diagnostic
    assert MAILBOX in problem.diagnostic
    assert len(server.refusals) == 7
    assert len(tokens.requests) == 2


def test_temporary_refusal_of_a_login_renews_no_token(
    tokens: TokenServer, settings: Settings, certificate: Certificate
) -> None:
    server = MailServer(tokens)
    server.refusals = ["454 4.7.0 Temporary authentication failure"]
    with posting(server, source(settings), certificate) as post:
        with pytest.raises(DeliveryError, match=r"454 4\.7\.0") as failed:
            post(MESSAGE)
        post(MESSAGE)
    assert failed.value.server_unavailable
    assert len(tokens.requests) == 1
    assert len(server.accepted) == 1


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (
            "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant.",
            SMTP_AUTH_DISABLED,
        ),
        ("535 5.7.8 The token is not yet valid", CLOCK_WRONG),
        ("535 5.7.3 Authentication unsuccessful", MAILBOX_REFUSED),
    ],
)
def test_words_of_the_mail_server_become_a_sentence_with_what_to_do(
    tokens: TokenServer,
    settings: Settings,
    certificate: Certificate,
    reply: str,
    expected: tuple[str, str],
) -> None:
    server = MailServer(tokens)
    server.refusals = [reply] * 2
    with posting(server, source(settings), certificate) as post:
        problem = login_error(lambda: post(MESSAGE))
    assert sentences(problem) == expected
    assert reply in problem.diagnostic


@pytest.mark.parametrize(
    ("wanted", "granted"),
    [("https://other.provider.example/full", None), (SCOPE, "openid")],  # the person unticked it
)
def test_error_challenge_names_the_missing_scope(
    tokens: TokenServer,
    settings: Settings,
    certificate: Certificate,
    wanted: str,
    granted: str | None,
) -> None:
    server = MailServer(tokens, scope=wanted)
    tokens.answers = [
        (200, {"access_token": f"token-{number}", "scope": granted}) for number in range(2)
    ]
    with posting(server, source(settings), certificate) as post:
        problem = login_error(lambda: post(MESSAGE))
    assert sentences(problem) == SCOPE_REFUSED
    assert wanted in problem.diagnostic
    assert server.challenges_answered == [b"", b""]


def test_mail_server_without_oauth2_is_told_from_a_refused_token(
    tokens: TokenServer, settings: Settings, certificate: Certificate
) -> None:
    server = MailServer(tokens)
    options = server.options(certificate[0]) | {"auth_exclude_mechanism": ["XOAUTH2"]}
    server.options = lambda context: options  # type: ignore[method-assign]
    with posting(server, source(settings), certificate) as post:
        problem = login_error(lambda: post(MESSAGE))
    assert sentences(problem) == NOT_OFFERED


def test_wrong_clock_is_recognised_by_the_date_of_the_token_server(
    tokens: TokenServer, settings: Settings, certificate: Certificate
) -> None:
    server = MailServer(tokens)
    server.refusals = ["535 5.7.3 Authentication unsuccessful"] * 2
    tokens.clock_ahead = timedelta(minutes=-50, seconds=-10)
    with posting(server, source(settings), certificate) as post:
        problem = login_error(lambda: post(MESSAGE))
    assert sentences(problem) == CLOCK_SKEWED
    assert "50 Minuten" in problem.diagnostic


# Tokens


def test_token_is_kept_and_renewed_before_it_runs_out(
    tokens: TokenServer, settings: Settings
) -> None:
    token_source = source(settings)
    first = token_source.get()
    assert token_source.get() == first
    tokens.lifetime = 100  # less than the margin
    second = token_source.get(rejected=first)
    third = token_source.get()
    assert len({first, second, third}) == len(tokens.requests) == 3


def test_many_threads_fetch_one_token(tokens: TokenServer, settings: Settings) -> None:
    token_source, got = source(settings), []
    threads = [
        threading.Thread(target=lambda: got.append(token_source.get("old"))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == 8
    assert len(set(got)) == len(tokens.requests) == 1


def test_rotated_refresh_token_replaces_the_file(
    tokens: TokenServer, delegated: Settings, tmp_path: Path
) -> None:
    tokens.rotates = True
    path = tmp_path / "refresh"
    for _ in range(2):
        token_source = source(delegated)  # as another process
        assert token_source.get() in tokens.valid
    assert tokens.refresh_tokens == {path.read_text()}
    assert path.stat().st_mode & 0o777 == 0o600
    assert sorted(path.name for path in tmp_path.iterdir()) == ["refresh", "secret"]
    assert [request["grant_type"] for request in tokens.requests] == ["refresh_token"] * 2


def test_processes_take_turns_with_a_refresh_token(
    tokens: TokenServer, delegated: Settings
) -> None:
    tokens.rotates = True
    sources = [source(delegated) for _ in range(6)]
    threads = [threading.Thread(target=token_source.get) for token_source in sources]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(tokens.valid) == 6


def test_refresh_token_that_cannot_be_stored_is_reported(
    tokens: TokenServer, delegated: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    tokens.rotates = True

    def refuse(path: Path, content: bytes) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr("signoff.mail.oauth2.write_atomically", refuse)
    assert sentences(login_error(source(delegated).get)) == UNWRITABLE


def test_revoked_consent_asks_for_a_new_one(tokens: TokenServer, delegated: Settings) -> None:
    token_source = source(delegated)
    token = token_source.get()
    tokens.refresh_tokens.clear()
    problem = login_error(lambda: token_source.get(rejected=token))
    assert sentences(problem) == CONSENT_LOST
    assert "signoff mail authorize" in problem.diagnostic


def test_wrong_secret_is_told_without_the_secret(
    tokens: TokenServer, settings: Settings, tmp_path: Path
) -> None:
    write_secret(tmp_path / "secret", "falsches-geheimnis")
    token_source = source(settings)
    problem = login_error(token_source.get)
    assert sentences(problem) == CLIENT_REFUSED
    assert "AADSTS7000215" in problem.diagnostic
    assert "falsches-geheimnis" not in problem.diagnostic
    write_secret(tmp_path / "secret", SECRET)
    assert token_source.get() in tokens.valid  # without a restart


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ((400, {"error": "invalid_scope"}), SCOPE_REFUSED),
        ((400, {"error": "invalid_grant"}), TOKEN_REFUSED),  # nobody consents to an application
        ((400, {"error": "invalid_request"}), TOKEN_REFUSED),
        (
            (401, {"error": "invalid_client", "error_description": "Assertion is not yet valid"}),
            CLOCK_WRONG,
        ),
        ((503, {"error": "temporarily_unavailable"}), UNREACHABLE),
        ((200, {"token_type": "Bearer"}), UNREACHABLE),
        ((307, {}), UNREACHABLE),  # secrets follow no redirect
    ],
)
def test_answers_of_the_token_server_become_sentences(
    tokens: TokenServer,
    settings: Settings,
    answer: tuple[int, dict[str, object]],
    expected: tuple[str, str],
) -> None:
    tokens.answers = [answer]
    token_source = source(settings)
    assert sentences(login_error(token_source.get)) == expected
    assert token_source.get() in tokens.valid


def test_missing_and_silent_token_servers_are_reported(
    settings: Settings, tokens: TokenServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = replace(settings, oauth_token_url=f"http://127.0.0.1:{free_port()}")
    assert sentences(login_error(source(gone).get)) == UNREACHABLE
    monkeypatch.setattr("signoff.mail.oauth2.TOKEN_TIMEOUT", 0.1)
    released = threading.Event()
    tokens.on_request = lambda: released.wait(5) and None
    problem = login_error(source(settings).get)
    released.set()
    assert sentences(problem) == UNREACHABLE
    assert "ReadTimeout" in problem.diagnostic


def test_certificate_of_the_token_server_is_checked_against_those_of_the_system(
    settings: Settings,
    tokens: TokenServer,
    certificate: Certificate,
    certificate_file: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tokens.socket = certificate[0].wrap_socket(tokens.socket, server_side=True)
    encrypted = replace(settings, oauth_token_url=tokens.url.replace("http:", "https:"))
    problem = login_error(source(encrypted).get)
    assert "SSLError" in problem.diagnostic
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate_file))
    assert source(encrypted).get() in tokens.valid


@pytest.mark.parametrize(
    ("mode", "words"), [(0o640, "chmod 0600"), (0o604, "0604"), (None, "nicht lesbar"), (0, "leer")]
)
def test_files_that_others_can_read_are_refused(
    tokens: TokenServer, delegated: Settings, tmp_path: Path, mode: int | None, words: str
) -> None:
    for name in ("secret", "refresh"):
        path = tmp_path / name
        before = path.read_text()
        if mode is None:
            path.unlink()
        elif mode:
            path.chmod(mode)
        else:
            path.write_text("")
        problem = login_error(source(delegated).get)
        assert words in problem.diagnostic
        assert str(path) in problem.diagnostic
        write_secret(path, before.strip())
    assert tokens.requests == []


def test_nothing_secret_is_logged(
    tokens: TokenServer,
    delegated: Settings,
    certificate: Certificate,
    caplog: pytest.LogCaptureFixture,
) -> None:
    tokens.rotates = True
    caplog.set_level(logging.DEBUG)
    logging.getLogger("mail.log").setLevel(logging.WARNING)  # that of the server we play
    server, token_source = MailServer(tokens), source(delegated)
    with posting(server, token_source, certificate) as post:
        post(MESSAGE)
        post.close()
        tokens.valid.clear()
        tokens.refresh_tokens.clear()
        login_error(lambda: post(MESSAGE))
    assert len(tokens.requests) == 2
    for secret in (SECRET, "consent-0", *(str(token) for token in token_source._secrets)):
        assert secret not in caplog.text


# The mailbox


def test_mailbox_is_read_with_a_token(tokens: TokenServer, settings: Settings) -> None:
    with serving(mailbox := Mailbox(tokens)):
        mailbox.mails = {"7": report("failed", "5.1.1", "550 unknown")}
        token_source = source(settings)
        token_source.get()
        tokens.valid.clear()  # the mailbox asks for another one
        ((content, mark_read),) = iter_imap(mailbox.url, tokens=token_source)
        assert classify_message(content, RETURNS).bounce_type is BounceType.BOUNCE
        for _content, mark_read in iter_imap(mailbox.url, tokens=token_source):
            mark_read()
    assert mailbox.seen == {"7"}
    assert mailbox.challenges_answered == [b""]
    assert len(tokens.requests) == 2


def test_mailbox_that_refuses_is_told_with_what_to_do(
    tokens: TokenServer, settings: Settings
) -> None:
    with serving(mailbox := Mailbox(tokens)):
        tokens.answers = [
            (200, {"access_token": f"token-{number}", "expires_in": 3600}) for number in range(2)
        ]
        with (
            pytest.raises(MailboxError, match=MAILBOX) as problem,
            open_imap(mailbox.url, tokens=source(settings)),
        ):
            pass
        assert (problem.value.message, problem.value.to_do) == MAILBOX_REFUSED
        with (
            pytest.raises(MailboxError, match="LOGIN failed"),
            open_imap(mailbox.url.replace("@", ":geheim@").removesuffix("?auth=xoauth2")),
        ):
            pass


# Consent in the browser


def test_consent_is_exchanged_for_a_refresh_token(
    tokens: TokenServer, settings: Settings, tmp_path: Path
) -> None:
    path = tmp_path / "refresh"
    delegated = replace(settings, oauth_refresh_token_file=str(path))
    authorization = Authorization(source(delegated), MAILBOX, "http://localhost:1234")
    answer = tokens.consent(authorization.url)
    assert authorization.is_answer(answer)
    assert not authorization.is_answer(answer[:-1])
    authorization.complete(answer)
    assert tokens.refresh_tokens == {path.read_text()}
    assert path.stat().st_mode & 0o777 == 0o600
    assert source(delegated).get() in tokens.valid
    with pytest.raises(LoginError):  # a code is valid once
        authorization.complete(answer)


def test_refused_consent_stores_nothing(
    tokens: TokenServer, settings: Settings, tmp_path: Path
) -> None:
    delegated = replace(settings, oauth_refresh_token_file=str(tmp_path / "refresh"))
    authorization = Authorization(source(delegated), MAILBOX, "http://localhost:1234")
    problem = login_error(
        lambda: authorization.complete("http://localhost:1234?error=access_denied&state=x")
    )
    assert sentences(problem) == CONSENT_LOST
    tokens.answers = [(200, {"access_token": "token-0", "expires_in": 3600})]
    problem = login_error(lambda: authorization.complete("http://localhost:1234?code=1&state=x"))
    assert sentences(problem) == NO_REFRESH_TOKEN
    assert not (tmp_path / "refresh").exists()
