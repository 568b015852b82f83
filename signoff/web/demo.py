"""The mailbox of a demo: every mail of the instance in the browser. Registered in a demo only."""

from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from re import sub

from flask import Blueprint, render_template
from markupsafe import Markup, escape
from werkzeug.exceptions import NotFound

from signoff.web.context import settings

blueprint = Blueprint("demo", __name__, url_prefix="/demo")


@blueprint.get("/mail")
def list_mails() -> str:
    """All mails, newest first."""
    paths = sorted(settings().outbox.glob("*.eml"), reverse=True)
    return render_template(
        "demo/mails.html", mails=[(path.stem, read_message(path)) for path in paths]
    )


@blueprint.get("/mail/<name>")
def show_mail(name: str) -> str:
    """One mail: its text part, with the links clickable."""
    path = settings().outbox / f"{Path(name).name}.eml"
    if not path.exists():
        raise NotFound
    message = read_message(path)
    part = message.get_body(("plain",))
    return render_template(
        "demo/mail.html", mail=message, text=linkify(part.get_content() if part else "")
    )


def read_message(path: Path) -> EmailMessage:
    return message_from_bytes(path.read_bytes(), EmailMessage, policy=policy.default)


def linkify(text: str) -> Markup:
    """The text with every address of the instance as a link."""
    base = str(escape(settings().base_url))
    return Markup(sub(rf"({base}/\S+)", r'<a href="\1">\1</a>', str(escape(text))))  # noqa: S704
