"""Security headers, sessions, and rate limits for pages where secrets can be guessed."""

from ipaddress import ip_address, ip_network
from typing import Any

from flask import Flask, Request, Response, request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from flask_limiter import Limiter

# Everything comes from the same origin, and nothing is inline.
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "style-src 'self'",
        "img-src 'self'",
        "font-src 'self'",
        "script-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
SECURITY_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    # Without the path. With no-referrer Chromium sends "Origin: null", and the CSRF check over
    # https refuses the form.
    "Referrer-Policy": "strict-origin",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
# What other sites may read and show: public files and data, and nothing of a session.
OPEN_ENDPOINTS = frozenset(
    (
        "public.paper_pdf",
        "public.file_by_digest",
        "public.public_annex",
        "public.signatories_json",
        "public.numbered_signatories_json",
        "public.signatories_csv",
        "public.certificate_pem",
        "public.verify_digest",
        "log.list_checkpoints",
        "log.list_entries",
        "log.show_key",
        "public.verifier",
        "public.feed",
        "open_data.sitemap",
        "open_data.list_schema",
        "open_data.openapi",
        "open_data.badge",
        "open_data.embed",
        "open_data.oembed",
    )
)
OPEN_HEADERS = {
    "Access-Control-Allow-Origin": "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
}
FRAMEABLE_ENDPOINT = "open_data.embed"
FRAMEABLE_POLICY = CONTENT_SECURITY_POLICY.replace(
    "frame-ancestors 'none'", "frame-ancestors *"
).replace("script-src 'self'", "script-src 'none'")
STRICT_TRANSPORT_SECURITY = "max-age=63072000; includeSubDomains"
PRIVATE_PREFIXES = ("/s/", "/office", "/login", "/logout", "/application/")


def is_private(path: str) -> bool:
    """Whether it is a page of one reader: behind a link, in the office, the login, a form."""
    return path.startswith(PRIVATE_PREFIXES) or path == "/s" or path.endswith("/application")


class PrivateSessions(SecureCookieSessionInterface):
    """Sessions of private pages. All others have none: they set no cookie and vary with none, so
    that caches may give them to everybody.
    """

    serializer: Any = None

    def get_signing_serializer(self, app: Flask) -> Any:
        """It is made once: the keys of an application do not change."""
        self.serializer = self.serializer or super().get_signing_serializer(app)
        return self.serializer

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        if is_private(request.path):
            return super().open_session(app, request)
        return self.make_null_session(app)


def register_headers(app: Flask) -> None:
    """Set the headers on every response of ``app``, unless the view has set them itself."""

    @app.after_request
    def secure(response: Response) -> Response:
        if request.endpoint in OPEN_ENDPOINTS:
            response.headers.update(OPEN_HEADERS)
        if request.endpoint == FRAMEABLE_ENDPOINT:
            response.headers["Content-Security-Policy"] = FRAMEABLE_POLICY
        present = {name.lower() for name, _ in response.headers}
        for name, value in SECURITY_HEADERS.items():
            if name.lower() not in present:
                response.headers.add(name, value)
        if request.endpoint == FRAMEABLE_ENDPOINT:
            del response.headers["X-Frame-Options"]
        if request.is_secure:
            response.headers.setdefault("Strict-Transport-Security", STRICT_TRANSPORT_SECURITY)
        if is_private(request.path):
            if "Cache-Control" not in response.headers or response.cache_control.public:
                # Even for files, which are marked public: their address contains a token.
                response.headers["Cache-Control"] = "no-store"
            response.headers.setdefault("X-Robots-Tag", "noindex, nofollow")
        return response


# Who guesses is limited, never whom the guesses are about: nobody can use up the tries of others.


def get_network() -> str:
    """Where the request comes from: the address, of IPv6 the network /64 that one customer has."""
    address = ip_address(request.remote_addr or "127.0.0.1")
    if address.version == 6 and address.ipv4_mapped:
        address = address.ipv4_mapped
    return str(address if address.version == 4 else ip_network((address, 64), strict=False))


# Counts in memory, because there is one web process. The limit is high because many town halls
# share one IP address of their data centre.
limiter = Limiter(get_network, storage_uri="memory://", strategy="moving-window")
guessing_limit = limiter.limit("60 per minute")


def register_limiter(app: Flask) -> None:
    limiter.init_app(app)
    # It looks for limits of the whole application, of which there are none; the others are checked
    # where they stand.
    app.before_request_funcs[None] = [
        hook
        for hook in app.before_request_funcs.get(None, [])
        if hook != limiter._check_request_limit
    ]
