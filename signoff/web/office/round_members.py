"""The table of members as a file: what the filter leaves, all of it, in the order of the page."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from flask import Response, g, request

from signoff import store
from signoff.domain.answers import AnswerKind, Channel
from signoff.domain.members import MemberContacts
from signoff.domain.round_status import InvitationStatus, MailState, RoundStatus
from signoff.domain.text import sort_key
from signoff.exports.tables import XLSX_MEDIA_TYPE, build_csv, build_xlsx
from signoff.i18n import format, labels
from signoff.i18n.catalogue import get_catalogue
from signoff.i18n.catalogue import gettext_noop as _
from signoff.web.context import current_date, current_language, db
from signoff.web.office.access import blueprint, get_round_or_404
from signoff.web.office.charts import get_region_key
from signoff.web.office.dashboard import UNREACHED_STATES

# The members of a round as the table shows them: filtered, sorted, a hundred a page.

PAGE_SIZE = 100
FILTERS = ("q", "answer", "state", "mail", "todo")
ANSWER_FILTERS: dict[str, AnswerKind | None] = {
    **{
        kind.value: kind
        for kind in (
            AnswerKind.SIGN,
            AnswerKind.PENDING,
            AnswerKind.DECLINE,
            AnswerKind.NOT_COMPETENT,
        )
    },
    "none": None,
}
MAIL_FILTERS: dict[str, tuple[MailState | None, ...]] = {
    "sent": (MailState.SENT,),
    "owed": (MailState.PENDING,),
    "unreached": UNREACHED_STATES,
    "none": (None,),
}
# What of a place waits for the office, as of a day.
TODO_FILTERS: dict[str, Callable[[InvitationStatus, date], bool]] = {
    "objection": lambda place, today: bool(place.objections),
    "note": lambda place, today: "note" in place.undecided,
    "name": lambda place, today: "name" in place.undecided,
    "sitting": lambda place, today: is_meeting_over(place, today),
}
SORT_KEYS: dict[str, Callable[[InvitationStatus], Any]] = {
    "name": lambda place: sort_key(place.member.name),
    "answer": lambda place: list(ANSWER_FILTERS.values()).index(place.kind),
    "received": lambda place: place.version.received_at.isoformat() if place.version else "",
    "mail": lambda place: [
        UNREACHED_STATES[0],
        UNREACHED_STATES[1],
        MailState.PENDING,
        None,
        MailState.SENT,
    ].index(place.mail),
}


@dataclass(frozen=True, slots=True)
class RoundMemberQuery:
    """What was asked for. Anything that is not on offer counts as nothing asked."""

    q: str = ""
    answer: str = ""
    state: str = ""
    mail: str = ""
    todo: str = ""
    sort: str = "name"
    down: bool = False
    page: int = 1

    @classmethod
    def of(cls, asked: Mapping[str, str]) -> "RoundMemberQuery":
        sort = asked.get("sort", "").removeprefix("-")
        page = asked.get("page", "")
        return cls(
            q=asked.get("q", "").strip()[:100],
            answer=asked.get("answer", "") if asked.get("answer") in ANSWER_FILTERS else "",
            state=asked.get("state", "")[:100],
            mail=asked.get("mail", "") if asked.get("mail") in MAIL_FILTERS else "",
            todo=asked.get("todo", "") if asked.get("todo") in TODO_FILTERS else "",
            sort=sort if sort in SORT_KEYS else "name",
            down=sort in SORT_KEYS and asked["sort"].startswith("-"),
            page=min(int(page), 10_000) if page.isascii() and page.isdecimal() and int(page) else 1,
        )

    @property
    def filters(self) -> dict[str, str]:
        """What is filtered by, as it stands in the address."""
        return {name: getattr(self, name) for name in FILTERS if getattr(self, name)}

    @property
    def query(self) -> dict[str, str]:
        """The whole choice as it stands in the address, but for the page."""
        spelt = ("-" if self.down else "") + self.sort
        return self.filters | ({"sort": spelt} if spelt != "name" else {})

    def toggled(self, sort: str) -> dict[str, str]:
        """The address of the same table sorted by ``sort``; the other way round where it already is."""
        return self.filters | {"sort": f"-{sort}" if sort == self.sort and not self.down else sort}


@dataclass(frozen=True, slots=True)
class RoundMemberPage:
    """One page of the table: ``places`` of ``found`` that fit the choice, of ``total`` altogether."""

    choice: RoundMemberQuery
    places: tuple[InvitationStatus, ...]
    page: int
    pages: int
    found: int
    total: int


def build_round_member_page(
    standing: RoundStatus, choice: RoundMemberQuery, today: date
) -> RoundMemberPage:
    fitting = filter_round_members(standing, choice, today)
    pages = max(1, -(-len(fitting) // PAGE_SIZE))
    page = min(choice.page, pages)
    shown = fitting[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]
    return RoundMemberPage(choice, tuple(shown), page, pages, len(fitting), len(standing.places))


def filter_round_members(
    standing: RoundStatus, choice: RoundMemberQuery, today: date
) -> list[InvitationStatus]:
    """The places that fit ``choice``, in its order; those with equal keys stay sorted by name."""
    sought = sort_key(choice.q)[0]
    fitting = [place for place in standing.places if matches_query(place, choice, sought, today)]
    if choice.sort == "name":  # as the places stand already
        return fitting[::-1] if choice.down else fitting
    return sorted(fitting, key=SORT_KEYS[choice.sort], reverse=choice.down)


def matches_query(
    place: InvitationStatus, choice: RoundMemberQuery, sought: str, today: date
) -> bool:
    return (
        (not choice.answer or place.kind is ANSWER_FILTERS[choice.answer])
        and (not choice.state or get_region_key(place.member) == choice.state)
        and (not choice.mail or place.mail in MAIL_FILTERS[choice.mail])
        and (not choice.todo or TODO_FILTERS[choice.todo](place, today))
        and (not choice.q or sought in sort_key(" ".join(iter_search_texts(place)))[0])
    )


def is_meeting_over(place: InvitationStatus, today: date) -> bool:
    on = (
        place.version.answer.expected_on
        if place.version and place.kind is AnswerKind.PENDING
        else None
    )
    return on is not None and on < today


def iter_search_texts(place: InvitationStatus) -> Iterable[str]:
    """What is searched: the member's names and key, the reference, the person who signs."""
    member, declared = place.member, place.declaration
    yield from (member.name, member.official_name, member.key, place.invitation.reference)
    if declared:
        yield from (declared.official_name, declared.signer.name, declared.signer.function)


# One line of the table of members, as the office's spreadsheet has it.

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
    _("Zugang bei"),
    _("Vorgangsnummer"),
)


def iter_cells(
    place: InvitationStatus, reach: MemberContacts | None, zone: ZoneInfo, language: str
) -> Iterator[object]:
    """One member's cells: text, days and moments in ``zone``."""
    gettext, member, reach = (
        get_catalogue(language).gettext,
        place.member,
        reach or MemberContacts(),
    )
    answer = place.version.answer if place.version and place.version.stands else None
    yield from (member.key, member.name, member.official_name, member.state, member.country)
    yield gettext(labels.ANSWER[place.kind])
    yield answer.expected_on if answer else None
    yield from iter_signature_cells(place, language)
    yield place.version.received_at.astimezone(zone) if place.version else None
    channel = place.version.channel if place.version else Channel.LINK
    yield "" if channel is Channel.LINK else gettext(labels.CHANNEL[channel])
    yield gettext(labels.MAIL_STATE[place.mail])
    yield reach.reminded_at.astimezone(zone) if reach.reminded_at else None
    yield ", ".join(
        f"{each.name} <{each.email}>" if each.email else each.name for each in reach.contacts
    )
    yield place.invitation.reference


def iter_signature_cells(place: InvitationStatus, language: str) -> Iterator[object]:
    """The fields of a signature; empty where there is none."""
    gettext, said = get_catalogue(language).gettext, place.declaration
    if said is None:
        yield from [""] * 9
        return
    decision = said.decision
    yield gettext(labels.BASIS_SHORT[said.basis])
    yield decision.body if decision else ""
    yield decision.on if decision else None
    yield decision.number if decision else ""
    yield from (said.official_name, said.signer.name, said.signer.function)
    yield gettext(_("ja")) if said.publish_name else gettext(_("nein"))
    yield said.note


@blueprint.get("/rounds/<int:id>/members.csv")
def download_round_members_csv(id: int) -> Response:
    name, heads, lines = build_export(id)
    spoken = current_language()
    rows = ([format.format_cell(each, spoken) for each in cells] for cells in lines)
    return set_filename(
        Response(build_csv(heads, rows), content_type="text/csv; charset=utf-8"), f"{name}.csv"
    )


@blueprint.get("/rounds/<int:id>/members.xlsx")
def download_round_members_xlsx(id: int) -> Response:
    """The same for Excel: days and moments are such there, so that they can be sorted and counted."""
    name, heads, lines = build_export(id)
    return set_filename(
        Response(build_xlsx(heads, lines), content_type=XLSX_MEDIA_TYPE), f"{name}.xlsx"
    )


def build_export(id: int) -> tuple[str, list[str], Iterable[Sequence[object]]]:
    """Name, heads and lines of the file."""
    here, zone, spoken = get_round_or_404(id), g.association.zone, current_language()
    places = filter_round_members(
        store.round_status.load(db(), here), RoundMemberQuery.of(request.args), current_date()
    )
    held = store.members.list_contacts(db(), (place.invitation.id for place in places))
    lines = (
        list(iter_cells(place, held.get(place.invitation.id), zone, spoken)) for place in places
    )
    heads = [get_catalogue(spoken).gettext(head) for head in EXPORT_HEADERS]
    return (
        f"{store.papers.get_edition(db(), here.edition_id).slug}-{current_date().isoformat()}",
        heads,
        lines,
    )


def set_filename(response: Response, name: str) -> Response:
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response
