"""Checks that every page of every test must pass."""

from collections import Counter
from functools import lru_cache
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element

from tinyhtml5.parser import HTMLParser

from signoff.i18n.catalogue import LANGUAGES
from tests.strict_html import read_strictly

HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
CONTROLS = ("input", "select", "textarea")


@lru_cache(maxsize=8)
def parsed(html: str) -> tuple[Element, list[str]]:
    """The page as a browser parses it, and the errors of its markup."""
    sure = read_strictly(html)
    return parse_thoroughly(html) if sure is None else (sure, [])


def parse_thoroughly(html: str) -> tuple[Element, list[str]]:
    parser = HTMLParser(namespace_html_elements=False)
    root = parser.parse(html)
    errors = [f"{error} {facts} at {position}" for position, error, facts in parser.errors]
    return root, errors


def text_of(element: Element) -> str:
    """The visible text of ``element`` in one line."""
    return " ".join("".join(words(element)).split())


def words(element: Element):
    if element.tag in ("script", "style", "template"):
        return
    yield element.text or ""
    for child in element:
        yield from words(child)
        yield child.tail or ""
        if child.tag in ("p", "li", "dt", "dd", "div", "td", "th", "tr", "br", "option", *HEADINGS):
            yield " "


def complaints(html: str) -> list[str]:
    """Everything that is wrong with a page."""
    root, markup_errors = parsed(html)
    problems = [f"markup: {fault}" for fault in markup_errors]
    for rule in RULES:
        problems.extend(rule(root))
    return problems


def frame(root: Element):
    if root.get("lang") not in LANGUAGES:
        yield f"lang is {root.get('lang')!r}"
    titles = root.findall("head/title")
    if len(titles) != 1 or len((titles[0].text or "").strip(" –-")) < 3:
        yield "no title"
    mains = list(root.iter("main"))
    if len(mains) != 1:
        yield f"{len(mains)} main elements"
    elif not mains[0].get("data-page"):
        yield "main says not which page it is"


def headings(root: Element):
    levels = [int(element.tag[1]) for element in root.iter() if element.tag in HEADINGS]
    if levels.count(1) != 1:
        yield f"{levels.count(1)} first headings"
    for before, after in zip(levels, levels[1:], strict=False):
        if after > before + 1:
            yield f"heading {after} follows heading {before}"
    for element in root.iter():
        if element.tag in HEADINGS and not text_of(element):
            yield "an empty heading"


def identities(root: Element):
    ids = Counter(element.get("id") for element in root.iter() if element.get("id") is not None)
    yield from (f"id {name!r} stands {count} times" for name, count in ids.items() if count > 1)
    for element in root.iter():
        for name in ("for", "aria-labelledby", "aria-describedby", "list"):
            for id in (element.get(name) or "").split():
                if id not in ids:
                    yield f"{name}={id!r} points nowhere"
        target = element.get("href") or ""
        if element.tag == "a" and target.startswith("#") and target[1:] not in ids:
            yield f"link to {target} leads nowhere"


def inline(root: Element):
    for element in root.iter():
        if element.tag == "style" or element.get("style") is not None:
            yield f"inline style in <{element.tag}>"
        is_data = element.get("type") == "application/ld+json"  # which browsers never run
        if element.tag == "script" and not element.get("src") and not is_data:
            yield "inline script"
        for name, value in element.attrib.items():
            if name.startswith("on") or value.strip().lower().startswith("javascript:"):
                yield f"inline script in {name}"
            named_only = element.get("rel") in ("canonical", "alternate")  # an address of its own
            fetched = name in ("src", "action", "formaction") or (
                name == "href" and element.tag != "a" and not named_only
            )
            if fetched and value.startswith(("http:", "https:", "//", "data:")):
                yield f"{name} leaves the house: {value[:40]}"


def labels(root: Element):
    labelled = {element.get("for") for element in root.iter("label") if text_of(element)}
    for element in root.iter():
        if element.tag in CONTROLS and element.get("type") not in ("hidden", "submit", "button"):
            named = (
                element.get("id") in labelled
                or element.get("aria-label")
                or element.get("aria-labelledby")
            )
            if not named:
                yield f"field {element.get('name')!r} has no label"
    for element in root.iter("fieldset"):
        if element.find("legend") is None:
            yield "fieldset without legend"


def pictures(root: Element):
    for element in root.iter("img"):
        if element.get("alt") is None:
            yield f"picture {element.get('src')!r} without words"
    for element in root.iter():
        if element.tag.endswith("svg"):
            payload = element.get("role") == "img" and element.get("aria-label")
            if not payload and element.get("aria-hidden") != "true":
                yield "a drawing that is neither told nor hidden"


def buttons(root: Element):
    for element in root.iter():
        if element.tag in ("button", "a") and not (text_of(element) or element.get("aria-label")):
            yield f"<{element.tag}> without words"


def names(root: Element):
    """Who speaks to the browser says what is written there (WCAG 2.2, 2.5.3)."""
    for element in root.iter():
        visible, spoken = text_of(element), element.get("aria-label")
        is_word = any(each.isalpha() for each in visible)
        if not (element.tag in ("a", "button", "summary") and spoken and is_word):
            continue
        if visible.rstrip(" …").casefold() not in " ".join(spoken.split()).casefold():
            yield f"{visible!r} is called {spoken!r}"


def tokens(root: Element):
    for element in root.iter("form"):
        is_free = urlsplit(element.get("action") or "").path == "/verify"  # changes nothing
        if (element.get("method") or "get").lower() == "post" and not is_free:
            fields = [field for field in element.iter("input") if field.get("name") == "csrf_token"]
            if len(fields) != 1 or not fields[0].get("value"):
                yield f"form {element.get('action')!r} has {len(fields)} csrf tokens"


def tables(root: Element):
    for element in root.iter("table"):
        if not any(cell.get("scope") for cell in element.iter("th")):
            yield "table without headed columns"


RULES = (frame, headings, identities, inline, labels, pictures, buttons, names, tokens, tables)
