"""Walks through the office in a browser, along its links, until no page is left that was not seen."""

import re
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from urllib.parse import urlsplit

from flask import Flask
from playwright.sync_api import Page
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

FILE = re.compile(r"\.\w+$|/evidence/|/attachments/|/bilder/")
# They are no pages: frames of a page and the parts that a script refreshes.
PARTS = {
    "office.preview_mail_html",
    "office.refresh_round",
    "office.show_mail_html",
    "office.show_mail_progress",
    "office.show_print_progress",
    "office.show_reply_message",
    "office.show_trial_progress",
}


def list_endpoints(app: Flask) -> set[str]:
    """The pages of the office and of the login that the URL map knows."""
    return {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ())
        and rule.rule.startswith(("/office/", "/login"))
        and not FILE.search(rule.rule)
    } - PARTS


def find_endpoint(app: Flask, path: str) -> str:
    """The page at this path; empty if there is none or it is a file."""
    try:
        endpoint, _ = app.url_map.bind("localhost").match(path, method="GET")
    except (HTTPException, RequestRedirect):
        return ""
    return "" if FILE.search(path) else endpoint


def walk(page: Page, app: Flask, starts: Iterable[str], most: int) -> Iterator[str]:
    """Open ``starts`` and what they link to, at most ``most`` addresses of each page; give its endpoint.

    The addresses of links lose their queries. The consumer may navigate elsewhere.
    """
    pages = list_endpoints(app)
    queue, seen = deque(starts), set(starts)
    planned: Counter[str] = Counter()
    while queue:
        page.goto(queue.popleft())
        endpoint = find_endpoint(app, urlsplit(page.url).path)
        links = page.eval_on_selector_all("a[href]", "links => links.map(each => each.pathname)")
        yield endpoint
        for link in dict.fromkeys(links):
            target = find_endpoint(app, link)
            if target in pages and link not in seen and planned[target] < most:
                queue.append(link)
                seen.add(link)
                planned[target] += 1
