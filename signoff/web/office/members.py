"""The members of a round as the table shows them: filtered, sorted, a hundred a page."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from signoff.domain.answer import Kind
from signoff.domain.collation import sort_key
from signoff.domain.standing import MailState, Place, Standing
from signoff.web.office.regions import land
from signoff.web.office.tasks import UNREACHED

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
    "mail": lambda place: [UNREACHED[0], UNREACHED[1], MailState.OWED, None, MailState.SENT].index(place.mail),
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
    fitting = chosen(standing, choice, today)
    pages = max(1, -(-len(fitting) // A_PAGE))
    page = min(choice.page, pages)
    shown = fitting[(page - 1) * A_PAGE : page * A_PAGE]
    return Table(choice, tuple(shown), page, pages, len(fitting), len(standing.places))


def chosen(standing: Standing, choice: Choice, today: date) -> list[Place]:
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
