"""Where no line breaks in what is shown: inside ``e. V.``, ``Abs. 2``, ``§ 3`` and ``12. März``."""

import re

from signoff.i18n.formatting import NO_BREAK_SPACE

# Two patterns, because each begins with fixed characters: one of both takes four times as long.
INNER_SPACES = (
    re.compile(r"§ (?=\d)"),
    re.compile(
        r"\. (?=[^\W\d_]\.|\d|(?:Januar|Februar|März|April|Mai|Juni|Juli|August|September|Oktober"
        r"|November|Dezember)\b)"
    ),
)
# What belongs to the word or number after it.
ABBREVIATION = re.compile(r"(?:§|\b(?:Abb|Abs|Art|Bd|Kap|Nr|Tab|Ziff)\.|\b[^\W\d_]\.|\b\d\d?\.) $")
NOT_SHOWN = ("<option", "<script", "<style", "<textarea", "<title")


def keep_together(html: str) -> str:
    """``html``, or escaped text, with no-break spaces inside of what belongs together.

    Attributes, titles, scripts and what a form sends keep their spaces.
    """
    for pattern in INNER_SPACES:
        html = pattern.sub(replace_space, html)
    return html


def replace_space(found: re.Match[str]) -> str:
    html, start, end = found.string, found.start(), found.end()
    tag = html.rfind("<", 0, start)
    if tag >= 0 and (html.find(">", tag, start) < 0 or html.startswith(NOT_SHOWN, tag)):
        return found[0]
    belongs = ABBREVIATION.search(html, max(0, start - 6), end)
    return found[0][0] + NO_BREAK_SPACE if belongs else found[0]
