"""From the typed fields of an opening to what is opened, step by step, or every reason why not."""

from collections.abc import Mapping, Sequence
from datetime import date
from enum import StrEnum

from signoff.domain.fields import Fields
from signoff.domain.moments import day
from signoff.domain.refusal import Reason, Refusal
from signoff.domain.round import Terms
from signoff.domain.steps import STEPS, spelt, steps

PROGRESS = ("none", "members", "everyone")
LAYOUTS = ("state", "place")
TICKS = ("persons", "functions", "basis", "dates", "notes", "late", "public")
PRESET = {"persons": "y", "functions": "y", "basis": "y", "dates": "y", "notes": "y", "progress": "none"} | {
    "layout": "state",
    "reminders": spelt(STEPS),
}


class Asked(StrEnum):
    """Who is asked: all members, those with a tag, or those that are picked."""

    ALL = "all"
    TAGS = "tags"
    HAND = "hand"


class OpeningForm(Fields):
    """Reads the fields of an opening; ``tags`` and ``members`` (keys) are what was ticked."""

    def __init__(self, fields: Mapping[str, str], tags: Sequence[str], members: Sequence[str], today: date) -> None:
        super().__init__(fields)
        self.tags, self.members, self.today = tuple(tags), tuple(members), today

    def step(self, name: str) -> list[Refusal]:
        """Why a step cannot be left yet; empty where it can."""
        steps = {"who": self.who, "deadline": self.deadline, "settings": self.terms, "mail": self.introductions}
        steps[name]()
        return self.refused

    def who(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Tags and keys of those who are asked; both empty: all."""
        asked = self.choice("asked", {each.value: each for each in Asked})
        if asked is Asked.TAGS:
            if not self.tags:
                self.refuse(Reason.NONE_PICKED, "asked")
            return self.tags, ()
        if asked is Asked.HAND:
            if not self.members:
                self.refuse(Reason.NONE_PICKED, "asked")
            return (), self.members
        return (), ()

    def deadline(self) -> date | None:
        last = self.date("deadline")
        if last and last < self.today:
            self.refuse(Reason.DEADLINE_PAST, "deadline")
        return last

    def terms(self) -> Terms:
        """The settings with the introductions of the mail."""
        ticked = {name: bool(self.fields.get(name)) for name in TICKS}
        introduction, introduction_en = self.introductions()
        try:
            reminders = steps(self.fields.get("reminders", ""))
        except Refusal as refusal:
            self.refused.append(refusal)
            reminders = ()
        return Terms(
            **ticked,
            progress=self.choice("progress", {each: each for each in PROGRESS}) or "none",
            layout=self.choice("layout", {each: each for each in LAYOUTS}) or "state",
            reminders=reminders,
            introduction=introduction,
            introduction_en=introduction_en,
        )

    def introductions(self) -> tuple[str, str]:
        return self.text("introduction", required=False), self.text("introduction_en", required=False)

    def typed_deadline(self) -> date | None:
        """The day that stands in the field, without a word where it is none."""
        try:
            return day(self.fields.get("deadline", ""))
        except Refusal:
            return None
