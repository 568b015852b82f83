"""The member list as rows of a file: the columns in which it is taken in again, one row a representative."""

from collections.abc import Iterable, Iterator

from signoff.domain.member import Representative
from signoff.intake.rows import COLUMNS as COLUMNS
from signoff.intake.rows import ROLES
from signoff.store.directories import Listed

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
    shared = [member.key, member.name, member.official_name, member.kind, member.state, member.country]
    language = (person.language if person else "") or member.language
    who = [person.name, person.function, person.email, ROLE[person.may_answer]] if person else [""] * 4
    return [*shared, language, ", ".join(member.tags), *who]
