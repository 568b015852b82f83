"""Markdown as the mail templates write it, rendered as plain text for one part of a mail and as
HTML for the other.

Most blocks of a mail are those of the mail before, apart from the values in them. A block is parsed
once with a character in place of each value, and the values are put into what it renders.
"""

import re
import textwrap
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from email.quoprimime import body_encode
from functools import cache, lru_cache
from html import escape
from itertools import groupby
from typing import TYPE_CHECKING

from markupsafe import Markup

from signoff.i18n.line_breaks import keep_together

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.tree import SyntaxTreeNode

TEXT_WIDTH = 76  # columns
MAX_ADDRESS = 240  # characters of an address that is not broken
RULE = "---"  # what follows is the signature
SIGNATURE_SEPARATOR = "-- "  # RFC 3676 section 4.3
INVALID = "surrogatepass"  # what cannot be encoded is refused with the header fields
SPACES = re.compile(r"[^\S\u00a0]+")  # a no-break space stays
# A value in the Markdown stands between two marks from a plane that Unicode leaves to programs, its
# line breaks written so that they end no line.
VALUE_START, VALUE_END = "\U00100000", "\U00100001"
PLACE_START = "\U00100002"  # before the name of a place
VALUE = re.compile(f"{VALUE_START}([^{VALUE_END}]*){VALUE_END}")
MARKS = re.compile(f"[{VALUE_START}{VALUE_END}]")
PRIVATE_CHARS = re.compile("[\U000f0000-\U0010ffff]")
LINE_ENDS = {ord("\t"): 0x100009, ord("\n"): 0x10000A, ord("\r"): 0x10000D}
RESTORED_LINE_ENDS = {code: char for char, code in LINE_ENDS.items()}
FIRST_VALUE = 0xF0000  # the character in place of the first value of a block or mail
SUBJECT, PREHEADER = chr(FIRST_VALUE), chr(FIRST_VALUE + 1)  # in an HTML part
VALUE_CHAR = re.compile("[\U000f0000-\U000fffff]")
BLANK_LINES = re.compile(r"\n(?:[ \t]*\n)+")
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


@dataclass(frozen=True, slots=True)
class Place:
    """Stands for a value that differs from recipient to recipient. A template can only print it and
    ask whether there is one.
    """

    name: str

    def __html__(self) -> str:
        return f"{VALUE_START}{PLACE_START}{self.name}{VALUE_END}"

    __str__ = __html__


GetValue = Callable[[str], str]  # of a place


def remove_private_chars(text: str) -> str:
    return text if text.isascii() else PRIVATE_CHARS.sub("", text)


def escape_markdown(value: object) -> Markup:
    """``value`` marked as one, so that it appears literally; ``Markup`` is Markdown already."""
    if isinstance(value, Markup | Place):
        return Markup(value)  # noqa: S704 (Markdown already)
    text = remove_private_chars(str(value))
    if not text.strip():
        return Markup(" " if text else "")  # noqa: S704 (blank)
    text = text if text.isprintable() else text.translate(LINE_ENDS)
    return Markup(f"{VALUE_START}{text}{VALUE_END}")  # noqa: S704 (literal)


def get_literal(markdown: str, get_value: GetValue = str) -> str:
    """``markdown`` with its values as they are, such as a subject."""
    filled = VALUE.sub(lambda found: fill_place(found[1], get_value), markdown)
    return restore_line_ends(MARKS.sub("", filled))


def fill_place(value: str, get_value: GetValue) -> str:
    """``value``, or the one of the place that it is."""
    return get_value(value[1:]) if value.startswith(PLACE_START) else value


def restore_line_ends(value: str) -> str:
    return value if value.isascii() else value.translate(RESTORED_LINE_ENDS)


@cache
def get_parser() -> "MarkdownIt":
    """Only what the templates need. Addresses stay as they are written."""
    from markdown_it import MarkdownIt
    from mdit_py_plugins.deflist import deflist_plugin

    parser = MarkdownIt("zero").enable(
        ["heading", "list", "blockquote", "hr", "newline", "escape", "emphasis", "link", "entity"]
    )
    parser.normalizeLink = lambda url: url  # type: ignore[method-assign]
    return parser.use(deflist_plugin)


@dataclass(frozen=True, slots=True)
class Block:
    """A block of a mail: its ``source`` with a character in place of each of the ``values``."""

    source: str
    values: dict[str, str]

    @property
    def nodes(self) -> list["SyntaxTreeNode"]:
        return parse_block(self.source)

    @property
    def is_fixed(self) -> bool:
        return not any(value.startswith(PLACE_START) for value in self.values.values())

    def with_values(self, get_value: GetValue) -> "Block":
        """The block of one recipient."""
        values = {char: fill_place(value, get_value) for char, value in self.values.items()}
        return Block(self.source, values)

    def fill(self, text: str) -> str:
        """``text`` with the values in their places."""
        return VALUE_CHAR.sub(lambda found: self.values[found[0]], text) if self.values else text

    def fill_html(self, html: str) -> str:
        if not self.values:
            return html
        return VALUE_CHAR.sub(lambda found: escape(self.values[found[0]]), html)


def parse_markdown(source: str) -> tuple[list[Block], list[Block]]:
    """The blocks before the first rule and those after it: the body and the signature."""
    blocks = [build_block(block) for block in split_blocks(source)]
    rule = next((i for i, block in enumerate(blocks) if block.source == RULE), len(blocks))
    return blocks[:rule], blocks[rule + 1 :]


def split_blocks(source: str) -> list[str]:
    """The blocks of a mail; items with blank lines between them are one list."""
    blocks: list[str] = []
    kind = ""
    for part in BLANK_LINES.split(source.strip()):
        previous, kind = kind, "-" if part.startswith("- ") else ":" if "\n: " in part else ""
        if kind and kind == previous:
            blocks[-1] += f"\n\n{part}"
        else:
            blocks.append(part)
    return blocks


def build_block(markdown: str) -> Block:
    chars: dict[str, str] = {}

    def replace_value(match: re.Match[str]) -> str:
        return chars.setdefault(match[1], chr(FIRST_VALUE + len(chars)))

    source = VALUE.sub(replace_value, markdown)
    return Block(source, {char: restore_line_ends(value) for value, char in chars.items()})


@lru_cache(1024)
def parse_block(source: str) -> list["SyntaxTreeNode"]:
    from markdown_it.tree import SyntaxTreeNode

    return SyntaxTreeNode(get_parser().parse(source)).children


def get_text(nodes: Iterable["SyntaxTreeNode"]) -> str:
    """The words of ``nodes`` without markup, values not filled in."""
    return "".join(
        get_text(node.children) or (" " if node.type.endswith("break") else node.content)
        for node in nodes
    )


def find_only_link(node: "SyntaxTreeNode") -> tuple[str, str] | None:
    """Address and label of the link that is all there is in a paragraph."""
    inline = node.children[0].children
    if len(inline) != 1 or inline[0].type != "link":
        return None
    return str(inline[0].attrs["href"]), get_text(inline[0].children)


# The text part: lines that every mail program shows whole.


class TextTemplate:
    """The text part of a mail; what all recipients get is rendered once."""

    def __init__(self, body: Iterable[Block], signature: Iterable[Block]) -> None:
        # A heading that repeats the subject is left out, and each recipient has another subject.
        self._body = list(merge_fixed(body, lambda block: block.source.startswith("#")))
        self._signature = list(merge_fixed(signature))

    def render(self, subject: str, get_value: GetValue) -> str:
        """The text for one recipient."""
        text = "\n\n".join(iter_texts(self._body, subject, get_value))
        end = "\n\n".join(iter_texts(self._signature, "", get_value))
        return f"{text}\n\n{SIGNATURE_SEPARATOR}\n{end}\n".replace("\u00a0", " ")


def merge_fixed(
    blocks: Iterable[Block], varies: Callable[[Block], bool] = lambda block: False
) -> Iterator[str | Block]:
    """The blocks, those that are the same for all recipients as one rendered text."""
    for is_fixed, group in groupby(blocks, lambda block: block.is_fixed and not varies(block)):
        if is_fixed:
            yield "\n\n".join(map(render_block, group))
        else:
            yield from group


def iter_texts(parts: Iterable[str | Block], subject: str, get_value: GetValue) -> Iterator[str]:
    for part in parts:
        if isinstance(part, str):
            yield part
        elif not repeats(block := part.with_values(get_value), subject):
            yield render_block(block)


def render_line(blocks: Iterable[Block]) -> str:
    """The words of ``blocks`` on one line."""
    return " ".join("".join(block.fill(get_text(block.nodes)) for block in blocks).split())


def repeats(block: Block, subject: str) -> bool:
    heading = block.nodes[0] if block.source.startswith("#") else None
    return heading is not None and squeeze(block.fill(get_text(heading.children))) == subject


def render_block(block: Block) -> str:
    if not block.values:
        return render_fixed_block(block.source)
    return join_lines(block.source, block.fill)


@lru_cache(1024)
def render_fixed_block(source: str) -> str:
    return join_lines(source, str)


def join_lines(source: str, fill: Callable[[str], str]) -> str:
    """The text of a block; ``fill`` puts the values into its words."""
    return "\n\n".join(
        "\n".join(line for lay_out, words in parts for line in lay_out(*map(fill, words)))
        for parts in read_parts(source)
    )


# Words of a block before the values are filled in, and what makes lines of them.
Part = tuple[Callable[..., Iterable[str]], tuple[str, ...]]


@lru_cache(1024)
def read_parts(source: str) -> list[list[Part]]:
    """The parts of each node of a block."""
    return [list(iter_parts(node)) for node in parse_block(source)]


def iter_parts(node: "SyntaxTreeNode") -> Iterator[Part]:
    if node.type == "paragraph" and (link := find_only_link(node)):
        yield keep_whole, (link[0],)
    elif node.type == "paragraph":
        for is_break, nodes in groupby(
            node.children[0].children, lambda inline: inline.type == "hardbreak"
        ):
            if not is_break:
                yield wrap_words, (get_text(nodes),)
    elif node.type == "heading":
        yield wrap_words, (get_text(node.children),)
    elif node.type == "bullet_list":
        for item in node.children:
            yield wrap_item, (get_text(item.children),)
    elif node.type == "blockquote":
        yield quote_lines, (get_text(node.children),)
    elif node.type == "dl":
        for label, value in zip(node.children[::2], node.children[1::2], strict=True):
            yield format_fact, (get_text(label.children), get_text(value.children))
    else:
        raise ValueError(f"a mail has no {node.type}")


def keep_whole(address: str) -> Iterable[str]:
    """An address that is all there is in a paragraph is never wrapped."""
    return (address,)


def wrap_words(words: str) -> Iterable[str]:
    return wrap(squeeze(words))


def wrap_item(words: str) -> Iterable[str]:
    return wrap(squeeze(words), "- ", "  ")


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
    ``rest``. An address is not broken.
    """
    words = line.split(" ")
    if not line.isprintable() or "" in words or max(map(len, words)) > TEXT_WIDTH - 2:
        return tuple(
            textwrap.wrap(
                line,
                TEXT_WIDTH,
                initial_indent=first,
                subsequent_indent=rest,
                break_on_hyphens=False,
                break_long_words="://" not in line or max(map(len, words)) > MAX_ADDRESS,
            )
        )
    lines, current = [], first + words[0]
    for word in words[1:]:  # as the library does, in a tenth of its time
        if len(current) + 1 + len(word) > TEXT_WIDTH:
            lines.append(current)
            current = rest + word
        else:
            current += f" {word}"
    return (*lines, current)


def squeeze(text: str) -> str:
    """``text`` on one line, with single spaces."""
    return SPACES.sub(" ", text).strip()


# The HTML part. Styles are set on each element, because many mail programs drop style sheets.


class HtmlTemplate:
    """The HTML part of a mail; what all recipients get is rendered and encoded once.

    ``render_frame`` gets the HTML of body and signature, with a character in place of each value
    that differs, and in place of subject and preheader.
    """

    def __init__(
        self,
        body: Iterable[Block],
        signature: Iterable[Block],
        render_frame: Callable[[str, str, Markup, Markup], str],
    ) -> None:
        self._names: dict[str, str] = {}  # of places, by their characters
        parts = [
            Markup("".join(map(self._render_block, blocks)))  # noqa: S704 (nodes are escaped)
            for blocks in (body, signature)
        ]
        html = keep_together(render_frame(SUBJECT, PREHEADER, parts[0], parts[1]))
        self._lines = [
            (lines, encode_lines(lines) if is_fixed else None)
            for is_fixed, lines in group_lines(html)
        ]

    def _render_block(self, block: Block) -> str:
        def fill(found: re.Match[str]) -> str:
            value = block.values[found[0]]
            if not value.startswith(PLACE_START):
                return escape(value)
            char = chr(ord(PREHEADER) + 1 + len(self._names))
            self._names[char] = value[1:]
            return char

        return VALUE_CHAR.sub(fill, render_block_html(block.source))

    def render(self, subject: str, preheader: str, get_value: GetValue) -> tuple[str, str]:
        """The HTML for one recipient, and the same in quoted-printable."""
        values = {
            char: keep_together(escape(get_value(name))) for char, name in self._names.items()
        }
        values |= {SUBJECT: Markup.escape(subject), PREHEADER: Markup.escape(preheader)}
        html, encoded = [], []
        for lines, encoded_lines in self._lines:
            if encoded_lines is None:
                filled = VALUE_CHAR.sub(lambda found: values[found[0]], lines)
                html.append(filled)
                encoded.append(encode_lines(filled))
            else:
                html.append(lines)
                encoded.append(encoded_lines)
        return "".join(html), "".join(encoded)


def group_lines(html: str) -> Iterator[tuple[bool, str]]:
    """The lines, those without a value in one piece, and whether they are."""
    encoded = html.encode(errors=INVALID).splitlines()
    lines = (line.decode(errors=INVALID) for line in encoded)
    for varies, group in groupby(lines, lambda line: bool(VALUE_CHAR.search(line))):
        yield not varies, "".join(f"{line}\n" for line in group)


def encode_lines(text: str) -> str:
    """``text`` in quoted-printable as the library encodes it; each line by itself."""
    lines = text.encode(errors=INVALID).splitlines()
    return body_encode(b"".join(line + b"\n" for line in lines).decode("latin-1"))


@lru_cache(1024)
def render_block_html(source: str) -> str:
    return "".join(map(render_node, parse_block(source)))


def render_plain_html(blocks: Iterable[Block]) -> str:
    """HTML for print: without styles and links, headings one level below that of the page."""
    return "".join(
        block.fill_html("".join(map(render_plain_node, block.nodes))) for block in blocks
    )


def render_plain_node(node: "SyntaxTreeNode") -> str:
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


def render_node(node: "SyntaxTreeNode") -> str:
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
