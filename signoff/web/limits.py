"""How often one address may knock at the doors that can be guessed at.

Generous, for a data centre of fifty town halls is one address. It counts in memory: there is one web process.
"""

from typing import Any

from flask import Flask
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

GUESSES = "60 per minute"
GUARDED = (
    "login.log_in",
    "login.set_password",
    "login.request_password",
    "login.renew_password",
    "login.second_code",
    "login.second_passkey",
    "sign.fresh",
)


def register(app: Flask) -> None:
    """Guard the doors of ``app``; call it when all its views are there."""
    limiter = Limiter(get_remote_address, app=app, storage_uri="memory://", strategy="moving-window")
    app.extensions["signoff.limiter"] = limiter
    for endpoint in GUARDED:
        view: Any = app.view_functions[endpoint]
        app.view_functions[endpoint] = limiter.limit(GUESSES)(view)
