"""The public pages: released papers, their lists and files, the legal texts."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import lru_cache, partial
from hashlib import sha256
from itertools import groupby
from typing import Any, NamedTuple

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    g,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import Markup
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as WerkzeugResponse

from signoff import store
from signoff.config import accessibility_folder, static_folder
from signoff.domain.association import LegalText, fill_legal_text
from signoff.domain.documents import Ground, VerificationReport
from signoff.domain.errors import Busy
from signoff.domain.papers import Edition
from signoff.domain.releases import (
    PrintKind,
    Release,
    SealError,
    SealIdentity,
    iter_numbered_releases,
)
from signoff.domain.round_status import Signatory
from signoff.domain.rounds import Phase, Round
from signoff.domain.signatories import Origin, sort_signatories
from signoff.domain.text import GERMAN_STATES
from signoff.exports.attachments import VERIFIER, dump_json
from signoff.exports.share_pictures import draw_qr_code, draw_share_picture
from signoff.exports.tables import (
    add_changes,
    build_list_table,
)
from signoff.i18n.catalogue import get_catalogue
from signoff.i18n.formatting import get_country_name
from signoff.i18n.labels import format_periods
from signoff.i18n.verification import HEADINGS, describe_checks, describe_ground
from signoff.importers.diff import PassageChange, compare_texts, group_changes
from signoff.importers.papers import read_text
from signoff.store.dashboard import Publication
from signoff.web.context import current_language, db, now, services, settings
from signoff.web.downloads import send_archived, send_bytes
from signoff.web.errors import ReleaseRetracted
from signoff.web.filters import describe_counts, format_date, format_release_label
from signoff.web.invitation.access import blueprint as sign
from signoff.web.invitation.access import current_access
from signoff.web.listing import get_text
from signoff.web.log import examine_signed_file, is_lost
from signoff.web.office.charts import INSIDE_LABEL_POSITIONS, OUTSIDE_LABEL_POSITIONS
from signoff.web.page_cache import CACHE_BRIEFLY
from signoff.web.public_lists import (
    Found,
    SignatoryList,
    SignatoryQuery,
    build_list,
    build_region_picture,
    list_found,
)
from signoff.web.security import CONTENT_SECURITY_POLICY


def list_public_releases(round: Round) -> list[Release]:
    """The released documents of the paper, the first edition first."""
    return [
        release
        for release in store.releases.list_for_round(db(), round.id)
        if release.released_at <= now()
    ]


def number_releases(releases: list[Release]) -> dict[int, tuple[PrintKind, int]]:
    """Kind and number of each release, for its label."""
    return {
        release.number: (release.kind, number)
        for release, number in iter_numbered_releases(releases)
    }


def sort_as_printed(
    signatories: Iterable[Signatory], round: Round, language: str
) -> tuple[Signatory, ...]:
    """In the order of the print, with countries by their names in ``language``."""
    get_name = partial(get_country_name, language=language)
    return sort_signatories(signatories, round.terms.layout, get_name)


def build_release_context(publication: Publication) -> dict[str, object]:
    """The template context of a released paper: its list as asked for, and every document."""
    query, language = SignatoryQuery.from_args(request.args), current_language()
    late_signatures = store.releases.load_late_signatures(db(), publication.round)
    releases = list_public_releases(publication.round)
    numbered = number_releases(releases)
    listing = build_list(late_signatures, publication.round.terms.layout, query, language)
    return {
        **build_map_context(publication),
        "query": query,
        "orders": list_orders(listing),
        "listing": listing,
        "late": late_signatures,
        "left": {
            withdrawal.key: withdrawal.on
            for withdrawal in late_signatures.withdrawals
            if withdrawal.late_on is None
        },
        "documents": [(release, *numbered[release.number]) for release in reversed(releases)],
        "current": store.releases.get_current_list_edition(releases),
        "former": [
            store.dashboard.load_publication(db(), round, now())
            for round in list_former_editions(publication.round)
        ],
        "follow_ups": store.follow_ups.list_for_round(db(), publication.round.id),
    }


def list_orders(listing: SignatoryList) -> list[tuple[str, str]]:
    """The orders that a reader may choose."""
    accession = [("accession", _("nach Datum der Mitzeichnung"))] if listing.has_dates else []
    return [("state", _("nach Ländern")), ("place", _("nach Orten")), *accession]


def list_former_editions(current: Round) -> list[Round]:
    """The rounds of the released editions of the text before this one, without retracted ones."""
    return [
        round
        for round in store.rounds.list_for_paper(db(), get_edition(current).slug)
        if round.id < current.id and round.phase(now()) is Phase.RELEASED and not round.retracted_at
    ]


CACHE_IMMUTABLE = "public, max-age=31536000, immutable"

blueprint = Blueprint("public", __name__)


@blueprint.get("/")
def index() -> str:
    """The newest paper, public drafts, and the archive; with ``q``, what it finds."""
    publications = store.dashboard.list_publications(db(), now())
    words = get_text(request.args, "q")
    newest = next((each for each in publications if is_standing(each)), None)
    lead = None if words else newest
    rounds = [each.round.id for each in publications]
    names = store.signatories.find_by_name(db(), rounds, words) if words else {}
    found = list_found((each for each in publications if each is not lead), words, names)
    regions = store.members.count_by_region(db())
    return render_template(
        "public/index.html",
        lead=lead,
        newest=newest,
        **build_map_context(lead),
        years=[(year, list(papers)) for year, papers in groupby(found, key=get_year)],
        words=words,
        drafts=[] if words else store.dashboard.list_public_drafts(db(), now()),
        members=sum(region.members for region in regions),
        origin=Origin.of(regions),
        address=f"{settings().base_url}/",
        now=now(),
    )


def is_standing(publication: Publication) -> bool:
    return publication.release is not None and publication.release.retracted_at is None


def get_year(found: Found) -> int:
    release = found.publication.release
    return release.released_at.astimezone(g.association.zone).year if release else 0


def build_map_context(publication: Publication | None) -> dict[str, object]:
    """The template context of the map of those who sign now."""
    if publication is None:
        return {"picture": None}
    counts = store.signatories.count_by_region(db(), publication.round.id)
    return {
        "picture": build_region_picture(counts, current_language()),
        "state_codes": [code.lower() for code in GERMAN_STATES.values()],
        "inside_labels": INSIDE_LABEL_POSITIONS,
        "outside_labels": OUTSIDE_LABEL_POSITIONS,
    }


@blueprint.get("/papers/<slug>")
def show_paper(slug: str) -> str:
    """A released paper with its list, or the marked draft of a round that is public."""
    publication = get_publication_or_404(slug)
    return render_template(
        "public/paper.html",
        publication=publication,
        **(build_release_context(publication) if publication.release else {}),
        draft=store.releases.find_latest_print(db(), publication.round.id, PrintKind.DRAFT),
        address=f"{settings().base_url}/papers/{slug}",
        now=now(),
    )


@blueprint.get("/papers/<slug>/comparison/<int:number>")
def compare_editions(slug: str, number: int) -> str:
    """A former released edition of the text and the current one, word by word."""
    round = get_released_round_or_404(slug)
    former = map(get_edition, list_former_editions(round))
    old, new = next((each for each in former if each.number == number), None), get_edition(round)
    if old is None:
        raise NotFound
    runs = compare_html(old.text.html, new.text.html)
    return render_template("public/comparison.html", old=old, new=new, runs=runs)


@lru_cache(maxsize=16)
def compare_html(old: str, new: str) -> list[tuple[bool, list[PassageChange]]]:
    return group_changes(compare_texts(old, new))


@blueprint.get("/papers/<slug>/picture.png")
def paper_picture(slug: str) -> WerkzeugResponse:
    """The picture in previews of the paper's link, made from the database."""
    publication = get_publication_or_404(slug)
    text, counts = publication.edition.text, publication.counts
    gettext = get_catalogue(text.language).gettext
    count = replace(counts, first=counts.now, later=0, withdrawn=0)
    fact = (
        describe_counts(count, text.language)
        if publication.release
        else gettext("Entwurf zur Mitzeichnung.")
    )
    fonts = static_folder() / "vendor/fonts/print"
    picture = draw_share_picture(g.association.name, text.title, fact, fonts)
    return Response(picture, mimetype="image/png")


@blueprint.get("/papers/<slug>/qr.svg")
def paper_qr_code(slug: str) -> WerkzeugResponse:
    """The permanent address of the paper as a QR code."""
    get_public_round_or_404(slug)
    code = draw_qr_code(f"{settings().base_url}/papers/{slug}")
    return Response(code, mimetype="image/svg+xml")


@blueprint.get("/papers/<slug>/<name>.pdf")
def paper_pdf(slug: str, name: str) -> WerkzeugResponse:
    """The current edition under a readable name.

    With a number appended, the release with that number.
    """
    round = get_released_round_or_404(slug)
    if name == slug:
        title = get_edition(round).text.title
        current = store.releases.get_current_list_edition(list_public_releases(round))
        return send_release(current, current.latest_sha256, f"{title}.pdf", CACHE_BRIEFLY)
    prefix, _hyphen, number = name.rpartition("-")
    if prefix != slug:
        raise NotFound
    release = get_numbered_or_404(slug, number)
    return send_for_good(release, release.sha256)


@blueprint.get("/papers/<slug>/entwurf.pdf")
def draft_pdf(slug: str) -> WerkzeugResponse:
    """The marked draft of a public round."""
    round = get_public_round_or_404(slug)
    draft = store.releases.find_latest_print(db(), round.id, PrintKind.DRAFT)
    if not round.is_public_draft(now()) or draft is None or draft.printed_at is None:
        raise NotFound
    path = services().archive.print_path(draft.sha256)
    response = send_archived(
        path, mimetype="application/pdf", download_name=f"{slug}-entwurf.pdf", etag=draft.sha256
    )
    response.headers["Cache-Control"] = CACHE_BRIEFLY
    return response


@blueprint.get("/files/<digest>.pdf")
def file_by_digest(digest: str) -> WerkzeugResponse:
    """A released or renewed file under its own digest: the same bytes until it is retracted."""
    release = store.releases.find_by_digest(db(), digest)
    if release is None or release.released_at > now():
        raise NotFound
    return send_for_good(release, digest)


@blueprint.get("/papers/<slug>/signatories.json")
def signatories_json(slug: str) -> WerkzeugResponse:
    """The list of the current edition as it is embedded in its PDF, byte for byte as long as
    nothing has changed since; else with the changes, and the numbers after these.
    """
    round = get_released_round_or_404(slug)
    edition = store.releases.get_current_list_edition(list_public_releases(round))
    late = store.releases.load_late_signatures(db(), round)
    since = late.signatories_since(edition.entry)
    if not since and not late.withdrawals_since(edition.entry):
        return send_list(edition)
    data = json.loads(services().archive.list_path(edition.sha256).read_bytes())
    counts = store.signatories.count(db(), round.id)
    data = add_changes(data, late.withdrawn, since, counts)
    return Response(dump_json(data), mimetype="application/json")


@blueprint.get("/papers/<slug>/signatories-<int:number>.json")
def numbered_signatories_json(slug: str, number: int) -> WerkzeugResponse:
    """The list that is embedded in the release with this number, for good."""
    return send_list(get_numbered_or_404(slug, str(number)), CACHE_IMMUTABLE)


def send_list(release: Release, caching: str = CACHE_BRIEFLY) -> WerkzeugResponse:
    content = services().archive.list_path(release.sha256).read_bytes()
    response = Response(content, mimetype="application/json")
    response.headers["Cache-Control"] = caching
    return response


@blueprint.get("/papers/<slug>/signatories.csv")
def signatories_csv(slug: str) -> WerkzeugResponse:
    """The current signatories as a table for people; filtered as the list on the page."""
    round, language = get_released_round_or_404(slug), current_language()
    query = SignatoryQuery.from_args(request.args)
    late_signatures = store.releases.load_late_signatures(db(), round)
    signatories = sort_as_printed(late_signatures.current_signatories, round, language)
    table = build_list_table([each for each in signatories if query.matches(each)], language)
    response = send_bytes(table, "text/csv", f"{slug}-signatories.csv")
    response.headers["Cache-Control"] = CACHE_BRIEFLY
    return response


@blueprint.get("/imprint")
def imprint() -> str:
    return render_legal_text("imprint", _("Impressum"))


@blueprint.get("/privacy")
def privacy() -> str:
    return render_legal_text("privacy", _("Datenschutz"))


@blueprint.get("/accessibility")
def accessibility() -> str:
    report = read_accessibility_report()
    return render_legal_text("accessibility", _("Barrierefreiheit"), report=report)


@blueprint.get("/robots.txt")
def robots() -> Response:
    return Response(
        "User-agent: *\nDisallow: /s/\nDisallow: /office/\nDisallow: /login\nDisallow: /calendar/\n"
        "Disallow: /application/\n"
        f"Sitemap: {settings().base_url}/sitemap.xml\n",
        mimetype="text/plain",
    )


@blueprint.get("/.well-known/security.txt")
def security_txt() -> Response:
    """Where to report a weakness (RFC 9116); valid for half a year from today."""
    expires = now().replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=182)
    return Response(
        f"Contact: mailto:{store.association.get(db()).email}\n"
        f"Expires: {expires:%Y-%m-%dT%H:%M:%SZ}\n"
        "Preferred-Languages: de, en\n"
        f"Canonical: {settings().base_url}/.well-known/security.txt\n",
        mimetype="text/plain",
    )


@blueprint.get("/papers/")
def redirect_to_index() -> WerkzeugResponse:
    return redirect(url_for("public.index"), 308)


def get_publication_or_404(slug: str) -> Publication:
    """The paper at this address, or 404; 410 if its release was retracted and no draft of a new
    edition is public.
    """
    return store.dashboard.load_publication(db(), get_public_round_or_404(slug), now())


def get_public_round_or_404(slug: str) -> Round:
    """The round of the paper at this address, without counting who signs it; or 404, or 410."""
    return require_unretracted(store.dashboard.find_public_round(db(), slug, now()))


def get_released_round_or_404(slug: str) -> Round:
    """The round of the released paper, or 404; 410 if it was retracted, also during the round of a
    new edition.
    """
    return require_unretracted(store.dashboard.find_released_round(db(), slug, now()))


def get_numbered_or_404(slug: str, number: str) -> Release:
    """The release with this number in its address, or 404; 410 if it was retracted.

    The releases of all editions of the text are counted in the order in which they became public,
    so that a new edition changes no address.
    """
    get_released_round_or_404(slug)
    releases = store.releases.list_public_for_paper(db(), slug, now())
    release = next((each for count, each in enumerate(releases, 1) if str(count) == number), None)
    if release is None:
        raise NotFound
    if release.retracted_at:
        raise ReleaseRetracted(release)
    return release


def require_unretracted(round: Round | None) -> Round:
    if round is None:
        raise NotFound
    if round.retracted_at and (release := store.releases.find_for_round(db(), round.id)):
        raise ReleaseRetracted(release)
    return round


def get_edition(round: Round) -> Edition:
    return store.papers.get_edition(db(), round.edition_id)


def send_for_good(release: Release, digest: str) -> WerkzeugResponse:
    """One of its files at an address that stays, named after its text and what it is."""
    round = store.rounds.get(db(), release.round_id)
    name = get_edition(round).text.title
    if release.number > 1:
        releases = store.releases.list_for_round(db(), release.round_id)
        name += f", {format_release_label(*number_releases(releases)[release.number])}"
    return send_release(release, digest, f"{name}.pdf", CACHE_IMMUTABLE)


def send_release(release: Release, digest: str, name: str, caching: str) -> WerkzeugResponse:
    """Its file with this digest, with ETag and ranges.

    Sent by nginx if ``SIGNOFF_ACCEL`` names its internal location.
    """
    if release.retracted_at:
        raise ReleaseRetracted(release)
    archive = services().archive
    path = archive.release_path(digest)
    path = path if path.exists() else archive.print_path(digest)
    response = send_archived(
        path, mimetype="application/pdf", download_name=name, etag=digest, conditional=True
    )
    response.headers["Cache-Control"] = caching
    if settings().accel:
        response.headers["X-Accel-Redirect"] = f"{settings().accel}/{path.parent.name}/{path.name}"
    return response


@lru_cache(maxsize=1)
def read_accessibility_report() -> Mapping[str, Any]:
    """The summary of the report on EN 301 549 that this installation brings; empty if none."""
    summary = accessibility_folder() / "summary.json"
    if not summary.exists():
        return {}
    report: dict[str, Any] = json.loads(summary.read_text("utf-8"))
    return report | {"date": date.fromisoformat(report["date"])}


def render_legal_text(kind: str, title: str, **more: object) -> str:
    texts = [
        store.association.find_legal_text(db(), kind, language)
        for language in (current_language(), g.association.language)
    ]
    public = [text for text in texts if text and text.is_public(g.association)]
    html = render_markdown(fill_placeholders(public[0]), title) if public else ""
    return render_template("public/text.html", title=title, html=html, page=kind, **more)


def fill_placeholders(text: LegalText) -> str:
    """The Markdown of a legal text with the data of the association and of this instance."""
    catalogue, days = get_catalogue(text.language), settings().link_lifetime_days
    facts = {
        "site": f"<{settings().base_url}>",
        "link_period": catalogue.ngettext("%(num)s Tag", "%(num)s Tage", days) % {"num": days},
        "periods": format_periods(store.privacy.get_retention(db()), text.language),
    }
    return fill_legal_text(text.markdown, g.association, facts)


@lru_cache(maxsize=32)
def render_markdown(markdown: str, title: str) -> Markup:
    """A legal text as sanitised HTML; a first heading equal to the title is dropped."""
    return Markup(read_text("text.md", markdown.encode(), title).html)  # noqa: S704 (nh3 has been over it)


# The annexes of a paper: for the holder of a link, and for everybody once it is public.


@blueprint.get("/papers/<slug>/annexes/<digest>.pdf")
def public_annex(slug: str, digest: str) -> WerkzeugResponse:
    """An annex of a released paper or a public draft; 410 once the release is retracted."""
    edition = get_edition(get_public_round_or_404(slug))
    if digest not in {annex.sha256 for annex in edition.text.annexes}:
        edition = get_edition(get_released_round_or_404(slug))
    response = send_annex(edition, digest)
    response.headers["Cache-Control"] = CACHE_BRIEFLY
    return response


@sign.get("/<token>/annexes/<digest>.pdf")
def invitation_annex(token: str, digest: str) -> WerkzeugResponse:
    return send_annex(current_access().edition, digest)


def send_annex(edition: Edition, digest: str) -> WerkzeugResponse:
    """The file, always as a download, so that foreign content is never displayed on this origin."""
    annex = next(
        (candidate for candidate in edition.text.annexes if candidate.sha256 == digest), None
    )
    if annex is None:
        raise NotFound
    path = services().archive.annex_path(annex.sha256)
    name = f"{annex.name}.pdf"
    return send_archived(
        path, mimetype="application/pdf", as_attachment=True, download_name=name, etag=annex.sha256
    )


# The association's logo under its digest: its address changes with its content.


@blueprint.get("/logo/<digest>.png")
def logo_png(digest: str) -> Response:
    logo = store.association.find_logo(db(), digest)
    if logo is None:
        raise NotFound
    response = make_response(logo.png)
    response.mimetype = "image/png"
    response.headers["Cache-Control"] = CACHE_IMMUTABLE
    response.set_etag(digest)
    return response


# The pictures of texts under their digest, which only readers of the text know.


@blueprint.get("/pictures/<digest>.<kind>")
def picture(digest: str, kind: str) -> Response:
    """A picture of a text; 410 once the release of the text is retracted."""
    if retracted := store.releases.find_retracted_of_picture(db(), digest):
        raise ReleaseRetracted(retracted)
    found = store.papers.find_picture(db(), digest)
    if found is None or found.kind != kind:
        raise NotFound
    response = make_response(found.content)
    response.mimetype = PICTURE_TYPES[kind]
    response.headers["Cache-Control"] = CACHE_IMMUTABLE
    response.set_etag(digest)
    return response


PICTURE_TYPES = {"png": "image/png", "jpg": "image/jpeg"}


# Is this PDF genuine? An uploaded file is compared with the releases, otherwise examined.


RETRY_AFTER_SECONDS = 60  # while other files are examined
ZIP_SIGNATURE = b"PK\x03\x04"  # of a bundle, and of a Word file


@blueprint.get("/verify")
def show_verify_form() -> Response:
    return render_verification()


@blueprint.post("/verify")
def verify_file() -> ResponseReturnValue:
    """Compare a file with the releases, otherwise examine its seal; the file is not stored."""
    upload = request.files.get("file")
    content = upload.read() if upload else b""
    if not content:
        return render_verification("missing"), 422
    digest = sha256(content).hexdigest()
    if content.lstrip()[:1] == b"{":
        try:
            signed = examine_signed_file(content)
        except Busy:
            return render_busy()
        return render_verification(
            signed.verdict,
            sha256=digest,
            signed=signed.describe(current_language()),
            lost=is_lost(signed),
        )
    if content.startswith(ZIP_SIGNATURE):
        reason = _(
            "Pakete (ZIP) und Word-Dateien kann diese Seite nicht prüfen. Wenn es ein Paket ist, entpacken Sie es, und "
            "wählen Sie eine PDF-Datei aus seinem Ordner „releases“. Das ganze Paket prüft das "
            "Prüfprogramm, das Sie unten auf dieser Seite finden."
        )
        return render_verification("cannot_tell", sha256=digest, reason=reason, results=[])
    if published := find_published(digest):
        return render_verification(published.ground.verdict, sha256=digest, published=published)
    if title := services().recognise(content):
        report = VerificationReport({}, copy_title=title)
    else:
        try:
            report = services().examine(content, load_certificates())
        except Busy:
            return render_busy()
    ground = Ground.UNRELEASED if report.ground is Ground.SEALED else report.ground
    return render_verification(
        ground.verdict,
        sha256=digest,
        reason=describe_ground(ground, report, current_language()),
        results=list(describe_checks(report, g.association.zone, current_language())),
    )


def render_busy() -> ResponseReturnValue:
    return render_verification("busy"), 503, {"Retry-After": str(RETRY_AFTER_SECONDS)}


@blueprint.get("/verify/<digest>.json")
def verify_digest(digest: str) -> WerkzeugResponse:
    """What a released file is, by its SHA-256 alone, so that nobody has to send it."""
    published = find_published(digest) or abort(404)
    facts = {
        "sha256": digest,
        "verdict": published.ground.verdict,
        "heading": get_catalogue(current_language()).gettext(HEADINGS[published.ground.verdict]),
        "says": published.sentences,
        "title": published.edition.text.title,
        "paper": published.edition.slug,
        "edition": published.edition.number,
        "released_at": format_json_moment(published.release.released_at),
        "typeset_sha256": store.releases.get_print_of_release(
            db(), published.release.id
        ).unsealed_sha256,
    }
    if published.address:
        facts["address"] = published.address
    if withdrawn_at := published.release.retracted_at:
        facts["withdrawn_at"] = format_json_moment(withdrawn_at)
    return Response(dump_json(facts), mimetype="application/json")


def format_json_moment(moment: datetime) -> str:
    return moment.astimezone(g.association.zone).isoformat()


class PublishedFile(NamedTuple):
    """A file that is or was public, and what is said about it."""

    release: Release
    edition: Edition
    ground: Ground
    sentences: list[str]
    address: str  # of the paper; empty once the release is retracted


def find_published(digest: str) -> PublishedFile | None:
    """The released file with this SHA-256; none before its hour."""
    release = store.releases.find_by_digest(db(), digest)
    if release is None or release.released_at > now():
        return None
    releases = store.releases.list_for_round(db(), release.round_id)
    round = store.rounds.get(db(), release.round_id)
    edition = get_edition(round)
    ground = judge_release(release, releases)
    sentences = [
        _(
            "„%(title)s“, Fassung %(number)s, veröffentlicht am %(day)s.",
            title=edition.text.title,
            number=edition.number,
            day=format_date(release.released_at),
        ),
        _("Die Datei stimmt Zeichen für Zeichen mit unserer überein."),
    ]
    if release.number > 1:
        sentences.insert(0, f"{format_release_label(*number_releases(releases)[release.number])}.")
    if ground is Ground.SUPERSEDED:
        sentences.append(
            _("Seither haben wir eine neue Ausgabe mit der geltenden Liste veröffentlicht.")
        )
    elif not release.retracted_at and digest != release.latest_sha256:
        sentences.append(
            _(
                "Seither haben wir ihren Zeitstempel erneuert; die neuere Datei finden Sie auf der "
                "Seite des Papiers. Beide sind echt."
            )
        )
    if release.retracted_at:
        sentences.append(
            _(
                "Wir haben das Dokument am %(day)s zurückgezogen; es gilt nicht mehr.",
                day=format_date(release.retracted_at),
            )
        )
    address = "" if release.retracted_at else f"{settings().base_url}/papers/{edition.slug}"
    return PublishedFile(release, edition, ground, sentences, address)


def render_verification(verdict: str = "", **facts: object) -> Response:
    """The page, whose script may ask this site what is published under a digest."""
    gettext = get_catalogue(current_language()).gettext
    page = render_template(
        "public/verify.html",
        verdict=verdict,
        verdict_headings={name: gettext(heading) for name, heading in HEADINGS.items()},
        sealer=find_sealer(),
        **facts,
    )
    response = make_response(page)
    response.headers["Content-Security-Policy"] = f"{CONTENT_SECURITY_POLICY}; connect-src 'self'"
    return response


def judge_release(release: Release, releases: list[Release]) -> Ground:
    if release.retracted_at:
        return Ground.WITHDRAWN
    is_superseded = any(
        other.kind is PrintKind.EDITION and other.number > release.number and other.is_public(now())
        for other in releases
    )
    return Ground.SUPERSEDED if is_superseded else Ground.RELEASED


@blueprint.get("/verify/certificate.pem")
def certificate_pem() -> WerkzeugResponse:
    """The certificates of the seal, for checks without this page."""
    certificates = load_certificates() or abort(503)
    response = send_bytes(certificates, "application/x-pem-file", "certificate.pem")
    response.headers["Cache-Control"] = CACHE_BRIEFLY
    return response


@blueprint.get("/verify/verify_signoff.py")
def verifier() -> WerkzeugResponse:
    """The program that checks files without this page."""
    return send_bytes(VERIFIER.read_bytes(), "text/x-python", VERIFIER.name)


def load_certificates() -> bytes:
    try:
        return services().sealing.export_certificates(g.association.name)
    except SealError:
        current_app.logger.exception("the sealing key cannot be used")
        return b""


def find_sealer() -> SealIdentity | None:
    """The identity in the seal; ``None`` if the sealing key cannot be used."""
    try:
        return services().sealing.describe_sealer(g.association.name, True)
    except SealError:
        return None
