"""What of HTML may come in, and what may stand in a text."""

import nh3

SCHEMES = {"http", "https", "mailto"}
INLINE = {"strong", "em", "sup", "sub", "a", "br"}
TABLE = {"table", "thead", "tbody", "tr", "th", "td"}
BLOCKS = {"p", "h2", "h3", "h4", "ul", "ol", "li", "blockquote", "section"}
TEXT_TAGS = INLINE | TABLE | BLOCKS
TEXT_ATTRIBUTES = {
    "a": {"href"},
    "h2": {"id"},
    "h3": {"id"},
    "h4": {"id"},
    "li": {"id"},
    "ol": {"start"},
    "sup": {"id"},
    "th": {"scope"},
}
TEXT_VALUES = {
    "a": {"role": {"doc-noteref", "doc-backlink"}},
    "section": {"class": {"footnotes"}, "role": {"doc-endnotes"}},
    "sup": {"class": {"noteref"}},
}

# What converters make; all of it is turned into the above or left out with a remark.
SOURCE_TAGS = TEXT_TAGS | {"h1", "h5", "h6", "b", "i", "s", "del", "code", "pre", "hr", "img"}
SOURCE_ATTRIBUTES = {
    **{f"h{level}": {"id"} for level in range(1, 7)},
    "a": {"href", "id"},
    "img": {"alt"},
    "li": {"id"},
    "ol": {"start"},
    "p": {"class"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan"},
}


def sanitised(html: str) -> str:
    """``html`` with nothing but what may stand in a text; a canonical text comes out as it went in."""
    return nh3.clean(
        html,
        tags=TEXT_TAGS,
        attributes=TEXT_ATTRIBUTES,
        tag_attribute_values=TEXT_VALUES,
        url_schemes=SCHEMES,
        link_rel=None,
    )


def source(html: str) -> str:
    """What a converter made of a file, without anything that acts, and well-formed."""
    return nh3.clean(html, tags=SOURCE_TAGS, attributes=SOURCE_ATTRIBUTES, url_schemes=SCHEMES, link_rel=None)
