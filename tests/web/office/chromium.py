"""Somebody of the office at a real browser, before a real server with a played clock."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Page
from werkzeug.serving import make_server

from signoff import actions, security
from signoff.domain.accounts import Role
from tests.chromium import chromium
from tests.web.office.office import House

WORDS = "ein langer Satz als Passwort"


@contextmanager
def at_the_desk(
    office: House, path: str, role: Role = Role.ADMIN, *, script: bool = True
) -> Iterator[Page]:
    """The page at ``path`` after the login, with or without JavaScript."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    actions.accounts.add(
        office.db,
        "neu@forum.example",
        "Konto neu",
        role,
        security.hash_password(WORDS),
        "cli",
        office.now,
    )
    server = make_server("127.0.0.1", 0, office.app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        with chromium() as browser:
            home = f"http://localhost:{server.port}"
            page = browser.new_page(
                base_url=home, reduced_motion="reduce", java_script_enabled=script
            )
            page.goto(f"/login?next={path}")
            page.fill("[name=email]", "neu@forum.example")
            page.fill("[name=password]", WORDS)
            page.click("main button[type=submit]")
            page.wait_for_url(f"**{path}")
            yield page
    finally:
        server.shutdown()
        server.server_close()
