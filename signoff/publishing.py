"""The public pages as static files, which any web server serves unchanged.

The application answers its own public addresses, from those that are known through every link on
their pages, and the answers are written down. A page is ``index.html`` in the folder of its
address; languages and pages of a list, which stand in the query of a live address, get folders of
their own. What a server must do (the short code, the check of a file, filters) stays a link to the
application.
"""

import json
import os
import re
import tempfile
from collections import deque
from collections.abc import Iterator
from html import escape, unescape
from pathlib import Path
from typing import NamedTuple
from urllib.parse import parse_qsl, quote, unquote, urlencode, urljoin, urlsplit

from flask import Flask
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect, Rule
from werkzeug.test import TestResponse

from signoff import store
from signoff.config import SettingsError, static_folder
from signoff.i18n.catalogue import LANGUAGES
from signoff.web.context import Instance
from signoff.web.page_cache import BLUEPRINTS
from signoff.web.static_files import compute_fingerprint

MANIFEST = ".signoff-published"  # the names of all files that were written, a line each
HEADERS_FILE = "_headers"
SEARCH_INDEX = "search-index.js"
PUBLISHED = "signoff.published"  # tells templates that no server stands behind their page

NEEDS_APPLICATION = ("public.show_verify_form", "open_data.oembed")
SAME_IN_ALL_LANGUAGES = re.compile(
    r"\.(pdf|png|jpg|json|pem|xml|txt)$|/qr\.svg$|^/log/(checkpoints|key)$"
)
LINK = re.compile(r'\b(href|src|action|content)="([^"]*)"')
HEADERS = (
    *("Cache-Control", "Content-Type", "Content-Disposition", "Content-Security-Policy"),
    *("X-Content-Type-Options", "X-Frame-Options", "Referrer-Policy", "Permissions-Policy"),
    *("Cross-Origin-Opener-Policy", "Cross-Origin-Resource-Policy"),
    *("Access-Control-Allow-Origin", "Strict-Transport-Security"),
)


class Result(NamedTuple):
    """How many files were written, stayed and were removed; ``failed`` are addresses that the
    application could not answer, ``foreign`` are files in their place that somebody else has
    written.
    """

    written: int
    unchanged: int
    removed: int
    failed: list[str]
    foreign: list[str]


def publish(app: Flask, folder: Path) -> Result:
    """Write the public pages of ``app`` to ``folder``; only what has changed is written.

    Raises ``SettingsError`` if the folder has files and none is from here.
    """
    files = PublishedFolder(folder)
    site = Site(app, files)
    site.write_static_files()
    with app.app_context():
        instance: Instance = app.extensions["signoff"]
        for address in iter_addresses(app, instance):
            site.find(address)
        files.write(SEARCH_INDEX, build_search_index(instance))
    site.write_pages()
    return files.finish(site.failed)


class Address(NamedTuple):
    """An address of the application, with its endpoint and the pattern of its kind."""

    live: str
    endpoint: str
    pattern: str


class Site:
    """Visits the public addresses and writes their pages."""

    def __init__(self, app: Flask, files: "PublishedFolder") -> None:
        instance: Instance = app.extensions["signoff"]
        self.files = files
        self.base_url = instance.settings.base_url
        self.language = store.association.get(instance.db()).language
        self.client = app.test_client(use_cookies=False)
        self.client.environ_base[PUBLISHED] = "yes"
        self.rules = app.url_map.bind(instance.settings.host)
        self.found: dict[str, Address] = {}  # by the static address
        self.waiting: deque[str] = deque()
        self.failed: list[str] = []
        self.headers: dict[str, dict[str, str]] = {}  # by the pattern of the address

    def find(self, address: str) -> str:
        """The static address of a public one, which may have a query; empty if it needs the
        application.
        """
        parts = urlsplit(address)
        args = dict(parse_qsl(parts.query))
        language, page = args.pop("lang", self.language), args.pop("page", "1")
        is_list = parts.path.endswith("/signatories.csv")
        state = args.pop("state", "") if is_list else ""
        rule = self.match(parts.path)
        if rule is None or args or language not in LANGUAGES:
            return ""
        if rule.endpoint == "static":
            return parts.path
        live, prefix, suffix = {}, "", ""
        if language != self.language and not SAME_IN_ALL_LANGUAGES.search(parts.path):
            live["lang"], prefix = language, f"/{language}"
        if page != "1":
            live["page"], suffix = page, f"/page-{page}"
        path = f"{prefix}{parts.path}".rstrip("/") + suffix or "/"
        if state:
            live["state"], path = state, path.replace(".csv", f"-{quote(state)}.csv")
        if path not in self.found:
            query = f"?{urlencode(live)}" if live else ""
            pattern = prefix + re.sub(r"<(?:[^<>]*:)?(\w+)>", r":\1", rule.rule)
            pattern = pattern.rstrip("/") + ("/page-*" if suffix else "") or "/"
            pattern = pattern.replace(".csv", "-*") if state else pattern
            self.found[path] = Address(parts.path + query, rule.endpoint, pattern)
            self.waiting.append(path)
        return path

    def match(self, path: str) -> Rule | None:
        """The rule of a public address that a file can answer."""
        try:
            rule, _values = self.rules.match(path, return_rule=True)
        except (HTTPException, RequestRedirect):
            return None
        part = rule.endpoint.partition(".")[0]
        is_public = part in ("static", *BLUEPRINTS) and rule.endpoint not in NEEDS_APPLICATION
        return rule if is_public else None

    def write_static_files(self) -> None:
        root = static_folder()
        prefix = f"static/{compute_fingerprint(root)}"
        for path in root.rglob("*"):
            if path.is_file():
                self.files.write(f"{prefix}/{path.relative_to(root)}", path.read_bytes())
        style = f"/{prefix}/css/signoff.css"
        self.headers["/static/*"] = select_headers(self.get(style), ("Content-Type",))

    def write_pages(self) -> None:
        while self.waiting:
            path = self.waiting.popleft()
            self.write_page(path, self.found[path])
        page = self.get("/404.html")
        self.files.write("404.html", self.rewrite(page.text, "/404.html").encode())
        self.files.write(HEADERS_FILE, format_headers(self.headers).encode())

    def get(self, address: str) -> TestResponse:
        return self.client.get(
            address, base_url=self.base_url, follow_redirects=True, buffered=True
        )

    def write_page(self, path: str, address: Address) -> None:
        """Write the answer; of the errors that of a retracted paper alone, which says why."""
        response = self.get(address.live)
        name, is_page = unquote(path).strip("/"), response.mimetype == "text/html"
        if response.status_code >= 500:
            self.failed.append(name)
        is_retracted = response.status_code == 410 and address.endpoint == "public.show_paper"
        if response.status_code != 200 and not is_retracted:
            return
        if is_page:
            text = self.rewrite(response.text, address.live)
            self.files.write(f"{name}/index.html".lstrip("/"), text.encode())
        else:
            self.files.write(name, response.data)
        # /papers/:slug/:name.pdf, the pattern of released files, fits entwurf.pdf, too: hosts would
        # send the headers of both. Those of an error are not for the other papers of its pattern.
        if address.endpoint != "public.draft_pdf" and not is_retracted:
            headers = select_headers(response)
            self.headers.setdefault(address.pattern, headers)
            if is_page and not address.pattern.endswith(("/", "*")):
                self.headers.setdefault(f"{address.pattern}/", headers)

    def rewrite(self, html: str, live: str) -> str:
        """A page with its links to other public addresses leading to their files, and all others
        to the application.
        """

        def lead(match: re.Match[str]) -> str:
            name, value = match[1], unescape(match[2])
            target = urljoin(self.base_url + live, value)
            parts, is_absolute = urlsplit(target), value.startswith(self.base_url)
            is_ours = target.startswith(f"{self.base_url}/") and not value.startswith("#")
            if not is_ours or (name == "content" and not is_absolute):
                return match[0]
            path = self.find(parts._replace(scheme="", netloc="", fragment="").geturl())
            if path:
                target = (self.base_url if is_absolute else "") + path
                target += f"#{parts.fragment}" if parts.fragment else ""
            return f'{name}="{escape(target)}"'

        return LINK.sub(lead, html)


def iter_addresses(app: Flask, instance: Instance) -> Iterator[str]:
    """The public addresses from which links lead to all others."""
    db, now = instance.db(), instance.services.clock()
    shown = store.dashboard.list_publications(db, now)
    shown += store.dashboard.list_public_drafts(db, now)
    slugs = list(dict.fromkeys(each.edition.slug for each in shown))
    for rule in app.url_map.iter_rules():
        if rule.endpoint.partition(".")[0] in BLUEPRINTS and "GET" in (rule.methods or ()):
            if not rule.arguments:
                yield rule.rule
            elif rule.arguments == {"slug"}:
                yield from (rule.rule.replace("<slug>", slug) for slug in slugs)
    for slug in slugs:
        yield f"/papers/{slug}/{slug}.pdf"
        for number, release in enumerate(store.releases.list_public_for_paper(db, slug, now), 1):
            yield f"/papers/{slug}/{slug}-{number}.pdf"
            yield f"/papers/{slug}/signatories-{number}.json"
            yield f"/files/{release.sha256}.pdf"
            for renewal in store.renewals.list_for_release(db, release.id):
                yield f"/files/{renewal.sha256}.pdf"


def build_search_index(instance: Instance) -> bytes:
    """The search index of the archive for its script: a module, so that no request for data
    has to be allowed.
    """
    db, now = instance.db(), instance.services.clock()
    papers = []
    for each in store.dashboard.list_publications(db, now):
        text, late = each.edition.text, store.releases.load_late_signatures(db, each.round)
        is_standing = each.release and not each.release.retracted_at
        signatories = late.current_signatories if is_standing else ()
        papers.append(
            {
                "address": f"/papers/{each.edition.slug}",
                "title": text.title,
                "language": text.language,
                "text": f"{text.subtitle}\n{text.summary if is_standing else ''}",
                "names": sorted((item.name, item.sort_name) for item in signatories),
            }
        )
    return f"export default {json.dumps(papers, ensure_ascii=False)};\n".encode()


def select_headers(response: TestResponse, without: tuple[str, ...] = ()) -> dict[str, str]:
    """The headers that a web server has to be configured with."""
    headers = {
        name: response.headers[name]
        for name in HEADERS
        if name in response.headers and name not in without
    }
    if "Content-Disposition" in headers:
        headers["Content-Disposition"] = headers["Content-Disposition"].partition(";")[0]
    return headers


def format_headers(headers: dict[str, dict[str, str]]) -> str:
    """The headers as several hosts read them: what all have in common first, each name once."""
    common = set.intersection(*(set(each.items()) for each in headers.values()))
    blocks = {"/*": dict(sorted(common))} | {
        pattern: {name: value for name, value in each.items() if (name, value) not in common}
        for pattern, each in sorted(headers.items())
    }
    return "".join(
        f"{pattern}\n" + "".join(f"  {name}: {value}\n" for name, value in each.items())
        for pattern, each in blocks.items()
    )


class PublishedFolder:
    """A folder with the files of former runs; what is not from them is left alone."""

    def __init__(self, root: Path) -> None:
        self.root, self.manifest = root, root / MANIFEST
        if not self.manifest.exists():
            if root.exists() and any(root.iterdir()):
                raise SettingsError(
                    "%(folder)s ist nicht leer und nicht von „signoff publish“. "
                    "Bitte einen leeren oder neuen Ordner nennen.",
                    folder=root,
                )
            self.make_folder(root)
            self.manifest.touch(0o644)
        self.known = set(self.manifest.read_text("utf-8").splitlines())
        self.made: set[str] = set()
        self.written = 0
        self.foreign: list[str] = []

    def write(self, name: str, content: bytes) -> None:
        path = self.root / name
        if path.exists() and name not in self.known:
            self.foreign.append(name)
            return
        self.made.add(name)
        if path.exists() and path.read_bytes() == content:
            return
        if (
            name not in self.known
        ):  # before it is there, so that no file of ours is taken for foreign
            self.known.add(name)
            with self.manifest.open("a", encoding="utf-8") as manifest:
                manifest.write(f"{name}\n")
        self.make_folder(path.parent)
        self.replace(path, content)
        self.written += 1

    def make_folder(self, path: Path) -> None:
        """Make the folder, for everybody to read whatever the umask."""
        if not path.exists():
            self.make_folder(path.parent)
            path.mkdir()
            path.chmod(0o755)

    def replace(self, path: Path, content: bytes) -> None:
        """Replace the file at once, for everybody to read."""
        handle, part = tempfile.mkstemp(dir=self.root, prefix=".part-")
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(part).chmod(0o644)
        Path(part).replace(path)

    def finish(self, failed: list[str]) -> Result:
        """Remove what is not public any more; nothing where a page failed, since files may be
        linked from it alone.
        """
        gone = set() if failed else self.known - self.made
        for name in gone:
            path = self.root / name
            path.unlink(missing_ok=True)
            for parent in path.parents:
                if parent == self.root or any(parent.iterdir()):
                    break
                parent.rmdir()
        for part in self.root.glob(".part-*"):  # of a run that was interrupted
            part.unlink()
        names = "".join(f"{name}\n" for name in sorted(self.known - gone))
        self.replace(self.manifest, names.encode())
        unchanged = len(self.made) - self.written
        return Result(self.written, unchanged, len(gone), sorted(failed), sorted(self.foreign))
