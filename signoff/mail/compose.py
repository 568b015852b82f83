"""From a letter to a message. The link is made here, from its token, and stands in the recipient's mail alone."""

from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from functools import cache
from hashlib import sha256
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from signoff.domain.delivery import Unmailable
from signoff.domain.letter import Letter
from signoff.mail.contents import contents, language_of
from signoff.mail.headers import POLICY, mailbox, one_line
from signoff.mail.lines import LONGEST, listed, paragraph, quoted, wrapped
from signoff.places import templates_folder
from signoff.words.catalogue import catalogue


def compose(letter: Letter, *, token: str, code: str = "", base_url: str, now: datetime) -> EmailMessage:
    """The message for ``letter``, with a text and an HTML part in the recipient's language.

    ``code`` is the short code that can be typed instead of clicking, ``base_url`` the configured address, ``now``
    the moment of sending. Composed again later it is the same message but for its date: the Message-ID is made from
    what it is about. Raises ``Unmailable`` where a name or an address would forge a header, or the address of the
    link is too long for its line.
    """
    base_url = base_url.rstrip("/")
    link = f"{base_url}/office/" if letter.notice.kind.for_the_office else f"{base_url}/s/{token}"
    if len(link) > LONGEST:
        raise Unmailable(f"the address of the link is longer than {LONGEST} characters")
    given = contents(letter, link=link, code=code, base_url=base_url, now=now)
    language, kind = language_of(letter), letter.notice.kind
    plain, rich = environment(language, trim_blocks=True), environment(language, trim_blocks=False)
    subject = one_line(plain.get_template(f"mail/{kind}.subject.txt").render(given).strip())
    text = plain.get_template(f"mail/{kind}.txt").render(given)
    html = rich.get_template(f"mail/{kind}.html").render(given, subject=subject)
    message = addressed(letter, subject, base_url, now)
    addresses = {str(given[name]) for name in ("link", "links_page", "objection_page", "paper", "pdf")}
    message.set_content(wrapped(text, addresses), cte="8bit")
    message.add_alternative(html, subtype="html", cte="quoted-printable")
    message.set_boundary(sha256(message["Message-ID"].encode()).hexdigest()[:32])
    message["Content-Language"] = language  # last: the library moves such fields into the first part
    return message


def addressed(letter: Letter, subject: str, base_url: str, now: datetime) -> EmailMessage:
    """The message without its content."""
    association, link = letter.association, letter.link
    host = urlsplit(base_url).hostname or "localhost"
    message = EmailMessage(policy=POLICY)
    message["Message-ID"] = f"<{subject_matter(letter)}@{host}>"
    message["Date"] = format_datetime(now.astimezone(association.zone))
    message["From"] = mailbox(association.name, association.email)
    office = letter.notice.kind.for_the_office
    message["To"] = mailbox(association.contact, association.email) if office else mailbox(link.name, link.email)
    message["Reply-To"] = mailbox(association.contact, association.email)
    message["Subject"] = subject
    message["List-Id"] = f"<{letter.edition.slug}.{host}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834
    message["X-Auto-Response-Suppress"] = "OOF, AutoReply, RN, NRN"  # what Exchange asks for; bounces must still come
    return message


def subject_matter(letter: Letter) -> str:
    """What a mail is about, the same on every try. The public id is hashed: it opens the door with the keys."""
    about = sha256(letter.link.public_id.encode()).hexdigest()[:16]
    return f"{letter.notice.kind}.{about}.{letter.link.generation}.{letter.notice.number}"


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
