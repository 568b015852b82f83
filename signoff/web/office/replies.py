"""Replies by mail: what waits, the whole message, its files, and settling one."""

import io

from flask import Response, flash, render_template, send_file
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.exceptions import NotFound

from signoff import actions, store
from signoff.domain.replies import EVIDENCE_TYPE, Reply
from signoff.web.context import db, now, services
from signoff.web.login import current_actor
from signoff.web.office.access import blueprint
from signoff.web.office.answers import get_invitation_or_404, redirect_to_next
from signoff.web.office.mail import PREVIEW_CSP

FILE_CSP = "default-src 'none'; sandbox"


@blueprint.get("/replies")
def list_replies() -> str:
    return render_template("office/replies/list.html", replies=store.replies.list_unsettled(db()))


@blueprint.get("/invitations/<int:id>/replies/<int:reply_id>")
def show_reply_message(id: int, reply_id: int) -> Response:
    """The whole message as plain text, in a document of its own that may do nothing."""
    reply = get_reply_or_404(id, reply_id)
    response = Response(reply.whole_text, content_type="text/plain; charset=utf-8")
    response.headers["Content-Security-Policy"] = PREVIEW_CSP
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.get("/invitations/<int:id>/replies/<int:reply_id>/mail.eml")
def download_reply(id: int, reply_id: int) -> Response:
    reply = get_reply_or_404(id, reply_id)
    return send_reply_file(
        load_content(reply), "message/rfc822", f"antwort-{reply.id}.{EVIDENCE_TYPE}"
    )


@blueprint.get("/invitations/<int:id>/replies/<int:reply_id>/attachments/<int:number>")
def download_reply_attachment(id: int, reply_id: int, number: int) -> Response:
    """A file of a kind that is offered, always as a download."""
    reply = get_reply_or_404(id, reply_id)
    if number >= len(reply.attachments) or not reply.attachments[number].type:
        raise NotFound
    attachment, content = services().read_attachments(load_content(reply))[number]
    name = f"antwort-{reply.id}-{number + 1}.{attachment.type}"
    return send_reply_file(content, "application/octet-stream", name)


@blueprint.post("/invitations/<int:id>/replies/<int:reply_id>/settlement")
def settle_reply(id: int, reply_id: int) -> ResponseReturnValue:
    """Note that a reply is dealt with, and go on to the next; a second request changes nothing."""
    actions.replies.settle(db(), get_reply_or_404(id, reply_id), current_actor(), now())
    flash(_("Die Antwort ist als erledigt vermerkt."))
    waiting = [reply.invitation_id for reply in store.replies.list_unsettled(db())]
    return redirect_to_next(waiting, "antworten", otherwise=id)


def get_reply_or_404(id: int, reply_id: int) -> Reply:
    reply = store.replies.find(db(), reply_id)
    if reply is None or reply.invitation_id != get_invitation_or_404(id).id:
        raise NotFound
    return reply


def load_content(reply: Reply) -> bytes:
    return services().archive.scan_path(reply.sha256, EVIDENCE_TYPE).read_bytes()


def send_reply_file(content: bytes, mimetype: str, name: str) -> Response:
    response = send_file(
        io.BytesIO(content), mimetype=mimetype, as_attachment=True, download_name=name, max_age=0
    )
    response.headers["Content-Security-Policy"] = FILE_CSP
    response.headers["Cache-Control"] = "no-store"
    return response
