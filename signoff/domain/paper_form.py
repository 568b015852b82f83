"""From the typed fields of a paper to its text, or every reason why not."""

from datetime import date

from signoff.domain.fields import Fields
from signoff.domain.paper import KINDS, Text
from signoff.domain.refusal import Reason, Refusals

EARLIEST = date(1946, 1, 1)  # of an adoption; before that the year is mistyped
LANGUAGES = ("de", "en")


class PaperForm(Fields):
    """Reads the fields of one form; collects every refusal instead of stopping at the first."""

    def title(self) -> str:
        return self.text("title")

    def paper(self, html: str, today: date, kinds: tuple[str, ...] = KINDS) -> Text:
        """The text with everything said about it. Raises ``Refusals`` naming every field that is wrong."""
        text = Text(
            title=self.title(),
            html=html,
            subtitle=self.text("subtitle", required=False),
            kind=self.choice("kind", {kind: kind for kind in kinds}) or "",
            language=self.choice("language", {each: each for each in LANGUAGES}) or "",
            adopted_by=self.text("adopted_by", required=False),
            adopted_on=self.adopted_on(today),
            adopted_at=self.text("adopted_at", required=False),
            assembly=self.text("assembly", required=False),
            vote=self.text("vote", required=False),
            contact=self.text("contact", required=False),
        )
        if self.refused:
            raise Refusals(self.refused)
        return text

    def adopted_on(self, today: date) -> date | None:
        """The day of the adoption; it lies before today, and not so far that the year would be mistyped."""
        day = self.date("adopted_on") if self.fields.get("adopted_on", "").strip() else None
        if day and day > today:
            self.refuse(Reason.ADOPTED_LATER, "adopted_on", day=day)
        if day and day < EARLIEST:
            self.refuse(Reason.DATE_TOO_EARLY, "adopted_on", day=day)
        return day
