"""What the office types about a member and the people there."""

from collections.abc import Callable, Collection

from signoff.domain.fields import Fields
from signoff.domain.member import Member, Representative
from signoff.domain.passing import ENCODED
from signoff.domain.refusal import Reason, Refusals

Address = Callable[[str], str | None]  # the address as mail servers speak it, or None where it is none


class MemberForm(Fields):
    """Reads the fields named in ``MEMBER_FACTS``. ``languages`` are those on offer."""

    def member(self, id: int, languages: Collection[str]) -> Member:
        """Raises ``Refusals`` naming every field that is wrong, in the order of the form."""
        name, official = self.text("name"), self.text("official_name", required=False)
        member = Member(
            id,
            name=name,
            official_name=official or name,
            key=self.text("key"),
            kind=self.text("kind", required=False),
            state=self.text("state", required=False),
            country=self.country(),
            language=self.choice("language", {each: each for each in languages}) or "",
            tags=self.tags(),
        )
        if self.refused:
            raise Refusals(self.refused)
        return member

    def country(self) -> str:
        """ISO 3166-1 alpha-2; Germany where nothing is said."""
        typed = self.text("country", required=False).upper() or "DE"
        if not (len(typed) == 2 and typed.isascii() and typed.isalpha()):
            self.refuse(Reason.NOT_A_COUNTRY, "country", text=typed)
        return typed

    def tags(self) -> tuple[str, ...]:
        """Separated by commas, each once."""
        typed = (" ".join(tag.split()) for tag in self.text("tags", required=False).split(","))
        return tuple(dict.fromkeys(tag for tag in typed if tag))


class RepresentativeForm(Fields):
    """Reads the fields named in ``REPRESENTATIVE_FACTS``."""

    def person(self, id: int, member_id: int, languages: Collection[str], address: Address) -> Representative:
        """Raises ``Refusals`` naming every field that is wrong, in the order of the form.

        A name or an address has to be there; without an address she is reached by letter.
        """
        typed = self.text("email", required=False)
        person = Representative(
            id,
            member_id,
            self.line("name", required=not typed),
            self.line("function"),
            self.address(typed, address),
            self.choice("language", {each: each for each in languages}) or "" if self.fields.get("language") else "",
            may_answer=self.choice("may_answer", {"yes": True, "no": False}) is not False,
        )
        if self.refused:
            raise Refusals(self.refused)
        return person

    def line(self, field: str, *, required: bool = False) -> str:
        """One line that may stand in a mail's header."""
        typed = self.text(field, required=required)
        if ENCODED in typed:
            self.refuse(Reason.CONTROL_CHARACTERS, field)
        return typed

    def address(self, typed: str, address: Address) -> str:
        if not typed or any(refusal.field == "email" for refusal in self.refused):
            return ""
        found = address(typed)
        if found is None:
            self.refuse(Reason.NOT_AN_ADDRESS, "email", text=typed)
        return found or ""
