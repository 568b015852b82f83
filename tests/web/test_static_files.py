"""Static files are kept by browsers until their content changes."""

import re
from dataclasses import replace
from pathlib import Path
from urllib.parse import urljoin

import pytest
from flask import Flask
from flask.testing import FlaskClient

from signoff.app import create_app
from signoff.cli.instance import STARTER, create_instance
from signoff.config import load_settings, static_folder
from signoff.web.static_files import compute_fingerprint

FINGERPRINT = compute_fingerprint(static_folder())


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    folder = tmp_path_factory.mktemp("static") / "instance"
    create_instance(folder, STARTER)
    return create_app(load_settings(folder, {}))


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def get_cache_control(client: FlaskClient, address: str) -> dict[str, str | None]:
    with client.get(address, base_url="https://localhost") as response:
        assert response.status_code == 200, address
        return dict(response.cache_control)


@pytest.mark.parametrize("root", ["", "/trial/1a"])
def test_static_files_are_below_the_path_of_the_application(app: Flask, root: str) -> None:
    """A trial round is served below a path of its own by the same process."""
    settings = app.extensions["signoff"].settings
    app = create_app(replace(settings, base_url=f"{settings.base_url}{root}"))
    text = "{{ url_for('static', filename='icon.svg') }} {{ icon('check') }} {{ icon(name) }}"
    for base in (f"https://localhost{root}", "https://localhost/elsewhere"):
        with app.test_request_context("/?lang=de", base_url=base):
            address, fixed, named = app.jinja_env.from_string(text).render(name="check").split(" <")
            assert address == f"{root}/static/{FINGERPRINT}/icon.svg"
            assert fixed == named
            assert f'"{root}/static/{FINGERPRINT}/icons.svg#i-check"' in named


def test_pages_name_their_static_files_by_fingerprint(client: FlaskClient) -> None:
    page = client.get("/", base_url="https://localhost").get_data(as_text=True)
    addresses = re.findall(r'(?:href|src)="(/static/[^"#]+)', page)
    assert addresses
    for address in addresses:
        assert address.startswith(f"/static/{FINGERPRINT}/")
        cache_control = get_cache_control(client, address)
        assert cache_control["max-age"] == "31536000"
        assert {"public", "immutable"} <= cache_control.keys()


@pytest.mark.parametrize("prefix", ["", "0123456789ab/"])
def test_a_file_without_the_current_fingerprint_is_cached_briefly(
    client: FlaskClient, prefix: str
) -> None:
    cache_control = get_cache_control(client, f"/static/{prefix}css/signoff.css")
    assert cache_control["max-age"] == "300"
    assert "immutable" not in cache_control


def test_the_fingerprint_changes_with_any_file(tmp_path: Path) -> None:
    fingerprints = set()
    for name, content in (("a.js", "1"), ("a.js", "2"), ("b.js", "2")):
        (tmp_path / name).write_text(content)
        compute_fingerprint.cache_clear()
        fingerprints.add(compute_fingerprint(tmp_path))
    assert len(fingerprints) == 3


def test_references_between_static_files_keep_the_fingerprint(client: FlaskClient) -> None:
    """Imports between modules and ``url()`` in style sheets are relative, so they carry the fingerprint along."""
    folder = static_folder()
    count = 0
    for path in [*folder.rglob("*.css"), *folder.rglob("*.js")]:
        address = f"/static/{FINGERPRINT}/{path.relative_to(folder).as_posix()}"
        names = re.findall(r"""(?:url\(["']?|from ["'])([^"')]+)""", path.read_text("utf-8"))
        for name in names:
            if not name.startswith(("data:", "#")):
                count += 1
                assert "immutable" in get_cache_control(client, urljoin(address, name))
    assert count
