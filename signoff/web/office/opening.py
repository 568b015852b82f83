"""Opening a round, in short steps that store nothing before the last one."""

from collections import Counter
from dataclasses import asdict, dataclass
from datetime import date
from functools import cached_property

from flask import Response, flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import NotFound
from wtforms import BooleanField, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields import SelectChoice

from signoff import actions, store
from signoff.actions.rounds import Opening
from signoff.domain.dates import (
    COUNCIL_DECISION_WEEKS,
    DECLARATION_WEEKS,
    end_of_day,
    list_deadline_warnings,
    suggest_deadline,
)
from signoff.domain.errors import Reason, Refusal
from signoff.domain.mail import MailKind, MailTestRequest
from signoff.domain.members import Member
from signoff.domain.papers import Edition
from signoff.domain.rounds import OPENING_DEFAULTS, MemberSelection, OpeningForm, Round
from signoff.domain.text import sort_key
from signoff.i18n.errors import describe_caution
from signoff.store.mail_context import PlannedInvitation
from signoff.web.context import current_date, current_language, db, now, services, settings
from signoff.web.invitation.forms import StepForm, field_label, format_input_date
from signoff.web.login import current_account, current_actor
from signoff.web.office.access import blueprint, editor_required, redirect_to_round
from signoff.web.office.mail import PREVIEW_CSP, get_body_part, get_header_labels
from signoff.web.security import CONTENT_SECURITY_POLICY

# The steps of an opening. Nothing is stored before the last one: what was typed travels on as hidden fields.

STEPS = ("who", "deadline", "settings", "mail", "review")
MULTI_VALUE_FIELDS = ("tags", "members")
MAX_MEMBERS_OFFERED = (
    300  # members that are offered for picking at once; beyond that they are searched for
)
DEADLINE_WEEKS = (DECLARATION_WEEKS, COUNCIL_DECISION_WEEKS)


class MembersStep(StepForm):
    step = "who"
    asked = RadioField(
        field_label("asked"),
        choices=[
            SelectChoice(MemberSelection.ALL.value, _l("Alle Mitglieder")),
            SelectChoice(MemberSelection.TAGS.value, _l("Mitglieder mit bestimmten Schlagwörtern")),
            SelectChoice(MemberSelection.HAND.value, _l("Einzelne Mitglieder")),
        ],
        validate_choice=False,
    )


class DeadlineStep(StepForm):
    step = "deadline"
    deadline = StringField(_l("Letzter Tag der Frist"))


class SettingsStep(StepForm):
    step = "settings"
    progress = RadioField(
        field_label("progress"),
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
        field_label("layout"),
        choices=[
            SelectChoice("state", _l("nach Ländern, darin nach Orten")),
            SelectChoice("place", _l("nach Orten")),
        ],
        validate_choice=False,
    )
    notes = BooleanField(_l("Protokollnotizen"))
    late = BooleanField(_l("Nachzeichnung"))
    public = BooleanField(_l("Entwurf öffentlich zeigen"))
    reminders = StringField(field_label("reminders"))


class MailStep(StepForm):
    step = "mail"
    introduction = TextAreaField(field_label("introduction"))
    introduction_en = TextAreaField(field_label("introduction_en"))
    recipient = SelectField(_l("Vorschau für"), validate_choice=False)


class ReviewStep(StepForm):
    step = "review"


STEP_FORMS: dict[str, type[StepForm]] = {
    each.step: each for each in (MembersStep, DeadlineStep, SettingsStep, MailStep, ReviewStep)
}
# "checked" is the deadline whose cautions were shown, "settled" says that the settings were.
CARRIED_FIELDS = tuple(
    name
    for form in STEP_FORMS.values()
    for name in dir(form)
    if hasattr(getattr(form, name), "field_class")
)
HIDDEN_FIELDS = ("digest", "checked", "settled")
OWN_HIDDEN_FIELDS = {
    "deadline": ("checked",),
    "settings": ("settled",),
}  # hidden fields that the step itself writes


@dataclass
class OpeningDraft:
    """What was typed so far about one opening."""

    edition: Edition
    fields: "MultiDict[str, str]"

    def __post_init__(self) -> None:
        self.fields.setdefault("digest", self.edition.digest)
        self.fields.setdefault("asked", MemberSelection.ALL.value)
        if not self.fields.get("settled"):
            for name, value in OPENING_DEFAULTS.items():
                self.fields.setdefault(name, value)
        if "deadline" not in self.fields:
            self.fields["deadline"] = format_input_date(self.preset(COUNCIL_DECISION_WEEKS))

    @property
    def read(self) -> OpeningForm:
        """The rules, with what was typed."""
        tags, members = (self.fields.getlist(name) for name in MULTI_VALUE_FIELDS)
        return OpeningForm(self.fields.to_dict(), tags, members, self.today)

    @property
    def today(self) -> date:
        return current_date()

    @cached_property
    def everybody(self) -> list[Member]:
        return sorted(
            actions.rounds.list_members_to_invite(db(), ()),
            key=lambda member: sort_key(member.name),
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
        return actions.rounds.list_unreachable_members(db(), self.asked)

    def tags(self) -> list[tuple[str, int]]:
        """Every tag with how many members have it."""
        counts = Counter(tag for member in self.everybody for tag in member.tags)
        return sorted(counts.items(), key=lambda pair: sort_key(pair[0]))

    def offered(self) -> list[Member]:
        """Who can be picked by hand: all, or of very many those that were picked and those that were searched for."""
        if len(self.everybody) <= MAX_MEMBERS_OFFERED:
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
            *[member for member in found if member.key not in picked][:MAX_MEMBERS_OFFERED],
        ]

    def preset(self, weeks: int) -> date:
        """The day in so many weeks on which every member's town hall works."""
        places = {(member.country, member.state) for member in self.asked or self.everybody} or {
            ("DE", "")
        }
        works = services().calendar.works
        return suggest_deadline(
            weeks, self.today, lambda day: all(works(day, *place) for place in places)
        )

    def cautions(self) -> list[str]:
        """What speaks against the deadline as it is typed."""
        last = self.read.typed_deadline()
        if last is None or last < self.today:
            return []
        places = [(member.country, member.state) for member in self.asked]
        kept = services().calendar.holidays(last, places, current_language())
        return [
            describe_caution(each, current_language())
            for each in list_deadline_warnings(last, self.today, kept)
        ]

    def opening(self) -> Opening:
        """What would be opened; the steps before have been found right."""
        form = self.read
        tags, keys = form.who()
        last, terms = form.deadline(), form.terms()
        assert last
        return Opening(last, tags, terms, keys, self.fields["digest"])

    def carried(self, step: str) -> list[tuple[str, str]]:
        """What the other steps asked for, for the hidden fields of this one."""
        own = {*MULTI_VALUE_FIELDS} if step == "who" else {*OWN_HIDDEN_FIELDS.get(step, ())}
        names = [
            name
            for name in (*CARRIED_FIELDS, *HIDDEN_FIELDS, *MULTI_VALUE_FIELDS)
            if not hasattr(STEP_FORMS[step], name) and name not in own
        ]
        return [(name, value) for name in names for value in self.fields.getlist(name) if value]


MAX_RECIPIENTS = 300


@blueprint.get("/papers/<slug>/open")
@editor_required
def show_opening_form(slug: str) -> ResponseReturnValue:
    edition = actions.papers.get_latest_edition(db(), slug)
    if running := find_round_of_edition(edition):
        return redirect_to_round(running.id)
    return render_step(OpeningDraft(edition, MultiDict()), "who", [])


@blueprint.post("/papers/<slug>/open")
@editor_required
def open_round(slug: str) -> ResponseReturnValue:
    """Check the steps up to the one that was sent; show the first that is wrong, else the next; open with the last."""
    edition = actions.papers.get_latest_edition(db(), slug)
    if running := find_round_of_edition(edition):
        return redirect_to_round(running.id)
    opener, sent = OpeningDraft(edition, MultiDict(request.form)), request.form.get("step", "")
    sent = sent if sent in STEPS else "who"
    if (back := request.args.get("back", "")) in STEPS[:-1]:
        return render_step(opener, back, [])
    if (deed := request.args.get("deed", "")) and sent != "review":
        return redisplay_step(opener, sent, deed)
    for step in STEPS[: STEPS.index(sent) + 1]:
        if refused := validate_step(opener, step):
            return render_step(opener, step, refused, 422)
    if (
        sent == "deadline"
        and opener.cautions()
        and opener.fields.get("checked") != opener.fields["deadline"]
    ):
        return render_step(opener, "deadline", [])
    if sent == "review":
        return complete_opening(opener)
    return render_step(opener, STEPS[STEPS.index(sent) + 1], [])


def validate_step(opener: OpeningDraft, step: str) -> list[Refusal]:
    if step == "review":
        return []
    refused = opener.read.step(step)
    if step == "who" and not refused and not opener.asked:
        return [Refusal(Reason.NOBODY_ASKED, "asked")]
    return refused


def redisplay_step(opener: OpeningDraft, step: str, deed: str) -> ResponseReturnValue:
    """The same step again: counted, with a day put in, with a preview, or with a test on its way."""
    if deed.isdecimal() and int(deed[:3]) in DEADLINE_WEEKS:
        opener.fields["deadline"] = format_input_date(opener.preset(int(deed)))
    if deed == "test" and not (refused := opener.read.step("mail")):
        if plan := plan_preview(opener):
            actions.mail.enqueue_test_mail(
                db(),
                MailTestRequest(
                    current_account().id,
                    MailKind.INVITATION,
                    current_language(),
                    opening=store.mail_context.serialize_planned_invitation(plan),
                ),
                current_actor(),
                now(),
            )
            flash(_("Die Testnachricht geht an %(email)s.", email=current_account().email))
    elif deed == "test":
        return render_step(opener, step, refused, 422)
    return render_step(opener, step, [])


def complete_opening(opener: OpeningDraft) -> ResponseReturnValue:
    """The one place where a round is opened; a second click finds it."""
    try:
        round = actions.rounds.open_round(
            db(),
            opener.edition.slug,
            opener.opening(),
            current_actor(),
            now(),
            texts_required=are_legal_texts_required(),
        )
    except Refusal as refusal:
        opener.fields["digest"] = opener.edition.digest
        return render_step(opener, "review", [refusal], 409)
    flash(_("Das Verfahren ist eröffnet. Die Einladungen werden jetzt versandt."))
    return redirect_to_round(round.id)


@blueprint.post("/papers/<slug>/open/mail")
@editor_required
def preview_opening_mail(slug: str) -> ResponseReturnValue:
    """The invitation as its recipient will see it, as a document of its own (docs/decisions/0045)."""
    opener = OpeningDraft(actions.papers.get_latest_edition(db(), slug), MultiDict(request.form))
    plan = plan_preview(opener)
    letter = store.mail_context.load_planned_invitation(db(), plan, now()) if plan else None
    if letter is None:
        raise NotFound
    response = Response(
        get_body_part(services().rehearse(letter, now()), "html"),
        content_type="text/html; charset=utf-8",
    )
    response.headers["Content-Security-Policy"] = PREVIEW_CSP
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    return response


def plan_preview(opener: OpeningDraft) -> PlannedInvitation | None:
    """The invitation of the member that was chosen, or of the first that can be reached."""
    last, terms = opener.read.typed_deadline(), opener.read.terms()
    lost = {member.id for member in opener.unreachable}
    reached = [member for member in opener.asked if member.id not in lost]
    chosen = [
        member for member in reached if member.key == opener.fields.get("recipient")
    ] or reached
    if last is None or not chosen:
        return None
    deadline = end_of_day(last, store.association.get(db()).zone).isoformat()
    return PlannedInvitation(opener.edition.id, chosen[0].id, deadline, asdict(terms))


def list_blockers(edition: Edition) -> list[Refusal]:
    """Why the round could not be opened now, whatever is typed."""
    found = []
    if are_legal_texts_required() and not store.association.get(db()).texts_edited:
        found.append(Refusal(Reason.TEXTS_UNEDITED))
    try:
        actions.rounds.require_no_round(db(), edition, now())
    except Refusal as refusal:
        found.append(refusal)
    return found


def are_legal_texts_required() -> bool:
    return not (settings().demo or settings().on_loopback)


def find_round_of_edition(edition: Edition) -> Round | None:
    """The round this text has been put to the members in."""
    round = store.rounds.find_by_slug(db(), edition.slug)
    return round if round and not round.cancelled_at and round.edition_id == edition.id else None


def render_step(
    opener: OpeningDraft, step: str, refused: list[Refusal], status: int = 200
) -> ResponseReturnValue:
    form = STEP_FORMS[step](formdata=opener.fields)
    strangers = form.attach(refused, current_language())
    given: dict[str, object] = {}
    if step == "mail":
        given = build_mail_step(opener, form)
    if step == "review":
        given = {
            "opening": opener.opening(),
            "blockers": [] if refused else list_blockers(opener.edition),
        }
        given |= {
            "deadline": end_of_day(opener.opening().deadline, store.association.get(db()).zone)
        }
        given |= {"form_words": get_choice_labels()}
        given |= {"trial": store.releases.find_latest_trial_print(db(), opener.edition.id)}
    if step in ("deadline", "review"):
        given["cautions"] = opener.cautions()
    html = render_template(
        f"office/opening/{step}.html",
        opener=opener,
        edition=opener.edition,
        form=form,
        carried=opener.carried(step),
        strangers=strangers,
        **given,
    )
    response = Response(html, status)
    response.headers["Content-Security-Policy"] = (
        f"{CONTENT_SECURITY_POLICY}; connect-src 'self'; frame-src 'self'"
    )
    return response


def get_choice_labels() -> dict[str, str]:
    """What the choices of the settings are called."""
    form = STEP_FORMS["settings"](formdata=None)
    chosen = {
        each.value: str(each.label)
        for field in (form["progress"], form["layout"])
        for each in field.choices
    }
    return {"progress": _("Zwischenstand sieht"), **chosen}


def build_mail_step(opener: OpeningDraft, form: object) -> dict[str, object]:
    lost = {member.id for member in opener.unreachable}
    reached = [member for member in opener.asked if member.id not in lost][:MAX_RECIPIENTS]
    form.recipient.choices = [SelectChoice(each.key, each.official_name) for each in reached]  # type: ignore[attr-defined]
    plan = plan_preview(opener)
    letter = store.mail_context.load_planned_invitation(db(), plan, now()) if plan else None
    message = services().rehearse(letter, now()) if letter else None
    return {
        "subject": message["Subject"] if message else "",
        "heads": [(words, str(message[name])) for name, words in get_header_labels().items()]
        if message
        else [],
        "text": get_body_part(message, "plain") if message else "",
    }
