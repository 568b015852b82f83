"""Opening a round, in short steps that store nothing before the last one."""

from collections import Counter
from dataclasses import asdict, dataclass
from datetime import date
from functools import cached_property

from flask import Response, flash, g, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import NotFound
from wtforms import BooleanField, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields import SelectChoice

from signoff import actions, store
from signoff.actions.rounds import Opening
from signoff.domain.dates import LONG, SHORT, cautions, end_of, suggested
from signoff.domain.errors import Reason, Refusal
from signoff.domain.mail import NoticeKind, Wish
from signoff.domain.members import Member
from signoff.domain.papers import Edition
from signoff.domain.rounds import PRESET, Asked, OpeningForm, Round
from signoff.domain.text import sort_key
from signoff.i18n.errors import caution_words
from signoff.store.mail_context import Planned
from signoff.web.context import db, language, now, settings, tools
from signoff.web.invitation.forms import StepForm, label, spelt
from signoff.web.login import actor, me
from signoff.web.office.access import blueprint, for_editors, to_round
from signoff.web.office.mail import ALONE, heads, part
from signoff.web.security import CONTENT

# The steps of an opening. Nothing is stored before the last one: what was typed travels on as hidden fields.

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
CARRIED = tuple(
    name
    for form in FORMS.values()
    for name in dir(form)
    if hasattr(getattr(form, name), "field_class")
)
HIDDEN = ("digest", "checked", "settled")
OWN = {
    "deadline": ("checked",),
    "settings": ("settled",),
}  # hidden fields that the step itself writes


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
        return sorted(
            actions.rounds.asked_members(db(), ()), key=lambda member: sort_key(member.name)
        )

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
        return actions.rounds.unreachable(db(), self.asked)

    def tags(self) -> list[tuple[str, int]]:
        """Every tag with how many members have it."""
        counts = Counter(tag for member in self.everybody for tag in member.tags)
        return sorted(counts.items(), key=lambda pair: sort_key(pair[0]))

    def offered(self) -> list[Member]:
        """Who can be picked by hand: all, or of very many those that were picked and those that were searched for."""
        if len(self.everybody) <= HANDFUL:
            return self.everybody
        picked, wanted = (
            set(self.fields.getlist("members")),
            self.fields.get("find", "").casefold().split(),
        )
        found = [
            member
            for member in self.everybody
            if wanted
            and all(word in f"{member.official_name} {member.state}".casefold() for word in wanted)
        ]
        return [
            *(member for member in self.everybody if member.key in picked),
            *[member for member in found if member.key not in picked][:HANDFUL],
        ]

    def preset(self, weeks: int) -> date:
        """The day in so many weeks on which every member's town hall works."""
        places = {(member.country, member.state) for member in self.asked or self.everybody} or {
            ("DE", "")
        }
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
        names = [
            name
            for name in (*CARRIED, *HIDDEN, *LISTS)
            if not hasattr(FORMS[step], name) and name not in own
        ]
        return [(name, value) for name in names for value in self.fields.getlist(name) if value]


MOST_RECIPIENTS = 300


@blueprint.get("/papers/<slug>/open")
@for_editors
def opening(slug: str) -> ResponseReturnValue:
    edition = actions.rounds.edition_of(db(), slug)
    if running := of_edition(edition):
        return to_round(running.id)
    return page(Opener(edition, MultiDict()), "who", [])


@blueprint.post("/papers/<slug>/open")
@for_editors
def open_round(slug: str) -> ResponseReturnValue:
    """Check the steps up to the one that was sent; show the first that is wrong, else the next; open with the last."""
    edition = actions.rounds.edition_of(db(), slug)
    if running := of_edition(edition):
        return to_round(running.id)
    opener, sent = Opener(edition, MultiDict(request.form)), request.form.get("step", "")
    sent = sent if sent in STEPS else "who"
    if (back := request.args.get("back", "")) in STEPS[:-1]:
        return page(opener, back, [])
    if (deed := request.args.get("deed", "")) and sent != "review":
        return looked(opener, sent, deed)
    for step in STEPS[: STEPS.index(sent) + 1]:
        if refused := wrong(opener, step):
            return page(opener, step, refused, 422)
    if (
        sent == "deadline"
        and opener.cautions()
        and opener.fields.get("checked") != opener.fields["deadline"]
    ):
        return page(opener, "deadline", [])
    if sent == "review":
        return opened(opener)
    return page(opener, STEPS[STEPS.index(sent) + 1], [])


def wrong(opener: Opener, step: str) -> list[Refusal]:
    if step == "review":
        return []
    refused = opener.read.step(step)
    if step == "who" and not refused and not opener.asked:
        return [Refusal(Reason.NOBODY_ASKED, "asked")]
    return refused


def looked(opener: Opener, step: str, deed: str) -> ResponseReturnValue:
    """The same step again: counted, with a day put in, with a preview, or with a test on its way."""
    if deed.isdecimal() and int(deed[:3]) in WEEKS:
        opener.fields["deadline"] = spelt(opener.preset(int(deed)))
    if deed == "test" and not (refused := opener.read.step("mail")):
        if plan := planned(opener):
            actions.mail.owe_test(
                db(),
                Wish(
                    me().id,
                    NoticeKind.INVITATION,
                    language(),
                    opening=store.mail_context.spelt(plan),
                ),
                actor(),
                now(),
            )
            flash(_("Die Testnachricht geht an %(email)s.", email=me().email))
    elif deed == "test":
        return page(opener, step, refused, 422)
    return page(opener, step, [])


def opened(opener: Opener) -> ResponseReturnValue:
    """The one place where a round is opened; a second click finds it."""
    try:
        round = actions.rounds.open_round(
            db(),
            opener.edition.slug,
            opener.opening(),
            actor(),
            now(),
            texts_required=texts_required(),
        )
    except Refusal as refusal:
        opener.fields["digest"] = opener.edition.digest
        return page(opener, "review", [refusal], 409)
    flash(_("Das Verfahren ist eröffnet. Die Einladungen werden jetzt versandt."))
    return to_round(round.id)


@blueprint.post("/papers/<slug>/open/mail")
@for_editors
def opening_mail(slug: str) -> ResponseReturnValue:
    """The invitation as its recipient will see it, as a document of its own (docs/decisions/0045)."""
    opener = Opener(actions.rounds.edition_of(db(), slug), MultiDict(request.form))
    plan = planned(opener)
    letter = store.mail_context.planned(db(), plan, now()) if plan else None
    if letter is None:
        raise NotFound
    response = Response(
        part(tools().rehearse(letter, now()), "html"), content_type="text/html; charset=utf-8"
    )
    response.headers["Content-Security-Policy"] = ALONE
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    return response


def planned(opener: Opener) -> Planned | None:
    """The invitation of the member that was chosen, or of the first that can be reached."""
    last, terms = opener.read.typed_deadline(), opener.read.terms()
    lost = {member.id for member in opener.unreachable}
    reached = [member for member in opener.asked if member.id not in lost]
    chosen = [
        member for member in reached if member.key == opener.fields.get("recipient")
    ] or reached
    if last is None or not chosen:
        return None
    deadline = end_of(last, store.association.get(db()).zone).isoformat()
    return Planned(opener.edition.id, chosen[0].id, deadline, asdict(terms))


def blockers(edition: Edition) -> list[Refusal]:
    """Why the round could not be opened now, whatever is typed."""
    found = []
    if texts_required() and not store.association.get(db()).texts_edited:
        found.append(Refusal(Reason.TEXTS_UNEDITED))
    try:
        actions.rounds.require_no_round(db(), edition, now())
    except Refusal as refusal:
        found.append(refusal)
    return found


def texts_required() -> bool:
    return not (settings().demo or settings().on_loopback)


def of_edition(edition: Edition) -> Round | None:
    """The round this text has been put to the members in."""
    round = store.rounds.latest(db(), edition.slug)
    return round if round and not round.cancelled_at and round.edition_id == edition.id else None


def page(
    opener: Opener, step: str, refused: list[Refusal], status: int = 200
) -> ResponseReturnValue:
    form = FORMS[step](formdata=opener.fields)
    strangers = form.attach(refused, language())
    given: dict[str, object] = {}
    if step == "mail":
        given = mail_step(opener, form)
    if step == "review":
        given = {
            "opening": opener.opening(),
            "blockers": [] if refused else blockers(opener.edition),
        }
        given |= {"deadline": end_of(opener.opening().deadline, store.association.get(db()).zone)}
        given |= {"form_words": form_words()}
        given |= {"trial": store.papers.find_latest_trial_print(db(), opener.edition.id)}
    if step in ("deadline", "review"):
        given["cautions"] = opener.cautions()
    html = render_template(
        f"office/open_{step}.html",
        opener=opener,
        edition=opener.edition,
        form=form,
        carried=opener.carried(step),
        strangers=strangers,
        **given,
    )
    response = Response(html, status)
    response.headers["Content-Security-Policy"] = f"{CONTENT}; connect-src 'self'; frame-src 'self'"
    return response


def form_words() -> dict[str, str]:
    """What the choices of the settings are called."""
    form = FORMS["settings"](formdata=None)
    chosen = {
        each.value: str(each.label)
        for field in (form["progress"], form["layout"])
        for each in field.choices
    }
    return {"progress": _("Zwischenstand sieht"), **chosen}


def mail_step(opener: Opener, form: object) -> dict[str, object]:
    lost = {member.id for member in opener.unreachable}
    reached = [member for member in opener.asked if member.id not in lost][:MOST_RECIPIENTS]
    form.recipient.choices = [SelectChoice(each.key, each.official_name) for each in reached]  # type: ignore[attr-defined]
    plan = planned(opener)
    letter = store.mail_context.planned(db(), plan, now()) if plan else None
    message = tools().rehearse(letter, now()) if letter else None
    return {
        "subject": message["Subject"] if message else "",
        "heads": [(words, str(message[name])) for name, words in heads().items()]
        if message
        else [],
        "text": part(message, "plain") if message else "",
    }
