"""The editions of a paper: a new one, two compared, a trial print, the PDFs attached."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from signoff import actions
from signoff.domain.errors import Refusal
from signoff.importers.diff import compared, runs
from signoff.importers.uploads import read_annex
from signoff.web.context import db, now, tools
from signoff.web.login import actor
from signoff.web.office.access import blueprint
from signoff.web.office.paper_editor import different, labels, to_paper, typed
from signoff.web.office.papers import edition_here, editions_of, paper_page
from signoff.web.public import annex


@blueprint.post("/papers/<slug>/editions")
def add_edition(slug: str) -> ResponseReturnValue:
    """A new edition that begins as the one that is named; a second click finds it."""
    number = request.form.get("edition", "")
    made = actions.papers.add_edition(
        db(), slug, int(number[:6]) if number.isdecimal() else 0, actor(), now()
    )
    flash(
        _(
            "Fassung %(number)s ist angelegt. Sie beginnt mit dem bisherigen Text.",
            number=made.number,
        )
    )
    return redirect(url_for("office.edit_paper", slug=slug), 303)


@blueprint.get("/papers/<slug>/compare")
def compare(slug: str) -> str:
    """What has changed from one edition to another, word by word."""
    editions = editions_of(slug)
    after = numbered(request.args.get("to"), editions[0].number)
    before = numbered(request.args.get("from"), max(1, after - 1))
    old, new = edition_here(slug, before), edition_here(slug, after)
    return render_template(
        "office/compare.html",
        editions=editions,
        old=old,
        new=new,
        runs=runs(compared(old.text.html, new.text.html)),
        labels=labels(),
        said=different(typed(old.text, ""), typed(new.text, "")),
    )


def numbered(asked: str | None, otherwise: int) -> int:
    return int(asked[:6]) if asked and asked.isdecimal() else otherwise


@blueprint.post("/papers/<slug>/editions/<int:number>/trial")
def order_trial(slug: str, number: int) -> ResponseReturnValue:
    actions.papers.owe_trial(db(), slug, number, actor(), now())
    return redirect(url_for("office.paper", slug=slug, edition=number, _anchor="probedruck"), 303)


@blueprint.post("/papers/<slug>/editions/<int:number>/annexes")
def add_annex(slug: str, number: int) -> ResponseReturnValue:
    """Attach a PDF; the same file a second time is there already."""
    sent, name = request.files.get("annex"), request.form.get("name", "")
    try:
        content = sent.read() if sent else b""
        read = read_annex(sent.filename or "" if sent else "", name, content)
        tools().archive.keep_annex(content)
        actions.papers.attach(db(), slug, number, read, actor(), now())
    except Refusal as refusal:
        if refusal.field != "annex":
            raise
        return paper_page(slug, annex_refused=refusal, annex_name=name), 422
    flash(_("Die Anlage „%(name)s“ ist hinzugefügt.", name=read.name))
    return to_paper(slug)


@blueprint.post("/papers/<slug>/editions/<int:number>/annexes/<digest>/removal")
def remove_annex(slug: str, number: int, digest: str) -> ResponseReturnValue:
    actions.papers.detach(db(), slug, number, digest, actor(), now())
    flash(_("Die Anlage ist entfernt."))
    return to_paper(slug)


@blueprint.get("/papers/<slug>/editions/<int:number>/annexes/<digest>.pdf")
def annex_file(slug: str, number: int, digest: str) -> ResponseReturnValue:
    return annex(edition_here(slug, number), digest)
