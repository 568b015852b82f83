"""Static files at addresses that carry a fingerprint of their content, so that browsers keep them
until they change.
"""

from functools import cache
from hashlib import sha256
from pathlib import Path

from flask import Flask, Response, request, send_from_directory, url_for
from markupsafe import Markup

from signoff.config import static_folder

FINGERPRINT_LENGTH = 12  # no folder below static/ has a name of this length
MAX_AGE = 31_536_000  # seconds: a year, for a file requested with the current fingerprint
SHORT_MAX_AGE = 300  # seconds, for a file requested with an older fingerprint or none


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
    """``url_for`` of the templates. A page names the same static files again and again; their
    addresses are built once.
    """
    if endpoint == "static" and len(values) == 1:
        return build_static_url(request.script_root, str(values["filename"]))
    return url_for(endpoint, **values)  # type: ignore[arg-type]


@cache
def build_static_url(_script_root: str, filename: str) -> str:
    return url_for("static", filename=filename)


def icon(name: str, css_class: str = "") -> Markup:
    """One symbol of ``static/icons.svg``. It is hidden from screen readers, because the word is
    beside it.
    """
    return build_icon(build_url("static", filename="icons.svg"), name, css_class)


@cache
def build_icon(url: str, name: str, css_class: str) -> Markup:
    attribute = Markup(' class="{}"').format(css_class) if css_class else ""
    return Markup(
        '<svg{} aria-hidden="true" focusable="false">\n<use href="{}#i-{}"/></svg>'
    ).format(attribute, url, name)


def register(app: Flask) -> None:
    """Serve static files at ``/static/<fingerprint>/…``, to which ``url_for("static", …)`` leads,
    and at ``/static/…``.

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

    app.jinja_env.globals.update(url_for=build_url, icon=icon)

    @app.url_defaults
    def add_fingerprint(endpoint: str, values: dict[str, object]) -> None:
        if endpoint == "static":
            values["fingerprint"] = current
