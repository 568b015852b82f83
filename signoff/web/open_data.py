"""Public data for other programs and sites: feed, sitemap, badge, frame, schema and the
description of all of it (OpenAPI).
"""

from datetime import datetime
from typing import NamedTuple

from flask import Blueprint, Response, abort, jsonify, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import Markup
from werkzeug.exceptions import BadRequest, NotFound

from signoff import store
from signoff.domain.association import LEGAL_TEXT_KINDS
from signoff.domain.releases import LateWithdrawal, PrintKind, Release
from signoff.exports.tables import LIST_VERSION
from signoff.i18n.formatting import describe_counts
from signoff.store.dashboard import Publication
from signoff.web import public
from signoff.web.context import current_language, db, now, settings
from signoff.web.public import (
    get_edition,
    get_released_round_or_404,
    list_public_releases,
    number_releases,
    sort_as_printed,
)

blueprint = Blueprint("open_data", __name__)

EMBED_SIZE = (640, 480)  # pixels, unless the site asks for less
CHARACTER_WIDTH = 7  # pixels of the badge's letters, roughly; the drawing fits them


class PublicHistory(NamedTuple):
    """A released paper with what has happened to it: later documents, and withdrawals by number."""

    publication: Publication
    documents: tuple[tuple[Release, PrintKind, int], ...]
    withdrawals: tuple[tuple[int, LateWithdrawal, datetime], ...]


def list_histories() -> list[PublicHistory]:
    """The history of each released paper, the newest paper first."""
    with_withdrawals = store.releases.list_round_ids_with_withdrawals(db())
    return [
        load_history(each, each.counts.have_changed or each.round.id in with_withdrawals)
        for each in store.dashboard.list_publications(db(), now())
    ]


def load_history(publication: Publication, has_changed: bool) -> PublicHistory:
    """The history; of a retracted release only when it was retracted."""
    releases = list_public_releases(publication.round)
    if releases[0].retracted_at:
        return PublicHistory(publication, (), ())
    numbered = number_releases(releases)
    documents = tuple((release, *numbered[release.number]) for release in releases[1:])
    if not has_changed:
        return PublicHistory(publication, documents, ())
    late = store.releases.load_late_signatures(db(), publication.round)
    in_order = sorted(late.withdrawals, key=lambda withdrawal: withdrawal.entry)
    withdrawals = tuple(
        (number, each, find_moment(each.entry)) for number, each in enumerate(in_order, 1)
    )
    return PublicHistory(publication, documents, withdrawals)


def find_moment(entry: int) -> datetime:
    """When the audit entry was recorded."""
    found = store.audit.find(db(), entry)
    if found is None:
        raise LookupError(f"no audit entry {entry}")
    return found.at


@public.blueprint.get("/feed.atom")
def feed() -> Response:
    """Released papers, later documents, withdrawals and retractions."""
    text = render_template(
        "public/feed.xml", histories=list_histories(), base=settings().base_url, now=now()
    )
    return Response(text, mimetype="application/atom+xml")


@blueprint.get("/sitemap.xml")
def sitemap() -> Response:
    text = render_template(
        "public/sitemap.xml",
        histories=[each for each in list_histories() if not is_retracted(each.publication)],
        kinds=LEGAL_TEXT_KINDS,
        base=settings().base_url,
    )
    return Response(text, mimetype="application/xml")


def is_retracted(publication: Publication) -> bool:
    return bool(publication.release and publication.release.retracted_at)


@blueprint.get(f"/schema/signatories-{LIST_VERSION}.json")
def list_schema() -> Response:
    return send_description(f"signatories-{LIST_VERSION}.json")


@blueprint.get("/openapi.json")
def openapi() -> Response:
    return send_description("openapi.json")


def send_description(name: str) -> Response:
    text = render_template(f"public/{name}", base=settings().base_url)
    return Response(text, mimetype="application/json")


# On other sites.


@blueprint.get("/papers/<slug>/badge.svg")
def badge(slug: str) -> Response:
    """How many sign now, as a small picture."""
    count = store.signatories.count(db(), get_released_round_or_404(slug).id).now
    number = _("1 Kommune") if count == 1 else _("%(count)s Kommunen", count=count)
    words = _("Mitgezeichnet von"), number
    widths = [len(text) * CHARACTER_WIDTH for text in words]
    text = render_template("public/badge.svg", words=words, widths=widths)
    return Response(text, mimetype="image/svg+xml")


@blueprint.get("/papers/<slug>/embed")
def embed(slug: str) -> Response:
    """Who signs now, as a page for a frame on another site: no script, no cookie."""
    round, language = get_released_round_or_404(slug), current_language()
    publication = store.dashboard.load_publication(db(), round, now())
    late = store.releases.load_late_signatures(db(), round)
    text = render_template(
        "public/embed.html",
        publication=publication,
        address=f"{settings().base_url}/papers/{slug}",
        signatories=sort_as_printed(late.current_signatories, round, language),
        sentence=describe_counts(publication.counts, language),
    )
    return Response(text, mimetype="text/html")


@blueprint.get("/oembed")
def oembed() -> ResponseReturnValue:
    """The frame of a paper as https://oembed.com describes it."""
    if request.args.get("format", "json") != "json":
        abort(501)
    prefix, address = f"{settings().base_url}/papers/", request.args.get("url", "")
    if not address:
        raise BadRequest
    slug = address.removeprefix(prefix).partition("?")[0].partition("#")[0].rstrip("/")
    if not address.startswith(prefix) or "/" in slug:
        raise NotFound
    title = get_edition(get_released_round_or_404(slug)).text.title
    width, height = (
        read_size(name, most)
        for name, most in zip(("maxwidth", "maxheight"), EMBED_SIZE, strict=True)
    )
    source = settings().base_url + url_for("open_data.embed", slug=slug)
    frame = Markup(
        '<iframe src="{}" width="{}" height="{}" title="{}" style="border:0" loading="lazy"></iframe>'
    ).format(source, width, height, title)
    return jsonify(
        version="1.0",
        type="rich",
        title=title,
        provider_name=store.association.get(db()).name,
        provider_url=f"{settings().base_url}/",
        html=frame,
        width=width,
        height=height,
    )


def read_size(name: str, most: int) -> int:
    text = request.args.get(name, str(most))
    if not (text.isascii() and text.isdecimal() and 0 < len(text) < 6):
        raise BadRequest
    return min(max(int(text), 1), most)
