"""A worker that sends through a server with OAuth2, while the consent is lost and given again."""

import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from signoff import store
from signoff.checks import Grade
from signoff.config import Settings
from signoff.delivery_checks import check_server_sender
from signoff.mail.oauth2 import CLIENT_REFUSED, CONSENT_LOST, TokenSource
from tests.mail.oauth2_servers import MAILBOX, MailServer, TokenServer, write_secret
from tests.mail.test_oauth2 import Certificate, posting
from tests.mail.test_transport_smtp import running
from tests.world import World


def test_lost_consent_pauses_the_run_and_costs_no_mail(
    world: World, tokens: TokenServer, delegated: Settings, certificate: Certificate
) -> None:
    server, token_source = MailServer(tokens), TokenSource(delegated, lambda: datetime.now(UTC))
    tokens.refresh_tokens.clear()
    world.opened()
    with posting(server, token_source, certificate) as post:
        world.work(send_mail=post)
        (outage,) = store.outbox.list_outages(world.db)
        assert outage.diagnostic.startswith(CONSENT_LOST[0].partition(":")[0])
        assert outage.diagnostic.endswith(CONSENT_LOST[1])
        totals = store.outbox.count_totals(world.db)
        assert totals["failed"] == totals["sent"] == server.attempts == 0
        assert totals["owed"] > 1
        asked = len(tokens.requests)
        world.work(send_mail=post)
        assert len(tokens.requests) == asked  # the pause goes for the token server, too

        tokens.refresh_tokens.add("consent-0")
        world.now += timedelta(hours=1)
        world.work(send_mail=post)
        assert store.outbox.list_outages(world.db) == []
        assert len(server.accepted) == totals["owed"]


def test_no_transaction_is_open_while_a_token_is_fetched(
    world: World, tokens: TokenServer, settings: Settings, certificate: Certificate
) -> None:
    def write() -> None:
        other = sqlite3.connect(world.settings.database, timeout=0)
        other.execute("BEGIN IMMEDIATE")
        other.close()

    tokens.on_request = write
    world.opened()
    token_source = TokenSource(settings, lambda: datetime.now(UTC))
    with posting(server := MailServer(tokens), token_source, certificate) as post:
        world.work(send_mail=post)
    assert len(tokens.requests) == 1
    assert server.accepted


def test_the_probe_of_the_sender_logs_in_with_a_token_and_sends_nothing(
    tokens: TokenServer,
    settings: Settings,
    certificate: Certificate,
    certificate_file: Path,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate_file))
    token_source = TokenSource(settings, lambda: datetime.now(UTC))
    server = MailServer(tokens)
    with running(server, **server.options(certificate[0])) as address:
        url = f"smtp+starttls://{MAILBOX.replace('@', '%40')}@{address}?auth=xoauth2"
        finding = check_server_sender(url, token_source, MAILBOX, MAILBOX)
        assert (finding.grade, finding.found) == (Grade.OK, f"127.0.0.1 nimmt {MAILBOX} an")

        server.refusals = ["535 5.7.3 Authentication unsuccessful"] * 2
        refused = check_server_sender(url, token_source, MAILBOX, MAILBOX)
        assert refused.grade is Grade.ERROR
        assert "Das Konto" not in refused.to_do

        write_secret(tmp_path / "secret", "ein altes")
        tokens.valid.clear()
        renewed = TokenSource(settings, lambda: datetime.now(UTC))
        lost = check_server_sender(url, renewed, MAILBOX, MAILBOX)
        assert (lost.grade, lost.to_do) == (Grade.ERROR, CLIENT_REFUSED[1])
    assert server.accepted == []
