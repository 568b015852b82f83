"""The words of a mail: made from its template once for all recipients who get the same, and filled
with the values of each.
"""

import re
from functools import cache, partial

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from jinja2.runtime import Context
from jinja2.utils import missing
from markupsafe import Markup

from signoff.config import templates_folder
from signoff.domain.mail import MailKind
from signoff.i18n.catalogue import SOURCE_LANGUAGE, get_catalogue
from signoff.i18n.formatting import GrammaticalCase
from signoff.mail.content import Mail
from signoff.mail.markdown import (
    PLACE_START,
    VALUE_START,
    HtmlTemplate,
    Place,
    TextTemplate,
    escape_markdown,
    get_literal,
    parse_markdown,
    remove_private_chars,
    render_line,
    render_plain_html,
)
from signoff.mail.message import clean_header_text

MAX_WORDINGS = 4  # kept of each kind: to one member or several, for information, of several rounds
SCHEME = re.compile("https?://", re.IGNORECASE)


class Wording:
    """The words of a mail of one kind, with places for the values of its recipient.

    They serve every mail for which the template would get the same, apart from those values.
    """

    def __init__(self, mail: Mail, kind: MailKind) -> None:
        template = get_environment(mail.language).get_template(f"mail/{kind}.md")
        self._shown: dict[str, object] = {}
        markdown = template.render(mail=mail, shown=self._shown).strip()
        self._subject, preheader, rest = markdown.split("\n\n", 2)
        if mail.without_addresses:
            rest = remove_schemes(rest)  # what somebody else wrote
            preheader = remove_schemes(preheader)
        self._preheader = parse_markdown(preheader)[0]
        self._body, signature = parse_markdown(rest)
        self._text = TextTemplate(self._body, signature)
        self._html = HtmlTemplate(
            self._body,
            signature,
            lambda subject, preheader, body, end: get_layout().render(
                subject=subject,
                preheader=preheader,
                language=mail.language,
                association=remove_private_chars(mail.association.name),
                body=body,
                signature=end,
            ),
        )

    def fits(self, mail: Mail) -> bool:
        """Whether the template would make the same of ``mail``."""
        return all(mail.show(name) == value for name, value in self._shown.items())

    def build_subject(self, mail: Mail) -> str:
        """Raises ``UnmailableError`` where it would forge a header."""
        return clean_header_text(get_literal(self._subject, mail.get_value).strip())

    def render_parts(self, mail: Mail, subject: str) -> tuple[str, str, str]:
        """The text part, the HTML part, and the latter in quoted-printable."""
        get_value = partial(get_body_value, mail)
        preheader = render_line(block.with_values(get_value) for block in self._preheader)
        html = self._html.render(subject, preheader, get_value)
        return self._text.render(subject, get_value), *html

    def render_letter(self, mail: Mail) -> str:
        return render_plain_html(
            block.with_values(partial(get_body_value, mail)) for block in self._body
        )


def get_body_value(mail: Mail, name: str) -> str:
    """A value of the recipient; without the scheme of an address where mail may contain none."""
    value = mail.get_value(name)
    return remove_schemes(value) if mail.without_addresses else value


def remove_schemes(text: str) -> str:
    """``text`` without the schemes of addresses, nor one that stood around another one."""
    while text != (text := SCHEME.sub("", text)):
        pass
    return text


kept_wordings: dict[tuple[object, ...], tuple[Wording, ...]] = {}


def get_wording(mail: Mail, kind: MailKind) -> Wording:
    """The words of ``mail``, kept from an earlier mail if they are the same."""
    key = (kind, mail.language, mail.without_link, mail.is_letter)
    kept = kept_wordings.get(key, ())
    for wording in kept:
        if wording.fits(mail):
            return wording
    wording = Wording(mail, kind)
    kept_wordings[key] = (wording, *kept[: MAX_WORDINGS - 1])
    return wording


class MailTemplateContext(Context):
    """Looks a name up among the attributes of ``mail``, so that only what a template shows is
    computed, and notes it in ``shown``.
    """

    def resolve_or_missing(self, key: str) -> object:
        """The value of ``key``, or ``missing``, which the environment turns into an error."""
        value = super().resolve_or_missing(key)
        if value is not missing or key.startswith("_"):
            return value
        mail = super().resolve_or_missing("mail")
        if not hasattr(mail, key):
            return missing
        shown = super().resolve_or_missing("shown")
        shown[key] = value = mail.show(key)
        return value


class MailEnvironment(Environment):
    """The Markdown templates. Values are escaped automatically; unknown names are errors."""

    context_class = MailTemplateContext

    def __init__(self, language: str) -> None:
        super().__init__(
            loader=FileSystemLoader(templates_folder()),
            autoescape=True,
            finalize=escape_markdown,
            undefined=StrictUndefined,
            lstrip_blocks=True,
            extensions=["jinja2.ext.i18n"],
        )
        catalogue = get_catalogue(language)

        def gettext(message: str, **variables: object) -> Markup:
            escaped = {name: escape_markdown(value) for name, value in variables.items()}
            return Markup(catalogue.gettext(message) % escaped)  # noqa: S704 (facts are escaped)

        self.globals["gettext"] = gettext
        self.newstyle_gettext = True  # variables are handed to gettext, which escapes them
        for case in GrammaticalCase:
            self.filters[f"in_{case.name.lower()}"] = partial(name_case, case=case)
        self.filters["capitalize_first"] = capitalize_first
        self.filters["begin_sentence"] = partial(begin_sentence, language=language)
        self.filters["extract_preheader"] = extract_preheader


def name_case(place: Place, case: GrammaticalCase) -> Place:
    """The member's name in that case."""
    return Place(f"{place.name}:{case.name.lower()}")


def capitalize_first(text: str | Place) -> Markup:
    """``text`` with a capital first letter; a place whose name has one is filled with one."""
    markdown = escape_markdown(text)
    begin = 1 + markdown.startswith(VALUE_START) + (PLACE_START in markdown[:2])
    return Markup(markdown[:begin].upper() + markdown[begin:])  # noqa: S704 (Markdown already)


def begin_sentence(text: str, greeting: str, before: str, *, language: str) -> str:
    """``text`` with a capital first letter, unless it follows a German salutation with a comma
    directly.
    """
    text = text.strip()
    follows_comma = not before.strip() and get_literal(greeting).strip().endswith(",")
    return text if language == SOURCE_LANGUAGE and follows_comma else capitalize_first(text)


def extract_preheader(text: str) -> str:
    """The first paragraph of a mail's fixed words, on one line; a heading and the next one."""
    heading, _, rest = text.strip().partition("\n\n")
    first = f"{heading.lstrip('# ')} {rest.partition(chr(10) * 2)[0]}"
    words = first if heading.startswith("#") else heading
    return Markup(" ".join(words.replace("\\\n", " ").split()))  # noqa: S704 (Markdown already)


@cache
def get_environment(language: str) -> Environment:
    return MailEnvironment(language)


@cache
def get_layout() -> Template:
    """The frame of the HTML part."""
    environment = Environment(
        loader=FileSystemLoader(templates_folder()), autoescape=True, undefined=StrictUndefined
    )
    return environment.get_template("mail/layout.html")
