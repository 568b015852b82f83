"""Filtered, sorted and paged lists: the query in an address, and one page of the result."""

from collections.abc import Collection, Container, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Generic, Self, TypeVar

from werkzeug.datastructures import MultiDict

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


@dataclass(frozen=True, slots=True)
class ListQuery:
    """What an address asks of a list. A value that is not on offer counts as none.

    Subclasses declare ``FILTERS``, the values on offer for each filter (``None``: any text), and
    ``SORTS``, the keys to sort by, the default first.
    """

    FILTERS: ClassVar[Mapping[str, Container[str] | None]] = {}
    SORTS: ClassVar[Collection[str]] = ("",)

    filters: Mapping[str, str]  # every declared one; "" where it is not used
    sort: str
    descending: bool
    page: int

    @classmethod
    def from_args(cls, args: MultiDict[str, str]) -> Self:
        filters = {name: args.get(name, "").strip()[:MAX_TEXT_LENGTH] for name in cls.FILTERS}
        for name, values in cls.FILTERS.items():
            if values is not None and filters[name] not in values:
                filters[name] = ""
        sort = args.get("sort", "")
        key = sort.removeprefix("-")
        if key not in cls.SORTS:
            sort = key = next(iter(cls.SORTS))
        page = max(1, min(MAX_PAGE, args.get("page", 1, type=int)))
        return cls(filters, key, sort.startswith("-"), page)

    def __getitem__(self, name: str) -> str:
        return self.filters[name]

    @property
    def filter_args(self) -> dict[str, str]:
        """The filters in use, as arguments of an address."""
        return {name: value for name, value in self.filters.items() if value}

    @property
    def query_args(self) -> dict[str, str]:
        """Filters and sort order, without the page, as arguments of an address."""
        sort = f"-{self.sort}" if self.descending else self.sort
        return self.filter_args | ({} if sort == next(iter(self.SORTS)) else {"sort": sort})

    def toggle_sort(self, sort: str) -> dict[str, str]:
        """The arguments for the list sorted by ``sort``, in the other direction if it is sorted by
        it already.
        """
        descending = sort == self.sort and not self.descending
        return self.filter_args | {"sort": f"-{sort}" if descending else sort}


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of the items that match a query, out of ``total``."""

    items: tuple[T, ...]
    number: int
    pages: int
    match_count: int
    total: int


def paginate(items: Sequence[T], number: int, total: int | None = None) -> Page[T]:
    """The page ``number`` of ``items``, or the last one if there are fewer."""
    number, pages = locate_page(number, len(items))
    first = (number - 1) * PAGE_SIZE
    page_items = tuple(items[first : first + PAGE_SIZE])
    return Page(page_items, number, pages, len(items), len(items) if total is None else total)


def locate_page(number: int, total: int) -> tuple[int, int]:
    """The number of the page that exists, and how many there are: for lists of which the database
    reads one page.
    """
    pages = max(1, -(-total // PAGE_SIZE))
    return min(number, pages), pages
