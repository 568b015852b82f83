"""What the mail templates may show: the attributes of one mail, formatted in the recipient's
language.

A template names an attribute as it names a variable; what it does not name is not computed.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import date, datetime
from typing import Any, ClassVar

from markupsafe import Markup

from signoff.domain.accounts import Account
from signoff.domain.answer_forms import SUBMITTER_FIELDS
from signoff.domain.answers import (
    Answer,
    AnswerKind,
    AnswerVersion,
    Channel,
    CouncilDecision,
    Declaration,
    LateReview,
    Submitter,
)
from signoff.domain.association import Association
from signoff.domain.dates import get_last_day
from signoff.domain.mail import (
    AccountMailContext,
    ApplicationMailContext,
    ComposedContext,
    MailContext,
    MailKind,
    MailText,
)
from signoff.domain.mail_texts import fill_placeholders
from signoff.domain.papers import Text
from signoff.domain.releases import Release
from signoff.domain.rounds import Link, Phase, Terms
from signoff.domain.subscriptions import Frequency, News, RoundDigest, Topic
from signoff.domain.text import decode_domains
from signoff.i18n import formatting, labels
from signoff.i18n.catalogue import LANGUAGES, get_catalogue
from signoff.i18n.catalogue import gettext_noop as _
from signoff.i18n.events import describe_details, describe_entry
from signoff.mail.markdown import Place, escape_markdown, remove_private_chars

MAX_TITLE_LENGTH = 70  # characters of a paper's title in a subject


@dataclass(frozen=True, slots=True)
class ShortCodeAccess:
    """The access of a mail or letter without a link: a site, named without an address, and the
    short code to enter there (empty: the public page).
    """

    site: str
    code: str = ""


Fact = tuple[str, str]  # label and value, both in the recipient's language


def choose_language(context: ComposedContext) -> str:
    """The language of the recipient, else of the member, else of the association.

    Limited to supported languages.
    """
    preferred = [context.association.language]
    if isinstance(context, MailContext):
        preferred = [context.link.language, context.member.language, *preferred]
    elif isinstance(context, ApplicationMailContext):
        preferred = [context.application.language, *preferred]
    else:
        preferred = [context.account.language, *preferred]
    return next((language for language in preferred if language in LANGUAGES), LANGUAGES[0])


NAMED_PERSON = re.compile(r"(Frau|Herrn?|Mrs|Ms|Mr)\.?\s+([^,;()]+)")


def split_paragraphs(text: str) -> list[str]:
    """The paragraphs of a text of the office, each on one line."""
    return [" ".join(part.split()) for part in re.split(r"\n\s*\n", text) if part.strip()]


def build_block(text: str) -> Markup:
    """A paragraph of the office, or a list if each of its lines begins with ``- ``."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not all(line.startswith("- ") for line in lines):
        return escape_markdown(" ".join(" ".join(lines).split()))
    items = [f"- {escape_markdown(line[2:].strip())}" for line in lines]
    return Markup("\n".join(items))  # noqa: S704 (each item is escaped)


class Mail:
    """What every mail may show.

    A template gets the ``personal`` attributes, which differ by recipient, as places.
    """

    personal: ClassVar[frozenset[str]] = frozenset()

    def __init__(
        self,
        context: ComposedContext,
        link: str | ShortCodeAccess,
        base_url: str,
        now: datetime,
        *,
        is_letter: bool = False,
    ) -> None:
        self._shown: dict[str, object] = {}
        self._values: dict[str, str] = {}  # of places
        self.link = link
        self.without_link = isinstance(link, ShortCodeAccess)
        self.is_letter = is_letter
        self.without_addresses = self.without_link and not is_letter
        self.introduction: list[str] = []  # of the round, in an invitation
        # What the office has written in place of the template's words
        self.own_subject = self.own_greeting = ""
        self.attached: list[str] = []
        self.not_attached: list[str] = []
        self.own_opening: list[Markup] = []
        self.own_signature: list[str] = []
        self._base_url = base_url
        self._now = now
        self.association: Association = context.association
        self.language = choose_language(context)
        self._gettext = get_catalogue(self.language).gettext
        self._zone = context.association.zone

    def show(self, name: str) -> object:
        """The attribute as a template gets it."""
        if name not in self._shown:
            value = getattr(self, name)
            self._shown[name] = self._mark(name, value) if name in self.personal else value
        return self._shown[name]

    def _mark(self, name: str, value: Any) -> Any:
        """``value`` with a place for each text in it that is not blank."""
        if isinstance(value, list):
            return [self._mark(f"{name}.{index}", item) for index, item in enumerate(value)]
        if is_dataclass(value) and not isinstance(value, type):
            names = [field.name for field in fields(value)]
            marked = {each: self._mark(f"{name}.{each}", getattr(value, each)) for each in names}
            return replace(value, **marked)
        if not value.strip():
            return value
        self._values[name] = remove_private_chars(value)
        return Place(name)

    def get_value(self, place: str) -> str:
        """The value of a place: ``member:genitive`` is a name in that case, and a capital
        letter means one.
        """
        name, _, case = place.partition(":")
        attribute = name[0].lower() + name[1:]
        value = self._values[attribute]
        if case:
            value = formatting.format_name(
                value, formatting.GrammaticalCase[case.upper()], self.language
            )
        return value if name == attribute else value[:1].upper() + value[1:]

    @property
    def telephone(self) -> str:
        return self.association.telephone

    @property
    def dialled(self) -> str:
        return formatting.format_dialled_number(self.telephone)

    def _format_day(self, day: date | None) -> str:
        return formatting.format_day(day, self.language) if day else ""

    def _format_moment(self, moment: datetime | None) -> str:
        return formatting.format_moment(moment, self._zone, self.language) if moment else ""

    def _format_deadline(self, moment: datetime | None) -> str:
        return formatting.format_deadline(moment, self._zone, self.language) if moment else ""


@dataclass(frozen=True, slots=True)
class ReminderPaper:
    """One paper of a reminder; ``deadline`` is written out."""

    title: str
    member: str
    reference: str
    deadline: str
    link: str | ShortCodeAccess
    members: list["MailMember"]


@dataclass(frozen=True, slots=True)
class MailMember:
    """One of the members that a mail is about."""

    name: str
    reference: str


class MemberMail(Mail):
    """What a mail to a member, or about one to the office, may show."""

    personal = frozenset(
        {
            *("link", "links_page", "objection_page", "code", "member", "members", "papers"),
            *("reference", "recipient", "others", "salutation", "own_subject"),
        }
    )

    def __init__(
        self,
        context: MailContext,
        links: Sequence[str | ShortCodeAccess],
        code: str,
        base_url: str,
        now: datetime,
        *,
        is_letter: bool = False,
    ) -> None:
        super().__init__(context, links[0], base_url, now, is_letter=is_letter)
        self.code = "" if self.without_link else code  # the access names it
        self._context = context
        self._links = links
        self._round = context.round
        self._version = context.version
        self._contexts = (context, *context.further_contexts)
        self.member: str = self._name_members(self._contexts)
        self.recipient: str = decode_domains(context.link.email)
        self.others: str = decode_domains(
            ", ".join(
                dict.fromkeys(
                    email
                    for each in self._contexts
                    for email in each.other_recipients
                    if email != context.link.email
                )
            )
        )
        self.reference: str = context.invitation.reference
        self.may_answer: bool = context.link.may_answer
        self.registered: bool = context.link.representative_id is not None
        self.replaces_link: bool = context.replaces_link
        self.text: Text = context.edition.text
        self.title: str = context.edition.text.title
        self.terms: Terms = context.round.terms
        self.release: Release | None = context.release
        self.review: LateReview | None = context.review
        self._follow_up = context.follow_up
        self.explanation: str = context.explanation
        self.closing_reason: str = context.round.closing_reason
        self.ending_reason: str = context.round.ending_reason
        self.refused_note: str = context.refused_note
        for text in context.texts:
            if text.language == self.language:
                self._use_text(text)
        if context.message.kind is MailKind.INVITATION:
            self.introduction = split_paragraphs(self.terms.introductions.get(self.language, ""))

    def _name_members(self, contexts: Sequence[MailContext]) -> str:
        if len(contexts) == 1:
            return contexts[0].member.official_name
        gettext = self._gettext
        return gettext("%(count)s Kommunen") % {"count": len(contexts)}

    @property
    def members(self) -> list[MailMember]:
        """The members that the mail is about."""
        return list_members(self._contexts)

    @property
    def short_title(self) -> str:
        """The title for a subject, cut between words."""
        if len(self.title) <= MAX_TITLE_LENGTH:
            return self.title
        return self.title[: MAX_TITLE_LENGTH - 2].rsplit(" ", 1)[0] + " …"

    @property
    def salutation(self) -> str:
        """``Sehr geehrte Frau Neumann``, if the name was typed so; nobody's gender is guessed."""
        person = NAMED_PERSON.match(self._context.link.name)
        if person is None:
            return self._gettext(_("Sehr geehrte Damen und Herren"))
        title, name = person[1], person[2].strip()
        if title in ("Herr", "Herrn", "Mr"):
            return self._gettext(_("Sehr geehrter Herr %(name)s")) % {"name": name}
        return self._gettext(_("Sehr geehrte Frau %(name)s")) % {"name": name}

    def _use_text(self, text: MailText) -> None:
        """Take the office's words, with the values of their placeholders."""
        values = {
            case.name.lower(): formatting.format_name(self.member, case, self.language)
            for case in formatting.GrammaticalCase
        } | {
            "member": self.member,
            "title": self.title,
            "deadline": self.deadline,
            "reference": self.reference,
            "salutation": self.salutation,
            "name": self._context.link.name,
            "association": self.association.name,
            "telephone": self.telephone,
        }
        self.own_subject = fill_placeholders(text.subject, values)
        self.own_greeting = fill_placeholders(text.greeting, values)
        opening = fill_placeholders(text.opening, values)
        self.own_opening = [build_block(part) for part in re.split(r"\n\s*\n", opening) if part]
        self.own_signature = [
            line for line in fill_placeholders(text.signature, values).splitlines() if line.strip()
        ]

    # Addresses

    @property
    def links_page(self) -> str | ShortCodeAccess:
        return self.link if isinstance(self.link, ShortCodeAccess) else f"{self.link}/links"

    @property
    def objection_page(self) -> str | ShortCodeAccess:
        return self.link if isinstance(self.link, ShortCodeAccess) else f"{self.link}/objection"

    @property
    def paper(self) -> str | ShortCodeAccess:
        if isinstance(self.link, ShortCodeAccess):
            return ShortCodeAccess(self.link.site)
        return f"{self._base_url}/papers/{self._context.edition.slug}"

    @property
    def pdf(self) -> str | ShortCodeAccess:
        if isinstance(self.paper, ShortCodeAccess):
            return self.paper
        return f"{self.paper}/{self._context.edition.slug}.pdf"

    @property
    def short_code_address(self) -> str:
        """The address at which short codes are entered, without the scheme."""
        return f"{self._base_url.partition('://')[2]}/s"

    # Moments of the round

    @property
    def adopted_by(self) -> str:
        """The committee with its article; empty if none is known, or its gender is not."""
        return formatting.format_committee(self.text.adopted_by, self.language)

    @property
    def adopted_when(self) -> str:
        """``am 12. November 2026 in Mannheim``."""
        text = self.text
        return formatting.format_adoption(
            text.adopted_by, text.adopted_on, text.adopted_at, self.language
        )[1]

    @property
    def open(self) -> bool:
        return self._round.phase(self._now) is Phase.OPEN

    @property
    def takes_late(self) -> bool:
        return self._round.accepts_late_signatures(self._now)

    @property
    def late_until(self) -> str:
        return self._format_deadline(self._round.late_until)

    @property
    def deadline(self) -> str:
        return self._format_deadline(self._round.deadline)

    @property
    def last_day(self) -> str:
        deadline = self._round.deadline
        return self._format_day(get_last_day(deadline, self._zone) if deadline else None)

    @property
    def closed_at(self) -> str:
        return self._format_moment(self._round.closed_at)

    @property
    def as_of(self) -> str:
        return self._format_deadline(self.release.as_of if self.release else None)

    @property
    def retracted_on(self) -> str:
        retracted_at = self.release.retracted_at if self.release else None
        return self._format_day(
            retracted_at.astimezone(self._zone).date() if retracted_at else None
        )

    @property
    def follow_up_day(self) -> str:
        return self._format_day(self._follow_up.day if self._follow_up else None)

    @property
    def follow_up_text(self) -> str:
        return self._follow_up.text if self._follow_up else ""

    # The answer the mail is about

    @property
    def facts(self) -> list[Fact]:
        return list_facts(self._context, self._version, self.language) if self._version else []

    @property
    def facts_by_member(self) -> list[list[Fact]]:
        """The facts of each answer that the mail is about."""
        return [
            list_facts(context, context.version, self.language)
            for context in self._contexts
            if context.version
        ]

    @property
    def kind(self) -> AnswerKind | None:
        return self._version.answer.kind if self._version else None

    @property
    def counted(self) -> str:
        """The answer that counts for the member."""
        if self._version is None:
            return ""
        return self._gettext(labels.ANSWER[self.kind if self._version.is_answer else None])

    @property
    def replaced(self) -> str:
        """The answer of somebody else that was replaced: what it was, by whom, and when."""
        version = self._context.replaced
        if version is None:
            return ""
        submitter = version.answer.filled_in
        parts = (
            self._gettext(labels.ANSWER[version.answer.kind]),
            submitter.name if submitter else "",
            formatting.format_received_at(version, self._zone, self.language),
        )
        return ", ".join(filter(None, parts))

    @property
    def by_office(self) -> bool:
        return self._version is not None and self._version.by_office

    @property
    def late(self) -> bool:
        return self._version is not None and self._version.late

    @property
    def note(self) -> bool:
        declaration = self._version.answer.declaration if self._version else None
        return bool(declaration and declaration.note)

    @property
    def meeting_day(self) -> str:
        """The day of the meeting that decides."""
        expected = self._version.answer.expected_on if self._version else None
        return formatting.format_weekday(expected, self.language) if expected else ""

    @property
    def too_late(self) -> bool:
        """Whether the meeting that decides takes place after the deadline."""
        deadline = self._round.deadline
        if self._version is None or self.kind is not AnswerKind.PENDING or deadline is None:
            return False
        expected = self._version.answer.expected_on
        return bool(expected and expected > get_last_day(deadline, self._zone))

    @property
    def body(self) -> str:
        """The committee that decides."""
        return self._version.answer.expected_body if self._version else ""

    # Delegation, reminder

    @property
    def by(self) -> str:
        """Who delegated the task, or prepared the answer."""
        if self.prepared:
            submitter = (self.prepared.get(name, "") for name in SUBMITTER_FIELDS)
            return ", ".join(filter(None, submitter))
        return format_link_holder(self._context.delegated_by) if self._context.delegated_by else ""

    @property
    def prepared(self) -> dict[str, str]:
        """The fields of the answer that waits behind the recipient's link."""
        fields: dict[str, str] = json.loads(self._context.link.prepared or "{}")
        return fields

    @property
    def message(self) -> str:
        """What they wrote to their colleague."""
        return self._context.delegated_link.message if self._context.delegated_link else ""

    @property
    def colleague(self) -> list[Fact]:
        """Whom the task was delegated to."""
        link = self._context.delegated_link
        if link is None:
            return []
        facts = [("name", link.name), ("unit", link.unit), ("email", link.email)]
        return [(self._gettext(labels.FIELD[name]), value) for name, value in facts if value]

    @property
    def papers(self) -> list[ReminderPaper]:
        """The papers a reminder is about, each with one link for all members of the recipient."""
        papers: dict[tuple[object, ...], list[tuple[MailContext, str | ShortCodeAccess]]] = {}
        for context, link in zip(self._contexts, self._links, strict=True):
            shared = context.link.shared_address
            key = (context.round.id, shared) if shared else (link,)
            papers.setdefault(key, []).append((context, link))
        return [self._build_paper(paper) for paper in papers.values()]

    def _build_paper(
        self, paper: Sequence[tuple[MailContext, str | ShortCodeAccess]]
    ) -> ReminderPaper:
        contexts = [context for context, _ in paper]
        first, link = paper[0]
        return ReminderPaper(
            first.edition.text.title,
            self._name_members(contexts),
            first.invitation.reference,
            self._format_deadline(first.round.deadline),
            link,
            list_members(contexts),
        )


@dataclass(frozen=True, slots=True)
class NewsItem:
    """An entry of a digest as its reader sees it; ``link`` leads to its page of the office."""

    sentence: str
    details: str
    moment: str
    paper: str
    link: str


class ApplicationMail(Mail):
    """What a mail to an applicant may show. Until they have confirmed, they may be strangers."""

    others = ""

    def __init__(
        self, context: ApplicationMailContext, link: str, base_url: str, now: datetime
    ) -> None:
        super().__init__(context, link, base_url, now)
        self.title: str = context.edition.text.title
        self.applicant: str = context.application.official_name
        self.reason: str = context.application.reason
        self.recipient: str = decode_domains(context.application.email)
        self.paper: str = f"{base_url}/papers/{context.edition.slug}"


class AccountMail(Mail):
    """What a mail to the holder of an account may show."""

    others = ""

    def __init__(
        self, context: AccountMailContext, link: str, base_url: str, now: datetime
    ) -> None:
        super().__init__(context, link, base_url, now)
        self._context = context
        self.staff: Account = context.account
        self.recipient: str = decode_domains(context.account.email)

    @property
    def role(self) -> str:
        return self._gettext(labels.ROLE[self.staff.role])

    @property
    def day(self) -> str:
        return self._format_day(self._context.message.enqueued_at.astimezone(self._zone).date())

    @property
    def news(self) -> list[tuple[str, list[NewsItem]]]:
        """The news of a digest, by topic; an entry is under its first one."""
        by_topic: dict[Topic, list[NewsItem]] = {}
        for news in self._context.digest.news:
            for topic in news.topics[:1]:
                by_topic.setdefault(topic, []).append(self._build_item(news))
        return [
            (self._gettext(labels.TOPIC[topic]), by_topic[topic])
            for topic in Topic
            if topic in by_topic
        ]

    def _build_item(self, news: News) -> NewsItem:
        details = describe_details(news.entry, self._zone, self.language)
        return NewsItem(
            describe_entry(news.entry, self.language),
            get_quoted_words(news) or details,
            self._format_moment(news.entry.at),
            news.paper,
            f"{self._base_url}/office/{news.path}",
        )

    @property
    def count(self) -> int:
        return len(self._context.digest.news)

    @property
    def weekly(self) -> bool:
        return self._context.digest.frequency is Frequency.WEEKLY

    @property
    def rounds(self) -> list[dict[str, object]]:
        """The rounds of a digest in figures."""
        return [self._build_round_figures(report) for report in self._context.digest.rounds]

    def _build_round_figures(self, report: RoundDigest) -> dict[str, object]:
        round, counts = report.status.round, report.status.counts
        phase = round.phase(self._now)
        return {
            "title": report.edition.text.title,
            "open": phase is Phase.OPEN,
            "phase": self._gettext(labels.PHASE[phase]),
            "deadline": self._format_deadline(round.deadline),
            "invited": len(report.status.invitations),
            "signed": counts[AnswerKind.COSIGN],
            "pending": counts[AnswerKind.PENDING],
            "unanswered": report.unanswered,
            "new_answers": report.new_answers,
            "unreached": report.unreached,
            "undecided": len(report.status.undecided),
            "meetings": report.meetings,
            "overdue": report.overdue,
        }


def get_quoted_words(news: News) -> str:
    """What somebody wrote: an objection, a note or a corrected name."""
    details = news.entry.details or {}
    if Topic.OBJECTION in news.topics:
        return str(details.get("words", ""))
    answer = details.get("answer")
    declaration = answer.get("declaration") if isinstance(answer, dict) else None
    if not isinstance(declaration, dict):
        return ""
    fields = {Topic.NAME: "official_name", Topic.NOTE: "note"}
    words = [str(declaration[field]) for topic, field in fields.items() if topic in news.topics]
    return "\n".join(words)


def list_members(contexts: Sequence[MailContext]) -> list[MailMember]:
    return [
        MailMember(context.member.official_name, context.invitation.reference)
        for context in contexts
    ]


def format_link_holder(link: Link) -> str:
    """The holder of a link as others see them: name, unit and address."""
    return ", ".join(part for part in (link.name, link.unit, link.email) if part)


# The facts of a receipt: everything that was handed in, label by label.


def list_facts(context: MailContext, version: AnswerVersion, language: str) -> list[Fact]:
    """Reference, answer, text and moment of ``version``, and every field of the answer that is
    filled in. Nothing of it depends on what others answer.
    """
    gettext = get_catalogue(language).gettext
    edition, channel = context.edition, version.channel
    facts = [
        (gettext("Vorgangsnummer"), context.invitation.reference),
        (gettext("Mitglied"), context.member.official_name),
        (gettext("Rückmeldung"), gettext(labels.ANSWER[version.answer.kind])),
        *iter_answer_facts(version.answer, language),
        (gettext("Papier"), edition.text.title),
        (gettext("Fassung"), str(edition.number)),
        (gettext("Prüfsumme der Fassung (SHA-256)"), edition.digest),
        (
            gettext("Eingegangen"),
            formatting.format_received_at(version, context.association.zone, language),
        ),
        (
            gettext("Eingangsweg"),
            "" if channel is Channel.LINK else gettext(labels.CHANNEL[channel]),
        ),
    ]
    return [(label, value) for label, value in facts if value]


def iter_answer_facts(answer: Answer, language: str) -> Iterator[Fact]:
    """The fields of the answer itself, in the order of the form."""
    gettext, field = get_catalogue(language).gettext, get_field_labels(language)
    if answer.declaration:
        yield from iter_declaration_facts(answer.declaration, language)
    expected = answer.expected_on
    yield field["expected_on"], formatting.format_weekday(expected, language) if expected else ""
    yield field["body"], answer.expected_body
    yield gettext("Grund (sieht nur die Geschäftsstelle)"), answer.reason
    if answer.filled_in:
        yield (
            gettext("Ausgefüllt von (wird nicht veröffentlicht)"),
            format_contact(answer.filled_in),
        )


def iter_declaration_facts(declaration: Declaration, language: str) -> Iterator[Fact]:
    gettext, field = get_catalogue(language).gettext, get_field_labels(language)
    signer = declaration.signer
    yield gettext("Name in der Liste"), declaration.official_name
    yield gettext("Erklärt durch"), f"{signer.name}, {signer.function}"
    yield field["publish_name"], gettext("ja") if declaration.publish_name else gettext("nein")
    yield field["basis"], gettext(labels.BASIS[declaration.basis])
    if declaration.decision:
        yield from iter_decision_facts(declaration.decision, language)
    yield field["note"], declaration.note


def iter_decision_facts(decision: CouncilDecision, language: str) -> Iterator[Fact]:
    field = get_field_labels(language)
    yield field["body"], decision.body
    yield field["decision_date"], formatting.format_day(decision.on, language)
    yield field["decision_number"], decision.number
    yield field["decision_result"], decision.result


def format_contact(contact: Submitter) -> str:
    return ", ".join(part for part in (contact.name, contact.unit, contact.email) if part)


def get_field_labels(language: str) -> dict[str, str]:
    return {name: get_catalogue(language).gettext(label) for name, label in labels.FIELD.items()}
