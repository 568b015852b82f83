"""What a change of the member list was, in the words of the journal."""

from collections.abc import Callable, Iterator, Sequence

from signoff.domain.enrolment import Change
from signoff.words import labels

A_FEW = 20  # changes of a member list that are told one by one
Gettext = Callable[[str], str]
Fields = Sequence[tuple[str, str, str]]


def changes(told: dict[str, object], gettext: Gettext) -> str:
    """Whom a change of the member list was about, and each field as it was and as it is."""
    person, fields, imported = told.get("person"), told.get("fields"), told.get("changed")
    lines = [", ".join(filter(None, (person["name"], person["email"])))] if isinstance(person, dict) else []
    if isinstance(fields, list):
        lines += [changed(gettext, *each) for each in fields]
    if isinstance(imported, list) and len(imported) > A_FEW:
        lines.append(gettext("Anzahl: %(count)s") % {"count": len(imported)})
    elif isinstance(imported, list):
        lines += [line for each in imported for line in taken_in(gettext, *each)]
    return "\n".join(filter(None, lines))


def taken_in(gettext: Gettext, change: str, key: str, email: str, fields: Fields = ()) -> Iterator[str]:
    """One member or representative of a list; lists taken in long ago do not say which fields changed."""
    yield ", ".join(filter(None, (gettext(labels.CHANGE[Change(change)]), key, email)))
    yield from (changed(gettext, *each) for each in fields)


def changed(gettext: Gettext, field: str, before: str, after: str) -> str:
    name = gettext(labels.FIELD[field]) if field in labels.FIELD else field
    old, new = (value_word(field, value, gettext) for value in (before, after))
    return gettext("%(field)s: %(before)s → %(after)s") % {"field": name, "before": old, "after": new}


def value_word(field: str, value: str, gettext: Gettext) -> str:
    """A value of the member list as it is shown."""
    if field == "may_answer":
        return gettext(labels.MAY_ANSWER[value == "yes"])
    return gettext("„%(text)s“") % {"text": value} if value else gettext("(leer)")
