"""How often one address may knock at the doors that can be guessed at.

Generous, for a data centre of fifty town halls is one address. It counts in memory: there is one web process.
"""

from typing import Any

from flask import Flask, Response, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

# Security headers on every answer.

# No page needs more than this; nothing comes from elsewhere, nothing stands inline.
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
    # Sends no path. With no-referrer Chromium sends "Origin: null", and the CSRF check over https refuses the form.
    "Referrer-Policy": "strict-origin",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
STRICT_TRANSPORT_SECURITY = "max-age=63072000; includeSubDomains"
PRIVATE_PREFIXES = ("/s/", "/office", "/login")


def register_headers(app: Flask) -> None:
    """Set the headers on every answer of ``app``; what a view has set itself stays."""

    @app.after_request
    def secure(response: Response) -> Response:
        for name, value in SECURITY_HEADERS.items():
            response.headers.setdefault(name, value)
        if request.is_secure:
            response.headers.setdefault("Strict-Transport-Security", STRICT_TRANSPORT_SECURITY)
        if request.path.startswith(PRIVATE_PREFIXES) or request.path == "/s":
            if response.cache_control.public or "Cache-Control" not in response.headers:
                response.headers["Cache-Control"] = (
                    "no-store"  # files come marked public; a token is in their address
                )
            response.headers.setdefault("X-Robots-Tag", "noindex, nofollow")
        return response


GUESSING_LIMIT = "60 per minute"
RATE_LIMITED_ENDPOINTS = (
    "login.log_in",
    "login.set_password",
    "login.request_password_reset",
    "login.reset_password",
    "login.verify_second_factor_code",
    "login.verify_passkey",
    "invitation.request_fresh_link",
)


def register_rate_limits(app: Flask) -> None:
    """Guard the doors of ``app``; call it when all its views are there."""
    limiter = Limiter(
        get_remote_address, app=app, storage_uri="memory://", strategy="moving-window"
    )
    app.extensions["signoff.limiter"] = limiter
    for endpoint in RATE_LIMITED_ENDPOINTS:
        view: Any = app.view_functions[endpoint]
        app.view_functions[endpoint] = limiter.limit(GUESSING_LIMIT)(view)
