"""The security headers of all responses."""

from datetime import datetime, timedelta

import pytest
from werkzeug.test import TestResponse

from signoff import store
from tests.factories import MAYOR, SLUG
from tests.form_filling import answering
from tests.world import World

HEADERS = (
    "Content-Security-Policy",
    "X-Content-Type-Options",
    "Referrer-Policy",
    "X-Frame-Options",
    "Permissions-Policy",
)
PUBLIC = (
    "/",
    f"/papers/{SLUG}",
    "/imprint",
    "/privacy",
    "/accessibility",
    "/feed.atom",
    "/health",
    "/robots.txt",
    "/.well-known/security.txt",
)
STATUS_CODES = {
    **dict.fromkeys(PUBLIC, 200),
    "/static/css/signoff.css": 200,
    "/static/nothing.css": 404,
    "/nothing": 404,
    "/papers/nothing": 404,
    "/login": 200,
    "/verify": 200,
    "/s/unknown": 404,
    "/s/{token}": 200,
    "/s/{token}/answer": 200,
    "/s/{token}/": 308,
}


@pytest.fixture
def request_page(world: World):
    world.opened(public=True)
    client, token = world.build_app().test_client(), world.links()[MAYOR]

    def ask(
        path: str, method: str = "GET", base: str = "http://localhost:8000", **sent
    ) -> TestResponse:
        return client.open(
            path.format(token=token), method=method, base_url=base, buffered=True, **sent
        )

    return ask


@pytest.mark.parametrize(("path", "status"), STATUS_CODES.items())
def test_every_response_has_the_security_headers(request_page, path: str, status: int) -> None:
    answer = request_page(path)
    assert answer.status_code == status
    assert [name for name in HEADERS if name not in answer.headers] == []
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "*" not in policy


REFUSED = {
    "no token": ("/login", "POST", {}, 400),
    "another method": ("/imprint", "POST", {}, 405),
    "too much": ("/verify", "POST", {"data": {"file": "x" * 13_000_000}}, 413),
    "no such method": ("/", "BREW", {}, 405),
}


@pytest.mark.parametrize("name", REFUSED)
def test_error_pages_have_the_security_headers_and_say_what_to_do(request_page, name: str) -> None:
    path, method, data, status = REFUSED[name]
    answer = request_page(path, method, **data)
    assert answer.status_code == status
    assert [header for header in HEADERS if header not in answer.headers] == []
    assert "0221 4710-128" in answer.text


@pytest.mark.parametrize("has_length", [True, False])
@pytest.mark.parametrize("body", [b"a=" + 2_200_000 * b"x", 20_001 * b"a=&"], ids=["long", "wide"])
def test_a_form_that_takes_long_to_parse_is_refused(
    request_page, body: bytes, has_length: bool
) -> None:
    """Twelve megabytes of fields took ten seconds and half a gigabyte."""
    form = "application/x-www-form-urlencoded"
    length = {} if has_length else {"CONTENT_LENGTH": "", "wsgi.input_terminated": True}
    sent = {"content_type": form, "environ_overrides": length}
    answer = request_page("/verify", "POST", data=body, **sent)
    assert answer.status_code == 413
    allowed = 1_900_000 * b"x" + 19_000 * b"&a"
    assert request_page("/verify", "POST", data=allowed, **sent).status_code == 422


def test_a_form_sent_from_another_site_is_refused(world: World) -> None:
    world.opened()
    clerk = answering(world.browser(), world.links()[MAYOR], "decline")
    data, base_url = {**clerk.values, "confirm": "Musterhausen"}, "http://localhost:8000"
    for origin in ("https://elsewhere.example", "https://localhost:8000", "null", ""):
        answer = clerk.client.post(
            clerk.path, data=data, base_url=base_url, headers={"Origin": origin}
        )
        assert answer.status_code == 403, origin
        assert "0221 4710-128" in answer.text
    assert world.invitation_status().version is None


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example", "localhost@evil.example"]
)
@pytest.mark.parametrize("path", ["/", "/s/{token}", "/login"])
def test_a_forged_host_is_refused(request_page, host: str, path: str) -> None:
    answer = request_page(path, headers={"Host": host})
    assert answer.status_code == 400
    assert "evil" not in answer.text
    assert "Content-Security-Policy" in answer.headers


@pytest.mark.parametrize("path", PUBLIC)
def test_public_pages_set_no_cookie(request_page, path: str) -> None:
    assert "Set-Cookie" not in request_page(path).headers


def test_pages_behind_a_link_are_neither_cached_nor_indexed(request_page) -> None:
    for path in ("/s/{token}", "/s/{token}/answer", "/s/unknown", "/login"):
        headers = request_page(path).headers
        expected = (
            "private, no-cache" if path.endswith("/answer") else "no-store"
        )  # a form stays for the back button
        assert headers["Cache-Control"] == expected
        assert "noindex" in headers["X-Robots-Tag"]


def test_the_cookie_is_bound_to_this_host(request_page) -> None:
    cookie = request_page("/s/{token}/answer").headers["Set-Cookie"]
    assert cookie.startswith("__Host-signoff=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookie.split("; ")[1:])
    assert "Domain" not in cookie


def test_hsts_is_sent_over_https_only(request_page) -> None:
    assert "Strict-Transport-Security" not in request_page("/").headers
    assert (
        "max-age"
        in request_page("/", base="https://localhost:8000").headers["Strict-Transport-Security"]
    )


def test_security_txt_names_the_association_and_has_not_expired(request_page, world: World) -> None:
    """The fields that RFC 9116 requires, and the address the file is valid for."""
    answer = request_page("/.well-known/security.txt")
    fields = dict(line.split(": ", 1) for line in answer.text.splitlines())
    assert answer.mimetype == "text/plain"
    assert fields["Contact"] == f"mailto:{store.association.get(world.db).email}"
    assert fields["Canonical"] == "http://localhost:8000/.well-known/security.txt"
    until = datetime.fromisoformat(fields["Expires"])
    assert timedelta(days=180) < until - world.now < timedelta(days=365)
