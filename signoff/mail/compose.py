"""From a letter to a message. The link is made here, from its token, and stands in the recipient's mail alone."""

import textwrap
from collections.abc import Collection, Sequence
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from functools import cache
from hashlib import sha256
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from signoff.domain.delivery import Unmailable
from signoff.domain.letter import Letter, StaffLetter, TestLetter
from signoff.domain.notice import NoticeKind
from signoff.mail.contents import contents, language_of, papers
from signoff.mail.facts import Fact
from signoff.mail.headers import POLICY, mailbox, one_line
from signoff.mail.lines import LONGEST, WIDTH, filled, paragraph, quoted, wrapped
from signoff.mail.staff import staff_contents, staff_language
from signoff.places import templates_folder
from signoff.words.catalogue import catalogue


def compose(
    letter: Letter | StaffLetter,
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
        given, language = staff_contents(letter, link=links[0], base_url=base_url, now=now), staff_language(letter)
    else:
        given, language = contents(letter, link=links[0], code=code, base_url=base_url, now=now), language_of(letter)
        given["papers"] = papers(letter, links, language)
    kind = letter.notice.kind
    plain, rich = environment(language, trim_blocks=True), environment(language, trim_blocks=False)
    subject = one_line(plain.get_template(f"mail/{kind}.subject.txt").render(given).strip())
    text = plain.get_template(f"mail/{kind}.txt").render(given)
    html = rich.get_template(f"mail/{kind}.html").render(given, subject=subject)
    message = addressed(letter, subject, base_url, now)
    names = ("link", "links_page", "objection_page", "paper", "pdf")
    message.set_content(wrapped(text, {*links, *(str(given[name]) for name in names if name in given)}), cte="8bit")
    message.add_alternative(html, subtype="html", cte="quoted-printable")
    message.set_boundary(sha256(message["Message-ID"].encode()).hexdigest()[:32])
    message["Content-Language"] = language  # last: the library moves such fields into the first part
    return message


def address(kind: NoticeKind, token: str, base_url: str) -> str:
    """Where the mail's link leads: a member's page, the office, or the set-up of an account."""
    if kind is NoticeKind.STAFF_INVITATION:
        return f"{base_url}/login/set-up/{token}"
    if kind is NoticeKind.PASSWORD_LINK:
        return f"{base_url}/login/password/{token}"
    return f"{base_url}/office/" if kind.for_the_office or kind.for_staff else f"{base_url}/s/{token}"


def addressed(letter: Letter | StaffLetter, subject: str, base_url: str, now: datetime) -> EmailMessage:
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
    message["List-Id"] = f"<{'office' if isinstance(letter, StaffLetter) else letter.edition.slug}.{host}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834
    message["X-Auto-Response-Suppress"] = "OOF, AutoReply, RN, NRN"  # what Exchange asks for; bounces must still come
    return message


def recipient(letter: Letter | StaffLetter) -> tuple[str, str]:
    """Name and address of who gets it."""
    if isinstance(letter, StaffLetter):
        return letter.staff.name, letter.staff.email
    if letter.notice.kind.for_the_office:
        return letter.association.contact, letter.association.email
    return letter.link.name, letter.link.email


def subject_matter(letter: Letter | StaffLetter) -> str:
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
