"""The editions of a paper: adding, comparing and trial-printing one, attaching PDFs."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from signoff import actions, store
from signoff.domain.errors import Reason, Refusal
from signoff.importers.diff import compare_texts, group_changes
from signoff.importers.uploads import read_annex
from signoff.web.context import db, now, services
from signoff.web.listing import get_int
from signoff.web.login import current_actor
from signoff.web.office.access import blueprint, editor_required
from signoff.web.office.forms import render_act
from signoff.web.office.paper_editor import (
    build_form_values,
    diff_fields,
    get_field_labels,
    redirect_to_paper,
)
from signoff.web.office.papers import get_edition_or_404, get_editions_or_404, render_paper
from signoff.web.public import send_annex


@blueprint.get("/papers/<slug>/editions/<int:number>/deletion")
@editor_required
def show_edition_deletion(slug: str, number: int) -> ResponseReturnValue:
    edition = get_edition_or_404(slug, number)
    if store.papers.is_used(db(), edition.id):
        raise Refusal(Reason.EDITION_USED)
    title, only = edition.text.title, len(get_editions_or_404(slug)) == 1
    what = (
        _("Das Papier „%(title)s“ wird mit seinem Text gelöscht.", title=title)
        if only
        else _(
            "Fassung %(number)s von „%(title)s“ wird gelöscht. Die übrigen Fassungen bleiben.",
            number=number,
            title=title,
        )
    )
    files = ngettext(
        "Probedrucke, Bilder und %(num)s Anlage werden gelöscht, soweit keine andere Fassung sie zeigt.",
        "Probedrucke, Bilder und %(num)s Anlagen werden gelöscht, soweit keine andere Fassung sie zeigt.",
        len(edition.text.annexes),
    )
    return render_act(
        _("Papier löschen?") if only else _("Fassung löschen?"),
        _("Papier löschen") if only else _("Fassung löschen"),
        url_for("office.delete_edition", slug=slug, number=number),
        url_for("office.show_paper", slug=slug),
        [
            what,
            files
            if edition.text.annexes
            else _(
                "Probedrucke und Bilder werden gelöscht, soweit keine andere Fassung sie zeigt."
            ),
            _("Kein Mitglied hat den Text erhalten; niemand wird benachrichtigt."),
            _("Im Verlauf bleiben Kurzname, Prüfsummen und wer den Text wann bearbeitet hat."),
        ],
    )


@blueprint.post("/papers/<slug>/editions/<int:number>/deletion")
def delete_edition(slug: str, number: int) -> ResponseReturnValue:
    """Delete an edition that no round has used. A second request finds that it is gone."""
    if any(edition.number == number for edition in store.papers.list_editions(db(), slug)):
        prints, annexes = actions.papers.delete_edition(db(), slug, number, current_actor(), now())
        services().archive.remove_drafts(prints, annexes)
    if store.papers.find_latest_edition(db(), slug) is None:
        flash(_("Das Papier ist gelöscht."))
        return redirect(url_for("office.list_papers"), 303)
    flash(_("Fassung %(number)s ist gelöscht.", number=number))
    return redirect_to_paper(slug)


@blueprint.get("/papers/<slug>/compare")
def compare_editions(slug: str) -> str:
    """The differences of two editions, word by word."""
    editions = get_editions_or_404(slug)
    after = get_int(request.args, "to", editions[0].number)
    before = get_int(request.args, "from", max(1, after - 1))
    old, new = get_edition_or_404(slug, before), get_edition_or_404(slug, after)
    return render_template(
        "office/papers/compare.html",
        editions=editions,
        old=old,
        new=new,
        runs=group_changes(compare_texts(old.text.html, new.text.html)),
        labels=get_field_labels(),
        field_changes=diff_fields(build_form_values(old.text, ""), build_form_values(new.text, "")),
    )


@blueprint.post("/papers/<slug>/editions/<int:number>/trial")
def enqueue_trial_print(slug: str, number: int) -> ResponseReturnValue:
    actions.papers.enqueue_trial_print(db(), slug, number, current_actor(), now())
    return redirect(
        url_for("office.show_paper", slug=slug, edition=number, _anchor="probedruck"), 303
    )


@blueprint.post("/papers/<slug>/editions/<int:number>/annexes")
def add_annex(slug: str, number: int) -> ResponseReturnValue:
    """Attach a PDF; the same file again changes nothing."""
    upload, name = request.files.get("annex"), request.form.get("name", "")
    try:
        content = upload.read() if upload else b""
        annex = read_annex(upload.filename or "" if upload else "", name, content)
        services().archive.store_annex(content)
        actions.papers.attach(db(), slug, number, annex, current_actor(), now())
    except Refusal as refusal:
        if refusal.field != "annex":
            raise
        return render_paper(slug, annex_refused=refusal, annex_name=name), 422
    flash(_("Die Anlage „%(name)s“ ist hinzugefügt.", name=annex.name))
    return redirect_to_paper(slug)


@blueprint.post("/papers/<slug>/editions/<int:number>/annexes/<digest>/removal")
def remove_annex(slug: str, number: int, digest: str) -> ResponseReturnValue:
    actions.papers.detach(db(), slug, number, digest, current_actor(), now())
    flash(_("Die Anlage ist entfernt."))
    return redirect_to_paper(slug)


@blueprint.get("/papers/<slug>/editions/<int:number>/annexes/<digest>.pdf")
def download_annex(slug: str, number: int, digest: str) -> ResponseReturnValue:
    return send_annex(get_edition_or_404(slug, number), digest)
