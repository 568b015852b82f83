"""An edition's canonical HTML inside a page: headings one level down and with addresses, tables that scroll."""

import re
from html import unescape
from typing import NamedTuple

from markupsafe import Markup

HEADING = re.compile(r"<h([2-5])([^>]*)>(.*?)</h\1>", re.DOTALL)
TABLE = re.compile(r"<table.*?</table>", re.DOTALL)
TAG = re.compile(r"<[^>]+>")
NOTE = re.compile(r"<sup\b.*?</sup>", re.DOTALL)


class Heading(NamedTuple):
    """One heading of a text: its level in the text (2 is the highest), its address on the page, its words."""

    level: int
    anchor: str
    words: str


def contents(html: str) -> list[Heading]:
    """The two upper levels of headings, for the table of contents."""
    found = (Heading(int(each[1]), f"a{at}", plain(each[3])) for at, each in enumerate(HEADING.finditer(html), 1))
    return [heading for heading in found if heading.level <= 3]


def reading(html: str, table: str = "Tabelle") -> Markup:
    """``html`` (sanitised, headings from level 2) below a heading of level 2; ``table`` names a scrolling table."""
    at = 0

    def lower(found: re.Match[str]) -> str:
        nonlocal at
        at += 1
        level = int(found[1]) + 1
        attributes = re.sub(r'\s+id="[^"]*"', "", found[2])
        return f'<h{level} id="a{at}"{attributes}>{found[3]}</h{level}>'

    region = f'<div class="so-scroll" role="region" tabindex="0" aria-label="{Markup.escape(table)}">'
    text = HEADING.sub(lower, html)
    count = len(TABLE.findall(text))
    number = 0

    def scrolling(found: re.Match[str]) -> str:
        nonlocal number
        number += 1
        named = region if count == 1 else region.replace('">', f' {number}">')
        return f"{named}{found[0]}</div>"

    return Markup(TABLE.sub(scrolling, text))


def plain(html: str) -> str:
    return " ".join(unescape(TAG.sub("", NOTE.sub("", html))).split())
