"""A representative in the demo: opens the link from her mail and fills in the real pages."""

from collections.abc import Mapping
from email import message_from_bytes, policy
from email.message import EmailMessage
from html.parser import HTMLParser
from pathlib import Path
from re import MULTILINE, search
from urllib.parse import urlsplit

from flask import Flask
from flask.testing import FlaskClient

STEPS = 6  # more pages than any answer has


class Form(HTMLParser):
    """The one POST form of a page: where it goes, and what it carries along."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.action = ""
        self.carried: dict[str, str] = {}
        self.asked: set[str] = set()
        self.inside = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form" and given.get("method", "").lower() == "post":
            self.inside, self.action = True, given.get("action", "")
        name = given.get("name")
        if not self.inside or not name or tag not in ("input", "textarea", "select"):
            return
        kind = given.get("type", "text")
        if kind in ("radio", "checkbox") and "checked" not in given:
            self.asked.add(name)
        elif kind == "hidden" or given.get("value"):
            self.carried[name] = given.get("value", "")
        else:
            self.asked.add(name)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.inside = False


def answer(app: Flask, link: str, fields: Mapping[str, str]) -> str:
    """Walk from the link to the receipt as a browser without JavaScript would; gives the last page."""
    client, path = app.test_client(), urlsplit(link).path
    page = get(client, app, path)
    page = get(client, app, f"{path}/answer")
    for _ in range(STEPS):
        if 'data-page="receipt"' in page:
            return page
        form = Form(page)
        typed = form.carried | {name: value for name, value in fields.items() if name in form.asked | set(form.carried)}
        sent = client.post(form.action, data=typed, base_url=base(app), follow_redirects=True)
        page = sent.get_data(as_text=True)
    raise RuntimeError(f"the answer was not taken: {page[:2000]}")


def get(client: FlaskClient, app: Flask, path: str) -> str:
    return client.get(path, base_url=base(app)).get_data(as_text=True)


def base(app: Flask) -> str:
    url: str = app.extensions["signoff"].settings.base_url
    return url


def links(outbox: Path, slug: str) -> dict[str, str]:
    """The link in each invitation to the paper, by the recipient's address."""
    found = {}
    for path in sorted(outbox.glob("*.eml")):
        message = message_from_bytes(path.read_bytes(), policy=policy.default)
        assert isinstance(message, EmailMessage)
        part = message.get_body(("plain",))
        link = search(r"^https?://\S+/s/\S+$", part.get_content() if part else "", MULTILINE)
        if link and slug in message["List-Id"] and message["Message-ID"].startswith("<invitation."):
            found[message["To"].addresses[0].addr_spec] = link[0]
    return found
