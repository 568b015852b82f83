"""The steps of an opening. Nothing is stored before the last one: what was typed travels on as hidden fields."""

from collections import Counter
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from flask import g
from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields import SelectChoice

from signoff.actions import inviting
from signoff.actions.inviting import Opening
from signoff.domain.collation import sort_key
from signoff.domain.member import Member
from signoff.domain.opening_form import PRESET, Asked, OpeningForm
from signoff.domain.paper import Edition
from signoff.domain.planning import LONG, SHORT, cautions, suggested
from signoff.web.context import db, language, now, tools
from signoff.web.sign.forms import StepForm, label, spelt
from signoff.words.planning import caution_words

STEPS = ("who", "deadline", "settings", "mail", "review")
LISTS = ("tags", "members")
HANDFUL = 300  # members that are offered for picking at once; beyond that they are searched for
WEEKS = (SHORT, LONG)


class WhoStep(StepForm):
    step = "who"
    asked = RadioField(
        label("asked"),
        choices=[
            SelectChoice(Asked.ALL.value, _l("Alle Mitglieder")),
            SelectChoice(Asked.TAGS.value, _l("Mitglieder mit bestimmten Schlagwörtern")),
            SelectChoice(Asked.HAND.value, _l("Einzelne Mitglieder")),
        ],
        validate_choice=False,
    )


class DeadlineStep(StepForm):
    step = "deadline"
    deadline = StringField(_l("Letzter Tag der Frist"))


class SettingsStep(StepForm):
    step = "settings"
    progress = RadioField(
        label("progress"),
        choices=[
            SelectChoice("none", _l("niemand")),
            SelectChoice("members", _l("die eingeladenen Mitglieder")),
            SelectChoice("everyone", _l("alle, auch die Öffentlichkeit")),
        ],
        validate_choice=False,
    )
    persons = BooleanField(_l("Personen nennen"))
    functions = BooleanField(_l("Funktionen nennen"))
    basis = BooleanField(_l("Grundlage drucken"))
    dates = BooleanField(_l("Daten drucken"))
    layout = RadioField(
        label("layout"),
        choices=[
            SelectChoice("state", _l("nach Ländern, darin nach Orten")),
            SelectChoice("place", _l("nach Orten")),
        ],
        validate_choice=False,
    )
    notes = BooleanField(_l("Protokollnotizen"))
    late = BooleanField(_l("Nachzeichnung"))
    public = BooleanField(_l("Entwurf öffentlich zeigen"))
    reminders = StringField(label("reminders"))


class MailStep(StepForm):
    step = "mail"
    introduction = TextAreaField(label("introduction"))
    introduction_en = TextAreaField(label("introduction_en"))
    recipient = SelectField(_l("Vorschau für"), validate_choice=False)


class ReviewStep(StepForm):
    step = "review"


FORMS: dict[str, type[StepForm]] = {
    each.step: each for each in (WhoStep, DeadlineStep, SettingsStep, MailStep, ReviewStep)
}
# "checked" is the deadline whose cautions were shown, "settled" says that the settings were.
CARRIED = tuple(name for form in FORMS.values() for name in dir(form) if hasattr(getattr(form, name), "field_class"))
HIDDEN = ("digest", "checked", "settled")
OWN = {"deadline": ("checked",), "settings": ("settled",)}  # hidden fields that the step itself writes


@dataclass
class Opener:
    """What was typed so far about one opening."""

    edition: Edition
    fields: "MultiDict[str, str]"

    def __post_init__(self) -> None:
        self.fields.setdefault("digest", self.edition.digest)
        self.fields.setdefault("asked", Asked.ALL.value)
        if not self.fields.get("settled"):
            for name, value in PRESET.items():
                self.fields.setdefault(name, value)
        if "deadline" not in self.fields:
            self.fields["deadline"] = spelt(self.preset(LONG))

    @property
    def read(self) -> OpeningForm:
        """The rules, with what was typed."""
        tags, members = (self.fields.getlist(name) for name in LISTS)
        return OpeningForm(self.fields.to_dict(), tags, members, self.today)

    @property
    def today(self) -> date:
        return now().astimezone(g.association.zone).date()

    @cached_property
    def everybody(self) -> list[Member]:
        return sorted(inviting.asked_members(db(), ()), key=lambda member: sort_key(member.name))

    @cached_property
    def asked(self) -> list[Member]:
        """Who would be asked by the choice as it stands."""
        form = self.read
        tags, keys = form.who()
        if form.refused:
            return []
        return [
            member
            for member in self.everybody
            if (not tags or set(tags) & set(member.tags)) and (not keys or member.key in keys)
        ]

    @cached_property
    def unreachable(self) -> list[Member]:
        return inviting.unreachable(db(), self.asked)

    def tags(self) -> list[tuple[str, int]]:
        """Every tag with how many members have it."""
        counts = Counter(tag for member in self.everybody for tag in member.tags)
        return sorted(counts.items(), key=lambda pair: sort_key(pair[0]))

    def offered(self) -> list[Member]:
        """Who can be picked by hand: all, or of very many those that were picked and those that were searched for."""
        if len(self.everybody) <= HANDFUL:
            return self.everybody
        picked, wanted = set(self.fields.getlist("members")), self.fields.get("find", "").casefold().split()
        found = [
            member
            for member in self.everybody
            if wanted and all(word in f"{member.official_name} {member.state}".casefold() for word in wanted)
        ]
        return [
            *(member for member in self.everybody if member.key in picked),
            *[member for member in found if member.key not in picked][:HANDFUL],
        ]

    def preset(self, weeks: int) -> date:
        """The day in so many weeks on which every member's town hall works."""
        places = {(member.country, member.state) for member in self.asked or self.everybody} or {("DE", "")}
        works = tools().calendar.works
        return suggested(weeks, self.today, lambda day: all(works(day, *place) for place in places))

    def cautions(self) -> list[str]:
        """What speaks against the deadline as it is typed."""
        last = self.read.typed_deadline()
        if last is None or last < self.today:
            return []
        places = [(member.country, member.state) for member in self.asked]
        kept = tools().calendar.holidays(last, places, language())
        return [caution_words(each, language()) for each in cautions(last, self.today, kept)]

    def opening(self) -> Opening:
        """What would be opened; the steps before have been found right."""
        form = self.read
        tags, keys = form.who()
        last, terms = form.deadline(), form.terms()
        assert last
        return Opening(last, tags, terms, keys, self.fields["digest"])

    def carried(self, step: str) -> list[tuple[str, str]]:
        """What the other steps asked for, for the hidden fields of this one."""
        own = {*LISTS} if step == "who" else {*OWN.get(step, ())}
        names = [name for name in (*CARRIED, *HIDDEN, *LISTS) if not hasattr(FORMS[step], name) and name not in own]
        return [(name, value) for name in names for value in self.fields.getlist(name) if value]
