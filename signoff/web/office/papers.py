"""All papers, and one paper with its editions."""

from collections.abc import Mapping
from dataclasses import dataclass

from flask import Response, render_template, request, send_file
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.exceptions import NotFound, ServiceUnavailable

from signoff import store
from signoff.domain.papers import Edition
from signoff.domain.rounds import Phase, Round
from signoff.exports.tables import build_csv
from signoff.i18n import errors, format, labels
from signoff.i18n.catalogue import get_catalogue
from signoff.importers.papers import read_editor_source
from signoff.web.context import current_language, db, now, services
from signoff.web.office.access import blueprint

LISTED_PHASES = (
    Phase.DRAFT,
    Phase.OPEN,
    Phase.ENDED,
    Phase.CLOSED,
    Phase.RELEASED,
    Phase.CANCELLED,
)


@dataclass(frozen=True, slots=True)
class PaperQuery:
    """What was asked for. Anything that is not on offer counts as nothing asked."""

    q: str = ""
    state: str = ""

    @classmethod
    def of(cls, asked: Mapping[str, str]) -> "PaperQuery":
        state = asked.get("state", "")
        return cls(asked.get("q", "").strip()[:100], state if state in list(LISTED_PHASES) else "")

    @property
    def query(self) -> dict[str, str]:
        return {name: value for name, value in (("q", self.q), ("state", self.state)) if value}

    def takes(self, paper: "EditionSummary") -> bool:
        text = paper.edition.text
        within = " ".join(
            (paper.edition.slug, text.title, text.subtitle, text.kind, text.assembly)
        ).casefold()
        return self.state in ("", paper.phase) and all(
            word in within for word in self.q.casefold().split()
        )


@dataclass(frozen=True, slots=True)
class EditionSummary:
    """One edition with its round, if it has one."""

    edition: Edition
    round: Round | None
    phase: Phase
    before: Round | None = None  # of an edition without a round: the paper's last one


def build_edition_summary(edition: Edition, of_edition: Mapping[int, Round]) -> EditionSummary:
    round = of_edition.get(edition.id)
    if round is None:
        return EditionSummary(
            edition,
            None,
            Phase.DRAFT,
            store.rounds.find_by_slug(db(), edition.slug) if edition.number > 1 else None,
        )
    return EditionSummary(edition, round, round.phase(now()))


def load_rounds_by_edition() -> dict[int, Round]:
    """The latest round of every edition."""
    return {round.edition_id: round for round in reversed(store.rounds.list_all(db()))}


def filter_papers(choice: PaperQuery) -> list[EditionSummary]:
    """The newest edition of every paper the choice leaves."""
    of_edition = load_rounds_by_edition()
    return [
        paper
        for each in store.papers.list_latest_editions(db())
        if choice.takes(paper := build_edition_summary(each, of_edition))
    ]


@blueprint.get("/papers")
def list_papers() -> str:
    choice = PaperQuery.of(request.args)
    return render_template(
        "office/papers/list.html",
        choice=choice,
        papers=filter_papers(choice),
        states=LISTED_PHASES,
        phases=labels.PHASE,
    )


@blueprint.get("/papers.csv")
def download_papers() -> Response:
    """What the filter leaves, all of it."""
    gettext = get_catalogue(current_language()).gettext
    columns = [
        _("Kurzname"),
        _("Titel"),
        _("Art"),
        _("Fassung"),
        _("Stand"),
        _("Gremium"),
        _("Beschlossen"),
    ]
    cells = (
        (
            each.edition.slug,
            each.edition.text.title,
            each.edition.text.kind,
            str(each.edition.number),
            gettext(labels.PHASE[each.phase]),
            each.edition.text.adopted_by,
            format.format_short_day(each.edition.text.adopted_on, current_language())
            if each.edition.text.adopted_on
            else "",
            each.edition.digest,
        )
        for each in filter_papers(PaperQuery.of(request.args))
    )
    response = Response(
        build_csv([*columns, _("Prüfsumme")], cells), content_type="text/csv; charset=utf-8"
    )
    response.headers.set("Content-Disposition", "attachment", filename="positionspapiere.csv")
    return response


@blueprint.get("/papers/<slug>")
def show_paper(slug: str) -> str:
    """One paper; ``?edition=1`` shows an earlier text."""
    return render_paper(slug)


def render_paper(slug: str, **more: object) -> str:
    """The page of a paper, with what a refused deed has to say."""
    editions, of_edition = get_editions_or_404(slug), load_rounds_by_edition()
    shown = next(
        (each for each in editions if str(each.number) == request.args.get("edition")), editions[0]
    )
    frozen = store.papers.is_frozen(db(), shown.id)
    latest = store.rounds.find_by_slug(db(), slug)
    return render_template(
        "office/papers/show.html",
        shown=build_edition_summary(shown, of_edition),
        editions=[build_edition_summary(each, of_edition) for each in editions],
        frozen=frozen,
        newest=editions[0],
        newest_frozen=store.papers.is_frozen(db(), editions[0].id),
        latest=latest,
        trial=store.releases.find_latest_trial_print(db(), shown.id),
        warnings=[] if frozen or not shown.source else list_warnings(shown.source),
        **more,
    )


def list_warnings(source: str) -> list[str]:
    """What is to be checked in a text that may still be changed."""
    gettext = get_catalogue(current_language()).gettext
    return [
        errors.describe_import_notice(remark, gettext)
        for remark in read_editor_source(source, "").warnings
    ]


@blueprint.get("/papers/<slug>/editions/<int:number>/trial.pdf")
def show_trial_print(slug: str, number: int) -> ResponseReturnValue:
    """The newest trial print of an edition."""
    edition = get_edition_or_404(slug, number)
    done = store.releases.find_latest_trial_print(db(), edition.id)
    if done is None or done.printed_at is None:
        raise ServiceUnavailable(retry_after=30)
    name = f"{slug}-probedruck.pdf"
    path = services().archive.printed(done.sha256)
    answer = send_file(
        path, mimetype="application/pdf", download_name=name, etag=done.sha256, max_age=0
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer


def get_editions_or_404(slug: str) -> list[Edition]:
    """The editions of the paper an address names, the newest first; 404 where there is none."""
    found = store.papers.list_editions(db(), slug)
    if not found:
        raise NotFound
    return found


def get_edition_or_404(slug: str, number: int) -> Edition:
    found = next((each for each in get_editions_or_404(slug) if each.number == number), None)
    if found is None:
        raise NotFound
    return found
