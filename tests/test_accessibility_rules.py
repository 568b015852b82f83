"""What styles, scripts, markup and the handbook decide about accessibility, without a browser."""

import re
from collections.abc import Iterator
from itertools import product
from typing import Any
from xml.etree.ElementTree import Element

import pytest
import tinycss2
from flask.testing import FlaskClient

from signoff.config import handbook_folder, static_folder, templates_folder
from signoff.importers.papers import read_text
from tests.gallery import SCENES, gallery
from tests.page_checks import parsed, text_of

STYLES = sorted([*static_folder().glob("css/*.css"), *static_folder().glob("vendor/**/*.css")])
SCRIPTS = sorted(static_folder().glob("js/*.js"))
# What shows or hides something; none of it may depend on pointer or focus.
REVEALING = {"display", "visibility", "content", "opacity"}
# What a script could listen to in order to act before a button is released, when something is focused, moved
# or turned; what opens windows or speaks; and what sends a form for which nobody pressed a button.
FORBIDDEN_IN_SCRIPTS = re.compile(
    r"""["'](?:(?:mouse|pointer|touch)\w+|focus(?:in)?|blur|deviceorientation|devicemotion)["']"""
    r"|window\.open\(|alert\(|screen\.orientation|\.(?:requestSubmit|submit)\("
)
# The purpose of each field about the person who fills it in (WCAG 2.2, section 7), on the pages for representatives
# and for municipalities that apply.
PURPOSES = {
    "first_name": "given-name",
    "last_name": "family-name",
    "title": "honorific-prefix",
    "function": "organization-title",
    "official_name": "organization",
    "filled_in_by": "name",
    "filled_in_email": "email",
    "email": "email",
}


# What stays in its place while the page moves under it: the contents beside a text, which cover nothing.
STICKY = {".so-toc"}
GROUNDS = ("#ffffff", "#f4f5fa")  # of print


@pytest.fixture(scope="module")
def client() -> FlaskClient:
    return gallery().test_client()


@pytest.fixture(scope="module")
def pages(client: FlaskClient) -> dict[str, Element]:
    """All scenes that are whole pages, as a browser parses them."""
    html = {name: client.get(f"/scene/{name}").get_data(as_text=True) for name in SCENES}
    return {name: parsed(text)[0] for name, text in html.items()}


def iter_rules(rules: list[Any], media: str = "") -> Iterator[tuple[str, str, dict[str, str]]]:
    """Each rule as (media, selector, declarations), nested ones too."""
    for rule in rules:
        prelude = tinycss2.serialize(rule.prelude).strip() if hasattr(rule, "prelude") else ""
        if rule.type == "at-rule" and rule.content is not None:
            inner = tinycss2.parse_rule_list(rule.content, skip_whitespace=True, skip_comments=True)
            yield f"@{rule.lower_at_keyword} {prelude}", "", {}
            yield from iter_rules(inner, f"@{rule.lower_at_keyword} {prelude}")
        elif rule.type == "qualified-rule":
            content = tinycss2.parse_blocks_contents(
                rule.content, skip_whitespace=True, skip_comments=True
            )
            yield (
                media,
                prelude,
                {
                    each.lower_name: tinycss2.serialize(each.value).strip()
                    for each in content
                    if each.type == "declaration"
                },
            )


def list_style_faults(css: str) -> list[str]:
    """Animations, pages for one orientation, what appears only under a pointer or with focus, and
    what may cover the page.
    """
    rules = tinycss2.parse_stylesheet(css, skip_whitespace=True, skip_comments=True)
    faults = []
    for media, selector, values in iter_rules(rules):
        if "orientation" in media or media.startswith("@keyframes"):
            faults.append(media)
        faults += [f"{selector}: {name}" for name in values if name.startswith("animation")]
        if values.get("position") in ("fixed", "sticky") and selector not in STICKY:
            faults.append(f"{selector}: position")
        if re.search(r":(?:hover|focus)\b", selector):
            faults += [f"{selector}: {name}" for name in values if name in REVEALING]
    return faults


def test_nothing_moves_flashes_turns_or_appears_under_the_pointer() -> None:
    assert len(STYLES) > 4
    for path in STYLES:
        assert list_style_faults(path.read_text("utf-8")) == [], path
    moving = "a:hover b { display: block } p { animation: x 1s } @keyframes x { to { top: 0 } }"
    turned = "h1 { position: fixed } @media (orientation: portrait) { p { color: red } }"
    assert set(list_style_faults(moving + turned)) == {
        "a:hover b: display",
        "p: animation",
        "@keyframes x",
        "h1: position",
        "@media (orientation: portrait)",
    }


def test_what_refreshes_itself_can_be_stopped() -> None:
    refreshed = [
        path
        for path in sorted(templates_folder().rglob("*.html"))
        if re.search(r"\sdata-(?:run|status|waiting)[=>]", path.read_text("utf-8"))
    ]
    assert len(refreshed) > 5
    for path in refreshed:
        assert "pause_button()" in path.read_text("utf-8"), path


def test_footnotes_are_set_apart_from_the_text() -> None:
    text = read_text("text.md", b"Ein Satz.[^1]\n\n[^1]: Eine Note.", title="Titel")
    (notes,) = re.findall(r'<section class="(\w+)" role="doc-endnotes">', text.html)
    css = (static_folder() / "css/signoff.css").read_text("utf-8")
    rules = tinycss2.parse_stylesheet(css, skip_whitespace=True, skip_comments=True)
    styles = {selector: values for _, selector, values in iter_rules(rules)}
    assert {"border-top", "font-size"} <= styles[f".so-prose .{notes}"].keys()


def test_no_script_acts_when_something_is_pressed_focused_or_turned() -> None:
    assert len(SCRIPTS) > 9
    for path in SCRIPTS:
        assert FORBIDDEN_IN_SCRIPTS.findall(path.read_text("utf-8")) == [], path
    assert FORBIDDEN_IN_SCRIPTS.search('button.addEventListener("pointerdown", send)')
    for path in sorted(templates_folder().rglob("*.html")):
        moving = re.findall(r"<(?:marquee|blink|video|audio|canvas)\b", path.read_text("utf-8"))
        assert moving == [], path


def test_fields_about_the_person_who_fills_them_in_name_their_purpose(
    pages: dict[str, Element],
) -> None:
    found = set()
    for scene, page in pages.items():
        if scene.startswith("delegation"):
            continue  # about a colleague
        for field in page.iter("input"):
            name = (field.get("name") or "").rpartition("-")[2]
            if name in PURPOSES and field.get("type") != "hidden":
                found.add(name)
                expected = "username" if scene.startswith("login") else PURPOSES[name]
                purpose = (field.get("autocomplete") or "").split()[-1:]
                assert purpose == [expected], f"{scene}: {name}"
    assert found == set(PURPOSES)


def list_links(page: Element, tag: str) -> list[tuple[str, str]]:
    return [
        (link.get("href", ""), text_of(link)) for part in page.iter(tag) for link in part.iter("a")
    ]


def test_navigation_and_help_have_the_same_words_and_order_on_every_page(
    pages: dict[str, Element],
) -> None:
    """On the public pages, and on a representative's; a link to another language keeps the address
    of its page and is left out.
    """
    for place, tag in product(("so-public", "so-signatories"), ("header", "footer")):
        orders = {
            scene: [link for link in list_links(page, tag) if not link[0].startswith("?")]
            for scene, page in pages.items()
            if page.find("body").get("class") == place and not scene.startswith(("login", "set-up"))
        }
        assert len(orders) > 20
        longest = max(orders.values(), key=len)
        addresses = {address for address, _ in longest}
        assert len(addresses) >= 2
        for scene, links in orders.items():
            assert {link for link in links if link[0] in addresses} <= set(longest), scene
            places = [longest.index(link) for link in links if link in longest]
            assert places == sorted(places), scene


def test_messages_of_the_program_are_announced(pages: dict[str, Element]) -> None:
    """What went wrong is an alert, what was done a status; the focus need not move."""
    roles = set()
    for scene, page in pages.items():
        for element in page.iter():
            if "so-flash" in (element.get("class") or "").split():
                roles.add(element.get("role"))
        if text_of(page.find("head/title")).startswith("Fehler: "):
            assert [each for each in page.iter() if each.get("role") == "alert"], scene
    assert "status" in roles
    assert roles <= {"status", "note"}


def get_luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2, section 6) of ``#rgb`` or ``#rrggbb``."""
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    parts = [int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def get_contrast(ink: str, ground: str) -> float:
    darker, lighter = sorted((get_luminance(ink), get_luminance(ground)))
    return (lighter + 0.05) / (darker + 0.05)


def test_printed_text_stands_out_from_its_ground() -> None:
    """All inks of text, also those of charts, on all grounds; large letters of maps on their own."""
    assert round(get_contrast("#000", "#ffffff")) == 21
    inks, maps = set(), {}
    for path in sorted(templates_folder().glob("pdf/*.css")):
        rules = tinycss2.parse_stylesheet(
            path.read_text("utf-8"), skip_whitespace=True, skip_comments=True
        )
        for _, selector, values in iter_rules(rules):
            assert values.get("background", GROUNDS[0]).startswith((*GROUNDS, "url(")), selector
            if "color" in values and values["color"] != "inherit":
                inks.add(values["color"])
            if path.stem == "charts" and "fill" in values:
                maps |= dict.fromkeys(selector.split(", "), values["fill"])
    inks |= {maps["text"], maps[".strong"], maps[".out"]}
    assert len(inks) > 4
    for ink in inks:
        for ground in GROUNDS:
            assert get_contrast(ink, ground) >= 4.5, (ink, ground)
    for name in (".shade-0", ".shade-1", ".shade-2", ".no-members"):
        assert get_contrast(maps[".off"], maps[name]) >= 4.5, name
    for name in (".shade-3", ".shade-4"):
        assert get_contrast(maps[".on"], maps[name]) >= 4.5, name


def test_the_handbook_says_how_to_work_with_keys_and_screen_readers() -> None:
    text = (handbook_folder() / "README.md").read_text("utf-8")
    _, _, section = text.partition("## Tastatur, Vergrößerung und Vorleseprogramme")
    layout = (templates_folder() / "office/layout.html").read_text("utf-8")
    keys = re.findall(r"<kbd>(.)</kbd>", layout)
    assert len(keys) > 4
    for words in (*(f"`{key}`" for key in keys), "„Tastenkürzel verwenden“", "PDF/UA-1", "400 %"):
        assert words in section, words
