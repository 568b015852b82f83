"""Opening a round, in short steps of which only the last one stores anything."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from email.message import EmailMessage
from functools import cached_property

from flask import Response, flash, g, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup
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
    suggest_deadline,
)
from signoff.domain.errors import Reason, Refusal, Refusals
from signoff.domain.mail import MailKind, MailTestRequest
from signoff.domain.members import Member
from signoff.domain.papers import Edition
from signoff.domain.releases import Print
from signoff.domain.rounds import (
    MemberSelection,
    OpeningForm,
    Round,
    Terms,
    format_settings,
)
from signoff.domain.setup import SetupLine
from signoff.domain.text import decode_domains, sort_key
from signoff.i18n.catalogue import LANGUAGES, get_catalogue, get_language_name
from signoff.i18n.labels import SETUP
from signoff.store.mail import PlannedInvitation
from signoff.web.context import current_date, current_language, db, now, services, settings
from signoff.web.downloads import send_private_pdf
from signoff.web.forms import BaseForm, format_input_date, list_refusals
from signoff.web.listing import get_int
from signoff.web.login import current_account, current_actor
from signoff.web.office.access import blueprint, editor_required, redirect_to_round
from signoff.web.office.deadlines import describe_deadline
from signoff.web.office.mail import (
    build_html_part,
    describe_delivery,
    get_body_part,
    list_headers,
)
from signoff.web.office.setup import get_setup_address
from signoff.web.security import CONTENT_SECURITY_POLICY

# The forms of the steps. The values of the other steps travel along as hidden fields.

STEPS = ("members", "deadline", "settings", "mail", "review")
MULTI_VALUE_FIELDS = ("tags", "members")
MAX_MEMBERS_OFFERED = 300  # for selection at once; with more members the page has a search
BLOCKER_LINES = {
    Reason.NO_MAIL_SERVER: SetupLine.MAIL,
    Reason.MAIL_REFUSED: SetupLine.MAIL,
}
DEADLINE_WEEKS = (DECLARATION_WEEKS, COUNCIL_DECISION_WEEKS)


class StepWithBlockers(BaseForm):
    """A step that says what prevents the opening, with the way to the page where it is settled."""

    def describe(self, refusal: Refusal) -> str:
        line = BLOCKER_LINES.get(refusal.reason) or refusal.facts.get("line")
        if not isinstance(line, SetupLine):
            return super().describe(refusal)
        message = (
            _("Bevor Sie Mitglieder einladen, fehlt noch:")
            if refusal.reason is Reason.SETUP_OPEN
            else super().describe(refusal)
        )
        name = get_catalogue(current_language()).gettext(SETUP[line])
        return Markup('{} <a href="{}">{}</a>').format(  # noqa: S704 (escapes its arguments)
            message, get_setup_address(line, store.setup.load(db())), name
        )


class SelectionForm(StepWithBlockers):
    step = "members"
    selection = RadioField(
        _l("Wer wird eingeladen?"),
        choices=[
            SelectChoice(MemberSelection.ALL.value, _l("Alle Mitglieder")),
            SelectChoice(MemberSelection.TAGS.value, _l("Mitglieder mit bestimmten Schlagwörtern")),
            SelectChoice(MemberSelection.INDIVIDUAL.value, _l("Einzelne Mitglieder")),
        ],
        validate_choice=False,
    )


class OpeningDeadlineForm(BaseForm):
    step = "deadline"
    deadline = StringField(_l("Letzter Tag der Frist"))


class SettingsForm(BaseForm):
    step = "settings"
    progress = RadioField(
        _l("Wer sieht während des Verfahrens, wie viele mitgezeichnet haben?"),
        choices=[
            SelectChoice("none", _l("niemand")),
            SelectChoice("members", _l("die eingeladenen Mitglieder")),
            SelectChoice("everyone", _l("alle, auch die Öffentlichkeit")),
        ],
        validate_choice=False,
    )
    signers = BooleanField(_l("Personen nennen"))
    functions = BooleanField(_l("Funktionen nennen"))
    basis = BooleanField(_l("Grundlage drucken"))
    dates = BooleanField(_l("Daten der Beschlüsse drucken"))
    signing_dates = BooleanField(_l("Tage der Mitzeichnung drucken"))
    keys = BooleanField(_l("Schlüssel veröffentlichen"))
    layout = RadioField(
        choices=[
            SelectChoice("state", _l("nach Ländern, darin nach Orten")),
            SelectChoice("place", _l("nach Orten")),
            SelectChoice("accession", _l("nach dem Zeitpunkt der Mitzeichnung")),
        ],
        validate_choice=False,
    )
    inhabitants = BooleanField(_l("Einwohnerzahl nennen"))
    inhabitants_as_of = StringField(_l("Stand der Einwohnerzahlen"))
    first_tag = SelectField(_l("Erstunterzeichnende"), validate_choice=False)
    notes = BooleanField(_l("Protokollnotizen"))
    late = BooleanField(_l("Nachzeichnung"))
    public = BooleanField(_l("Entwurf öffentlich zeigen"))
    applications = BooleanField()
    reminders = StringField()


class MailForm(BaseForm):
    """Has an introduction for each language: ``introduction_de``."""

    step = "mail"
    recipient = SelectField(_l("Vorschau für"), validate_choice=False)


for language in LANGUAGES:
    setattr(MailForm, f"introduction_{language}", TextAreaField())


class OpeningReviewForm(StepWithBlockers):
    step = "review"


STEP_FORMS: dict[str, type[BaseForm]] = {
    form.step: form
    for form in (SelectionForm, OpeningDeadlineForm, SettingsForm, MailForm, OpeningReviewForm)
}
CARRIED_FIELDS = tuple(
    name
    for form in STEP_FORMS.values()
    for name in dir(form)
    if hasattr(getattr(form, name), "field_class")
)
# "checked" is the deadline whose warnings were displayed; "settled" is set once the fields have the
# settings of the last round.
HIDDEN_FIELDS = ("digest", "checked", "settled")
OWN_HIDDEN_FIELDS = {"deadline": ("checked",)}  # that the step's own template writes


@dataclass
class OpeningDraft:
    """Everything entered so far."""

    edition: Edition
    fields: "MultiDict[str, str]"
    settings: Terms | None = None  # to begin with; by default those of the last round

    def __post_init__(self) -> None:
        self.fields.setdefault("digest", self.edition.digest)
        self.fields.setdefault("selection", MemberSelection.ALL.value)
        if not self.fields.get("settled"):
            last = next((round.terms for round in self.earlier_rounds), Terms())
            self.fill_in(self.settings or last)
        if "deadline" not in self.fields:
            self.fields["deadline"] = format_input_date(
                self.suggest_deadline(COUNCIL_DECISION_WEEKS)
            )

    def fill_in(self, terms: Terms) -> None:
        """Fill in the settings of a round, without a tag that nobody has any more."""
        if terms.first_tag not in dict(self.count_tags()):
            terms = replace(terms, first_tag="")
        for name, value in format_settings(terms).items():
            self.fields.setdefault(name, value)
        self.fields["settled"] = "y"

    @cached_property
    def earlier_rounds(self) -> list[Round]:
        """All rounds, the newest first."""
        return store.rounds.list_all(db())

    @property
    def reader(self) -> OpeningForm:
        """A new reader of the fields, without refusals."""
        tags, members = (self.fields.getlist(name) for name in MULTI_VALUE_FIELDS)
        return OpeningForm(self.fields.to_dict(), tags, members, LANGUAGES, current_date())

    @cached_property
    def all_members(self) -> list[Member]:
        return sorted(
            store.members.list_to_invite(db(), ()),
            key=lambda member: sort_key(member.name),
        )

    @cached_property
    def selected_members(self) -> list[Member]:
        """The members of the current selection."""
        reader = self.reader
        tags, keys = reader.selection()
        if reader.refusals:
            return []
        return [
            member
            for member in self.all_members
            if (not tags or set(tags) & set(member.tags)) and (not keys or member.key in keys)
        ]

    @cached_property
    def mail_count(self) -> int:
        return actions.rounds.count_mails(db(), self.selected_members)

    @cached_property
    def unreachable(self) -> list[Member]:
        return actions.rounds.list_unreachable_members(db(), self.selected_members)

    def count_tags(self) -> list[tuple[str, int]]:
        """Every tag with its number of members."""
        counts = Counter(tag for member in self.all_members for tag in member.tags)
        return sorted(counts.items(), key=lambda pair: sort_key(pair[0]))

    def list_selectable_members(self) -> list[Member]:
        """The members that can be selected one by one: all, or if there are too many the selected
        and searched ones.
        """
        if len(self.all_members) <= MAX_MEMBERS_OFFERED:
            return self.all_members
        selected = set(self.fields.getlist("members"))
        return [
            *(member for member in self.all_members if member.key in selected),
            *self.found_members[:MAX_MEMBERS_OFFERED],
        ]

    @cached_property
    def found_members(self) -> list[Member]:
        """The members that the search finds beside the selected ones."""
        selected = set(self.fields.getlist("members"))
        terms = self.fields.get("find", "").casefold().split()
        return [
            member
            for member in self.all_members
            if terms
            and member.key not in selected
            and all(word in f"{member.official_name} {member.state}".casefold() for word in terms)
        ]

    @property
    def left_out(self) -> int:
        """How many found members the page does not show."""
        if len(self.all_members) <= MAX_MEMBERS_OFFERED:
            return 0
        return max(0, len(self.found_members) - MAX_MEMBERS_OFFERED)

    def suggest_deadline(self, weeks: int) -> date:
        """The first day after ``weeks`` that is a working day at every member."""
        regions = {
            (member.country, member.state) for member in self.selected_members or self.all_members
        }
        is_working_day = services().calendar.is_working_day
        return suggest_deadline(
            weeks,
            current_date(),
            lambda day: all(is_working_day(day, *region) for region in regions or {("DE", "")}),
        )

    def warnings(self) -> list[str]:
        """The warnings about the entered deadline."""
        deadline = self.reader.find_deadline()
        if deadline is None or deadline < current_date():
            return []
        return describe_deadline(deadline, self.selected_members)

    def build_opening(self) -> Opening:
        """The opening that the fields describe; refuses if something is wrong."""
        reader = self.reader
        tags, keys = reader.selection()
        deadline, terms = reader.deadline(), reader.terms()
        if deadline is None:
            raise Refusals(reader.refusals)
        return Opening(deadline, tags, terms, keys, self.fields["digest"])

    def get_carried_fields(self, step: str) -> list[tuple[str, str]]:
        """The values of the other steps, for the hidden fields of this one."""
        own = {*MULTI_VALUE_FIELDS} if step == "members" else {*OWN_HIDDEN_FIELDS.get(step, ())}
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
    draft = OpeningDraft(edition, MultiDict())
    return render_step(draft, "members", list_blockers(draft))


@blueprint.post("/papers/<slug>/open")
def open_round(slug: str) -> ResponseReturnValue:
    """Check the steps up to the posted one; show the first wrong one or the next; open the round
    after the last. What no step can settle is refused on the first page.
    """
    edition = actions.papers.get_latest_edition(db(), slug)
    if running := find_round_of_edition(edition):
        return redirect_to_round(running.id)
    draft = OpeningDraft(edition, MultiDict(request.form))
    submitted_step = request.form.get("step", "")
    submitted_step = submitted_step if submitted_step in STEPS else "members"
    if request.args.get("deed") == "like":
        draft, submitted_step = copy_round(draft), "mail"
    if blockers := list_blockers(draft):
        return render_step(draft, "members", blockers, 409)
    if (back := request.args.get("back", "")) in STEPS[:-1]:
        return render_step(draft, back, [])
    if (action := request.args.get("deed", "")) not in ("", "like") and submitted_step != "review":
        return redisplay_step(draft, submitted_step, action)
    for step in STEPS[: STEPS.index(submitted_step) + 1]:
        if refused := validate_step(draft, step):
            return render_step(draft, step, refused, 422)
    if (
        submitted_step == "deadline"
        and draft.warnings()
        and draft.fields.get("checked") != draft.fields["deadline"]
    ):
        return render_step(draft, "deadline", [])
    if submitted_step == "review" and (action := request.args.get("trial", "")):
        return render_step(draft, "review", [], again=action == "again")
    if submitted_step == "review":
        return complete_opening(draft)
    return render_step(draft, STEPS[STEPS.index(submitted_step) + 1], [])


def copy_round(draft: OpeningDraft) -> OpeningDraft:
    """The same opening with settings, introductions and members of the chosen earlier round; the
    deadline stays.
    """
    round = store.rounds.find(db(), get_int(request.form, "like"))
    if round is None:
        raise NotFound
    terms, fields = round.terms, MultiDict[str, str]()
    for name in ("digest", "deadline"):
        fields[name] = draft.fields[name]
    for language, text in terms.introductions.items():
        fields[f"introduction_{language}"] = text
    if terms.tags:
        fields["selection"] = MemberSelection.TAGS.value
        fields.setlist("tags", list(terms.tags))
    if terms.individual:
        ids = set(store.rounds.get_member_ids_by_invitation(db(), round.id).values())
        fields["selection"] = MemberSelection.INDIVIDUAL.value
        for member in draft.all_members:
            if member.id in ids:
                fields.add("members", member.key)
    return OpeningDraft(draft.edition, fields, terms)


def validate_step(draft: OpeningDraft, step: str) -> list[Refusal]:
    if step == "review":
        return []
    refused = draft.reader.step(step)
    if step == "members" and not refused and not draft.selected_members:
        return [Refusal(Reason.NOBODY_ASKED, "selection")]
    return refused


def redisplay_step(draft: OpeningDraft, step: str, action: str) -> ResponseReturnValue:
    """The same step with new counts, a suggested deadline or a new preview, or after a test mail
    was enqueued.
    """
    if (weeks := get_int(request.args, "deed")) in DEADLINE_WEEKS:
        draft.fields["deadline"] = format_input_date(draft.suggest_deadline(weeks))
    if action == "test" and not (refused := draft.reader.step("mail")):
        if plan := plan_preview(draft):
            actions.mail.enqueue_test_mail(
                db(),
                MailTestRequest(
                    current_account().id,
                    MailKind.INVITATION,
                    current_language(),
                    opening=store.mail.serialize_planned_invitation(plan),
                ),
                current_actor(),
                now(),
            )
            flash(
                _(
                    "Die Testnachricht geht an %(email)s.",
                    email=decode_domains(current_account().email),
                )
            )
    elif action == "test":
        return render_step(draft, step, refused, 422)
    return render_step(draft, step, [])


def complete_opening(draft: OpeningDraft) -> ResponseReturnValue:
    """Open the round. A second request finds it."""
    try:
        round = actions.rounds.open_round(
            db(),
            draft.edition.slug,
            draft.build_opening(),
            current_actor(),
            now(),
            setup_required=settings().has_real_recipients,
            mail_servers=settings().mail_servers,
            wait=settings().recall_period,
        )
    except (Refusal, Refusals) as refused:
        draft.fields["digest"] = draft.edition.digest
        return render_step(draft, "review", [*list_refusals(refused)], 409)
    flash(
        _(
            "Das Verfahren ist eröffnet. Die Einladungen gehen in %(count)s Minuten hinaus.",
            count=settings().recall_minutes,
        )
        if settings().recall_minutes
        else _("Das Verfahren ist eröffnet. Die Einladungen werden jetzt versandt.")
    )
    return redirect_to_round(round.id)


@blueprint.post("/papers/<slug>/open/mail")
def preview_opening_mail(slug: str) -> ResponseReturnValue:
    """The invitation as its recipient will see it, as a document of its own
    (docs/decisions/0022).
    """
    draft = OpeningDraft(actions.papers.get_latest_edition(db(), slug), MultiDict(request.form))
    message = rehearse_invitation(draft)
    if message is None:
        raise NotFound
    return build_html_part(get_body_part(message, "html"))


def plan_preview(draft: OpeningDraft) -> PlannedInvitation | None:
    """The invitation of the chosen member, or of the first one that can be reached."""
    day, terms = draft.reader.find_deadline(), draft.reader.terms()
    reachable = list_reachable_members(draft)
    chosen = [member for member in reachable if member.key == draft.fields.get("recipient")]
    if day is None or not reachable:
        return None
    deadline = end_of_day(day, g.association.zone).isoformat()
    return PlannedInvitation(draft.edition.id, (chosen or reachable)[0].id, deadline, terms)


def rehearse_invitation(draft: OpeningDraft) -> EmailMessage | None:
    """The mail as its recipient will see it, or ``None`` if nobody can be reached."""
    plan = plan_preview(draft)
    context = store.mail.load_planned_invitation(db(), plan, now()) if plan else None
    return services().rehearse(context, now()) if context else None


def list_reachable_members(draft: OpeningDraft) -> list[Member]:
    unreachable = {member.id for member in draft.unreachable}
    return [member for member in draft.selected_members if member.id not in unreachable]


def list_blockers(draft: OpeningDraft) -> list[Refusal]:
    """Why the round could not be opened now, whatever the form says."""
    blockers: list[Refusal] = []
    real = settings().has_real_recipients
    checks: list[Callable[[], object]] = [
        lambda: actions.rounds.require_setup(db()) if real else None,
        lambda: actions.rounds.require_way_out(
            db(), draft.selected_members, mail_servers=settings().mail_servers, tried=real
        ),
        lambda: actions.rounds.require_no_round(db(), draft.edition, now()),
        lambda: actions.papers.require_described_pictures(draft.edition),
        lambda: actions.papers.require_printable_text(draft.edition),
    ]
    for check in checks:
        try:
            check()
        except (Refusal, Refusals) as refused:
            blockers += list_refusals(refused)
    return blockers


def find_round_of_edition(edition: Edition) -> Round | None:
    """The round of this edition, unless it was cancelled."""
    round = store.rounds.find_by_slug(db(), edition.slug)
    return round if round and not round.cancelled_at and round.edition_id == edition.id else None


def render_step(
    draft: OpeningDraft,
    step: str,
    refused: list[Refusal],
    status: int = 200,
    *,
    again: bool = False,
) -> ResponseReturnValue:
    """The page of a step; ``again`` repeats a trial print that failed."""
    form = STEP_FORMS[step](formdata=draft.fields)
    form.add_errors(*refused)
    context: dict[str, object] = {}
    if step == "members":
        editions = store.papers.get_editions_by_id(db())
        context = {
            "earlier": [
                (round, editions[round.edition_id].text.title) for round in draft.earlier_rounds
            ]
        }
    if step == "settings":
        form.first_tag.choices = [
            SelectChoice("", str(_("niemand"))),
            *(SelectChoice(tag, tag) for tag, _count in draft.count_tags()),
        ]
    if step == "mail":
        context = build_mail_step(draft, form)
    if step == "review":
        opening = draft.build_opening()
        context = {
            "opening": opening,
            "deadline": end_of_day(opening.deadline, g.association.zone),
            "choice_labels": get_choice_labels(),
            "wait": settings().recall_minutes,
            "delivery": describe_delivery(draft.mail_count, MailKind.INVITATION),
            "introductions": [
                (get_introduction_label(language), text)
                for language, text in opening.terms.introductions.items()
            ],
            "trial": ensure_trial_print(draft.edition, opening, again),
        }
    if step in ("deadline", "review"):
        context["warnings"] = draft.warnings()
    html = render_template(
        f"office/opening/{step}.html",
        opener=draft,
        edition=draft.edition,
        form=form,
        carried=draft.get_carried_fields(step),
        **context,
    )
    response = Response(html, status)
    response.headers["Content-Security-Policy"] = (
        f"{CONTENT_SECURITY_POLICY}; connect-src 'self'; frame-src 'self'"
    )
    return response


def ensure_trial_print(edition: Edition, opening: Opening, again: bool) -> Print:
    """The trial print of what is to be opened, ordered if there is none. One that failed stays,
    with its reason, until somebody orders it again.
    """
    trial = actions.prints.find_trial_print(db(), edition, opening.trial)
    if trial and (not again or not trial.failed_at) and trial.error != actions.prints.SUPERSEDED:
        return trial
    return actions.prints.order_trial_print(
        db(), edition.slug, opening.trial, current_actor(), now()
    )


@blueprint.get("/papers/<slug>/open/trial/<int:id>")
@editor_required
def show_trial_progress(slug: str, id: int) -> str:
    """The state of a trial print, polled by the script of the waiting page."""
    edition, trial = get_trial_print_or_404(slug, id)
    return render_template("office/opening/trial.html", edition=edition, trial=trial)


@blueprint.get("/papers/<slug>/open/trial/<int:id>.pdf")
@editor_required
def show_opening_trial_print(slug: str, id: int) -> ResponseReturnValue:
    """The whole document with everybody who would be asked."""
    _edition, trial = get_trial_print_or_404(slug, id)
    path = services().archive.print_path(trial.sha256)
    return send_private_pdf(path, trial.sha256, f"{slug}-probedruck.pdf")


def get_trial_print_or_404(slug: str, id: int) -> tuple[Edition, Print]:
    edition = actions.papers.get_latest_edition(db(), slug)
    trial = store.releases.find_print(db(), id)
    if trial is None or trial.edition_id != edition.id or not trial.opening:
        raise NotFound
    return edition, trial


def get_choice_labels() -> dict[str, str]:
    form = SettingsForm(formdata=None)
    choices = (*form.progress.choices, *form.layout.choices)
    return {
        "progress": _("Zwischenstand sieht"),
        **{choice.value: str(choice.label) for choice in choices},
    }


def get_introduction_label(language: str) -> str:
    name = get_language_name(language, current_language())
    return str(_("Einleitung auf %(language)s", language=name))


def build_mail_step(draft: OpeningDraft, form: BaseForm) -> dict[str, object]:
    reachable = list_reachable_members(draft)
    form.recipient.choices = [
        SelectChoice(member.key, member.official_name) for member in reachable[:MAX_RECIPIENTS]
    ]
    message = rehearse_invitation(draft)
    introductions = {language: form[f"introduction_{language}"] for language in LANGUAGES}
    for language, field in introductions.items():
        field.label.text = get_introduction_label(language)
    return {
        "introductions": introductions,
        "recipients_left_out": len(reachable) > MAX_RECIPIENTS,
        "subject": message["Subject"] if message else "",
        "headers": list_headers(message),
        "text": get_body_part(message, "plain") if message else "",
    }
