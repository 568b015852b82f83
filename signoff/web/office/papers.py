"""All papers, and one paper with its editions."""

from collections.abc import Mapping
from dataclasses import dataclass

from flask import Response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.exceptions import NotFound, ServiceUnavailable

from signoff import store
from signoff.domain.papers import Edition
from signoff.domain.rounds import Phase, Round
from signoff.i18n import errors, formatting, labels
from signoff.i18n.catalogue import get_catalogue
from signoff.importers.papers import read_editor_source
from signoff.web.context import current_language, db, now, services
from signoff.web.downloads import send_csv, send_private_pdf
from signoff.web.listing import ListQuery
from signoff.web.office.access import blueprint


class PaperQuery(ListQuery):
    FILTERS = {"q": None, "state": tuple(labels.STATE)}


@dataclass(frozen=True, slots=True)
class EditionSummary:
    """One edition with its round, if it has one."""

    edition: Edition
    round: Round | None
    state: str  # a key of ``labels.STATE``
    previous_round: Round | None = None  # of an edition without a round: the paper's last one


def build_edition_summary(
    edition: Edition, rounds_by_edition: Mapping[int, Round]
) -> EditionSummary:
    round = rounds_by_edition.get(edition.id)
    if round:
        state = "retracted" if round.retracted_at else round.phase(now())
        return EditionSummary(edition, round, state)
    before = store.rounds.find_by_slug(db(), edition.slug) if edition.number > 1 else None
    return EditionSummary(edition, None, Phase.DRAFT, before)


def load_rounds_by_edition() -> dict[int, Round]:
    """The latest round of every edition."""
    return {round.edition_id: round for round in reversed(store.rounds.list_all(db()))}


def filter_papers(query: PaperQuery) -> list[EditionSummary]:
    """The newest edition of every paper that matches ``query``."""
    rounds_by_edition = load_rounds_by_edition()
    papers = [
        build_edition_summary(edition, rounds_by_edition)
        for edition in store.papers.list_latest_editions(db())
    ]
    return [paper for paper in papers if matches_query(paper, query)]


def matches_query(paper: EditionSummary, query: PaperQuery) -> bool:
    """Each word of the search has to occur somewhere in the paper's names."""
    text = paper.edition.text
    names = (paper.edition.slug, text.title, text.subtitle, text.kind, text.assembly)
    searched = " ".join(names).casefold()
    return query["state"] in ("", paper.state) and all(
        word in searched for word in query["q"].casefold().split()
    )


@blueprint.get("/papers")
def list_papers() -> str:
    query = PaperQuery.from_args(request.args)
    return render_template(
        "office/papers/list.html",
        query=query,
        papers=filter_papers(query),
        states=labels.STATE,
    )


@blueprint.get("/papers.csv")
def download_papers() -> Response:
    """All papers that match the filter."""
    language = current_language()
    gettext = get_catalogue(language).gettext
    header = [
        _("Kurzname"),
        _("Titel"),
        _("Art"),
        _("Fassung"),
        _("Status"),
        _("Gremium"),
        _("Beschlossen"),
        _("Prüfsumme"),
    ]
    rows = []
    for paper in filter_papers(PaperQuery.from_args(request.args)):
        edition, text = paper.edition, paper.edition.text
        adopted = formatting.format_short_day(text.adopted_on, language) if text.adopted_on else ""
        state = gettext(labels.STATE[paper.state])
        row = [edition.slug, text.title, text.kind, str(edition.number), state, text.adopted_by]
        rows.append([*row, adopted, edition.digest])
    return send_csv(header, rows, "positionspapiere.csv")


@blueprint.get("/papers/<slug>")
def show_paper(slug: str) -> str:
    """One paper; ``?edition=1`` shows an earlier text."""
    return render_paper(slug)


def render_paper(slug: str, **context: object) -> str:
    """The page of a paper; ``context`` says what was refused."""
    editions, rounds_by_edition = get_editions_or_404(slug), load_rounds_by_edition()
    newest, number = editions[0], request.args.get("edition")
    selected = next((edition for edition in editions if str(edition.number) == number), newest)
    frozen = store.papers.is_frozen(db(), selected.id)
    return render_template(
        "office/papers/show.html",
        shown=build_edition_summary(selected, rounds_by_edition),
        editions=[build_edition_summary(edition, rounds_by_edition) for edition in editions],
        frozen=frozen,
        newest=newest,
        newest_frozen=store.papers.is_frozen(db(), newest.id),
        latest=store.rounds.find_by_slug(db(), slug),
        trial=store.releases.find_latest_trial_print(db(), selected.id),
        warnings=[] if frozen or not selected.source else list_warnings(selected.source),
        **context,
    )


def list_warnings(source: str) -> list[str]:
    """The notices about a text that may still be changed."""
    gettext = get_catalogue(current_language()).gettext
    return [
        errors.describe_import_notice(notice, gettext)
        for notice in read_editor_source(source, "").notices
    ]


@blueprint.get("/papers/<slug>/editions/<int:number>/trial.pdf")
def show_trial_print(slug: str, number: int) -> ResponseReturnValue:
    """The newest trial print of an edition."""
    edition = get_edition_or_404(slug, number)
    trial_print = store.releases.find_latest_trial_print(db(), edition.id)
    if trial_print is None or trial_print.printed_at is None:
        raise ServiceUnavailable(retry_after=30)
    path = services().archive.print_path(trial_print.sha256)
    return send_private_pdf(path, trial_print.sha256, f"{slug}-probedruck.pdf")


def get_editions_or_404(slug: str) -> list[Edition]:
    """The editions of the paper an address names, the newest first."""
    editions = store.papers.list_editions(db(), slug)
    if not editions:
        raise NotFound
    return editions


def get_edition_or_404(slug: str, number: int) -> Edition:
    for edition in get_editions_or_404(slug):
        if edition.number == number:
            return edition
    raise NotFound
