"""Every page in its states, made of hand-written values: for looking at, by the test browser and by eye."""

from flask import Blueprint, Flask, abort, g, request
from flask_babel import Babel
from flask_wtf import CSRFProtect

from signoff.web import filters, security
from tests.gallery import answer, invitation, releases  # noqa: F401 (they register their scenes)
from tests.gallery.values import FORUM, ROOT, SCENES

PLACES = {
    "invitation": {
        "show_invitation": "/s/<token>",
        "show_answer_form": "/s/<token>/answer",
        "show_withdrawal_form": "/s/<token>/withdraw",
        "draft_pdf": "/s/<token>/draft.pdf",
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
        "meeting_ics": "/s/<token>/sitting.ics",
        "request_new_link": "/s/fresh",
        "show_code_form": "/s",
        "show_delegation_form": "/s/<token>/pass-on",
        "show_links": "/s/<token>/links",
        "confirm_end_link": "/s/<token>/links/<int:link_id>/end",
        "show_correction_form": "/s/<token>/correction",
        "show_meeting_form": "/s/<token>/sitting",
        "show_objection_form": "/s/<token>/objection",
    },
    "public": {
        "index": "/",
        "show_paper": "/papers/<slug>",
        "paper_pdf": "/papers/<slug>/<name>.pdf",
        "draft_pdf": "/papers/<slug>/draft.pdf",
        "signatories_json": "/papers/<slug>/signatories.json",
        "signatories_csv": "/papers/<slug>/signatories.csv",
        "show_verify_form": "/verify",
        "feed": "/feed.atom",
        "imprint": "/imprint",
        "privacy": "/privacy",
        "accessibility": "/accessibility",
    },
    "demo": {"list_mails": "/demo/mail", "show_mail": "/demo/mail/<name>"},
    "login": {
        "show_login_form": "/login",
        "log_in": "/login/in",
        "log_out": "/logout",
        "set_password": "/login/set-up/<token>",
        "show_forgotten_password_form": "/login/forgotten",
    },
    "office": {"show_dashboard": "/office/"},
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
