"""Markdown to HTML: CommonMark with tables and footnotes, without raw HTML."""

import re

from markdown_it import MarkdownIt
from mdit_py_plugins.footnote import footnote_plugin

from signoff.intake.encoding import decode
from signoff.intake.problem import FileReason, refuse
from signoff.intake.reading import Reading, excerpt
from signoff.intake.remark import RemarkKind

BYTES = 1 << 20
NESTING = 40  # beyond it markdown-it leaves text out without a word; six lists in each other are twelve
SEPARATOR = '<hr class="footnotes-sep" />'  # the plug-in's own, above the notes
STAR = re.compile(r"(?<=\w)\*(?=\w)")  # inside a word, where German writes it for all genders
RAW = re.compile(r"</?[A-Za-z][^<>]{0,200}>|<!--")


def read_markdown(content: bytes, reading: Reading) -> str:
    """The HTML of a Markdown file of at most 1 MB. Raw HTML in it is shown as text, with a remark."""
    if len(content) > BYTES:
        raise refuse(FileReason.TOO_LARGE, limit=BYTES >> 20)
    markdown = MarkdownIt("commonmark", {"html": False, "maxNesting": NESTING}).enable("table").use(footnote_plugin)
    environment: dict[str, object] = {}
    tokens = markdown.parse(decode(content), environment)
    if any(token.level >= NESTING - 1 for token in tokens):
        raise refuse(FileReason.TOO_DEEP)
    for inline in tokens:
        for token in inline.children or ():
            if token.type == "text" and (raw := RAW.search(token.content)):
                reading.remark(RemarkKind.RAW_MARKUP, text=excerpt(raw.group()))
        if any(token.type == "em_open" and token.markup == "*" for token in inline.children or ()):
            starred = [found.start() for found in STAR.finditer(inline.content)]
            if len(starred) > 1:
                place = inline.content[max(0, starred[0] - 20) : starred[0] + 20]
                reading.remark(RemarkKind.STAR_IN_WORD, text=excerpt(place))
    html = markdown.renderer.render(tokens, markdown.options, environment)
    assert isinstance(html, str)
    return html.replace(SEPARATOR, "")
