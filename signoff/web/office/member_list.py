"""The list of members, and the same as a table to take along."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Response, g, render_template, request
from flask_babel import lazy_gettext as _l

from signoff import store
from signoff.domain.members import Representative
from signoff.domain.text import sort_key
from signoff.exports.tables import CSV, XLSX, as_csv, as_xlsx
from signoff.importers.members import COLUMNS, ROLES
from signoff.store.members import Listed
from signoff.web.context import db, now
from signoff.web.office.access import blueprint

# What of the member list is shown: filtered, sorted, a hundred a page.

A_PAGE = 100
REACH = {
    "mail": _l("per E-Mail"),
    "lost": _l("E-Mail kam nicht an"),
    "letter": _l("nur per Brief"),
    "odd": _l("Adresse zu prüfen"),
}
SHOWN = {"": _l("aktive"), "archived": _l("archivierte"), "all": _l("alle")}
FILTERS = ("q", "state", "kind", "tag", "reach", "shown")
SORTS: dict[str, Callable[[Listed], Any]] = {
    "name": lambda each: sort_key(each.member.name),
    "state": lambda each: (sort_key(each.member.state), sort_key(each.member.name)),
    "kind": lambda each: (sort_key(each.member.kind), sort_key(each.member.name)),
    "reach": lambda each: (
        ("lost", "letter", "mail").index(each.reach),
        not each.odd,
        sort_key(each.member.name),
    ),
}


@dataclass(frozen=True, slots=True)
class Choice:
    """What was asked for. Anything that is not on offer counts as nothing asked."""

    q: str = ""
    state: str = ""
    kind: str = ""
    tag: str = ""
    reach: str = ""
    shown: str = ""
    sort: str = "name"
    down: bool = False
    page: int = 1

    @classmethod
    def of(cls, asked: Mapping[str, str]) -> "Choice":
        sort, page = asked.get("sort", "").removeprefix("-"), asked.get("page", "")
        texts = {name: asked.get(name, "").strip()[:100] for name in ("q", "state", "kind", "tag")}
        return cls(
            **texts,
            reach=asked.get("reach", "") if asked.get("reach") in REACH else "",
            shown=asked.get("shown", "") if asked.get("shown") in SHOWN else "",
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
        """The address of the same list sorted by ``sort``; the other way round where it already is."""
        return self.filters | {"sort": f"-{sort}" if sort == self.sort and not self.down else sort}


@dataclass(frozen=True, slots=True)
class Table:
    """One page of the list: ``lines`` of ``found`` that fit the choice, of ``total`` altogether."""

    choice: Choice
    lines: tuple[Listed, ...]
    page: int
    pages: int
    found: int
    total: int


def table(every: list[Listed], choice: Choice) -> Table:
    fitting = chosen(every, choice)
    pages = max(1, -(-len(fitting) // A_PAGE))
    page = min(choice.page, pages)
    shown = fitting[(page - 1) * A_PAGE : page * A_PAGE]
    return Table(choice, tuple(shown), page, pages, len(fitting), len(every))


def chosen(every: Iterable[Listed], choice: Choice) -> list[Listed]:
    """The members that fit ``choice``, in its order."""
    needle = sort_key(choice.q)[0]
    fitting = [each for each in every if fits(each, choice, needle)]
    return sorted(fitting, key=SORTS[choice.sort], reverse=choice.down)


def fits(each: Listed, choice: Choice, needle: str) -> bool:
    member = each.member
    return (
        (choice.shown == "all" or (member.archived_at is not None) == (choice.shown == "archived"))
        and (not choice.state or member.state == choice.state)
        and (not choice.kind or member.kind == choice.kind)
        and (not choice.tag or choice.tag in member.tags)
        and (
            not choice.reach
            or (bool(each.odd) if choice.reach == "odd" else each.reach == choice.reach)
        )
        and (not choice.q or found(each, choice.q.casefold(), needle))
    )


def found(each: Listed, typed: str, needle: str) -> bool:
    """Whether names, key, people or addresses hold what was typed; names without regard to accents."""
    member = each.member
    plain = (member.key, *(word for person in each.people for word in (person.email, person.name)))
    if any(typed in word.casefold() for word in plain):
        return True
    return bool(needle) and needle in sort_key(f"{member.name} {member.official_name}")[0]


def offered(every: Iterable[Listed]) -> dict[str, list[str]]:
    """The states, kinds and tags there are."""
    states, kinds, tags = set[str](), set[str](), set[str]()
    for each in every:
        states.add(each.member.state)
        kinds.add(each.member.kind)
        tags.update(each.member.tags)
    sets = {"states": states, "kinds": kinds, "tags": tags}
    return {name: sorted(filter(None, found), key=sort_key) for name, found in sets.items()}


# The member list as rows of a file: the columns in which it is taken in again, one row a representative.

ROLE = {may_answer: word for word, may_answer in ROLES.items()}
EXAMPLE = (
    ("05000001", "Musterhausen", "Stadt Musterhausen", "Stadt", "Nordrhein-Westfalen", "DE", "de", "vollmitglied",
     "Büro der Bürgermeisterin", "Leitung", "buero@musterhausen.example", ROLE[True]),
    ("05000001", "Musterhausen", "", "", "", "", "", "",
     "Pressestelle", "", "presse@musterhausen.example", ROLE[False]),
)  # fmt: skip


def lines(every: Iterable[Listed]) -> Iterator[list[str]]:
    """Taken in again, the file changes nothing: the first row of a member says its own language."""
    for each in every:
        if not each.people or each.people[0].language:
            yield line(each, None)
        for person in each.people:
            yield line(each, person)


def line(each: Listed, person: Representative | None) -> list[str]:
    member = each.member
    shared = [
        member.key,
        member.name,
        member.official_name,
        member.kind,
        member.state,
        member.country,
    ]
    language = (person.language if person else "") or member.language
    who = (
        [person.name, person.function, person.email, ROLE[person.may_answer]]
        if person
        else [""] * 4
    )
    return [*shared, language, ", ".join(member.tags), *who]


@blueprint.get("/members")
def members() -> str:
    every = store.members.list_summaries(db())
    choice = Choice.of(request.args)
    return render_template(
        "office/membership/list.html",
        table=table(every, choice),
        REACH=REACH,
        SHOWN=SHOWN,
        **offered(every),
    )


@blueprint.get("/members.csv")
def members_csv() -> Response:
    """What the filter leaves, all of it, in the form in which a list is taken in."""
    return file(as_csv(COLUMNS, lines(asked())), CSV, f"mitglieder-{today()}.csv")


@blueprint.get("/members.xlsx")
def members_xlsx() -> Response:
    return file(as_xlsx(COLUMNS, lines(asked())), XLSX, f"mitglieder-{today()}.xlsx")


@blueprint.get("/members/template.csv")
def template_csv() -> Response:
    """A file to fill in."""
    return file(as_csv(COLUMNS, EXAMPLE), CSV, "mitglieder-vorlage.csv")


@blueprint.get("/members/template.xlsx")
def template_xlsx() -> Response:
    return file(as_xlsx(COLUMNS, EXAMPLE), XLSX, "mitglieder-vorlage.xlsx")


def asked() -> list[store.members.Listed]:
    return chosen(store.members.list_summaries(db()), Choice.of(request.args))


def today() -> str:
    return now().astimezone(g.association.zone).date().isoformat()


def file(content: bytes, kind: str, name: str) -> Response:
    response = Response(content, content_type=kind)
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response
