"""What several tests of mail servers share."""

import ssl
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from signoff.config import Settings
from tests.mail.oauth2_servers import CLIENT, SCOPE, SECRET, TokenServer, serving, write_secret
from tests.mail.test_transport_smtp import issue_certificate
from tests.world import KEYS


@pytest.fixture(scope="session")
def certificate_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The certificate of a server for 127.0.0.1, beside its key."""
    return issue_certificate(tmp_path_factory.mktemp("tls"), "IP:127.0.0.1")[1]


@pytest.fixture(scope="session")
def certificate(certificate_file: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """The TLS context of that server, and that of a client that trusts it."""
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(certificate_file, certificate_file.with_suffix(".key"))
    return server, ssl.create_default_context(cafile=str(certificate_file))


@pytest.fixture
def tokens() -> Iterator[TokenServer]:
    with serving(server := TokenServer()):
        yield server


@pytest.fixture
def settings(tmp_path: Path, tokens: TokenServer) -> Settings:
    """An application with client credentials."""
    return Settings(
        tmp_path,
        "https://verband.example",
        KEYS,
        oauth_token_url=tokens.url,
        oauth_authorization_url=f"{tokens.url}/authorize",
        oauth_client_id=CLIENT,
        oauth_client_secret_file=write_secret(tmp_path / "secret", SECRET),
        oauth_scope=SCOPE,
    )


@pytest.fixture
def delegated(settings: Settings, tokens: TokenServer, tmp_path: Path) -> Settings:
    """The same with the consent of a person."""
    tokens.refresh_tokens.add("consent-0")
    path = write_secret(tmp_path / "refresh", "consent-0")
    return replace(settings, oauth_refresh_token_file=path)
