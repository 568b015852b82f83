"""What everybody may read: released papers, their lists and files, the legal texts."""

from functools import lru_cache

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    g,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
    send_file,
    url_for,
)
from flask_babel import gettext as _
from markupsafe import Markup
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as WerkzeugResponse

from signoff.domain.release import PrintKind, Release
from signoff.export.signatories import as_json, line, list_csv
from signoff.intake.text import read_text
from signoff.store import associations, issues, overviews, papers, prints, releases, rounds
from signoff.store.migrations import pending
from signoff.store.overviews import Publication
from signoff.web.context import db, language, now, settings, tools
from signoff.web.editions import documents, listing, numbers, shown
from signoff.web.errors import Withdrawn
from signoff.web.filters import issue_word

FOR_EVER = "public, max-age=31536000, immutable"
BRIEFLY = "public, max-age=60"

blueprint = Blueprint("public", __name__)


@blueprint.get("/")
def index() -> str:
    return render_template("public/index.html", publications=overviews.released(db(), now()), now=now())


@blueprint.get("/papers/<slug>")
def paper(slug: str) -> str:
    """A released paper with its list, or the marked draft of a round that is public."""
    found = publication(slug)
    return render_template(
        "public/paper.html",
        publication=found,
        **shown(found),
        draft=prints.latest(db(), found.round.id, PrintKind.DRAFT),
        now=now(),
    )


@blueprint.get("/papers/<slug>/<name>.pdf")
def pdf(slug: str, name: str) -> WerkzeugResponse:
    """The current edition under a readable name; with a number behind it, the release with that number for good."""
    found = released(slug)
    every, title = documents(found), found.edition.text.title
    if name == slug:
        return file_of(issues.current(every), f"{title}.pdf", BRIEFLY)
    number = name.removeprefix(f"{slug}-")
    release = next((each for each in every if str(each.number) == number and number != name), None)
    if release is None:
        raise NotFound
    return file_of(release, f"{title}, {issue_word(*numbers(every)[release.number])}.pdf", FOR_EVER)


@blueprint.get("/papers/<slug>/entwurf.pdf")
def draft(slug: str) -> WerkzeugResponse:
    """The marked draft, while its round is public."""
    found = publication(slug)
    done = prints.latest(db(), found.round.id, PrintKind.DRAFT)
    if found.release or done is None or done.printed_at is None:
        raise NotFound
    path = tools().archive.printed(done.sha256)
    return send_file(path, mimetype="application/pdf", download_name=f"{slug}-entwurf.pdf", etag=done.sha256)


@blueprint.get("/files/<digest>.pdf")
def file(digest: str) -> WerkzeugResponse:
    """A released file under its own digest: the same bytes for as long as that edition stands."""
    found = releases.by_digest(db(), digest)
    if found is None or found.released_at > now():
        raise NotFound
    round = rounds.get(db(), found.round_id)
    assert round
    return file_of(found, f"{papers.get(db(), round.edition_id).text.title}.pdf", FOR_EVER)


@blueprint.get("/papers/<slug>/signatories.json")
def json(slug: str) -> WerkzeugResponse:
    """The list of the current edition, and what has happened to it since."""
    found = released(slug)
    edition, listed, later = listing(found)
    as_of = edition.as_of.astimezone(g.association.zone)
    since = [line(each) for each in later.joined_since(edition.entry)]
    withdrawals = later.gone if since or later.withdrawals else ()
    return cached(jsonify(as_json(found.edition, as_of, listed, withdrawals, late_signatories=since)))


@blueprint.get("/papers/<slug>/signatories.csv")
def csv(slug: str) -> WerkzeugResponse:
    _edition, listed, _later = listing(released(slug))
    answer = make_response(list_csv(listed))
    answer.mimetype = "text/csv"
    answer.headers["Content-Disposition"] = f'attachment; filename="{slug}-signatories.csv"'
    return cached(answer)


@blueprint.get("/imprint")
def imprint() -> str:
    return legal("imprint", _("Impressum"))


@blueprint.get("/privacy")
def privacy() -> str:
    return legal("privacy", _("Datenschutz"))


@blueprint.get("/accessibility")
def accessibility() -> str:
    return legal("accessibility", _("Barrierefreiheit"))


@blueprint.get("/feed.atom")
def feed() -> Response:
    text = render_template(
        "public/feed.xml", publications=overviews.released(db(), now()), base=settings().base_url, now=now()
    )
    return Response(text, mimetype="application/atom+xml")


@blueprint.get("/health")
def health() -> WerkzeugResponse:
    """Liveness and readiness: the database answers and its schema is the one of this code."""
    ready = not pending(db())
    answer = jsonify({"status": "ok" if ready else "schema"})
    answer.headers["Cache-Control"] = "no-store"
    answer.status_code = 200 if ready else 503
    return answer


@blueprint.get("/robots.txt")
def robots() -> Response:
    return Response("User-agent: *\nDisallow: /s/\nDisallow: /office/\nDisallow: /login\n", mimetype="text/plain")


@blueprint.get("/papers/")
def all_papers() -> WerkzeugResponse:
    return redirect(url_for("public.index"), 308)


def publication(slug: str) -> Publication:
    """The paper at this address, or 404; 410 where its release was withdrawn."""
    found = overviews.published(db(), slug, now())
    if found is None:
        raise NotFound
    if found.release and found.release.withdrawn_at:
        raise Withdrawn(found.release)
    return found


def released(slug: str) -> Publication:
    found = publication(slug)
    if found.release is None:
        raise NotFound
    return found


def file_of(release: Release, name: str, caching: str) -> WerkzeugResponse:
    """The bytes, with ETag and ranges; by nginx where ``SIGNOFF_ACCEL`` names its internal location."""
    if release.withdrawn_at:
        raise Withdrawn(release)
    archive = tools().archive
    path = archive.file(release.sha256)
    path = path if path.exists() else archive.printed(release.sha256)
    if not path.exists():
        current_app.logger.error("a released file is missing from the archive: %s", release.sha256)
        abort(503)
    answer = send_file(path, mimetype="application/pdf", download_name=name, etag=release.sha256, conditional=True)
    answer.headers["Cache-Control"] = caching
    if settings().accel:
        answer.headers["X-Accel-Redirect"] = f"{settings().accel}/{path.parent.name}/{path.name}"
    return answer


def cached(answer: Response) -> Response:
    answer.headers["Cache-Control"] = BRIEFLY
    answer.add_etag()
    answer.make_conditional(request)
    return answer


def legal(kind: str, title: str) -> str:
    text = associations.text(db(), kind, language()) or associations.text(db(), kind, g.association.language)
    if text is None:
        raise NotFound
    return render_template("public/text.html", title=title, html=rendered(text.markdown, title), page=kind)


@lru_cache(maxsize=32)
def rendered(markdown: str, title: str) -> Markup:
    """A legal text as sanitised HTML; a first heading equal to the title is dropped."""
    return Markup(read_text("text.md", markdown.encode(), title).html)  # noqa: S704 (nh3 has been over it)
