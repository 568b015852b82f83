"""An office account in Chromium, at a server with the clock of the test."""

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Page

from signoff import actions, security
from signoff.domain.accounts import Role
from tests.chromium import PATIENCE, Watch
from tests.server import listening
from tests.web.office.office import Office

EMAIL, PASSWORD = "neu@forum.example", "ein langer Satz als Passwort"


@contextmanager
def office_page(
    chromium: Browser, office: Office, path: str, role: Role = Role.ADMIN, *, script: bool = True
) -> Iterator[Page]:
    """The page at ``path`` after the login; no page may log an error or load anything from a third party."""
    password_hash = security.hash_password(PASSWORD)
    actions.accounts.add(office.db, EMAIL, "Konto neu", role, password_hash, "cli", office.now)
    with listening(office.app) as home:
        context = chromium.new_context(
            base_url=home, reduced_motion="reduce", java_script_enabled=script
        )
        watch, page = Watch(context, home), context.new_page()
        page.set_default_timeout(PATIENCE)
        page.goto(f"/login?next={path}")
        page.fill("[name=email]", EMAIL)
        page.fill("[name=password]", PASSWORD)
        page.click("main button[type=submit]")
        page.wait_for_url(f"**{path}")
        yield page
        assert watch.problems == [], watch.problems
        context.close()
