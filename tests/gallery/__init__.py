"""Every page in its states, made of hand-written values: for looking at, by the test browser and by eye."""

from flask import Blueprint, Flask, abort, g, request
from flask_babel import Babel
from flask_wtf import CSRFProtect

from signoff.web import filters, security
from tests.gallery import handing, publishing, signing  # noqa: F401 (they hang their scenes)
from tests.gallery.cast import FORUM, ROOT, SCENES

PLACES = {
    "sign": {
        "read": "/s/<token>",
        "answer": "/s/<token>/answer",
        "withdraw": "/s/<token>/withdraw",
        "draft": "/s/<token>/draft.pdf",
        "text_docx": "/s/<token>/kit/text.docx",
        "summary_pdf": "/s/<token>/kit/summary.pdf",
        "motion_docx": "/s/<token>/kit/motion.docx",
        "motion_pdf": "/s/<token>/kit/motion.pdf",
        "form_pdf": "/s/<token>/kit/answer-form.pdf",
        "receipt_pdf": "/s/<token>/receipt.pdf",
        "receipt_json": "/s/<token>/receipt.json",
        "certificate_pdf": "/s/<token>/certificate.pdf",
        "certificate_json": "/s/<token>/certificate.json",
        "deadline_ics": "/s/<token>/deadline.ics",
        "sitting_ics": "/s/<token>/sitting.ics",
        "fresh": "/s/fresh",
        "code": "/s",
        "pass_on": "/s/<token>/pass-on",
        "links": "/s/<token>/links",
        "end": "/s/<token>/links/<int:link_id>/end",
        "correction": "/s/<token>/correction",
        "sitting": "/s/<token>/sitting",
        "objection": "/s/<token>/objection",
    },
    "public": {
        "index": "/",
        "paper": "/papers/<slug>",
        "pdf": "/papers/<slug>/<name>.pdf",
        "draft": "/papers/<slug>/draft.pdf",
        "json": "/papers/<slug>/signatories.json",
        "csv": "/papers/<slug>/signatories.csv",
        "verify": "/verify",
        "feed": "/feed.atom",
        "imprint": "/imprint",
        "privacy": "/privacy",
        "accessibility": "/accessibility",
    },
    "demo": {"mails": "/demo/mail", "mail": "/demo/mail/<name>"},
    "login": {
        "form": "/login",
        "log_in": "/login/in",
        "log_out": "/logout",
        "set_password": "/login/set-up/<token>",
        "forgotten": "/login/forgotten",
    },
    "office": {"overview": "/office/"},
}


def gallery() -> Flask:
    """An application that shows the scenes at ``/scene/<name>``; the doors themselves answer nothing."""
    app = Flask(
        "gallery", template_folder=str(ROOT / "templates"), static_folder=str(ROOT / "static")
    )
    app.config.update(SECRET_KEY="gallery", TESTING=True)
    Babel(app, locale_selector=lambda: "de")
    CSRFProtect(app)
    filters.register(app)
    security.register_headers(app)

    @app.before_request
    def load() -> None:
        g.association = FORUM

    for name, rules in PLACES.items():
        blueprint = Blueprint(name, __name__)
        for endpoint, rule in rules.items():
            view = lambda **_: abort(404)  # noqa: E731
            blueprint.add_url_rule(rule, endpoint, view, methods=["GET", "POST"])
        app.register_blueprint(blueprint)

    @app.get("/scene/<name>")
    def show(name: str) -> str:
        return SCENES[name]() if name in SCENES and request else abort(404)

    return app
