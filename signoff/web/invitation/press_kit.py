"""The press kit of a member that signs: a model press release, a picture to share and a certificate
to hang up, from the hour of the release on.
"""

from dataclasses import dataclass, replace

from flask import g, url_for
from flask_babel import gettext as _
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as WerkzeugResponse

from signoff import store
from signoff.actions.prints import load_logo
from signoff.config import static_folder
from signoff.domain.answers import AnswerKind
from signoff.domain.documents import WorkingCopy
from signoff.domain.releases import Release
from signoff.domain.round_status import Signatory
from signoff.domain.rounds import Phase
from signoff.domain.signatories import Vicinity, find_neighbours
from signoff.exports.kit import capitalize_first
from signoff.exports.share_pictures import draw_qr_code, draw_share_picture
from signoff.i18n.catalogue import gettext_noop as N_
from signoff.i18n.formatting import join_names
from signoff.store.access import InvitationAccess
from signoff.web.context import current_language, db, now, settings
from signoff.web.downloads import send_bytes
from signoff.web.filters import in_nominative
from signoff.web.invitation.access import blueprint, current_access
from signoff.web.invitation.downloads import (
    build_file_name,
    build_working_copy,
    send_working_copy,
)

MAX_NEIGHBOURS = 8  # names in the press release; further ones are counted


@dataclass(frozen=True, slots=True)
class PressKit:
    """The content of the kit: ``count`` are all signatories, ``neighbours`` some near ones."""

    signatory: Signatory
    release: Release
    count: int
    vicinity: Vicinity
    neighbours: str
    further: int  # neighbours that are not named
    address: str  # of the paper


def find_press_kit(access: InvitationAccess) -> PressKit | None:
    """The kit of a member that is in the published list now, for those who may answer for it;
    ``None`` for others.
    """
    release = access.release
    if release is None or not (
        access.link.may_answer and release.is_public(now()) and is_counted(access)
    ):
        return None
    everybody = store.releases.load_late_signatures(db(), access.round).current_signatories
    signatory = next((item for item in everybody if item.key == access.member.key), None)
    if signatory is None:
        return None
    vicinity, neighbours = find_neighbours(signatory, everybody)
    names = [item.sort_name for item in neighbours]
    shown = names if len(names) <= MAX_NEIGHBOURS + 1 else names[:MAX_NEIGHBOURS]
    return PressKit(
        signatory,
        release,
        len(everybody),
        vicinity,
        join_names(shown, current_language()) if len(shown) == len(names) else ", ".join(shown),
        len(names) - len(shown),
        f"{settings().base_url}/papers/{access.edition.slug}",
    )


def is_counted(access: InvitationAccess) -> bool:
    """Whether the answer that counts is a signature, and a late one was accepted."""
    version = access.version
    if version is None or version.answer.kind is not AnswerKind.COSIGN:
        return False
    return access.round.phase(now()) is Phase.RELEASED and (
        not version.late or bool(access.review and access.review.accepted)
    )


def get_press_kit_or_404() -> PressKit:
    kit = find_press_kit(current_access())
    if kit is None:
        raise NotFound
    return kit


def describe_share_picture(kit: PressKit, title: str) -> str:
    """The words of the picture, which are its alternative text, too."""
    member = capitalize_first(in_nominative(kit.signatory.name))
    return str(_("%(member)s unterstützt „%(title)s“", member=member, title=title))


@blueprint.get("/<token>/press/release.docx")
def press_release_docx(token: str) -> WerkzeugResponse:
    copy = build_press_copy("kit/press_release.html", N_("Muster einer Pressemitteilung"))
    return send_working_copy(current_access(), "press_release", "docx", copy)


@blueprint.get("/<token>/press/wall-certificate.pdf")
def wall_certificate_pdf(token: str) -> WerkzeugResponse:
    copy = replace(
        build_press_copy("kit/wall_certificate.html", N_("Urkunde")),
        sheets=("charter.css",),
        logo=load_logo(db(), g.association),
    )
    return send_working_copy(current_access(), "wall_certificate", "pdf", copy)


def build_press_copy(template: str, mark: str) -> WorkingCopy:
    """A copy for the public: without the reference number, and dated as the release."""
    access, kit = current_access(), get_press_kit_or_404()
    version = access.version
    declaration = version.answer.declaration if version else None
    copy = build_working_copy(access, template, mark, kit=kit, declaration=declaration)
    return replace(
        copy,
        foot=g.association.name,
        created=kit.release.released_at,
        drawings=(("qr.svg", draw_qr_code(kit.address).decode()),),
    )


@blueprint.get("/<token>/press/picture.png")
def press_picture(token: str) -> WerkzeugResponse:
    access, kit = current_access(), get_press_kit_or_404()
    words = describe_share_picture(kit, access.edition.text.title)
    picture = draw_share_picture(
        g.association.name,
        words,
        kit.address.partition("://")[2],
        static_folder() / "vendor/fonts/print",
    )
    name = build_file_name(access.edition.slug, "share_picture", current_language(), "png")
    return send_bytes(picture, "image/png", name, inline=True)


def describe_press_kit(access: InvitationAccess) -> dict[str, object]:
    """The template context of the kit's section; without a kit ``press`` is ``None``."""
    kit = find_press_kit(access)
    if kit is None:
        return {"press": None}
    return {
        "press": kit,
        "press_words": describe_share_picture(kit, access.edition.text.title),
        "press_picture": url_for("invitation.press_picture", token=g.token),
    }
