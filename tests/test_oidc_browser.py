"""Login at an OpenID provider in a real browser, and a form that waits in its tab meanwhile."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page

from signoff import store
from signoff.cli.context import open_context
from signoff.cli.instance import create_instance
from signoff.store.connection import transaction
from tests.factories import FORUM
from tests.mail.oauth2_servers import write_secret
from tests.openid_provider import CLIENT, SECRET, OpenIdProvider
from tests.server import Served, free_port, serving
from tests.visitor import Visitor

pytestmark = pytest.mark.browser
LEAD = {
    "name": "Leitung",
    "email": "leitung@forum.example",
    "email_verified": True,
    "groups": ["signoff-admins"],
}
WITH_ACCOUNT = "Mit dem Konto der Organisation anmelden"


@pytest.fixture
def provider() -> Iterator[OpenIdProvider]:
    provider = OpenIdProvider(f"http://localhost:{free_port()}/login/oidc/callback", {"lead": LEAD})
    provider.start()
    yield provider
    provider.stop()


@pytest.fixture
def served(tmp_path: Path, provider: OpenIdProvider) -> Iterator[Served]:
    """An instance whose staff log in at the provider."""
    create_instance(tmp_path, FORUM)
    base_url = f"http://{urlsplit(provider.redirect_uri).netloc}"
    with serving(
        tmp_path,
        base_url=base_url,
        port=urlsplit(base_url).port or 0,
        SIGNOFF_OIDC_ISSUER=provider.issuer,
        SIGNOFF_OIDC_CLIENT_ID=CLIENT,
        SIGNOFF_OIDC_CLIENT_SECRET_FILE=write_secret(tmp_path / "oidc-secret", SECRET),
        SIGNOFF_OIDC_GROUPS="signoff-admins=admin",
    ) as running:
        yield running


def log_in_at_provider(page: Page) -> None:
    page.locator("[name=who]").fill("lead")
    with page.expect_navigation():
        page.get_by_role("button", name="Log in").click()


def make_sessions_older(served: Served, age: timedelta) -> None:
    """As if everybody had logged in this much earlier."""
    context = open_context(served.folder)
    with transaction(context.db):
        for id, started_at in context.db.conn.execute(
            "SELECT id, started_at FROM sessions"
        ).fetchall():
            earlier = (datetime.fromisoformat(started_at) - age).isoformat()
            context.db.conn.execute(
                "UPDATE sessions SET started_at = ? WHERE id = ?", (earlier, id)
            )
    context.db.close()


def test_a_form_waits_while_the_provider_asks_in_another_tab(
    chromium: Browser, served: Served, provider: OpenIdProvider
) -> None:
    person = Visitor(chromium, served)
    own = (person.watch.host, urlsplit(provider.issuer).netloc)
    person.watch.strange = lambda url: urlsplit(url).netloc not in own  # type: ignore[method-assign]
    person.go("/office/accounts/invite")
    assert person.kind == "login"
    person.page.get_by_role("link", name=WITH_ACCOUNT).click()
    log_in_at_provider(person.page)
    assert urlsplit(person.page.url).path == "/office/accounts/invite"
    make_sessions_older(served, timedelta(minutes=11))
    person.fill({"email": "neu@forum.example", "name": "Neu", "role": "viewer"})
    person.press("Einladen")
    assert person.kind == "reauth"
    with person.context.expect_page() as opened:
        person.page.get_by_role("link", name=WITH_ACCOUNT).click()
    tab = opened.value
    log_in_at_provider(tab)
    tab.get_by_role("heading", name="Sie haben sich ausgewiesen").wait_for()
    tab.close()
    person.press("Weiter")
    context = open_context(served.folder)
    made = store.accounts.find_by_email(context.db, "neu@forum.example")
    context.db.close()
    assert made
    assert (made.name, person.kind) == ("Neu", "accounts")
