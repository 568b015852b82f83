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
from signoff.domain.answers import Answer, Channel, Contact, Decision, Declaration, Kind, Version
from signoff.domain.dates import days_left, last_day
from signoff.domain.mail import MailContext, NoticeKind, Report, StaffLetter, TestLetter, Unmailable
from signoff.domain.rounds import Link, Phase
from signoff.i18n import format, labels
from signoff.i18n.catalogue import LANGUAGES, catalogue
from signoff.i18n.format import received
from signoff.mail.message import (
    LONGEST,
    POLICY,
    WIDTH,
    filled,
    mailbox,
    one_line,
    paragraph,
    quoted,
    wrapped,
)

# What a receipt says about an answer: everything that was handed in, label by label.

Fact = tuple[str, str]  # label and value, both in the recipient's language


def facts(letter: MailContext, version: Version, language: str) -> list[Fact]:
    """Reference, answer, text, moment and entry of ``version``, and every field of the answer that is filled in."""
    gettext = catalogue(language).gettext
    zone = letter.association.zone
    edition = letter.edition
    shown = [
        (gettext("Vorgangsnummer"), letter.invitation.reference),
        (gettext("Mitglied"), letter.member.official_name),
        (gettext("Rückmeldung"), gettext(labels.ANSWER[version.answer.kind])),
        *of_answer(version.answer, language),
        (gettext("Papier"), edition.text.title),
        (gettext("Fassung"), str(edition.number)),
        (gettext("Prüfsumme der Fassung (SHA-256)"), edition.digest),
        (gettext("Eingegangen"), received(version, zone, language)),
        (
            gettext("Eingangsweg"),
            "" if version.channel is Channel.LINK else gettext(labels.CHANNEL[version.channel]),
        ),
        (gettext("Protokolleintrag"), str(version.entry)),
    ]
    return [(label, value) for label, value in shown if value]


def of_answer(answer: Answer, language: str) -> Iterator[Fact]:
    """The fields of the answer itself, in the order of the form."""
    field = fields(language)
    if answer.declaration:
        yield from of_declaration(answer.declaration, language)
    yield (
        field["expected_on"],
        format.weekday(answer.expected_on, language) if answer.expected_on else "",
    )
    yield field["body"], answer.expected_body
    yield catalogue(language).gettext("Grund (sieht nur die Geschäftsstelle)"), answer.reason
    if answer.filled_in:
        yield (
            catalogue(language).gettext("Ausgefüllt von (wird nicht veröffentlicht)"),
            person(answer.filled_in),
        )


def of_declaration(declared: Declaration, language: str) -> Iterator[Fact]:
    gettext, field = catalogue(language).gettext, fields(language)
    yield gettext("Name in der Liste"), declared.official_name
    yield gettext("Erklärt durch"), f"{declared.signer.name}, {declared.signer.function}"
    yield field["publish_name"], gettext("ja") if declared.publish_name else gettext("nein")
    yield field["basis"], gettext(labels.BASIS[declared.basis])
    if declared.decision:
        yield from of_decision(declared.decision, language)
    yield field["note"], declared.note


def of_decision(decision: Decision, language: str) -> Iterator[Fact]:
    field = fields(language)
    yield field["body"], decision.body
    yield field["decision_date"], format.day(decision.on, language)
    yield field["decision_number"], decision.number
    yield field["decision_result"], decision.result


def person(contact: Contact) -> str:
    return ", ".join(part for part in (contact.name, contact.unit, contact.email) if part)


def fields(language: str) -> dict[str, str]:
    return {name: catalogue(language).gettext(label) for name, label in labels.FIELD.items()}


# What the mail templates are given.


@dataclass(frozen=True, slots=True)
class Paper:
    """One paper of a reminder; ``deadline`` is written out."""

    title: str
    member: str
    reference: str
    deadline: str
    link: str


def language_of(letter: MailContext) -> str:
    """The language of the recipient, else of the member, else of the association; one that Signoff speaks."""
    own = letter.association.language
    wanted = (
        (own,)
        if letter.notice.kind.for_the_office
        else (letter.link.language, letter.member.language, own)
    )
    return next((language for language in wanted if language in LANGUAGES), LANGUAGES[0])


def contents(
    letter: MailContext, *, link: str, code: str = "", base_url: str, now: datetime
) -> dict[str, object]:
    """The fixed set of names a template may use."""
    language = language_of(letter)
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
        "adopted_on": format.day(letter.edition.text.adopted_on, language)
        if letter.edition.text.adopted_on
        else "",
        "edition": letter.edition,
        "terms": letter.round.terms,
        "introduction": introduction(letter, language),
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
        "dialled": dialled(letter.association.telephone),
        **moments(letter, now, language),
        **answered(letter, language),
        **passed(letter, language),
        "because": letter.because,
        "refused_note": letter.refused_note,
    }


def introduction(letter: MailContext, language: str) -> list[str]:
    """The office's own paragraphs before an invitation, in the reader's language; none where there are none in it."""
    terms = letter.round.terms
    said = terms.introduction_en if language == "en" else terms.introduction
    return [" ".join(part.split()) for part in re.split(r"\n\s*\n", said) if part.strip()]


def moments(letter: MailContext, now: datetime, language: str) -> dict[str, object]:
    """The round's moments, in the association's zone and the reader's language."""
    zone, round = letter.association.zone, letter.round
    deadline, closed_at = round.deadline, round.closed_at
    as_of = letter.release.as_of if letter.release else None
    withdrawn_at = letter.release.withdrawn_at if letter.release else None
    return {
        "open": round.phase(now) is Phase.OPEN,
        "takes_late": round.takes_late(now),
        "late_until": format.deadline(round.late_until, zone, language) if round.late_until else "",
        "deadline": format.deadline(deadline, zone, language) if deadline else "",
        "last_day": format.day(last_day(deadline, zone), language) if deadline else "",
        "early": bool(closed_at and deadline and closed_at < deadline),
        "closed_at": format.moment(closed_at, zone, language) if closed_at else "",
        "as_of": format.deadline(as_of, zone, language) if as_of else "",
        "withdrawn_at": format.moment(withdrawn_at, zone, language) if withdrawn_at else "",
    }


def answered(letter: MailContext, language: str) -> dict[str, object]:
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
        "facts": facts(letter, version, language),
        "kind": version.answer.kind,
        "by_office": version.by_office,
        "counted": catalogue(language).gettext(
            labels.ANSWER[version.answer.kind if version.stands else None]
        ),
        "too_late": bool(
            version.answer.kind is Kind.PENDING
            and expected
            and deadline
            and expected > last_day(deadline, zone)
        ),
        "sitting": format.weekday(expected, language) if expected else "",
        "body": version.answer.expected_body,
        "note": bool(version.answer.declaration and version.answer.declaration.note),
        "late": version.late,
        "verdict": letter.verdict,
    }


def passed(letter: MailContext, language: str) -> dict[str, object]:
    """Who passed the task on, to whom and with which words; and what an objection says."""
    colleague, by, objection = letter.passed_on, letter.passed_on_by, letter.objection
    field = labels.FIELD
    told = [
        (field["name"], colleague.name if colleague else ""),
        (field["unit"], colleague.unit if colleague else ""),
        (field["email"], colleague.email if colleague else ""),
    ]
    return {
        "by": who(by) if by else "",
        "message": colleague.message if colleague else "",
        "colleague": [
            (catalogue(language).gettext(label), value) for label, value in told if value
        ],
        "objector": who(letter.link) if objection else "",
        "words": objection.words if objection else "",
    }


def papers(letter: MailContext, links: Sequence[str], language: str) -> list[Paper]:
    """The papers a reminder speaks of, each with its own link."""
    zone = letter.association.zone
    return [
        Paper(
            each.edition.text.title,
            each.member.official_name,
            each.invitation.reference,
            format.deadline(each.round.deadline, zone, language) if each.round.deadline else "",
            link,
        )
        for each, link in zip((letter, *letter.also), links, strict=True)
    ]


def who(link: Link) -> str:
    """The holder of a link as others see her: name, unit and address."""
    return ", ".join(part for part in (link.name, link.unit, link.email) if part)


def dialled(telephone: str) -> str:
    """``telephone`` for a ``tel:`` address; a German number gets its country code."""
    digits = "".join(sign for sign in telephone if sign.isdigit() or sign == "+")
    return f"+49{digits[1:]}" if digits.startswith("0") and not digits.startswith("00") else digits


# What the templates of mail to the office's people are given.


def staff_language(letter: StaffLetter) -> str:
    """The association's language; accounts have none of their own."""
    own = letter.association.language
    return own if own in LANGUAGES else LANGUAGES[0]


def staff_contents(
    letter: StaffLetter, *, link: str, base_url: str, now: datetime
) -> dict[str, object]:
    """The fixed set of names a template may use."""
    language, association = staff_language(letter), letter.association
    return {
        "association": association,
        "recipient": letter.staff.email,
        "staff": letter.staff,
        "role": catalogue(language).gettext(labels.ROLE[letter.staff.role]),
        "language": language,
        "link": link,
        "home": base_url,
        "telephone": association.telephone,
        "dialled": dialled(association.telephone),
        "day": format.day(letter.notice.owed_at.astimezone(association.zone).date(), language),
        "rounds": [told(each, letter, now, language) for each in letter.digest.reports],
    }


def told(report: Report, letter: StaffLetter, now: datetime, language: str) -> dict[str, object]:
    """One round in figures."""
    zone, round, counts = letter.association.zone, report.standing.round, report.standing.counts
    return {
        "title": report.edition.text.title,
        "open": round.phase(now) is Phase.OPEN,
        "phase": catalogue(language).gettext(labels.PHASE[round.phase(now)]),
        "deadline": format.deadline(round.deadline, zone, language) if round.deadline else "",
        "days": days_left(round.deadline, now, zone) if round.deadline else 0,
        "asked": len(report.standing.places),
        "signed": counts[Kind.SIGN],
        "pending": counts[Kind.PENDING],
        "unanswered": report.unanswered,
        "fresh": report.fresh,
        "unreached": report.unreached,
        "undecided": len(report.standing.undecided),
    }


def compose(
    letter: MailContext | StaffLetter,
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
    links = [address(letter.notice.kind, each, base_url) for each in (token, *more)]
    if max(map(len, links)) > LONGEST:
        raise Unmailable(f"the address of the link is longer than {LONGEST} characters")
    if isinstance(letter, StaffLetter):
        given, language = (
            staff_contents(letter, link=links[0], base_url=base_url, now=now),
            staff_language(letter),
        )
    else:
        given, language = (
            contents(letter, link=links[0], code=code, base_url=base_url, now=now),
            language_of(letter),
        )
        given["papers"] = papers(letter, links, language)
    kind = letter.notice.kind
    plain, rich = environment(language, trim_blocks=True), environment(language, trim_blocks=False)
    subject = one_line(plain.get_template(f"mail/{kind}.subject.txt").render(given).strip())
    text = plain.get_template(f"mail/{kind}.txt").render(given)
    html = rich.get_template(f"mail/{kind}.html").render(given, subject=subject)
    message = addressed(letter, subject, base_url, now)
    names = ("link", "links_page", "objection_page", "paper", "pdf")
    message.set_content(
        wrapped(text, {*links, *(str(given[name]) for name in names if name in given)}), cte="8bit"
    )
    message.add_alternative(html, subtype="html", cte="quoted-printable")
    message.set_boundary(sha256(message["Message-ID"].encode()).hexdigest()[:32])
    message["Content-Language"] = (
        language  # last: the library moves such fields into the first part
    )
    return message


def address(kind: NoticeKind, token: str, base_url: str) -> str:
    """Where the mail's link leads: a member's page, the office, or the set-up of an account."""
    if kind is NoticeKind.STAFF_INVITATION:
        return f"{base_url}/login/set-up/{token}"
    if kind is NoticeKind.PASSWORD_LINK:
        return f"{base_url}/login/password/{token}"
    return (
        f"{base_url}/office/" if kind.for_the_office or kind.for_staff else f"{base_url}/s/{token}"
    )


def addressed(
    letter: MailContext | StaffLetter, subject: str, base_url: str, now: datetime
) -> EmailMessage:
    """The message without its content."""
    association = letter.association
    host = urlsplit(base_url).hostname or "localhost"
    message = EmailMessage(policy=POLICY)
    message["Message-ID"] = f"<{subject_matter(letter)}@{host}>"
    message["Date"] = format_datetime(now.astimezone(association.zone))
    message["From"] = mailbox(association.name, association.mail_from)
    message["To"] = mailbox(*recipient(letter))
    message["Reply-To"] = mailbox(association.contact, association.email)
    message["Subject"] = subject
    message["List-Id"] = (
        f"<{'office' if isinstance(letter, StaffLetter) else letter.edition.slug}.{host}>"
    )
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834
    message["X-Auto-Response-Suppress"] = (
        "OOF, AutoReply, RN, NRN"  # what Exchange asks for; bounces must still come
    )
    return message


def recipient(letter: MailContext | StaffLetter) -> tuple[str, str]:
    """Name and address of who gets it."""
    if isinstance(letter, StaffLetter):
        return letter.staff.name, letter.staff.email
    if letter.notice.kind.for_the_office:
        return letter.association.contact, letter.association.email
    return letter.link.name, letter.link.email


def subject_matter(letter: MailContext | StaffLetter) -> str:
    """What a mail is about, the same on every try. The public id is hashed: it opens the door with the keys."""
    if isinstance(letter, StaffLetter):
        return f"{letter.notice.kind}.staff-{letter.staff.id}.{letter.notice.number}"
    about = sha256(letter.link.public_id.encode()).hexdigest()[:16]
    return f"{letter.notice.kind}.{about}.{letter.link.generation}.{letter.notice.number}"


def as_test(message: EmailMessage, letter: TestLetter, base_url: str) -> EmailMessage:
    """``message`` marked as a test and addressed to whoever asked for it."""
    host = urlsplit(base_url).hostname or "localhost"
    subject = str(message["Subject"])
    for name in ("Message-ID", "To", "Subject"):
        del message[name]
    message["Message-ID"] = f"<test.staff-{letter.staff.id}.{letter.notice.number}@{host}>"
    message["To"] = mailbox(letter.staff.name, letter.staff.email)
    message["Subject"] = f"[Test] {subject}"
    return message


@cache
def environment(language: str, *, trim_blocks: bool) -> Environment:
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
    made.install_gettext_translations(catalogue(language), newstyle=True)  # type: ignore[attr-defined]
    made.filters["listed"] = listed
    made.filters["paragraph"] = paragraph
    made.filters["quoted"] = quoted
    return made


def listed(facts: Collection[Fact]) -> str:
    """``Label: value``, one a line, the rest of a long one indented; what people wrote in lines is quoted."""
    return "\n".join(line for label, value in facts for line in fact_lines(label, value))


def fact_lines(label: str, value: str) -> list[str]:
    first, *rest = value.splitlines() or [""]
    if rest:
        return [f"{label}:", *(quoted for line in (first, *rest) for quoted in filled(f"> {line}"))]
    return textwrap.wrap(f"{label}: {value}", WIDTH, subsequent_indent="  ", break_on_hyphens=False)
