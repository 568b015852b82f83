"""From a letter to a message. The link is made here, from its token, and stands in the recipient's mail alone."""

import re
import textwrap
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from functools import cache
from hashlib import sha256
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from signoff.config import templates_folder
from signoff.domain.answers import (
    Answer,
    AnswerKind,
    AnswerVersion,
    Channel,
    CouncilDecision,
    Declaration,
    Submitter,
)
from signoff.domain.dates import count_days_left, get_last_day
from signoff.domain.mail import (
    AccountMailContext,
    MailContext,
    MailKind,
    MailTestContext,
    RoundDigest,
    UnmailableError,
)
from signoff.domain.rounds import Link, Phase
from signoff.i18n import format, labels
from signoff.i18n.catalogue import LANGUAGES, get_catalogue
from signoff.i18n.format import format_received_at
from signoff.mail.message import (
    MAX_LINK_LENGTH,
    MESSAGE_POLICY,
    TEXT_WIDTH,
    build_address,
    clean_header_text,
    join_lines,
    quote_text,
    wrap_paragraph,
    wrap_text,
)

# What a receipt says about an answer: everything that was handed in, label by label.

Fact = tuple[str, str]  # label and value, both in the recipient's language


def list_facts(letter: MailContext, version: AnswerVersion, language: str) -> list[Fact]:
    """Reference, answer, text, moment and entry of ``version``, and every field of the answer that is filled in."""
    gettext = get_catalogue(language).gettext
    zone = letter.association.zone
    edition = letter.edition
    shown = [
        (gettext("Vorgangsnummer"), letter.invitation.reference),
        (gettext("Mitglied"), letter.member.official_name),
        (gettext("Rückmeldung"), gettext(labels.ANSWER[version.answer.kind])),
        *iter_answer_facts(version.answer, language),
        (gettext("Papier"), edition.text.title),
        (gettext("Fassung"), str(edition.number)),
        (gettext("Prüfsumme der Fassung (SHA-256)"), edition.digest),
        (gettext("Eingegangen"), format_received_at(version, zone, language)),
        (
            gettext("Eingangsweg"),
            "" if version.channel is Channel.LINK else gettext(labels.CHANNEL[version.channel]),
        ),
        (gettext("Protokolleintrag"), str(version.entry)),
    ]
    return [(label, value) for label, value in shown if value]


def iter_answer_facts(answer: Answer, language: str) -> Iterator[Fact]:
    """The fields of the answer itself, in the order of the form."""
    field = get_field_labels(language)
    if answer.declaration:
        yield from iter_declaration_facts(answer.declaration, language)
    yield (
        field["expected_on"],
        format.format_weekday(answer.expected_on, language) if answer.expected_on else "",
    )
    yield field["body"], answer.expected_body
    yield get_catalogue(language).gettext("Grund (sieht nur die Geschäftsstelle)"), answer.reason
    if answer.filled_in:
        yield (
            get_catalogue(language).gettext("Ausgefüllt von (wird nicht veröffentlicht)"),
            format_contact(answer.filled_in),
        )


def iter_declaration_facts(declared: Declaration, language: str) -> Iterator[Fact]:
    gettext, field = get_catalogue(language).gettext, get_field_labels(language)
    yield gettext("Name in der Liste"), declared.official_name
    yield gettext("Erklärt durch"), f"{declared.signer.name}, {declared.signer.function}"
    yield field["publish_name"], gettext("ja") if declared.publish_name else gettext("nein")
    yield field["basis"], gettext(labels.BASIS[declared.basis])
    if declared.decision:
        yield from iter_decision_facts(declared.decision, language)
    yield field["note"], declared.note


def iter_decision_facts(decision: CouncilDecision, language: str) -> Iterator[Fact]:
    field = get_field_labels(language)
    yield field["body"], decision.body
    yield field["decision_date"], format.format_day(decision.on, language)
    yield field["decision_number"], decision.number
    yield field["decision_result"], decision.result


def format_contact(contact: Submitter) -> str:
    return ", ".join(part for part in (contact.name, contact.unit, contact.email) if part)


def get_field_labels(language: str) -> dict[str, str]:
    return {name: get_catalogue(language).gettext(label) for name, label in labels.FIELD.items()}


# What the mail templates are given.


@dataclass(frozen=True, slots=True)
class ReminderPaper:
    """One paper of a reminder; ``deadline`` is written out."""

    title: str
    member: str
    reference: str
    deadline: str
    link: str


def choose_language(letter: MailContext) -> str:
    """The language of the recipient, else of the member, else of the association; one that Signoff speaks."""
    own = letter.association.language
    wanted = (
        (own,)
        if letter.notice.kind.is_for_office
        else (letter.link.language, letter.member.language, own)
    )
    return next((language for language in wanted if language in LANGUAGES), LANGUAGES[0])


def build_template_context(
    letter: MailContext, *, link: str, code: str = "", base_url: str, now: datetime
) -> dict[str, object]:
    """The fixed set of names a template may use."""
    language = choose_language(letter)
    paper = f"{base_url}/papers/{letter.edition.slug}"
    return {
        "association": letter.association,
        "member": letter.member,
        "reference": letter.invitation.reference,
        "recipient": letter.link.email,
        "may_answer": letter.link.may_answer,
        "registered": letter.link.representative_id is not None,
        "others": letter.others,
        "text": letter.edition.text,
        "adopted_on": format.format_day(letter.edition.text.adopted_on, language)
        if letter.edition.text.adopted_on
        else "",
        "edition": letter.edition,
        "terms": letter.round.terms,
        "introduction": split_introduction(letter, language),
        "release": letter.release,
        "language": language,
        "link": link,
        "links_page": f"{link}/links",
        "objection_page": f"{link}/objection",
        "code": code,
        "typed_at": f"{urlsplit(base_url).netloc}/s",
        "paper": paper,
        "pdf": f"{paper}/{letter.edition.slug}.pdf",
        "telephone": letter.association.telephone,
        "dialled": format_tel_number(letter.association.telephone),
        **format_moments(letter, now, language),
        **describe_answer(letter, language),
        **describe_delegation(letter, language),
        "because": letter.because,
        "refused_note": letter.refused_note,
    }


def split_introduction(letter: MailContext, language: str) -> list[str]:
    """The office's own paragraphs before an invitation, in the reader's language; none where there are none in it."""
    terms = letter.round.terms
    said = terms.introduction_en if language == "en" else terms.introduction
    return [" ".join(part.split()) for part in re.split(r"\n\s*\n", said) if part.strip()]


def format_moments(letter: MailContext, now: datetime, language: str) -> dict[str, object]:
    """The round's moments, in the association's zone and the reader's language."""
    zone, round = letter.association.zone, letter.round
    deadline, closed_at = round.deadline, round.closed_at
    as_of = letter.release.as_of if letter.release else None
    withdrawn_at = letter.release.retracted_at if letter.release else None
    return {
        "open": round.phase(now) is Phase.OPEN,
        "takes_late": round.takes_late(now),
        "late_until": format.format_deadline(round.late_until, zone, language)
        if round.late_until
        else "",
        "deadline": format.format_deadline(deadline, zone, language) if deadline else "",
        "last_day": format.format_day(get_last_day(deadline, zone), language) if deadline else "",
        "early": bool(closed_at and deadline and closed_at < deadline),
        "closed_at": format.format_moment(closed_at, zone, language) if closed_at else "",
        "as_of": format.format_deadline(as_of, zone, language) if as_of else "",
        "withdrawn_at": format.format_moment(withdrawn_at, zone, language) if withdrawn_at else "",
    }


def describe_answer(letter: MailContext, language: str) -> dict[str, object]:
    """The answer the mail is about, and the one that counts for the member."""
    version = letter.version
    if version is None:
        about_nothing = {"kind": None, "counted": "", "sitting": "", "body": ""}
        nothing = {"facts": [], "too_late": False, "note": False, "late": False, "verdict": None}
        return {**about_nothing, "by_office": False, **nothing}
    expected, zone, deadline = (
        version.answer.expected_on,
        letter.association.zone,
        letter.round.deadline,
    )
    return {
        "facts": list_facts(letter, version, language),
        "kind": version.answer.kind,
        "by_office": version.by_office,
        "counted": get_catalogue(language).gettext(
            labels.ANSWER[version.answer.kind if version.stands else None]
        ),
        "too_late": bool(
            version.answer.kind is AnswerKind.PENDING
            and expected
            and deadline
            and expected > get_last_day(deadline, zone)
        ),
        "sitting": format.format_weekday(expected, language) if expected else "",
        "body": version.answer.expected_body,
        "note": bool(version.answer.declaration and version.answer.declaration.note),
        "late": version.late,
        "verdict": letter.verdict,
    }


def describe_delegation(letter: MailContext, language: str) -> dict[str, object]:
    """Who passed the task on, to whom and with which words; and what an objection says."""
    colleague, by, objection = letter.passed_on, letter.delegated_by, letter.objection
    field = labels.FIELD
    told = [
        (field["name"], colleague.name if colleague else ""),
        (field["unit"], colleague.unit if colleague else ""),
        (field["email"], colleague.email if colleague else ""),
    ]
    return {
        "by": format_link_holder(by) if by else "",
        "message": colleague.message if colleague else "",
        "colleague": [
            (get_catalogue(language).gettext(label), value) for label, value in told if value
        ],
        "objector": format_link_holder(letter.link) if objection else "",
        "words": objection.text if objection else "",
    }


def list_papers(letter: MailContext, links: Sequence[str], language: str) -> list[ReminderPaper]:
    """The papers a reminder speaks of, each with its own link."""
    zone = letter.association.zone
    return [
        ReminderPaper(
            each.edition.text.title,
            each.member.official_name,
            each.invitation.reference,
            format.format_deadline(each.round.deadline, zone, language)
            if each.round.deadline
            else "",
            link,
        )
        for each, link in zip((letter, *letter.also), links, strict=True)
    ]


def format_link_holder(link: Link) -> str:
    """The holder of a link as others see her: name, unit and address."""
    return ", ".join(part for part in (link.name, link.unit, link.email) if part)


def format_tel_number(telephone: str) -> str:
    """``telephone`` for a ``tel:`` address; a German number gets its country code."""
    digits = "".join(sign for sign in telephone if sign.isdigit() or sign == "+")
    return f"+49{digits[1:]}" if digits.startswith("0") and not digits.startswith("00") else digits


# What the templates of mail to the office's people are given.


def get_account_language(letter: AccountMailContext) -> str:
    """The association's language; accounts have none of their own."""
    own = letter.association.language
    return own if own in LANGUAGES else LANGUAGES[0]


def build_account_template_context(
    letter: AccountMailContext, *, link: str, base_url: str, now: datetime
) -> dict[str, object]:
    """The fixed set of names a template may use."""
    language, association = get_account_language(letter), letter.association
    return {
        "association": association,
        "recipient": letter.staff.email,
        "staff": letter.staff,
        "role": get_catalogue(language).gettext(labels.ROLE[letter.staff.role]),
        "language": language,
        "link": link,
        "home": base_url,
        "telephone": association.telephone,
        "dialled": format_tel_number(association.telephone),
        "day": format.format_day(
            letter.notice.enqueued_at.astimezone(association.zone).date(), language
        ),
        "rounds": [
            build_round_figures(each, letter, now, language) for each in letter.digest.reports
        ],
    }


def build_round_figures(
    report: RoundDigest, letter: AccountMailContext, now: datetime, language: str
) -> dict[str, object]:
    """One round in figures."""
    zone, round, counts = letter.association.zone, report.standing.round, report.standing.counts
    return {
        "title": report.edition.text.title,
        "open": round.phase(now) is Phase.OPEN,
        "phase": get_catalogue(language).gettext(labels.PHASE[round.phase(now)]),
        "deadline": format.format_deadline(round.deadline, zone, language)
        if round.deadline
        else "",
        "days": count_days_left(round.deadline, now, zone) if round.deadline else 0,
        "asked": len(report.standing.places),
        "signed": counts[AnswerKind.SIGN],
        "pending": counts[AnswerKind.PENDING],
        "unanswered": report.unanswered,
        "fresh": report.fresh,
        "unreached": report.unreached,
        "undecided": len(report.standing.undecided),
    }


def compose_message(
    letter: MailContext | AccountMailContext,
    *,
    token: str,
    code: str = "",
    more: Sequence[str] = (),
    base_url: str,
    now: datetime,
) -> EmailMessage:
    """The message for ``letter``, with a text and an HTML part in the recipient's language.

    ``code`` is the short code that can be typed instead of clicking, ``more`` the tokens of the further papers a
    reminder speaks of, ``base_url`` the configured address, ``now`` the moment of sending. Composed again later it is
    the same message but for its date: the Message-ID is made from what it is about. Raises ``Unmailable`` where a name
    or an address would forge a header, or the address of a link is too long for its line.
    """
    base_url = base_url.rstrip("/")
    links = [build_link_url(letter.notice.kind, each, base_url) for each in (token, *more)]
    if max(map(len, links)) > MAX_LINK_LENGTH:
        raise UnmailableError(
            f"the address of the link is longer than {MAX_LINK_LENGTH} characters"
        )
    if isinstance(letter, AccountMailContext):
        given, language = (
            build_account_template_context(letter, link=links[0], base_url=base_url, now=now),
            get_account_language(letter),
        )
    else:
        given, language = (
            build_template_context(letter, link=links[0], code=code, base_url=base_url, now=now),
            choose_language(letter),
        )
        given["papers"] = list_papers(letter, links, language)
    kind = letter.notice.kind
    plain, rich = (
        get_environment(language, trim_blocks=True),
        get_environment(language, trim_blocks=False),
    )
    subject = clean_header_text(
        plain.get_template(f"mail/{kind}.subject.txt").render(given).strip()
    )
    text = plain.get_template(f"mail/{kind}.txt").render(given)
    html = rich.get_template(f"mail/{kind}.html").render(given, subject=subject)
    message = build_empty_message(letter, subject, base_url, now)
    names = ("link", "links_page", "objection_page", "paper", "pdf")
    message.set_content(
        wrap_text(text, {*links, *(str(given[name]) for name in names if name in given)}),
        cte="8bit",
    )
    message.add_alternative(html, subtype="html", cte="quoted-printable")
    message.set_boundary(sha256(message["Message-ID"].encode()).hexdigest()[:32])
    message["Content-Language"] = (
        language  # last: the library moves such fields into the first part
    )
    return message


def build_link_url(kind: MailKind, token: str, base_url: str) -> str:
    """Where the mail's link leads: a member's page, the office, or the set-up of an account."""
    if kind is MailKind.ACCOUNT_INVITATION:
        return f"{base_url}/login/set-up/{token}"
    if kind is MailKind.PASSWORD_LINK:
        return f"{base_url}/login/password/{token}"
    return (
        f"{base_url}/office/"
        if kind.is_for_office or kind.is_for_account
        else f"{base_url}/s/{token}"
    )


def build_empty_message(
    letter: MailContext | AccountMailContext, subject: str, base_url: str, now: datetime
) -> EmailMessage:
    """The message without its content."""
    association = letter.association
    host = urlsplit(base_url).hostname or "localhost"
    message = EmailMessage(policy=MESSAGE_POLICY)
    message["Message-ID"] = f"<{build_message_id_stem(letter)}@{host}>"
    message["Date"] = format_datetime(now.astimezone(association.zone))
    message["From"] = build_address(association.name, association.mail_from)
    message["To"] = build_address(*get_recipient(letter))
    message["Reply-To"] = build_address(association.contact, association.email)
    message["Subject"] = subject
    message["List-Id"] = (
        f"<{'office' if isinstance(letter, AccountMailContext) else letter.edition.slug}.{host}>"
    )
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834
    message["X-Auto-Response-Suppress"] = (
        "OOF, AutoReply, RN, NRN"  # what Exchange asks for; bounces must still come
    )
    return message


def get_recipient(letter: MailContext | AccountMailContext) -> tuple[str, str]:
    """Name and address of who gets it."""
    if isinstance(letter, AccountMailContext):
        return letter.staff.name, letter.staff.email
    if letter.notice.kind.is_for_office:
        return letter.association.contact, letter.association.email
    return letter.link.name, letter.link.email


def build_message_id_stem(letter: MailContext | AccountMailContext) -> str:
    """What a mail is about, the same on every try. The public id is hashed: it opens the door with the keys."""
    if isinstance(letter, AccountMailContext):
        return f"{letter.notice.kind}.staff-{letter.staff.id}.{letter.notice.number}"
    about = sha256(letter.link.public_id.encode()).hexdigest()[:16]
    return f"{letter.notice.kind}.{about}.{letter.link.generation}.{letter.notice.number}"


def mark_as_test(message: EmailMessage, letter: MailTestContext, base_url: str) -> EmailMessage:
    """``message`` marked as a test and addressed to whoever asked for it."""
    host = urlsplit(base_url).hostname or "localhost"
    subject = str(message["Subject"])
    for name in ("Message-ID", "To", "Subject"):
        del message[name]
    message["Message-ID"] = f"<test.staff-{letter.staff.id}.{letter.notice.number}@{host}>"
    message["To"] = build_address(letter.staff.name, letter.staff.email)
    message["Subject"] = f"[Test] {subject}"
    return message


@cache
def get_environment(language: str, *, trim_blocks: bool) -> Environment:
    """The templates in ``language``. A name a template is not given is an error, never an empty place.

    In plain text a line that holds nothing but a tag is no line (``trim_blocks``); in HTML it is a space.
    """
    made = Environment(
        loader=FileSystemLoader(templates_folder()),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=trim_blocks,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    made.install_gettext_translations(get_catalogue(language), newstyle=True)  # type: ignore[attr-defined]
    made.filters["listed"] = format_facts
    made.filters["paragraph"] = join_lines
    made.filters["quoted"] = quote_text
    return made


def format_facts(facts: Collection[Fact]) -> str:
    """``Label: value``, one a line, the rest of a long one indented; what people wrote in lines is quoted."""
    return "\n".join(line for label, value in facts for line in format_fact(label, value))


def format_fact(label: str, value: str) -> list[str]:
    first, *rest = value.splitlines() or [""]
    if rest:
        return [
            f"{label}:",
            *(quoted for line in (first, *rest) for quoted in wrap_paragraph(f"> {line}")),
        ]
    return textwrap.wrap(
        f"{label}: {value}", TEXT_WIDTH, subsequent_indent="  ", break_on_hyphens=False
    )
