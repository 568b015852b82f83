"""The quick reader of pages gives what the parser of HTML gives, or says that it is not sure."""

import re
from itertools import chain
from pathlib import Path
from xml.etree.ElementTree import Element

import pytest

from signoff.domain.accounts import Role
from tests.gallery import SCENES, gallery
from tests.page_checks import parse_thoroughly
from tests.strict_html import read_strictly
from tests.web.office.office import new_office

TAGS = re.compile(r"<[^>]*>")
DAMAGED = ("read-long", "signer-wrong", "review", "links", "paper", "verify-superseded", "mail")


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    client = gallery().test_client()
    return {name: client.get(f"/scene/{name}").get_data(as_text=True) for name in SCENES}


def are_equal(one: Element, other: Element) -> bool:
    pairs = zip(one.iter(), other.iter(), strict=True)
    return all(
        (a.tag, a.attrib, a.text or "", a.tail or "", len(a))
        == (b.tag, b.attrib, b.text or "", b.tail or "", len(b))
        for a, b in pairs
    )


def check(html: str) -> bool:
    """Whether the quick reader is sure; then the parser has to agree."""
    read = read_strictly(html)
    if read is None:
        return False
    parsed, errors = parse_thoroughly(html)
    assert errors == []
    assert are_equal(read, parsed)
    return True


def test_pages_are_read_as_the_parser_reads_them(pages: dict[str, str]) -> None:
    assert [name for name, html in pages.items() if not check(html)] == []


def test_pages_of_the_office_are_read_as_the_parser_reads_them(tmp_path: Path) -> None:
    browser = new_office(tmp_path).browser(Role.ADMIN)
    links = {each.get("href") or "" for each in browser.root.iter("a")}
    pages = sorted(link for link in links if link.startswith("/office/"))
    assert len(pages) > 5
    assert [path for path in pages if not check(browser.open(path).response.text)] == []


@pytest.mark.parametrize("name", DAMAGED)
def test_a_damaged_page_is_read_as_the_parser_reads_it_or_left_to_it(
    pages: dict[str, str], name: str
) -> None:
    """Without one of its tags, with one twice, and with two of them changed over."""
    html = pages[name]
    tags = [match.span() for match in TAGS.finditer(html)]
    without = (html[:start] + html[end:] for start, end in tags[::9])
    twice = (html[:end] + html[start:] for start, end in tags[4::9])
    swapped = (
        html[:a] + html[c:d] + html[b:c] + html[a:b] + html[d:]
        for (a, b), (c, d) in zip(tags[2::9], tags[5::9], strict=False)
    )
    sure = [check(page) for page in chain(without, twice, swapped)]
    assert not all(sure)


BODY = "<!doctype html><html><head><title>x</title></head><body>{}</body></html>\n"


@pytest.mark.parametrize(
    "markup",
    [
        *("<p>a<p>b", "<p><div></div></p>", "<b><i></b></i>", "<li>a</li>", "<tr><td>a</td></tr>", "<br></br>"),
        *("<table><tr><td>a</td></tr></table>", "<table>a</table>", "<ul><li>a<li>b</ul>", "<a><a></a></a>"),
        *("<select><p>a</p></select>", "<form><form></form></form>", "<svg><p></p></svg>", "<b>a", "a</b>"),
        *("<h2><h3>a</h3></h2>", "<button><button></button></button>", "<!-- a -->", "<p/>", "<script>&amp;</script>"),
        *("<iframe>a</iframe>", "<p><dialog></dialog></p>"),
        *("<p class=a>a</p>", "<p a='b'>a</p>", '<p a="1" a="2">a</p>', "&unknown;", "a & b", "&amp", "<P>a</P>"),
        *("<style>a</style>", "<textarea><b>a</b></textarea>", "<option>a</option>", "<body>", "<dd>a</dd>", "\0"),
    ],
)  # fmt: skip
def test_the_parser_reads_what_pages_should_not_have(markup: str) -> None:
    assert not check(BODY.format(markup))


@pytest.mark.parametrize(
    "markup",
    [
        *("<pre>\na\n</pre>", "<textarea>\n\na</textarea>", "<p>a<br>&lt;&nbsp;&#39;b</p>", "<ul> <li>a</li> </ul>"),
        '<svg viewBox="0 0 1 1"><path d="M0"/><g> <rect x1="1"></rect></g></svg>',
        '<svg><defs><pattern><line x1="0"/></pattern></defs><text>a</text></svg><iframe></iframe><noscript></noscript>',
        "<table> <tbody> <tr> <td>a <ul><li><table></table></li></ul></td> </tr> </tbody> </table>",
        "<dl><div><dt>a</dt><dd>b</dd></div></dl><select><option selected>a</option> </select>",
        '<dialog open><h2>a</h2><p>b</p></dialog><p><object data="a"><a href="?b">b</a> c</object></p>',
        "<a href=\"?a&amp;b='\"><h2>a</h2></a><input disabled><script src=\"a\"></script>",
    ],
)  # fmt: skip
def test_sound_markup_is_read_as_the_parser_reads_it(markup: str) -> None:
    assert check(BODY.format(markup))
