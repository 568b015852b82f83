"""A quick reader for pages as ours should be: each element closed in its turn, nothing implied, nothing misplaced.

A parser of HTML takes several times as long. What this one does not know for sure, it leaves to the parser.
"""

import re
from html import unescape
from html.entities import html5
from xml.etree.ElementTree import Element, TreeBuilder

from tinyhtml5.constants import adjust_svg_attributes, namespaces
from tinyhtml5.inputstream import invalid_unicode_re

NAME = "[a-zA-Z][a-zA-Z0-9-]*"
TOKEN = re.compile(
    rf'<([a-z][a-z0-9]*)((?:\s+{NAME}(?:="[^"]*")?)*)\s*(/?)>|</([a-z][a-z0-9]*)>|([^<]+)|<'
)
ATTRIBUTE = re.compile(rf'({NAME})(?:="([^"]*)")?')
REFERENCE = re.compile(r"&([^;&\s]*;?)")
DOCTYPE = re.compile(r"\s*<!doctype html>\s*", re.IGNORECASE)
SVG = f"{{{namespaces['svg']}}}"
SVG_ATTRIBUTES = adjust_svg_attributes | {"xmlns": f"{{{namespaces['xmlns']}}}xmlns"}
GROUPS = {"svg", "g", "defs", "pattern"}
DRAWN = GROUPS - {"svg"} | {"path", "use", "rect", "circle", "line", "text"}
VOID = {"br", "hr", "img", "input", "link", "meta", "wbr"}
HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6"}
BLOCKS = HEADINGS | {  # a paragraph ends where one of these begins
    *("article", "aside", "blockquote", "dd", "details", "dialog", "div", "dl", "dt", "fieldset", "figcaption"),
    *("figure", "footer", "form", "header", "hr", "li", "main", "nav", "ol", "p", "pre", "section", "summary", "table"),
    "ul",
}  # fmt: skip
PHRASES = {
    *("a", "b", "br", "button", "code", "datalist", "del", "em", "i", "iframe", "img", "input", "ins", "kbd", "label"),
    *("legend", "noscript", "object", "progress", "select", "small", "span", "strong", "sub", "sup", "svg", "template"),
    *("textarea", "time", "wbr"),
}  # fmt: skip
NOT_WITHIN = {name: {name} for name in ("a", "button", "form")} | dict.fromkeys(HEADINGS, HEADINGS)
PARENTS = {
    "li": {"ul", "ol"}, "dt": {"dl", "div"}, "dd": {"dl", "div"}, "caption": {"table"}, "thead": {"table"},
    "tbody": {"table"}, "tfoot": {"table"}, "tr": {"thead", "tbody", "tfoot"}, "th": {"tr"}, "td": {"tr"}, "html": {""},
    "head": {"html"}, "option": {"select", "datalist", "optgroup"}, "optgroup": {"select"}, "body": {"html"},
    "meta": {"head"}, "link": {"head"}, "title": {"head"}, "script": {"head", "body"},
}  # fmt: skip
CHILDREN = {
    "": {"html"}, "html": {"head", "body"}, "head": {"meta", "link", "title", "script"}, "title": {},
    "table": {"caption", "thead", "tbody", "tfoot"}, "thead": {"tr"}, "tbody": {"tr"}, "tfoot": {"tr"},
    "tr": {"th", "td"}, "select": {"option", "optgroup"}, "optgroup": {"option"}, "option": {}, "textarea": {},
    "script": {}, "iframe": {}, "/body": {}, "/html": {}, **dict.fromkeys(DRAWN, {}), **dict.fromkeys(GROUPS, DRAWN),
}  # fmt: skip
KNOWN = VOID | BLOCKS | PHRASES | PARENTS.keys()
WITHOUT_WORDS = {"html", "head", "table", "thead", "tbody", "tfoot", "tr", "/body", "/html"}


class UnsureError(Exception):
    """This page needs a parser of HTML."""


def require(sure: bool) -> None:
    if not sure:
        raise UnsureError


class StrictReader:
    def __init__(self) -> None:
        self.builder = TreeBuilder()
        self.open = [""]
        self.frame: list[str] = []
        self.at_start = False  # of the open element

    def start(self, tag: str, attributes: dict[str, str], closed: bool) -> None:
        parent = self.open[-1]
        require(tag in CHILDREN.get(parent, KNOWN) and parent in PARENTS.get(tag, (parent,)))
        require(tag not in ("dt", "dd") or "dl" in self.open[-2:])
        require(tag not in BLOCKS or "p" not in self.open)
        require(NOT_WITHIN.get(tag, set()).isdisjoint(self.open))
        drawn = tag == "svg" or tag in DRAWN
        require(not closed or drawn or tag in VOID)
        if drawn:
            attributes = {SVG_ATTRIBUTES.get(name, name): each for name, each in attributes.items()}
        self.builder.start(f"{SVG}{tag}" if drawn else tag, attributes)
        self.open.append(tag)
        self.at_start = True
        if tag in ("html", "head", "body"):
            self.frame.append(tag)
        if closed or tag in VOID:
            self.end(tag)

    def end(self, tag: str) -> None:
        require(self.open[-1] == ("/body" if tag == "html" else tag))
        self.at_start = False
        if tag in ("body", "html"):  # what follows still belongs to the body
            self.open[-1] = f"/{tag}"
        else:
            self.builder.end(f"{SVG}{tag}" if tag == "svg" or tag in DRAWN else tag)
            self.open.pop()

    def add(self, text: str) -> None:
        parent = self.open[-1]
        require(parent not in WITHOUT_WORDS or not text.strip(" \t\n\f"))
        require(parent != "iframe" and (parent != "script" or "&" not in text))
        if self.at_start and parent in ("pre", "textarea"):
            text = text.removeprefix("\n")
        self.at_start = False
        if self.frame != ["html"]:  # before the head
            self.builder.data(text)

    def close(self) -> Element:
        require(self.frame == ["html", "head", "body"] and self.open == ["", "html", "/html"])
        self.builder.end("body")
        self.builder.end("html")
        return self.builder.close()


def decode(text: str) -> str:
    if "&" not in text:
        return text
    for name in REFERENCE.findall(text):
        require(name in ("#34;", "#39;") or (name.endswith(";") and name in html5))
    return unescape(text)


def read_strictly(html: str) -> Element | None:
    """The page as a browser parses it, if its markup has no fault for sure; else ``None``."""
    start = DOCTYPE.match(html)
    if not start or "\r" in html or "\0" in html or invalid_unicode_re.search(html):
        return None
    reader = StrictReader()
    try:
        for tag, attributes, slash, end, text in TOKEN.findall(html, start.end()):
            if tag:
                pairs = [
                    (name.lower(), decode(each)) for name, each in ATTRIBUTE.findall(attributes)
                ]
                require(len(pairs) == len(dict(pairs)))
                reader.start(tag, dict(pairs), bool(slash))
            elif end:
                reader.end(end)
            else:
                require(bool(text))
                reader.add(decode(text))
        return reader.close()
    except UnsureError:
        return None
