"""The letters of a round: print them, download their addresses, record when they were sent."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from flask import Response, flash, g, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import NotFound
from werkzeug.utils import redirect
from wtforms import StringField

from signoff import actions, store
from signoff.domain.dates import parse_date
from signoff.domain.documents import LetterText, WorkingCopy
from signoff.domain.errors import PrinterBusy, Reason, Refusal
from signoff.domain.letters import LetterKind, find_due_kind
from signoff.domain.mail import MailKind, build_sample_message
from signoff.domain.round_status import InvitationStatus, RoundStatus
from signoff.domain.rounds import Link, Round
from signoff.exports.kit import MIME_TYPES
from signoff.web.context import current_date, current_language, db, now, services
from signoff.web.downloads import RETRY_AFTER_SECONDS, send_bytes, send_xlsx
from signoff.web.filters import format_foreign_country, ngettext
from signoff.web.forms import BaseForm
from signoff.web.invitation.downloads import render_body
from signoff.web.login import current_actor
from signoff.web.office.access import blueprint, editor_required, get_round_or_404

# Characters of a line in the window, and lines in large and small type.
LINE_LENGTH, SMALL_LINE_LENGTH = 42, 56
MAX_LINES, MAX_SMALL_LINES = 6, 8


@dataclass(frozen=True, slots=True)
class LetterRow:
    """A member of the round, the link that its letter carries, and the letter that is due."""

    status: InvitationStatus
    link: Link
    due: LetterKind | None

    @property
    def address_lines(self) -> list[str]:
        member = self.status.member
        lines = (
            member.official_name,
            self.link.name,
            member.street,
            f"{member.postal_code} {member.city or member.name}".strip(),
            format_foreign_country(member).upper(),
        )
        return [line for line in lines if line]

    @property
    def has_address(self) -> bool:
        """Whether the letter has an address, and the window has room for it."""
        fits = count_lines(self.address_lines, SMALL_LINE_LENGTH) <= MAX_SMALL_LINES
        return self.status.member.has_postal_address and fits

    @property
    def has_long_address(self) -> bool:
        return count_lines(self.address_lines, LINE_LENGTH) > MAX_LINES


def count_lines(lines: Sequence[str], length: int) -> int:
    return sum(-(-len(line) // length) for line in lines)


# Letters of one PDF in the browser: it takes half a minute.
PART_SIZE = 50


def list_parts(count: int) -> list[tuple[int, str]]:
    """The PDFs of so many letters, each with what it contains: ``12`` or ``51–100``."""
    if count <= PART_SIZE:
        return [(1, str(count))] if count else []
    starts = range(0, count, PART_SIZE)
    return [
        (part, f"{start + 1}–{min(start + PART_SIZE, count)}")
        for part, start in enumerate(starts, 1)
    ]


# Which members: those to whom a letter is due, all that no mail asks, or everybody.
SELECTIONS: dict[str, Callable[[LetterRow], bool]] = {
    "due": lambda row: row.due is not None,
    "letter": lambda row: row.status.by_letter and row.status.version is None,
    "all": lambda row: True,
}


class LettersForm(BaseForm):
    sent_on = StringField(_l("Brief versandt am"))
    invitations = StringField(_l("An wen?"))


def list_rows(status: RoundStatus) -> list[LetterRow]:
    """The members of the round in the order of its list."""
    links: dict[int, Link] = {}
    for link in store.rounds.list_links_of_round(db(), status.round.id):
        if link.may_answer and link.delegated_by is None:
            links.setdefault(link.invitation_id, link)
    return [
        LetterRow(each, links[each.invitation.id], find_due_letter(status.round, each))
        for each in status.invitations
        if each.invitation.id in links
    ]


def find_due_letter(round: Round, status: InvitationStatus) -> LetterKind | None:
    """The letter that the office has to send to this member, if there is one."""
    if not status.by_letter or status.version is not None:
        return None
    return find_due_kind(round, status.letters, now(), g.association.zone)


def select_rows(round: Round, which: str) -> list[LetterRow]:
    """The rows of a selection, or of the invitations with these numbers: ``7`` or ``7,12``."""
    rows = list_rows(store.round_status.load(db(), round))
    if which.replace(",", "").isdecimal():
        ids = set(which.split(","))
        return [row for row in rows if str(row.status.invitation.id) in ids]
    if which not in SELECTIONS:
        raise NotFound
    return [row for row in rows if SELECTIONS[which](row)]


# The PDF: a letter a member, each with its answer sheet.


def print_letters(round: Round, rows: Sequence[LetterRow]) -> tuple[bytes, list[str]]:
    """The letters as one PDF, and the members that have no address.

    Refuses if no letter can be printed. Nothing is cached: a letter contains a code.
    """
    if not round.is_open(now()):
        rows = [row for row in rows if row.due]
    printable = [row for row in rows if row.has_address]
    missing = [row.status.member.official_name for row in rows if not row.has_address]
    if not printable:
        reason = Reason.NO_POSTAL_ADDRESS if missing else Reason.NO_LETTER
        raise Refusal(reason, names=", ".join(missing))
    return services().render_cache.render_once(build_letters(printable)), missing


def build_letters(rows: Sequence[LetterRow]) -> WorkingCopy:
    language = current_language()
    letters = [compose_letter(row) for row in rows]
    bodies = [
        render_letter(row, letter, number)
        for number, (row, letter) in enumerate(zip(rows, letters, strict=True), 1)
    ]
    return WorkingCopy(
        title=_("Briefe an die Mitglieder"),
        body=Markup("").join(bodies),
        language=language,
        mark=_("Briefe"),
        foot="",
        association=g.association,
        created=now(),
        codes=tuple(letter.address for letter in letters),
    )


def compose_letter(row: LetterRow) -> LetterText:
    kind = MailKind(row.due or LetterKind.INVITATION)
    message = build_sample_message(kind, now(), row.link.id)
    return services().compose_letter(store.mail.load_for_link(db(), message, row.link), now())


def render_letter(row: LetterRow, letter: LetterText, number: int) -> Markup:
    access = store.access.load(db(), row.link)
    form = ""
    if access.round.is_open(now()):
        facts = {"number": number, "site": letter.site, "code": letter.code}
        form = render_body(access, "kit/form.html", letter.language, **facts)
    with force_locale(letter.language):
        body = render_template(
            "kit/letter.html",
            letter=letter,
            number=number,
            lines=row.address_lines,
            small=row.has_long_address,
            invitation=row.status.invitation,
            association=g.association,
            day=now(),
            form=Markup(form),  # noqa: S704 (our own template)
        )
    return Markup(body)  # noqa: S704 (our own template)


# The page.


@blueprint.get("/rounds/<int:id>/letters")
def show_letters(id: int) -> str:
    sent_on = current_date().strftime("%d.%m.%Y")
    return render_page(get_round_or_404(id), LettersForm(MultiDict({"sent_on": sent_on})))


def render_page(round: Round, form: LettersForm) -> str:
    rows = list_rows(store.round_status.load(db(), round))
    by_letter = [row for row in rows if row.status.by_letter]
    return render_template(
        "office/letters/show.html",
        round=round,
        edition=store.papers.get_edition(db(), round.edition_id),
        rows=by_letter,
        due=[row for row in by_letter if row.due],
        missing=[row for row in by_letter if row.status.version is None and not row.has_address],
        due_parts=list_parts(sum(row.due is not None for row in by_letter)),
        all_parts=list_parts(len(rows)),
        is_open=round.is_open(now()),
        chosen={int(each) for each in request.form.getlist("invitation") if each.isdecimal()},
        form=form,
    )


@blueprint.get("/rounds/<int:id>/letters.pdf")
@editor_required
def download_letters(id: int) -> ResponseReturnValue:
    """The letters of a selection; a letter opens the member's page, so readers get none."""
    round, which = get_round_or_404(id), request.args.get("which", "due")
    first = (max(1, request.args.get("part", 1, type=int)) - 1) * PART_SIZE
    try:
        rows = select_rows(round, which)[first : first + PART_SIZE]
        content, _missing = print_letters(round, rows)
    except PrinterBusy:
        busy = render_template("errors/busy.html")
        return make_response(busy, 503, {"Retry-After": str(RETRY_AFTER_SECONDS)})
    except Refusal as refusal:
        form = LettersForm(MultiDict())
        form.add_errors(refusal)
        return render_page(round, form), 409
    slug = store.papers.get_edition(db(), round.edition_id).slug
    name = f"{slug}-briefe-{current_date().isoformat()}.pdf"
    return send_bytes(content, MIME_TYPES["pdf"], name, inline=True)


@blueprint.get("/rounds/<int:id>/addresses.xlsx")
def download_addresses(id: int) -> Response:
    """The addresses of a selection for labels, one row a member."""
    round = get_round_or_404(id)
    headers = [
        _("Amtliche Bezeichnung"),
        _("Ansprechperson"),
        _("Straße oder Postfach"),
        _("Postleitzahl"),
        _("Ort"),
        _("Staat"),
        _("Vorgangsnummer"),
    ]
    cells = (
        [
            row.status.member.official_name,
            row.link.name,
            row.status.member.street,
            row.status.member.postal_code,
            row.status.member.city or row.status.member.name,
            format_foreign_country(row.status.member),
            row.status.invitation.reference,
        ]
        for row in select_rows(round, request.args.get("which", "due"))
    )
    slug = store.papers.get_edition(db(), round.edition_id).slug
    return send_xlsx(headers, cells, f"{slug}-anschriften.xlsx", text_columns=(_("Postleitzahl"),))


@blueprint.post("/rounds/<int:id>/letters")
def record_letters(id: int) -> ResponseReturnValue:
    """Record when the letters to the ticked members were sent; a second click changes nothing."""
    round, form = get_round_or_404(id), LettersForm()
    chosen = [int(each) for each in request.form.getlist("invitation") if each.isdecimal()]
    try:
        day: date = parse_date(form.sent_on.data or "", "sent_on")
        new = actions.letters.record_sent(db(), id, chosen, day, current_actor(), now())
    except Refusal as refusal:
        form.add_errors(refusal)
        return render_page(round, form), 422
    count = len(new)
    flash(
        ngettext("%(num)s Brief ist vermerkt.", "%(num)s Briefe sind vermerkt.", count)
        if new
        else _("Das war schon vermerkt.")
    )
    return redirect(url_for("office.show_letters", id=id), 303)
