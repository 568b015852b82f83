"""What the mail templates are given."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from signoff.domain.answer import Kind
from signoff.domain.invitation import Link
from signoff.domain.letter import Letter
from signoff.domain.moments import last_day
from signoff.domain.round import Phase
from signoff.mail.facts import facts
from signoff.words import dates, labels
from signoff.words.catalogue import LANGUAGES, catalogue


@dataclass(frozen=True, slots=True)
class Paper:
    """One paper of a reminder; ``deadline`` is written out."""

    title: str
    member: str
    reference: str
    deadline: str
    link: str


def language_of(letter: Letter) -> str:
    """The language of the recipient, else of the member, else of the association; one that Signoff speaks."""
    own = letter.association.language
    wanted = (own,) if letter.notice.kind.for_the_office else (letter.link.language, letter.member.language, own)
    return next((language for language in wanted if language in LANGUAGES), LANGUAGES[0])


def contents(letter: Letter, *, link: str, code: str = "", base_url: str, now: datetime) -> dict[str, object]:
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
        "adopted_on": dates.day(letter.edition.text.adopted_on, language) if letter.edition.text.adopted_on else "",
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


def introduction(letter: Letter, language: str) -> list[str]:
    """The office's own paragraphs before an invitation, in the reader's language; none where there are none in it."""
    terms = letter.round.terms
    said = terms.introduction_en if language == "en" else terms.introduction
    return [" ".join(part.split()) for part in re.split(r"\n\s*\n", said) if part.strip()]


def moments(letter: Letter, now: datetime, language: str) -> dict[str, object]:
    """The round's moments, in the association's zone and the reader's language."""
    zone, round = letter.association.zone, letter.round
    deadline, closed_at = round.deadline, round.closed_at
    as_of = letter.release.as_of if letter.release else None
    withdrawn_at = letter.release.withdrawn_at if letter.release else None
    return {
        "open": round.phase(now) is Phase.OPEN,
        "takes_late": round.takes_late(now),
        "late_until": dates.deadline(round.late_until, zone, language) if round.late_until else "",
        "deadline": dates.deadline(deadline, zone, language) if deadline else "",
        "last_day": dates.day(last_day(deadline, zone), language) if deadline else "",
        "early": bool(closed_at and deadline and closed_at < deadline),
        "closed_at": dates.moment(closed_at, zone, language) if closed_at else "",
        "as_of": dates.deadline(as_of, zone, language) if as_of else "",
        "withdrawn_at": dates.moment(withdrawn_at, zone, language) if withdrawn_at else "",
    }


def answered(letter: Letter, language: str) -> dict[str, object]:
    """The answer the mail is about, and the one that counts for the member."""
    version = letter.version
    if version is None:
        about_nothing = {"kind": None, "counted": "", "sitting": "", "body": ""}
        nothing = {"facts": [], "too_late": False, "note": False, "late": False, "verdict": None}
        return {**about_nothing, "by_office": False, **nothing}
    expected, zone, deadline = version.answer.expected_on, letter.association.zone, letter.round.deadline
    return {
        "facts": facts(letter, version, language),
        "kind": version.answer.kind,
        "by_office": version.by_office,
        "counted": catalogue(language).gettext(labels.ANSWER[version.answer.kind if version.stands else None]),
        "too_late": bool(
            version.answer.kind is Kind.PENDING and expected and deadline and expected > last_day(deadline, zone)
        ),
        "sitting": dates.weekday(expected, language) if expected else "",
        "body": version.answer.expected_body,
        "note": bool(version.answer.declaration and version.answer.declaration.note),
        "late": version.late,
        "verdict": letter.verdict,
    }


def passed(letter: Letter, language: str) -> dict[str, object]:
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
        "colleague": [(catalogue(language).gettext(label), value) for label, value in told if value],
        "objector": who(letter.link) if objection else "",
        "words": objection.words if objection else "",
    }


def papers(letter: Letter, links: Sequence[str], language: str) -> list[Paper]:
    """The papers a reminder speaks of, each with its own link."""
    zone = letter.association.zone
    return [
        Paper(
            each.edition.text.title,
            each.member.official_name,
            each.invitation.reference,
            dates.deadline(each.round.deadline, zone, language) if each.round.deadline else "",
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
