"""The working copies that pages and mails share: the draft motion and the receipt of an answer."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache, lru_cache, partial
from html import unescape
from typing import NamedTuple, Protocol
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from signoff.config import templates_folder
from signoff.domain.answers import AnswerVersion, Channel
from signoff.domain.association import Association
from signoff.domain.documents import CopyKind, WorkingCopy
from signoff.domain.members import Member
from signoff.domain.papers import Edition
from signoff.domain.rounds import Invitation, Link, Round
from signoff.domain.text import decode_domains
from signoff.i18n import labels
from signoff.i18n.catalogue import choose_language, get_catalogue
from signoff.i18n.catalogue import gettext_noop as _
from signoff.i18n.formatting import (
    GrammaticalCase,
    describe_declared_basis,
    format_day,
    format_deadline,
    format_name,
    format_received_at,
    format_weekday,
)

MIME_TYPES = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}


class Subject(Protocol):
    """The subject of a copy: one member's invitation to a round."""

    @property
    def member(self) -> Member: ...

    @property
    def invitation(self) -> Invitation: ...

    @property
    def round(self) -> Round: ...

    @property
    def edition(self) -> Edition: ...


@dataclass(frozen=True, slots=True)
class Kit:
    """The copies for one member in the language of their reader."""

    subject: Subject
    association: Association
    language: str

    def build_motion(self) -> WorkingCopy:
        """The draft motion for the member's council, in a round that has been opened."""
        if self.subject.round.opened_at is None:
            raise ValueError("a motion needs an open round")
        headings = [
            heading.words
            for heading in build_table_of_contents(self.subject.edition.text.html)
            if heading.level == 2
        ]
        return self._build(
            "motion.html",
            _("Entwurf einer Beschlussvorlage"),
            self.subject.round.opened_at,
            headings=headings,
        )

    def build_receipt(self, version: AnswerVersion, link: Link | None) -> WorkingCopy:
        """The receipt of ``version``, which came through ``link``, for the member's files."""
        holder = (link.name, decode_domains(link.email)) if link else ()
        return self._build(
            "receipt.html",
            _("Empfangsbestätigung"),
            version.received_at,
            CopyKind.RECEIPT,
            version=version,
            holder=", ".join(filter(None, holder)),
            rows=render_table_rows,
        )

    def _build(
        self,
        template: str,
        mark: str,
        created: datetime,
        kind: CopyKind | None = None,
        **facts: object,
    ) -> WorkingCopy:
        """``mark`` is a message, which names the kind of the copy."""
        language, subject = choose_language(self.language), self.subject
        gettext = get_catalogue(language).gettext
        foot = gettext("Fassung %(number)s") % {"number": subject.edition.number}
        environment = get_environment(language, self.association.zone)
        return WorkingCopy(
            title=f"{gettext(mark)}: {subject.edition.text.title}",
            body=environment.get_template(f"kit/{template}").render(
                member=subject.member,
                edition=subject.edition,
                round=subject.round,
                invitation=subject.invitation,
                association=self.association,
                **facts,
            ),
            language=language,
            mark=gettext(mark),
            foot=f"{subject.invitation.reference} · {foot}",
            association=self.association,
            created=created,
            kind=kind,
        )


def render_table_rows(pairs: str) -> Markup:
    """The rows of ``invitation/answer_rows.html`` (already escaped) as table rows, which are tagged
    well in a PDF.
    """
    for screen, print_ in (
        ("<div><dt>", '<tr><th scope="row">'),
        ("</dt><dd>", "</th><td>"),
        ("</dd></div>", "</td></tr>"),
    ):
        pairs = str(pairs).replace(screen, print_)
    return Markup(pairs)  # noqa: S704


# The headings of a text.

KEPT_TEXTS = 16  # papers whose headings are known; every page of a representative shows one
HEADING_PATTERN = re.compile(r"<h([2-5])([^>]*)>(.*?)</h\1>", re.DOTALL)
TAG_PATTERN = re.compile(r"<[^>]+>")
NOTE_PATTERN = re.compile(r"<sup\b.*?</sup>", re.DOTALL)


class Heading(NamedTuple):
    """One heading of a text: its level in the text (2 is the highest), its anchor on the page, its
    words.
    """

    level: int
    anchor: str
    words: str


@lru_cache(KEPT_TEXTS)
def build_table_of_contents(html: str) -> tuple[Heading, ...]:
    """The headings of the two upper levels."""
    headings = (
        Heading(int(match[1]), f"a{number}", strip_tags(match[3]))
        for number, match in enumerate(HEADING_PATTERN.finditer(html), 1)
    )
    return tuple(heading for heading in headings if heading.level <= 3)


def strip_tags(html: str) -> str:
    return " ".join(unescape(TAG_PATTERN.sub("", NOTE_PATTERN.sub("", html))).split())


# The filters of the templates. Those of the pages have the same names.


@cache
def get_environment(language: str, zone: ZoneInfo) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(templates_folder()),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
    )
    environment.filters.update(build_filters(language, zone))
    environment.globals["decided"] = partial(describe_declared_basis, language=language)
    catalogue = get_catalogue(language)
    environment.install_gettext_callables(  # type: ignore[attr-defined]
        catalogue.gettext, catalogue.ngettext, newstyle=True, pgettext=catalogue.pgettext
    )
    return environment


def build_filters(language: str, zone: ZoneInfo) -> dict[str, Callable[..., object]]:
    translate = get_catalogue(language).gettext

    def format_date(value: date | datetime) -> str:
        day = value.astimezone(zone).date() if isinstance(value, datetime) else value
        return format_day(day, language)

    def format_channel(channel: Channel) -> str:
        return translate(labels.CHANNEL[channel])

    def format_paper_kind(kind: str) -> str:
        return translate(labels.PAPER_KIND.get(kind, kind))

    cases = {
        f"in_{case.name.lower()}": partial(format_name, case=case, language=language)
        for case in GrammaticalCase
    }
    return cases | {
        "capitalize_first": capitalize_first,
        "format_channel": format_channel,
        "format_date": format_date,
        "format_deadline": partial(format_deadline, zone=zone, language=language),
        "format_digest": format_digest,
        "format_email": format_email,
        "format_paper_kind": format_paper_kind,
        "format_received_at": partial(format_received_at, zone=zone, language=language),
        "format_weekday_date": partial(format_weekday, language=language),
    }


def capitalize_first(text: str) -> str:
    """``text`` with a capital first letter and the rest as it is."""
    return text[:1].upper() + text[1:]


def format_digest(value: str) -> str:
    """A digest in groups of eight."""
    return " ".join(value[start : start + 8] for start in range(0, len(value), 8))


def format_email(value: str) -> Markup:
    """An e-mail address as people write it, which may wrap after its @.

    Attributes take ``decode_domains`` instead.
    """
    return escape(decode_domains(value)).replace("@", Markup("@<wbr>"))
