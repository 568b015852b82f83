"""Static files at addresses that carry a fingerprint of their content, so that browsers keep them
until they change.
"""

import re
from functools import cache, lru_cache, partial
from hashlib import sha256
from pathlib import Path
from typing import Any

from flask import Flask, Request, Response, request, send_from_directory, url_for

from signoff.config import static_folder
from signoff.web.templating import build_icon

FINGERPRINT_LENGTH = 12  # no folder below static/ has a name of this length
MAX_AGE = 31_536_000  # seconds: a year, for a file requested with the current fingerprint
SHORT_MAX_AGE = 300  # seconds, for a file requested with an older fingerprint or none
TOKEN = "-token-"  # stands for the token in an address that is kept
TOKEN_PATTERN = re.compile(r"[\w.-]+", re.ASCII)  # nothing that is quoted in an address


@cache
def compute_fingerprint(folder: Path) -> str:
    """The digest of all files in ``folder``: modules and style sheets name each other, so they
    change together.
    """
    digest = sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        digest.update(f"{path.relative_to(folder).as_posix()}\0".encode())
        digest.update(sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:FINGERPRINT_LENGTH]


def build_url(endpoint: str, **values: object) -> str:
    """``url_for`` of the templates and of frequent redirects. Addresses that are named again and
    again are built once: those without values, and, up to their token, those behind a link.
    """
    current: Request = request._get_current_object()  # type: ignore[attr-defined]
    root, token = current.script_root, str(values.get("token", ""))
    if "lang" in current.args or "_external" in values:
        is_kept = False
    else:
        is_kept = bool(TOKEN_PATTERN.fullmatch(token)) if token else not values
    if not is_kept:
        return url_for(endpoint, **values)  # type: ignore[arg-type]
    fixed = {**values, "token": TOKEN} if token else values
    return build_once(root, endpoint, **fixed).replace(TOKEN, token)


@lru_cache(1024)
def build_once(_script_root: str, endpoint: str, /, **values: Any) -> str:
    return url_for(endpoint, **values)


def register(app: Flask, root: str = "") -> None:
    """Serve static files at ``/static/<fingerprint>/…``, to which ``url_for("static", …)`` leads,
    and at ``/static/…``; ``root`` is the path before it.

    An older fingerprint gets the present file: a page from before an upgrade may still be open.
    """
    folder = static_folder()
    current = compute_fingerprint(folder)

    @app.get("/static/<path:filename>", endpoint="static")
    @app.get(
        f"/static/<string(length={FINGERPRINT_LENGTH}):fingerprint>/<path:filename>",
        endpoint="static",
    )
    def send_static_file(filename: str, fingerprint: str = "") -> Response:
        is_current = fingerprint == current
        max_age = MAX_AGE if is_current else SHORT_MAX_AGE
        response = send_from_directory(folder, filename, max_age=max_age)
        if is_current:
            response.cache_control.immutable = True
        return response

    static_root = f"{root}/static/{current}/"
    app.jinja_env.static_root = static_root  # type: ignore[attr-defined]
    app.jinja_env.globals.update(url_for=build_url, icon=partial(build_icon, static_root))

    @app.url_defaults
    def add_fingerprint(endpoint: str, values: dict[str, object]) -> None:
        if endpoint == "static":
            values["fingerprint"] = current
