"""Every page in its states, made of hand-written values: for looking at, by the test browser and by eye.

The pages of the office are looked at as they are, by ``tests.office_pictures``.
"""

from flask import Flask, abort, g, request
from flask_babel import Babel
from flask_wtf import CSRFProtect

from signoff.app import Application
from signoff.web import applications as application_pages
from signoff.web import demo, filters, log, login, office, open_data, security, static_files
from signoff.web import invitation as invitation_pages
from signoff.web import public as public_pages
from tests.factories import FORUM, ROOT
from tests.gallery import applications, invitation, public  # noqa: F401 (they add their scenes)
from tests.gallery.values import SCENES

BLUEPRINTS = (
    public_pages,
    log,
    open_data,
    application_pages,
    invitation_pages,
    login,
    office,
    demo,
)


def gallery() -> Flask:
    """An application that shows the scenes at ``/scene/<name>``; all other addresses answer nothing."""
    app = Application("gallery", template_folder=str(ROOT / "templates"), static_folder=None)
    app.config.update(SECRET_KEY="gallery", TESTING=True)
    for module in BLUEPRINTS:
        app.register_blueprint(module.blueprint)
    static_files.register(app)
    app.before_request_funcs.clear()
    for endpoint in app.view_functions.keys() - {"static"}:
        app.view_functions[endpoint] = lambda **_: abort(404)
    Babel(app, locale_selector=lambda: "de")
    CSRFProtect(app)
    filters.register(app)
    security.register_headers(app)

    @app.before_request
    def load() -> None:
        g.association = FORUM

    @app.get("/scene/<name>")
    def show(name: str) -> str:
        return SCENES[name]() if name in SCENES and request else abort(404)

    return app
