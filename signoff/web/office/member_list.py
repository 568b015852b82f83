"""The list of members, and the same as a table to take along."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Response, render_template, request
from flask_babel import lazy_gettext as _l

from signoff import store
from signoff.domain.members import Representative
from signoff.domain.text import sort_key
from signoff.exports.tables import CSV_MEDIA_TYPE, XLSX_MEDIA_TYPE, build_csv, build_xlsx
from signoff.importers.members import COLUMNS, ROLES
from signoff.store.members import MemberSummary
from signoff.web.context import current_date, db
from signoff.web.office.access import blueprint

# What of the member list is shown: filtered, sorted, a hundred a page.

PAGE_SIZE = 100
REACHABILITY_LABELS = {
    "mail": _l("per E-Mail"),
    "lost": _l("E-Mail kam nicht an"),
    "letter": _l("nur per Brief"),
    "odd": _l("Adresse zu prüfen"),
}
STATUS_LABELS = {"": _l("aktive"), "archived": _l("archivierte"), "all": _l("alle")}
FILTERS = ("q", "state", "kind", "tag", "reach", "shown")
SORT_KEYS: dict[str, Callable[[MemberSummary], Any]] = {
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
class MemberQuery:
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
    def of(cls, asked: Mapping[str, str]) -> "MemberQuery":
        sort, page = asked.get("sort", "").removeprefix("-"), asked.get("page", "")
        texts = {name: asked.get(name, "").strip()[:100] for name in ("q", "state", "kind", "tag")}
        return cls(
            **texts,
            reach=asked.get("reach", "") if asked.get("reach") in REACHABILITY_LABELS else "",
            shown=asked.get("shown", "") if asked.get("shown") in STATUS_LABELS else "",
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
        """The address of the same list sorted by ``sort``; the other way round where it already is."""
        return self.filters | {"sort": f"-{sort}" if sort == self.sort and not self.down else sort}


@dataclass(frozen=True, slots=True)
class MemberPage:
    """One page of the list: ``lines`` of ``found`` that fit the choice, of ``total`` altogether."""

    choice: MemberQuery
    lines: tuple[MemberSummary, ...]
    page: int
    pages: int
    found: int
    total: int


def build_member_page(every: list[MemberSummary], choice: MemberQuery) -> MemberPage:
    fitting = filter_members(every, choice)
    pages = max(1, -(-len(fitting) // PAGE_SIZE))
    page = min(choice.page, pages)
    shown = fitting[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]
    return MemberPage(choice, tuple(shown), page, pages, len(fitting), len(every))


def filter_members(every: Iterable[MemberSummary], choice: MemberQuery) -> list[MemberSummary]:
    """The members that fit ``choice``, in its order."""
    needle = sort_key(choice.q)[0]
    fitting = [each for each in every if matches_query(each, choice, needle)]
    return sorted(fitting, key=SORT_KEYS[choice.sort], reverse=choice.down)


def matches_query(each: MemberSummary, choice: MemberQuery, needle: str) -> bool:
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
        and (not choice.q or matches_text(each, choice.q.casefold(), needle))
    )


def matches_text(each: MemberSummary, typed: str, needle: str) -> bool:
    """Whether names, key, people or addresses hold what was typed; names without regard to accents."""
    member = each.member
    plain = (member.key, *(word for person in each.people for word in (person.email, person.name)))
    if any(typed in word.casefold() for word in plain):
        return True
    return bool(needle) and needle in sort_key(f"{member.name} {member.official_name}")[0]


def list_filter_options(every: Iterable[MemberSummary]) -> dict[str, list[str]]:
    """The states, kinds and tags there are."""
    states, kinds, tags = set[str](), set[str](), set[str]()
    for each in every:
        states.add(each.member.state)
        kinds.add(each.member.kind)
        tags.update(each.member.tags)
    sets = {"states": states, "kinds": kinds, "tags": tags}
    return {name: sorted(filter(None, found), key=sort_key) for name, found in sets.items()}


# The member list as rows of a file: the columns in which it is taken in again, one row a representative.

ROLE_WORDS = {may_answer: word for word, may_answer in ROLES.items()}
TEMPLATE_ROWS = (
    ("05000001", "Musterhausen", "Stadt Musterhausen", "Stadt", "Nordrhein-Westfalen", "DE", "de", "vollmitglied",
     "Büro der Bürgermeisterin", "Leitung", "buero@musterhausen.example", ROLE_WORDS[True]),
    ("05000001", "Musterhausen", "", "", "", "", "", "",
     "Pressestelle", "", "presse@musterhausen.example", ROLE_WORDS[False]),
)  # fmt: skip


def iter_rows(every: Iterable[MemberSummary]) -> Iterator[list[str]]:
    """Taken in again, the file changes nothing: the first row of a member says its own language."""
    for each in every:
        if not each.people or each.people[0].language:
            yield build_row(each, None)
        for person in each.people:
            yield build_row(each, person)


def build_row(each: MemberSummary, person: Representative | None) -> list[str]:
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
        [person.name, person.function, person.email, ROLE_WORDS[person.may_answer]]
        if person
        else [""] * 4
    )
    return [*shared, language, ", ".join(member.tags), *who]


@blueprint.get("/members")
def list_members() -> str:
    every = store.members.list_summaries(db())
    choice = MemberQuery.of(request.args)
    return render_template(
        "office/members/list.html",
        table=build_member_page(every, choice),
        REACH=REACHABILITY_LABELS,
        SHOWN=STATUS_LABELS,
        **list_filter_options(every),
    )


@blueprint.get("/members.csv")
def download_members_csv() -> Response:
    """What the filter leaves, all of it, in the form in which a list is taken in."""
    return build_download(
        build_csv(COLUMNS, iter_rows(load_filtered_members())),
        CSV_MEDIA_TYPE,
        f"mitglieder-{format_today()}.csv",
    )


@blueprint.get("/members.xlsx")
def download_members_xlsx() -> Response:
    return build_download(
        build_xlsx(COLUMNS, iter_rows(load_filtered_members())),
        XLSX_MEDIA_TYPE,
        f"mitglieder-{format_today()}.xlsx",
    )


@blueprint.get("/members/template.csv")
def download_template_csv() -> Response:
    """A file to fill in."""
    return build_download(
        build_csv(COLUMNS, TEMPLATE_ROWS), CSV_MEDIA_TYPE, "mitglieder-vorlage.csv"
    )


@blueprint.get("/members/template.xlsx")
def download_template_xlsx() -> Response:
    return build_download(
        build_xlsx(COLUMNS, TEMPLATE_ROWS), XLSX_MEDIA_TYPE, "mitglieder-vorlage.xlsx"
    )


def load_filtered_members() -> list[store.members.MemberSummary]:
    return filter_members(store.members.list_summaries(db()), MemberQuery.of(request.args))


def format_today() -> str:
    return current_date().isoformat()


def build_download(content: bytes, kind: str, name: str) -> Response:
    response = Response(content, content_type=kind)
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response
