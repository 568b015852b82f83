"""Markdown as the mail templates write it, rendered as plain text for one part of a mail and as
HTML for the other.
"""

import re
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from functools import cache, lru_cache
from html import escape
from itertools import groupby

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode
from markupsafe import Markup
from mdit_py_plugins.deflist import deflist_plugin

TEXT_WIDTH = 76  # columns
SIGNATURE_SEPARATOR = "-- "  # RFC 3676 section 4.3
SPACES = re.compile(r"[^\S\u00a0]+")  # a no-break space stays
# A character written as its number is never markup (CommonMark 0.31, section 2.5), and a line break
# no end of a line.
ESCAPES = {code: f"&#{code};" for code in (9, 10, 13, *range(33, 127)) if not chr(code).isalnum()}
STYLES = {
    "h1": "margin:0 0 16px;font-size:20px;line-height:28px",
    "h2": "margin:24px 0 8px;font-size:18px;line-height:26px",
    "p": "margin:0 0 16px",
    "caption": "margin:24px 0 8px",  # a paragraph in bold
    "ul": "margin:0 0 16px;padding-left:20px",
    "li": "margin-bottom:6px",
    "dl": "margin:0 0 24px",
    "dt": "margin:0;padding-top:8px;font-size:14px;line-height:22px;color:#51577a",
    "dd": "margin:0;padding-bottom:8px;border-bottom:1px solid #c0c3d5;white-space:pre-line",
    "blockquote": "margin:0 0 16px;padding:4px 0 4px 16px;border-left:4px solid #c0c3d5;white-space:pre-line",
    "a": "color:#1f3fa6;font-weight:bold",
}
CLASSES = {"dt": "muted", "dd": "line", "blockquote": "line", "a": "link"}  # for dark mode
BUTTON = (
    '<table role="presentation" cellpadding="0" cellspacing="0" border="0"><tr>'
    '<td class="button" style="background:#1f3fa6;border-radius:4px"><a href="{address}" class="label" '
    'style="display:inline-block;padding:12px 24px;color:#ffffff;font-weight:bold;text-decoration:none">'
    "{label}</a></td></tr></table>\n"
    '<p class="muted" style="margin:8px 0 24px;font-size:14px;line-height:22px;color:#51577a;'
    'word-break:break-all">{address}</p>\n'
)


def escape_markdown(value: object) -> Markup:
    """``value`` as it reads literally in Markdown, on one line of it; ``Markup`` is Markdown
    already.
    """
    return value if isinstance(value, Markup) else Markup(str(value).translate(ESCAPES))  # noqa: S704


@cache
def get_parser() -> MarkdownIt:
    """Only what the templates need. Addresses stay as they are written."""
    parser = MarkdownIt("zero").enable(
        ["heading", "list", "blockquote", "hr", "newline", "escape", "emphasis", "link", "entity"]
    )
    parser.normalizeLink = lambda url: url  # type: ignore[method-assign]
    return parser.use(deflist_plugin)


def parse_markdown(source: str) -> tuple[list[SyntaxTreeNode], list[SyntaxTreeNode]]:
    """The blocks before the first rule and those after it: the body and the signature."""
    blocks = SyntaxTreeNode(get_parser().parse(source)).children
    rule = next((i for i, block in enumerate(blocks) if block.type == "hr"), len(blocks))
    return blocks[:rule], blocks[rule + 1 :]


def get_text(nodes: Iterable[SyntaxTreeNode]) -> str:
    """The words of ``nodes`` without markup; a line break in a value is kept."""
    return "".join(
        get_text(node.children) or (" " if node.type.endswith("break") else node.content)
        for node in nodes
    )


def find_only_link(block: SyntaxTreeNode) -> tuple[str, str] | None:
    """Address and label of the link that is all there is in a paragraph."""
    inline = block.children[0].children
    if len(inline) != 1 or inline[0].type != "link":
        return None
    return str(inline[0].attrs["href"]), get_text(inline[0].children)


# The text part: lines that every mail program shows whole.


def render_text(
    body: Sequence[SyntaxTreeNode], signature: Sequence[SyntaxTreeNode], subject: str
) -> str:
    """The text part. A heading that only repeats the subject is left out."""
    blocks = [block for block in body if not repeats_subject(block, subject)]
    text = f"{render_blocks(blocks)}\n\n{SIGNATURE_SEPARATOR}\n{render_blocks(signature)}\n"
    return text.replace("\u00a0", " ")


def repeats_subject(block: SyntaxTreeNode, subject: str) -> bool:
    return block.type == "heading" and " ".join(get_text(block.children).split()) == subject


def render_blocks(blocks: Iterable[SyntaxTreeNode]) -> str:
    return "\n\n".join("\n".join(iter_lines(block)) for block in blocks)


def iter_lines(block: SyntaxTreeNode) -> Iterator[str]:
    """The lines of one block; an address that is all there is in a paragraph is never wrapped."""
    if block.type == "paragraph" and (link := find_only_link(block)):
        yield link[0]
    elif block.type == "paragraph":
        for is_break, nodes in groupby(
            block.children[0].children, lambda node: node.type == "hardbreak"
        ):
            if not is_break:
                yield from wrap(squeeze(get_text(nodes)))
    elif block.type == "heading":
        yield from wrap(squeeze(get_text(block.children)))
    elif block.type == "bullet_list":
        for item in block.children:
            yield from wrap(squeeze(get_text(item.children)), "- ", "  ")
    elif block.type == "blockquote":
        yield from quote_lines(get_text(block.children))
    elif block.type == "dl":
        for label, value in zip(block.children[::2], block.children[1::2], strict=True):
            yield from format_fact(get_text(label.children), get_text(value.children))
    else:
        raise ValueError(f"a mail has no {block.type}")


def format_fact(label: str, value: str) -> Iterable[str]:
    """``Label: value``, the rest of a long one indented; what somebody wrote in several lines is
    quoted.
    """
    if len(value.splitlines()) > 1:
        return [f"{label}:", *quote_lines(value)]
    return wrap(f"{label}: {value}", "", "  ")


def quote_lines(text: str) -> list[str]:
    """What somebody else wrote, each line marked, so that none can pass for one of ours."""
    return [part for line in text.splitlines() for part in wrap(line, "> ", "> ") or (">",)]


@lru_cache(2048)  # most lines are those of the mail before
def wrap(line: str, first: str = "", rest: str = "") -> tuple[str, ...]:
    """``line`` in lines of at most 76 columns, the first begun with ``first``, the others with
    ``rest``.
    """
    lines = textwrap.wrap(
        line, TEXT_WIDTH, initial_indent=first, subsequent_indent=rest, break_on_hyphens=False
    )
    return tuple(lines)


def squeeze(text: str) -> str:
    """``text`` on one line, with single spaces."""
    return SPACES.sub(" ", text).strip()


# The HTML part. Styles are set on each element, because many mail programs drop style sheets.


def render_html(blocks: Iterable[SyntaxTreeNode]) -> Markup:
    return Markup("".join(map(render_node, blocks)))  # noqa: S704 (each node is escaped)


def render_plain_html(blocks: Iterable[SyntaxTreeNode]) -> str:
    """HTML for print: without styles and links, headings one level below that of the page."""
    return "".join(map(render_plain_node, blocks))


def render_plain_node(node: SyntaxTreeNode) -> str:
    if node.type == "hardbreak":
        return "<br>\n"
    if not node.children:
        return escape(node.content or " ")
    inner = "".join(map(render_plain_node, node.children))
    in_item = node.parent is not None and node.parent.type == "list_item"
    if not node.tag or node.tag == "a" or (node.tag == "p" and in_item):
        return inner
    tag = "h2" if node.tag == "h1" else node.tag
    return f"<{tag}>{inner}</{tag}>"


def render_node(node: SyntaxTreeNode) -> str:
    if node.type == "paragraph" and (link := find_only_link(node)):
        address, label = map(escape, link)
        if address != label:
            return BUTTON.format(address=address, label=label)
    if node.type == "hardbreak":
        return "<br>\n"
    if not node.children:
        return escape(node.content or " ")
    inner = "".join(map(render_node, node.children))
    tag = node.tag
    inside = node.parent is not None and node.parent.type in ("list_item", "dd", "blockquote")
    if not tag or (tag == "p" and inside):
        return inner
    attributes = f' href="{escape(str(node.attrs["href"]))}"' if tag == "a" else ""
    if tag in CLASSES:
        attributes += f' class="{CLASSES[tag]}"'
    is_caption = tag == "p" and [child.type for child in node.children[0].children] == ["strong"]
    if style := STYLES.get("caption" if is_caption else tag):
        attributes += f' style="{style}"'
    return f"<{tag}{attributes}>{inner}</{tag}>" + ("" if tag in ("a", "strong") else "\n")
