"""The Markdown of the mails: input appears literally in both parts, whatever it looks like."""

import html
import quopri
import random
import re
import textwrap
from dataclasses import replace

import pytest

from signoff.domain.answers import AnswerKind
from signoff.domain.mail import MailKind
from signoff.domain.rounds import Terms
from signoff.mail.content import MemberMail
from signoff.mail.markdown import (
    TEXT_WIDTH,
    HtmlTemplate,
    Place,
    TextTemplate,
    escape_markdown,
    parse_markdown,
    wrap,
)
from signoff.mail.wording import get_environment
from tests.mail.samples import LINK, composed, mail, part, version

HOSTILE = (
    "*Stadt* [x](http://evil.example)",
    "**Stadt** __Stadt__ _Stadt_",
    "# Stadt",
    "- Stadt",
    "1. Stadt",
    "> Stadt",
    "---",
    ": Stadt",
    "Stadt \\* \\",
    "`Stadt` ~~Stadt~~ ![x](y)",
    "&amp; &#42; &lt;",
    "<http://evil.example> <b>Stadt</b>",
    "[x]: http://evil.example",
    "Stadt\\\\",
    "%(title)s {{ title }} {% if %}",
)
TAGS = re.compile(r"<(style|head).*?</\1>|<[^>]+>", re.DOTALL)


def visible(rich: str) -> str:
    """The text of the HTML part, on one line."""
    return " ".join(html.unescape(TAGS.sub(" ", rich)).split())


def render(source: str) -> tuple[str, str]:
    body, signature = parse_markdown(source)
    text = TextTemplate(body, signature).render("", str)
    html, _ = HtmlTemplate(body, (), lambda *parts: parts[2]).render("", "", str)
    return text.partition("\n\n-- \n")[0], html


@pytest.mark.parametrize("value", HOSTILE)
@pytest.mark.parametrize(
    "template", ["{}", "A {} z", "# {}", "- {}", "> {}", "**a {} z**", "A\n: {}"]
)
def test_value_is_never_interpreted_as_markup(value: str, template: str) -> None:
    text, rich = render(template.format(escape_markdown(value)))
    assert value in text
    assert value in visible(rich)
    assert "evil" not in "".join(re.findall(r"<[^>]*>", rich))
    expected = render(template.format("value"))[1]
    assert re.findall(r"<[^>]*>", rich) == re.findall(r"<[^>]*>", expected)


@pytest.mark.parametrize("value", HOSTILE)
def test_names_titles_and_messages_appear_literally_in_both_parts(value: str) -> None:
    base = mail(MailKind.DELEGATION)
    assert base.delegated_link
    message = composed(
        replace(
            base,
            member=replace(base.member, official_name=value),
            delegated_link=replace(base.delegated_link, message=f"{value}\n\n{value}"),
        )
    )
    text, rich = part(message, "plain"), part(message, "html")
    assert text.count(f"> {value}\n") == 2
    assert visible(rich).count(value) >= 3
    assert re.findall('href="(.*?)"', rich) == re.findall(
        'href="(.*?)"', part(composed(base), "html")
    )
    assert str(message["Subject"]).endswith(f"({value})")
    assert re.findall(r"^https?://\S+$", text, re.MULTILINE) == [LINK]


def test_no_line_breaks_inside_an_abbreviation_of_the_html_part() -> None:
    place, name = Place("name"), "Rothenburg o. d. T."
    body, _ = parse_markdown(f"{place}: {escape_markdown('Forum e. V.')}, § 3 Abs. 2\\.")
    html, encoded = HtmlTemplate(body, (), lambda *parts: parts[2]).render("", "", lambda _: name)
    shown = "Rothenburg o.\u00a0d.\u00a0T.: Forum e.\u00a0V., §\u00a03 Abs.\u00a02."
    assert shown in html
    assert shown in quopri.decodestring(encoded).decode()
    text = TextTemplate(body, ()).render("", lambda _: name)
    assert "Rothenburg o. d. T.: Forum e. V., § 3 Abs. 2." in text


def test_line_break_in_a_value_does_not_start_a_block() -> None:
    base = mail(MailKind.INVITATION)
    words = f"Liebe Mitglieder,\n-- \n{LINK}\n# Titel"
    text = part(
        composed(
            replace(base, round=replace(base.round, terms=Terms(introductions={"de": words})))
        ),
        "plain",
    )
    assert f"Liebe Mitglieder, -- {LINK}"[:TEXT_WIDTH] in " ".join(text.split())
    assert text.count("\n-- \n") == 1


def test_message_is_quoted_line_by_line_with_its_empty_lines() -> None:
    words = "Erste Zeile\n\n> zweite\n  dritte\u2028vierte"
    text, rich = render(f"> {escape_markdown(words)}")
    assert text == "> Erste Zeile\n>\n> > zweite\n>   dritte\n> vierte"
    assert rich.startswith("<blockquote ")
    assert "Erste Zeile\n\n&gt; zweite\n" in rich


def test_paragraph_with_only_a_link_becomes_a_button_or_an_address_on_its_own_line() -> None:
    address = f"https://staedteforum.example/{'a' * 100}?x=1&y=_2_"
    escaped = escape_markdown(address)
    text, rich = render(f"[Text lesen](<{escaped}>)\n\n[{escaped}](<{escaped}>)")
    assert text == f"{address}\n\n{address}"
    assert html.unescape(rich).count(f'href="{address}"') == 2
    assert rich.count('class="button"') == 1
    assert visible(rich).startswith(f"Text lesen {address}")


def test_all_values_are_escaped_automatically() -> None:
    environment = get_environment("de")
    source = (
        "{{ value }} {% trans %}a {{ value }}{% endtrans %} {{ _('b %(value)s', value=value) }} "
        "{% set kept %}{{ value }}{% endset %}{{ kept }} {{ [value, value] | join(', ') }}"
    )
    text, rich = render(environment.from_string(source).render(value="*x*"))
    assert text == "*x* a *x* b *x* *x* *x*, *x*"
    assert "<em>" not in rich


def test_facts_are_computed_only_if_the_mail_shows_them(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(mail: MemberMail) -> None:
        raise AssertionError("facts were computed")

    monkeypatch.setattr(MemberMail, "facts", property(refuse))
    signed = mail(MailKind.CLOSED, AnswerKind.COSIGN, version=version(AnswerKind.COSIGN))
    assert "gilt: mitgezeichnet" in part(composed(signed), "plain")


def test_lines_are_wrapped_as_the_library_wraps_them() -> None:
    generator = random.Random(7)
    for _ in range(300):
        words = [
            "x" * generator.choice([1, 3, 8, 30, 72, 80]) + generator.choice(["", "-", "\u00a0y"])
            for _ in range(generator.randint(1, 20))
        ]
        for first, rest in (("", ""), ("- ", "  "), ("> ", "> ")):
            expected = textwrap.wrap(
                " ".join(words),
                TEXT_WIDTH,
                initial_indent=first,
                subsequent_indent=rest,
                break_on_hyphens=False,
            )
            assert list(wrap(" ".join(words), first, rest)) == expected
