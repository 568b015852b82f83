"""Where no line breaks in what is shown: inside ``e. V.``, ``Abs. 2``, ``§ 3`` and ``12. März``."""

import re
from collections.abc import Iterator

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
# Four in a row: what goes on, "1. 2. 3. 4. 5.", may be longer than a line.
ENUMERATION = re.compile(r"(?:\b[^\W_]{1,2}\.\s){4}$")
NOT_SHOWN = ("<option", "<script", "<style", "<textarea", "<title")


def keep_together(html: str) -> str:
    """``html``, or escaped text, with no-break spaces inside of what belongs together.

    Attributes, titles, scripts and what a form sends keep their spaces.
    """
    for pattern in INNER_SPACES:
        html = "".join(iter_parts(pattern, html))
    return html


def iter_parts(pattern: re.Pattern[str], html: str) -> Iterator[str]:
    """``html`` in parts, each read once however many spaces it has."""
    done = 0
    while found := pattern.search(html, done):
        start, end = found.span()
        tag = html.rfind("<", done, start)
        if tag >= 0 and html.startswith(NOT_SHOWN, tag):
            end = html.find("<", end)
        elif tag >= 0 and html.find(">", tag, start) < 0:
            end = html.find(">", end)
        elif ABBREVIATION.search(html, max(0, start - 6), end) and not ENUMERATION.search(
            html, max(0, start - 15), end
        ):
            yield html[done : end - 1]
            yield NO_BREAK_SPACE
            done = end
        if end < 0:  # nothing more is shown
            break
        yield html[done:end]
        done = end
    yield html[done:]
