"""The table of members as a file: what the filter leaves, all of it, in the order of the page."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from flask import Response, g, request

from signoff import store
from signoff.domain.answers import Channel, Kind
from signoff.domain.members import Reach
from signoff.domain.round_status import MailState, Place, Standing
from signoff.domain.text import sort_key
from signoff.exports.tables import XLSX, as_csv, as_xlsx
from signoff.i18n import format, labels
from signoff.i18n.catalogue import catalogue
from signoff.i18n.catalogue import marked as _
from signoff.web.context import db, language, today
from signoff.web.office.access import blueprint, round_here
from signoff.web.office.charts import land
from signoff.web.office.dashboard import UNREACHED

# The members of a round as the table shows them: filtered, sorted, a hundred a page.

A_PAGE = 100
FILTERS = ("q", "answer", "state", "mail", "todo")
ANSWERS: dict[str, Kind | None] = {
    **{kind.value: kind for kind in (Kind.SIGN, Kind.PENDING, Kind.DECLINE, Kind.NOT_COMPETENT)},
    "none": None,
}
MAILS: dict[str, tuple[MailState | None, ...]] = {
    "sent": (MailState.SENT,),
    "owed": (MailState.OWED,),
    "unreached": UNREACHED,
    "none": (None,),
}
# What of a place waits for the office, as of a day.
TODOS: dict[str, Callable[[Place, date], bool]] = {
    "objection": lambda place, today: bool(place.objections),
    "note": lambda place, today: "note" in place.undecided,
    "name": lambda place, today: "name" in place.undecided,
    "sitting": lambda place, today: sitting_is_over(place, today),
}
SORTS: dict[str, Callable[[Place], Any]] = {
    "name": lambda place: sort_key(place.member.name),
    "answer": lambda place: list(ANSWERS.values()).index(place.kind),
    "received": lambda place: place.version.received_at.isoformat() if place.version else "",
    "mail": lambda place: [UNREACHED[0], UNREACHED[1], MailState.OWED, None, MailState.SENT].index(
        place.mail
    ),
}


@dataclass(frozen=True, slots=True)
class Choice:
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
    def of(cls, asked: Mapping[str, str]) -> "Choice":
        sort = asked.get("sort", "").removeprefix("-")
        page = asked.get("page", "")
        return cls(
            q=asked.get("q", "").strip()[:100],
            answer=asked.get("answer", "") if asked.get("answer") in ANSWERS else "",
            state=asked.get("state", "")[:100],
            mail=asked.get("mail", "") if asked.get("mail") in MAILS else "",
            todo=asked.get("todo", "") if asked.get("todo") in TODOS else "",
            sort=sort if sort in SORTS else "name",
            down=sort in SORTS and asked["sort"].startswith("-"),
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
class Table:
    """One page of the table: ``places`` of ``found`` that fit the choice, of ``total`` altogether."""

    choice: Choice
    places: tuple[Place, ...]
    page: int
    pages: int
    found: int
    total: int


def table(standing: Standing, choice: Choice, today: date) -> Table:
    fitting = filter_round_members(standing, choice, today)
    pages = max(1, -(-len(fitting) // A_PAGE))
    page = min(choice.page, pages)
    shown = fitting[(page - 1) * A_PAGE : page * A_PAGE]
    return Table(choice, tuple(shown), page, pages, len(fitting), len(standing.places))


def filter_round_members(standing: Standing, choice: Choice, today: date) -> list[Place]:
    """The places that fit ``choice``, in its order; those with equal keys stay sorted by name."""
    sought = sort_key(choice.q)[0]
    fitting = [place for place in standing.places if fits(place, choice, sought, today)]
    if choice.sort == "name":  # as the places stand already
        return fitting[::-1] if choice.down else fitting
    return sorted(fitting, key=SORTS[choice.sort], reverse=choice.down)


def fits(place: Place, choice: Choice, sought: str, today: date) -> bool:
    return (
        (not choice.answer or place.kind is ANSWERS[choice.answer])
        and (not choice.state or land(place.member) == choice.state)
        and (not choice.mail or place.mail in MAILS[choice.mail])
        and (not choice.todo or TODOS[choice.todo](place, today))
        and (not choice.q or sought in sort_key(" ".join(words(place)))[0])
    )


def sitting_is_over(place: Place, today: date) -> bool:
    on = place.version.answer.expected_on if place.version and place.kind is Kind.PENDING else None
    return on is not None and on < today


def words(place: Place) -> Iterable[str]:
    """What is searched: the member's names and key, the reference, the person who signs."""
    member, declared = place.member, place.declaration
    yield from (member.name, member.official_name, member.key, place.invitation.reference)
    if declared:
        yield from (declared.official_name, declared.signer.name, declared.signer.function)


# One line of the table of members, as the office's spreadsheet has it.

HEADS = (
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


def line(place: Place, reach: Reach | None, zone: ZoneInfo, language: str) -> Iterator[object]:
    """One member's cells: text, days and moments in ``zone``."""
    gettext, member, reach = catalogue(language).gettext, place.member, reach or Reach()
    answer = place.version.answer if place.version and place.version.stands else None
    yield from (member.key, member.name, member.official_name, member.state, member.country)
    yield gettext(labels.ANSWER[place.kind])
    yield answer.expected_on if answer else None
    yield from declared(place, language)
    yield place.version.received_at.astimezone(zone) if place.version else None
    channel = place.version.channel if place.version else Channel.LINK
    yield "" if channel is Channel.LINK else gettext(labels.CHANNEL[channel])
    yield gettext(labels.MAIL[place.mail])
    yield reach.reminded_at.astimezone(zone) if reach.reminded_at else None
    yield ", ".join(
        f"{each.name} <{each.email}>" if each.email else each.name for each in reach.holders
    )
    yield place.invitation.reference


def declared(place: Place, language: str) -> Iterator[object]:
    """The fields of a signature; empty where there is none."""
    gettext, said = catalogue(language).gettext, place.declaration
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
def members_file(id: int) -> Response:
    name, heads, lines = build_export(id)
    spoken = language()
    rows = ([format.cell(each, spoken) for each in cells] for cells in lines)
    return named(
        Response(as_csv(heads, rows), content_type="text/csv; charset=utf-8"), f"{name}.csv"
    )


@blueprint.get("/rounds/<int:id>/members.xlsx")
def members_workbook(id: int) -> Response:
    """The same for Excel: days and moments are such there, so that they can be sorted and counted."""
    name, heads, lines = build_export(id)
    return named(Response(as_xlsx(heads, lines), content_type=XLSX), f"{name}.xlsx")


def build_export(id: int) -> tuple[str, list[str], Iterable[Sequence[object]]]:
    """Name, heads and lines of the file."""
    here, zone, spoken = round_here(id), g.association.zone, language()
    places = filter_round_members(
        store.round_status.of(db(), here), Choice.of(request.args), today()
    )
    held = store.members.of(db(), (place.invitation.id for place in places))
    lines = (list(line(place, held.get(place.invitation.id), zone, spoken)) for place in places)
    heads = [catalogue(spoken).gettext(head) for head in HEADS]
    return f"{store.papers.get(db(), here.edition_id).slug}-{today().isoformat()}", heads, lines


def named(response: Response, name: str) -> Response:
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response
