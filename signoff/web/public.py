"""What everybody may read: released papers, their lists and files, the legal texts."""

from functools import lru_cache
from hashlib import sha256

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

from signoff import store
from signoff.domain.papers import Edition
from signoff.domain.releases import (
    LateSignatures,
    PrintKind,
    Release,
    SealError,
    SealIdentity,
    iter_numbered_releases,
)
from signoff.domain.round_status import Signatory
from signoff.exports.tables import build_list_csv, build_list_data, serialize_signatory
from signoff.i18n import events
from signoff.importers.papers import read_text
from signoff.store.dashboard import Publication
from signoff.store.migrations import list_pending
from signoff.web.context import current_language, db, now, services, settings
from signoff.web.downloads import send_bytes
from signoff.web.errors import ReleaseRetracted
from signoff.web.filters import format_release_label
from signoff.web.invitation.access import blueprint as sign
from signoff.web.invitation.access import current_access

# What the public sees of a paper's documents: its editions and addenda, and the list with what has become of it.


def list_public_releases(found: Publication) -> list[Release]:
    """Every document of the paper that is public, the first edition first."""
    return [
        each
        for each in store.releases.list_for_round(db(), found.round.id)
        if each.released_at <= now()
    ]


def number_releases(every: list[Release]) -> dict[int, tuple[PrintKind, int]]:
    """What each release is called, by its number."""
    return {each.number: (each.kind, number) for each, number in iter_numbered_releases(every)}


def get_current_list(found: Publication) -> tuple[Release, tuple[Signatory, ...], LateSignatures]:
    """The current edition of the list, who stands in it, and what has happened since the first one."""
    edition, later = (
        store.releases.get_current_list_edition(list_public_releases(found)),
        store.releases.load_late_signatures(db(), found.round),
    )
    if edition.number == 1:
        return edition, later.original_signatories, later
    return (
        edition,
        store.releases.load_document_content(db(), found.round, edition.kind, edition.entry)[0],
        later,
    )


def build_paper_context(found: Publication) -> dict[str, object]:
    """What the page of a paper shows: the first list with what has become of it, and every document."""
    if found.release is None:
        return {"signatories": (), "joined": (), "left": {}, "documents": (), "current": None}
    later, every = (
        store.releases.load_late_signatures(db(), found.round),
        list_public_releases(found),
    )
    called = number_releases(every)
    return {
        "signatories": later.original_signatories,
        "joined": later.entries,
        "left": {each.key: each.on for each in later.withdrawals if each.late_on is None},
        "documents": [(each, *called[each.number]) for each in reversed(every)],
        "current": store.releases.get_current_list_edition(every),
    }


CACHE_IMMUTABLE = "public, max-age=31536000, immutable"
CACHE_BRIEFLY = "public, max-age=60"

blueprint = Blueprint("public", __name__)


@blueprint.get("/")
def index() -> str:
    return render_template(
        "public/index.html", publications=store.dashboard.list_publications(db(), now()), now=now()
    )


@blueprint.get("/papers/<slug>")
def show_paper(slug: str) -> str:
    """A released paper with its list, or the marked draft of a round that is public."""
    found = get_publication_or_404(slug)
    return render_template(
        "public/paper.html",
        publication=found,
        **build_paper_context(found),
        draft=store.releases.find_latest_print(db(), found.round.id, PrintKind.DRAFT),
        now=now(),
    )


@blueprint.get("/papers/<slug>/<name>.pdf")
def paper_pdf(slug: str, name: str) -> WerkzeugResponse:
    """The current edition under a readable name; with a number behind it, the release with that number for good."""
    found = get_released_or_404(slug)
    every, title = list_public_releases(found), found.edition.text.title
    if name == slug:
        return send_release(
            store.releases.get_current_list_edition(every), f"{title}.pdf", CACHE_BRIEFLY
        )
    number = name.removeprefix(f"{slug}-")
    release = next((each for each in every if str(each.number) == number and number != name), None)
    if release is None:
        raise NotFound
    return send_release(
        release,
        f"{title}, {format_release_label(*number_releases(every)[release.number])}.pdf",
        CACHE_IMMUTABLE,
    )


@blueprint.get("/papers/<slug>/entwurf.pdf")
def draft_pdf(slug: str) -> WerkzeugResponse:
    """The marked draft, while its round is public."""
    found = get_publication_or_404(slug)
    done = store.releases.find_latest_print(db(), found.round.id, PrintKind.DRAFT)
    if found.release or done is None or done.printed_at is None:
        raise NotFound
    path = services().archive.print_path(done.sha256)
    return send_file(
        path, mimetype="application/pdf", download_name=f"{slug}-entwurf.pdf", etag=done.sha256
    )


@blueprint.get("/files/<digest>.pdf")
def file_by_digest(digest: str) -> WerkzeugResponse:
    """A released file under its own digest: the same bytes for as long as that edition stands."""
    found = store.releases.find_by_digest(db(), digest)
    if found is None or found.released_at > now():
        raise NotFound
    round = store.rounds.get(db(), found.round_id)
    return send_release(
        found, f"{store.papers.get_edition(db(), round.edition_id).text.title}.pdf", CACHE_IMMUTABLE
    )


@blueprint.get("/papers/<slug>/signatories.json")
def signatories_json(slug: str) -> WerkzeugResponse:
    """The list of the current edition, and what has happened to it since."""
    found = get_released_or_404(slug)
    edition, listed, later = get_current_list(found)
    as_of = edition.as_of.astimezone(g.association.zone)
    since = [serialize_signatory(each) for each in later.signatories_since(edition.entry)]
    withdrawals = later.withdrawn if since or later.withdrawals else ()
    return make_cacheable(
        jsonify(build_list_data(found.edition, as_of, listed, withdrawals, late_signatories=since))
    )


@blueprint.get("/papers/<slug>/signatories.csv")
def signatories_csv(slug: str) -> WerkzeugResponse:
    _edition, listed, _later = get_current_list(get_released_or_404(slug))
    answer = send_bytes(build_list_csv(listed), "text/csv", f"{slug}-signatories.csv")
    return make_cacheable(answer)


@blueprint.get("/imprint")
def imprint() -> str:
    return render_legal_text("imprint", _("Impressum"))


@blueprint.get("/privacy")
def privacy() -> str:
    return render_legal_text("privacy", _("Datenschutz"))


@blueprint.get("/accessibility")
def accessibility() -> str:
    return render_legal_text("accessibility", _("Barrierefreiheit"))


@blueprint.get("/feed.atom")
def feed() -> Response:
    text = render_template(
        "public/feed.xml",
        publications=store.dashboard.list_publications(db(), now()),
        base=settings().base_url,
        now=now(),
    )
    return Response(text, mimetype="application/atom+xml")


@blueprint.get("/health")
def health() -> WerkzeugResponse:
    """Liveness and readiness: the database answers and its schema is the one of this code."""
    ready = not list_pending(db())
    answer = jsonify({"status": "ok" if ready else "schema"})
    answer.headers["Cache-Control"] = "no-store"
    answer.status_code = 200 if ready else 503
    return answer


@blueprint.get("/robots.txt")
def robots() -> Response:
    return Response(
        "User-agent: *\nDisallow: /s/\nDisallow: /office/\nDisallow: /login\n",
        mimetype="text/plain",
    )


@blueprint.get("/papers/")
def redirect_to_index() -> WerkzeugResponse:
    return redirect(url_for("public.index"), 308)


def get_publication_or_404(slug: str) -> Publication:
    """The paper at this address, or 404; 410 where its release was withdrawn."""
    found = store.dashboard.find_publication(db(), slug, now())
    if found is None:
        raise NotFound
    if found.release and found.release.retracted_at:
        raise ReleaseRetracted(found.release)
    return found


def get_released_or_404(slug: str) -> Publication:
    found = get_publication_or_404(slug)
    if found.release is None:
        raise NotFound
    return found


def send_release(release: Release, name: str, caching: str) -> WerkzeugResponse:
    """The bytes, with ETag and ranges; by nginx where ``SIGNOFF_ACCEL`` names its internal location."""
    if release.retracted_at:
        raise ReleaseRetracted(release)
    archive = services().archive
    path = archive.release_path(release.sha256)
    path = path if path.exists() else archive.print_path(release.sha256)
    if not path.exists():
        current_app.logger.error("a released file is missing from the archive: %s", release.sha256)
        abort(503)
    answer = send_file(
        path, mimetype="application/pdf", download_name=name, etag=release.sha256, conditional=True
    )
    answer.headers["Cache-Control"] = caching
    if settings().accel:
        answer.headers["X-Accel-Redirect"] = f"{settings().accel}/{path.parent.name}/{path.name}"
    return answer


def make_cacheable(answer: Response) -> Response:
    answer.headers["Cache-Control"] = CACHE_BRIEFLY
    answer.add_etag()
    answer.make_conditional(request)
    return answer


def render_legal_text(kind: str, title: str) -> str:
    text = store.association.find_legal_text(
        db(), kind, current_language()
    ) or store.association.find_legal_text(db(), kind, g.association.language)
    if text is None:
        raise NotFound
    return render_template(
        "public/text.html", title=title, html=render_markdown(text.markdown, title), page=kind
    )


@lru_cache(maxsize=32)
def render_markdown(markdown: str, title: str) -> Markup:
    """A legal text as sanitised HTML; a first heading equal to the title is dropped."""
    return Markup(read_text("text.md", markdown.encode(), title).html)  # noqa: S704 (nh3 has been over it)


# The PDFs that belong to a paper: beside the text for who holds a link, and for everybody after the release.


@blueprint.get("/papers/<slug>/annexes/<digest>.pdf")
def public_annex(slug: str, digest: str) -> WerkzeugResponse:
    """An annex of a released paper, or of the marked draft of a round that is public; gone with the release."""
    answer = send_annex(get_publication_or_404(slug).edition, digest)
    answer.headers["Cache-Control"] = CACHE_BRIEFLY
    return answer


@sign.get("/<token>/annexes/<digest>.pdf")
def invitation_annex(token: str, digest: str) -> WerkzeugResponse:
    return send_annex(current_access().edition, digest)


def send_annex(edition: Edition, digest: str) -> WerkzeugResponse:
    """The file, always as a download: what somebody else has made is not opened as a page of ours."""
    found = next((each for each in edition.text.annexes if each.sha256 == digest), None)
    if found is None:
        raise NotFound
    path = services().archive.annex_path(found.sha256)
    name = f"{found.name}.pdf"
    return send_file(
        path, mimetype="application/pdf", as_attachment=True, download_name=name, etag=found.sha256
    )


# The association's logo under its digest: the same bytes for ever, an address that changes with the logo.


@blueprint.get("/logo/<digest>.png")
def logo_png(digest: str) -> Response:
    found = store.association.find_logo(db(), digest)
    if found is None:
        raise NotFound
    answer = make_response(found.png)
    answer.mimetype = "image/png"
    answer.headers["Cache-Control"] = CACHE_IMMUTABLE
    answer.set_etag(digest)
    return answer


# Is this PDF genuine? Compared with what was released, else examined; it is not kept.


@blueprint.get("/verify")
def show_verify_form() -> str:
    return render_template("public/verify.html", verdict=None, sealer=find_sealer())


@blueprint.post("/verify")
def verify_file() -> str | tuple[str, int]:
    """Compare a file with what was released; it is not kept."""
    sent = request.files.get("file")
    content = sent.read() if sent else b""
    if not content:
        return render_template("public/verify.html", verdict="missing", sealer=find_sealer()), 422
    digest = sha256(content).hexdigest()
    found = store.releases.find_by_digest(db(), digest)
    if found is None or found.released_at > now():
        told = list(
            events.describe_checks(
                services().examine(content, load_certificate()),
                g.association.zone,
                current_language(),
            )
        )
        return render_template(
            "public/verify.html", verdict="unknown", sha256=digest, lines=told, sealer=find_sealer()
        )
    round = store.rounds.find(db(), found.round_id)
    edition = store.papers.get_edition(db(), round.edition_id) if round else None
    called = (
        number_releases(store.releases.list_for_round(db(), found.round_id))[found.number]
        if found.number > 1
        else None
    )
    return render_template(
        "public/verify.html",
        verdict="genuine",
        sha256=digest,
        release=found,
        called=called,
        edition=edition,
        sealer=find_sealer(),
    )


@blueprint.get("/verify/certificate.pem")
def certificate_pem() -> WerkzeugResponse:
    """The certificate of the seal, for those who check without this page."""
    certificate = load_certificate() or abort(503)
    return make_cacheable(send_bytes(certificate, "application/x-pem-file", "certificate.pem"))


def load_certificate() -> bytes:
    try:
        return services().sealing.export_certificate(g.association.name)
    except SealError:
        current_app.logger.exception("the sealing key cannot be used")
        return b""


def find_sealer() -> SealIdentity | None:
    """What the page says about the seal; nothing where there is no key."""
    try:
        return services().sealing.describe_sealer(g.association.name, True)
    except SealError:
        return None
