"""The members of a round: the filtered table on its page, the same as a file, and what is done with
selected ones.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import Response, flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from werkzeug.exceptions import BadRequest

from signoff import actions, store
from signoff.domain.answers import AnswerKind, Channel
from signoff.domain.errors import Reason
from signoff.domain.mail import UNREACHED_STATES
from signoff.domain.members import MemberContacts
from signoff.domain.reminders import Obstacle
from signoff.domain.round_status import InvitationStatus, MailState, RoundStatus
from signoff.domain.rounds import Round
from signoff.domain.text import decode_domains, fold
from signoff.i18n import errors, formatting, labels
from signoff.i18n.catalogue import get_catalogue
from signoff.i18n.catalogue import gettext_noop as _
from signoff.web.context import current_date, current_language, db, now, services
from signoff.web.downloads import send_csv, send_xlsx
from signoff.web.filters import ngettext
from signoff.web.listing import ListQuery, Page, Selection, describe_missed, paginate, report
from signoff.web.login import current_actor
from signoff.web.office.access import blueprint, editor_required, get_round_or_404, may_edit
from signoff.web.office.charts import get_region_key
from signoff.web.office.forms import render_act
from signoff.web.office.letters import PART_SIZE, list_rows
from signoff.web.office.member_list import change_tags
from signoff.web.office.reminders import describe_office_time

ANSWER_FILTERS: dict[str, AnswerKind | None] = {
    "sign": AnswerKind.COSIGN,
    "pending": AnswerKind.PENDING,
    "decline": AnswerKind.DECLINE,
    "not_competent": AnswerKind.NOT_COMPETENT,
    "none": None,
}
MAIL_FILTERS: dict[str, tuple[MailState | None, ...]] = {
    "sent": (MailState.SENT,),
    "owed": (MailState.PENDING,),
    "unreached": UNREACHED_STATES,
    "none": (None,),
}
# Filters: what the office has to do about an invitation on a given day.
TODO_FILTERS: dict[str, Callable[[InvitationStatus, date], bool]] = {
    "objection": lambda status, today: bool(status.objections),
    "note": lambda status, today: "note" in status.undecided,
    "name": lambda status, today: "name" in status.undecided,
    "sitting": lambda status, today: is_meeting_over(status, today),
    "prepared": lambda status, today: status.prepared,
}
ANSWER_ORDER = list(ANSWER_FILTERS.values())
MAIL_ORDER = [*UNREACHED_STATES, MailState.PENDING, None, MailState.SENT]
NEVER = datetime.min.replace(tzinfo=UTC)
SORT_KEYS: dict[str, Callable[[InvitationStatus], Any]] = {
    "name": lambda status: status.sort_key,
    "answer": lambda status: ANSWER_ORDER.index(status.kind),
    "received": lambda status: status.version.received_at if status.version else NEVER,
    "mail": lambda status: MAIL_ORDER.index(status.mail),
}


class RoundMemberQuery(ListQuery):
    FILTERS = {
        "q": None,
        "answer": ANSWER_FILTERS,
        "state": None,
        "mail": MAIL_FILTERS,
        "todo": TODO_FILTERS,
    }
    SORTS = SORT_KEYS
    COLUMNS = {
        "basis": _l("Grundlage"),
        "signer": _l("Unterzeichnet durch"),
        "received": _l("Eingang"),
        "note": _l("Notiz"),
        "mail": _l("Zustellung"),
        "holders": _l("Link bei"),
        "tags": _l("Schlagwörter"),
    }
    DEFAULT_COLUMNS = ("signer", "received", "mail", "holders")


def build_round_member_page(
    round_status: RoundStatus, query: RoundMemberQuery, today: date
) -> Page[InvitationStatus]:
    matching = filter_round_members(round_status, query, today)
    return paginate(matching, query.page, len(round_status.invitations))


def filter_round_members(
    round_status: RoundStatus, query: RoundMemberQuery, today: date
) -> list[InvitationStatus]:
    """The invitations that match ``query``, in its order; those with equal keys stay sorted by
    name.
    """
    matching = list(round_status.invitations)
    for matches in iter_conditions(query, today):
        matching = list(filter(matches, matching))
    if query.sort == "name":  # the order in which they are loaded
        return matching[::-1] if query.descending else matching
    return sorted(matching, key=SORT_KEYS[query.sort], reverse=query.descending)


def iter_conditions(
    query: RoundMemberQuery, today: date
) -> Iterator[Callable[[InvitationStatus], bool]]:
    """What each filter in use asks of an invitation, the quick ones first."""
    if query["answer"]:
        kind = ANSWER_FILTERS[query["answer"]]
        yield lambda status: status.kind is kind
    if query["mail"]:
        states = MAIL_FILTERS[query["mail"]]
        yield lambda status: status.mail in states
    if region := query["state"]:
        yield lambda status: get_region_key(status.member) == region
    if query["todo"]:
        is_due = TODO_FILTERS[query["todo"]]
        yield lambda status: is_due(status, today)
    if query["q"]:
        needle = fold(query["q"])
        yield lambda status: needle in status.search_text


def is_meeting_over(status: InvitationStatus, today: date) -> bool:
    if status.version is None or status.kind is not AnswerKind.PENDING:
        return False
    meeting = status.version.answer.expected_on
    return meeting is not None and meeting < today


# The filtered table as a file, in the order of the page.

EXPORT_HEADERS = (
    _("Schlüssel"),
    _("Ort"),
    _("Amtliche Bezeichnung"),
    _("Land"),
    _("Staat"),
    _("Rückmeldung"),
    _("Tag der Sitzung"),
    _("Grundlage"),
    _("Gremium"),
    _("Datum des Beschlusses"),
    _("Nummer der Vorlage"),
    _("Name in der Liste"),
    _("Unterzeichnet durch"),
    _("Funktion"),
    _("Name der Person veröffentlichen"),
    _("Protokollnotiz"),
    _("Eingang"),
    _("Eingangsweg"),
    _("Zustellung"),
    _("Letzte Erinnerung"),
    _("Link bei"),
    _("Vorgangsnummer"),
)
OFFICE_HEADERS = (_("Grund der Ablehnung"), _("Vermerke der Geschäftsstelle"))


def iter_cells(
    status: InvitationStatus, contacts: MemberContacts | None, zone: ZoneInfo, language: str
) -> Iterator[object]:
    """The cells of one member: texts, days, and moments in ``zone``."""
    gettext, member, version = get_catalogue(language).gettext, status.member, status.version
    contacts = contacts or MemberContacts()
    answer = version.answer if version and version.is_answer else None
    yield from (member.key, member.name, member.official_name, member.state, member.country)
    prepared = [gettext(_("vorbereitet, nicht abgegeben"))] if status.prepared else []
    yield ", ".join([gettext(labels.ANSWER[status.kind]), *prepared])
    yield answer.expected_on if answer else None
    yield from iter_signature_cells(status, language)
    yield version.received_at.astimezone(zone) if version else None
    channel = version.channel if version else Channel.LINK
    yield "" if channel is Channel.LINK else gettext(labels.CHANNEL[channel])
    yield gettext(labels.MAIL_STATE[status.mail])
    yield contacts.reminded_at.astimezone(zone) if contacts.reminded_at else None
    yield ", ".join(
        f"{contact.name} <{decode_domains(contact.email)}>" if contact.email else contact.name
        for contact in contacts.contacts
    )
    yield status.invitation.reference


def iter_signature_cells(status: InvitationStatus, language: str) -> Iterator[object]:
    """The fields of a signature; empty where there is none."""
    gettext, declaration = get_catalogue(language).gettext, status.declaration
    if declaration is None:
        yield from [""] * 9
        return
    decision = declaration.decision
    yield gettext(labels.BASIS_SHORT[declaration.basis])
    yield decision.body if decision else ""
    yield decision.on if decision else None
    yield decision.number if decision else ""
    yield from (
        declaration.official_name,
        declaration.signer.name,
        declaration.signer.function,
    )
    yield gettext(_("ja")) if declaration.publish_name else gettext(_("nein"))
    yield declaration.note


@blueprint.get("/rounds/<int:id>/members.csv")
def download_round_members_csv(id: int) -> Response:
    round, language = get_round_or_404(id), current_language()
    rows = (
        [formatting.format_cell(cell, language) for cell in cells] for cells in iter_export(round)
    )
    return send_csv(translate_headers(), rows, f"{build_export_name(round)}.csv")


@blueprint.get("/rounds/<int:id>/members.xlsx")
def download_round_members_xlsx(id: int) -> Response:
    """The same for Excel, with days and moments that can be sorted and counted."""
    round = get_round_or_404(id)
    return send_xlsx(translate_headers(), iter_export(round), f"{build_export_name(round)}.xlsx")


def iter_export(round: Round) -> Iterator[list[object]]:
    zone, language = g.association.zone, current_language()
    selected = choose_round_members(round, Selection.from_args(request.args))
    ids = [status.invitation.id for status in selected]
    contacts = store.members.list_contacts(db(), ids)
    remarks = store.answers.list_office_notes_of_round(db(), round.id) if may_edit() else {}
    for status in selected:
        id = status.invitation.id
        cells = list(iter_cells(status, contacts.get(id), zone, language))
        yield [*cells, get_reason(status), remarks.get(id, "")] if may_edit() else cells


def get_reason(status: InvitationStatus) -> str:
    """The reason for declining, which the office alone reads."""
    return status.version.answer.reason if status.version and status.version.is_answer else ""


def translate_headers() -> list[str]:
    """Reasons and remarks are for editors alone: a file goes further than a page."""
    gettext = get_catalogue(current_language()).gettext
    return [
        gettext(header) for header in (*EXPORT_HEADERS, *(OFFICE_HEADERS if may_edit() else ()))
    ]


def build_export_name(round: Round) -> str:
    slug = store.papers.get_edition(db(), round.edition_id).slug
    return f"{slug}-{current_date().isoformat()}"


# What is done with selected members.


def choose_round_members(round: Round, selection: Selection) -> list[InvitationStatus]:
    round_status = store.round_status.load(db(), round)
    query = RoundMemberQuery.from_args(selection.args)
    matching = filter_round_members(round_status, query, current_date())
    return selection.choose(round_status.invitations, matching, lambda status: status.invitation.id)


@blueprint.post("/rounds/<int:id>/selection")
def act_on_round_members(id: int) -> ResponseReturnValue:
    """Do one thing with the selected members, and say whom it did not reach and why."""
    round, selection = get_round_or_404(id), Selection.from_form(request.form)
    selected, action = choose_round_members(round, selection), request.form.get("do", "")
    if not selected:
        flash(gettext("Bitte wählen Sie zuerst Mitglieder aus."), "warning")
    elif action == "export":
        return redirect(
            url_for("office.download_round_members_xlsx", id=id, **selection.file_args), 303
        )
    elif action == "letters":
        if page := print_selected_letters(round, selected):
            return page
    elif action == "remind" and len(selected) > 1:
        return redirect(url_for("office.review_reminders", id=id, **selection.file_args), 303)
    elif action in ("tag", "untag"):
        change_tags([status.member for status in selected], action)
    elif action in ACTIONS:
        ACTIONS[action](round, selected)
    else:
        raise BadRequest
    return redirect(build_list_address(id, selection), 303)


def build_list_address(id: int, selection: Selection) -> str:
    """Back to the list as it was filtered."""
    return url_for("office.show_round", id=id, _anchor="mitglieder", **selection.list_args)


@blueprint.get("/rounds/<int:id>/reminders/selection")
@editor_required
def review_reminders(id: int) -> ResponseReturnValue:
    """Ask before several members are reminded: how many, when, and who is not."""
    round, selection = get_round_or_404(id), Selection.from_args(request.args)
    selected = choose_round_members(round, selection)
    links = list_reminder_links(round, selected)
    due, obstacles = actions.reminders.plan_now(
        db(), services().calendar, id, collect_ids(links), now()
    )
    missed = list_missed(selected, links, obstacles)
    return render_act(
        gettext("Mitglieder erinnern?"),
        gettext("Erinnern"),
        url_for("office.remind_members", id=id),
        build_list_address(id, selection),
        [
            ngettext(
                "%(num)s Mitglied erhält eine Erinnerung per E-Mail.",
                "%(num)s Mitglieder erhalten eine Erinnerung per E-Mail.",
                len(selected) - len(missed),
            ),
            describe_office_time(due),
            *describe_missed(missed),
        ],
        carried=selection.form_fields,
    )


@blueprint.post("/rounds/<int:id>/reminders/selection")
def remind_members(id: int) -> ResponseReturnValue:
    round, selection = get_round_or_404(id), Selection.from_form(request.form)
    remind_selected(round, choose_round_members(round, selection))
    return redirect(build_list_address(id, selection), 303)


def list_reminder_links(round: Round, selected: list[InvitationStatus]) -> dict[int, list[int]]:
    """The links to which a reminder can be mailed, by invitation."""
    links: dict[int, list[int]] = {status.invitation.id: [] for status in selected}
    for link in store.rounds.list_links_of_round(db(), round.id):
        if link.email and link.may_answer and link.invitation_id in links:
            links[link.invitation_id].append(link.id)
    return links


def collect_ids(links: Mapping[int, list[int]]) -> set[int]:
    return {id for of_member in links.values() for id in of_member}


def list_missed(
    selected: list[InvitationStatus],
    links: Mapping[int, list[int]],
    obstacles: Mapping[int, Obstacle],
) -> list[tuple[str, str]]:
    """Each member whom no reminder reaches, with the reason."""
    missed = []
    for status in selected:
        own = links[status.invitation.id]
        if all(id in obstacles for id in own):
            why = obstacles[own[0]] if own else Obstacle.NO_ADDRESS
            missed.append((status.member.name, errors.describe_obstacle(why, current_language())))
    return missed


def remind_selected(round: Round, selected: list[InvitationStatus]) -> None:
    links = list_reminder_links(round, selected)
    enqueued, obstacles = actions.reminders.remind_now(
        db(), services().calendar, round.id, collect_ids(links), current_actor(), now()
    )
    report(gettext("Erinnert"), len(selected), list_missed(selected, links, obstacles))
    if later := describe_office_time(enqueued):
        flash(later)


def resend_to_selected(round: Round, selected: list[InvitationStatus]) -> None:
    names = {status.invitation.id: status.member.name for status in selected}
    refused = actions.answers.resend_all_links(db(), names, current_actor(), now())
    no_address = errors.describe_obstacle(Obstacle.NO_ADDRESS, current_language())
    report(
        gettext("Link gesandt"),
        len(names),
        [
            (
                names[id],
                no_address
                if refusal.reason is Reason.NOBODY_TO_SEND_TO
                else errors.describe_refusal(refusal, current_language()),
            )
            for id, refusal in refused.items()
        ],
    )


ACTIONS: dict[str, Callable[[Round, list[InvitationStatus]], None]] = {
    "remind": remind_selected,
    "resend": resend_to_selected,
}


def print_selected_letters(
    round: Round, selected: list[InvitationStatus]
) -> ResponseReturnValue | None:
    """To the PDF with the letters of the selected members, as many as one PDF takes."""
    rows = {
        row.status.invitation.id: row for row in list_rows(store.round_status.load(db(), round))
    }
    ids: list[str] = []
    missed = []
    for status in selected:
        row = rows.get(status.invitation.id)
        if row is None or not row.has_address:
            missed.append((status.member.name, gettext("Die Anschrift fehlt oder ist zu lang.")))
        elif len(ids) == PART_SIZE:
            missed.append((status.member.name, gettext("Ein PDF fasst 50 Briefe.")))
        else:
            ids.append(str(status.invitation.id))
    report(gettext("Briefe"), len(selected), missed)
    if not ids:
        return None
    return redirect(url_for("office.download_letters", id=round.id, which=",".join(ids)), 303)
