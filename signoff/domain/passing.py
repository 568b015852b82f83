"""Passing the task on to a colleague: what is typed, how many may hold a link, who may end one."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from signoff.domain.address import is_one_address, same_address
from signoff.domain.fields import Fields, unprintable
from signoff.domain.invitation import Link
from signoff.domain.refusal import Reason, Refusal, Refusals

MOST_OPEN = 5  # open links an invitation has besides the registered ones
ENCODED = "=?"  # begins an encoded word (RFC 2047), which a mail program would show as something else
MOST_EVER = 20  # ended ones too: nobody mails half a town by passing on and ending in turn


@dataclass(frozen=True, slots=True)
class Colleague:
    """To whom the task is passed on, and what is written to her."""

    name: str
    unit: str
    email: str
    message: str = ""


@dataclass(frozen=True, slots=True)
class Station:
    """One link in the order of the chain; ``by`` is the link of whoever passed it on."""

    link: Link
    by: Link | None
    depth: int = 0


class PassingForm(Fields):
    """Reads the fields ``name``, ``unit``, ``email`` and ``message``."""

    def colleague(self) -> Colleague:
        """Raises ``Refusals`` naming every field that is wrong, in the order of the form."""
        name, unit, email = self.line("name"), self.line("unit"), self.address()
        colleague = Colleague(name, unit, email, self.text("message", required=False))
        if self.refused:
            raise Refusals(self.refused)
        return colleague

    def line(self, field: str) -> str:
        """One line for a mail's header: a line break is refused, not mended: nobody is in doubt what was sent."""
        typed = self.fields.get(field, "").strip()
        if any(map(unprintable, typed)) or ENCODED in typed:
            self.refuse(Reason.CONTROL_CHARACTERS, field)
            return ""
        return self.text(field)

    def address(self) -> str:
        email = self.line("email")
        if email and not is_one_address(email):
            self.refuse(Reason.NOT_AN_ADDRESS, "email", text=email)
        return email


def holder(links: Iterable[Link], email: str) -> Link | None:
    """Whose open link to answer with already goes to ``email``; one for information only is none."""
    still_open = (link for link in links if link.ended_at is None and link.may_answer)
    return next((link for link in still_open if same_address(link.email, email)), None)


def require_room(links: Sequence[Link]) -> None:
    """Refuse one more link where the invitation has enough of them; ``links`` are all there ever were."""
    passed = [link for link in links if link.passed_on_by]
    still_open = [link for link in passed if link.ended_at is None]
    if len(still_open) >= MOST_OPEN or len(passed) >= MOST_EVER:
        raise Refusal(Reason.TOO_MANY_LINKS, limit=MOST_OPEN)


def may_end(actor: Link, link: Link, links: Sequence[Link]) -> bool:
    """A registered person may end every link that was passed on; others those that came from them."""
    return link.passed_on_by is not None and (
        actor.representative_id is not None or link.id in {each.id for each in below(actor, links)}
    )


def below(link: Link, links: Sequence[Link]) -> list[Link]:
    """All links that came from ``link``, over any number of hands."""
    found: list[Link] = []
    for each in links:  # a link is always younger than the one it came from
        if each.passed_on_by == link.id or any(each.passed_on_by == one.id for one in found):
            found.append(each)
    return found


def chain(links: Sequence[Link]) -> list[Station]:
    """All links, each below the one it came from."""
    known = {link.id: link for link in links}

    def stations(by: Link | None, depth: int) -> Iterable[Station]:
        for link in links:
            parent = known.get(link.passed_on_by) if link.passed_on_by else None
            if parent is by:
                yield Station(link, by, depth)
                yield from stations(link, depth + 1)

    return list(stations(None, 0))
