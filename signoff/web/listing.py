"""Filtered, sorted and paged lists: the query in an address, and one page of the result."""

from collections.abc import Callable, Collection, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, Self, TypeVar
from urllib.parse import parse_qsl, urlencode

from flask import flash
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from signoff.i18n.formatting import format_number
from signoff.web.context import current_language

PAGE_SIZE = 100
MAX_PAGE = 10_000
MAX_TEXT_LENGTH = 100  # of a filter, in characters
MAX_INT = 10**15 - 1  # SQLite takes it, and no id is larger

T = TypeVar("T")


def get_int(args: MultiDict[str, str], name: str, default: int = 0) -> int:
    """A whole number from an address or a form; ``default`` where it is missing, negative, too
    large or no number.
    """
    value = args.get(name, default, type=int)
    return value if 0 <= value <= MAX_INT else default


def get_ints(form: MultiDict[str, str], name: str) -> frozenset[int]:
    """All whole numbers of a field, such as the ids of ticked boxes."""
    values = form.getlist(name, type=int)
    return frozenset(value for value in values if 0 <= value <= MAX_INT)


def get_text(args: MultiDict[str, str], name: str) -> str:
    """A text to search for, without characters that no page can show."""
    words = " ".join(args.get(name, "").split())  # a copied name may have no-break spaces
    return "".join(filter(str.isprintable, words))[:MAX_TEXT_LENGTH]


@dataclass(frozen=True, slots=True)
class ListQuery:
    """The query of a list in an address. A value that is not on offer counts as none.

    Subclasses declare ``FILTERS``, the values on offer for each filter (``None``: any text),
    ``SORTS``, the keys to sort by, the default first, and ``COLUMNS``, the labels of the columns to
    choose from, of which ``DEFAULT_COLUMNS`` are shown unless others are chosen.
    """

    FILTERS: ClassVar[Mapping[str, Container[str] | None]] = {}
    SORTS: ClassVar[Collection[str]] = ("",)
    COLUMNS: ClassVar[Mapping[str, Any]] = {}
    DEFAULT_COLUMNS: ClassVar[tuple[str, ...]] = ()

    filters: Mapping[str, str]  # every declared one; "" where it is not used
    sort: str
    descending: bool
    page: int
    columns: tuple[str, ...] = ()

    @classmethod
    def from_args(cls, args: MultiDict[str, str]) -> Self:
        filters = {name: get_text(args, name) for name in cls.FILTERS}
        for name, values in cls.FILTERS.items():
            if values is not None and filters[name] not in values:
                filters[name] = ""
        sort = args.get("sort", "")
        key = sort.removeprefix("-")
        if key not in cls.SORTS:
            sort = key = next(iter(cls.SORTS))
        page = max(1, min(MAX_PAGE, args.get("page", 1, type=int)))
        chosen = args.getlist("columns")
        columns = tuple(name for name in cls.COLUMNS if name in chosen) or cls.DEFAULT_COLUMNS
        return cls(filters, key, sort.startswith("-"), page, columns)

    def __getitem__(self, name: str) -> str:
        return self.filters[name]

    @property
    def filter_args(self) -> dict[str, str]:
        """The filters in use, as arguments of an address."""
        return {name: value for name, value in self.filters.items() if value}

    @property
    def column_args(self) -> dict[str, tuple[str, ...]]:
        return {} if self.columns == self.DEFAULT_COLUMNS else {"columns": self.columns}

    @property
    def sort_args(self) -> dict[str, str]:
        sort = f"-{self.sort}" if self.descending else self.sort
        return {} if sort == next(iter(self.SORTS)) else {"sort": sort}

    @property
    def query_args(self) -> dict[str, Any]:
        """Filters, sort order and columns, without the page, as arguments of an address."""
        return self.filter_args | self.sort_args | self.column_args

    @property
    def query_string(self) -> str:
        """The address of this page of the list, after the question mark."""
        return urlencode(self.query_args | {"page": self.page}, doseq=True)

    def toggle_sort(self, sort: str) -> dict[str, Any]:
        """The arguments for the list sorted by ``sort``, in the other direction if it is sorted by
        it already.
        """
        descending = sort == self.sort and not self.descending
        return self.filter_args | {"sort": f"-{sort}" if descending else sort} | self.column_args


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of the items that match a query, out of ``total``."""

    items: tuple[T, ...]
    number: int
    pages: int
    match_count: int
    total: int


def paginate(
    items: Sequence[T], number: int, total: int | None = None, size: int = PAGE_SIZE
) -> Page[T]:
    """The page ``number`` of ``items``, or the last one if there are fewer."""
    number, pages = locate_page(number, len(items), size)
    first = (number - 1) * size
    page_items = tuple(items[first : first + size])
    return Page(page_items, number, pages, len(items), len(items) if total is None else total)


def locate_page(number: int, total: int, size: int = PAGE_SIZE) -> tuple[int, int]:
    """The number of the page that exists, and how many there are: for lists of which the database
    reads one page.
    """
    pages = max(1, -(-total // size))
    return min(number, pages), pages


# Rows that are selected for an action: one mechanism for all lists.

MAX_NAMES = 5  # beside the reason why something was not done


@dataclass(frozen=True, slots=True)
class Selection:
    """The ticked rows of a list, or everything that its filter matches, also on other pages."""

    ids: frozenset[int]
    everything: bool
    args: MultiDict[str, str]  # filter and sort order of the list

    @classmethod
    def from_form(cls, form: MultiDict[str, str]) -> Self:
        """``pick`` are the ids of the ticked rows, ``filter`` is the query of the list's address,
        and with ``all`` the ticks do not matter.
        """
        args = parse_query(form.get("filter", ""))
        return cls(get_ints(form, "pick"), "all" in form, args)

    @classmethod
    def from_args(cls, args: MultiDict[str, str]) -> Self:
        """The same in an address: without a ``pick``, everything."""
        ids = get_ints(args, "pick")
        return cls(ids, not ids, args)

    def choose(
        self, items: Iterable[T], matching: Iterable[T], get_id: Callable[[T], int]
    ) -> list[T]:
        """The selected ones of ``items``; a ticked one counts even if it matches no longer."""
        if self.everything:
            return list(matching)
        return [item for item in items if get_id(item) in self.ids]

    @property
    def list_args(self) -> dict[str, Any]:
        """The arguments of the list's address, to return to it, without those of ``url_for``."""
        return {
            name: values
            for name, values in self.args.to_dict(flat=False).items()
            if name != "id" and not name.startswith("_")
        }

    @property
    def file_args(self) -> dict[str, Any]:
        """The arguments for the same selection as a file."""
        return self.list_args | ({} if self.everything else {"pick": sorted(self.ids)})

    @property
    def form_fields(self) -> list[tuple[str, str]]:
        """The fields of a form for the same selection, see ``from_form``."""
        chosen = (
            [("all", "1")] if self.everything else [("pick", str(id)) for id in sorted(self.ids)]
        )
        return [("filter", urlencode(self.list_args, doseq=True)), *chosen]


def parse_query(text: str) -> MultiDict[str, str]:
    """The arguments of an address, from its query string."""
    return MultiDict(parse_qsl(text))


def report(what: str, total: int, missed: Iterable[tuple[str, str]]) -> None:
    """Say how many of the selected an action reached, and why not the others."""
    missed, language = list(missed), current_language()
    flash(
        _(
            "%(what)s: %(reached)s von %(total)s.",
            what=what,
            reached=format_number(total - len(missed), language),
            total=format_number(total, language),
        )
    )
    for sentence in describe_missed(missed):
        flash(sentence, "warning")


def describe_missed(missed: Iterable[tuple[str, str]]) -> list[str]:
    """Why an action does not reach some of the selected; ``missed`` are pairs of name and reason,
    each reason is said once.
    """
    by_reason: dict[str, list[str]] = {}
    for name, why in missed:
        by_reason.setdefault(why, []).append(name)
    return [
        _(
            "Nicht dabei: %(count)s. %(why)s (%(names)s)",
            count=format_number(len(names), current_language()),
            why=why,
            names=", ".join(names[:MAX_NAMES]) + (" …" if len(names) > MAX_NAMES else ""),
        )
        for why, names in by_reason.items()
    ]
