"""Makes static/vendor from the packages npm has put into node_modules: stylesheet, fonts, map and
their licences.

The same input gives the same bytes. The new folder is built beside the old one and then takes its
place, so that an interrupted set-up leaves one of them whole.
"""

import logging
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote_to_bytes
from xml.etree import ElementTree

import tinycss2
from fontTools import subset
from fontTools.ttLib import TTFont

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ROOT / "node_modules"
KERN = PACKAGES / "@kern-ux/native"
DEJAVU = PACKAGES / "dejavu-fonts-ttf"
MAP = PACKAGES / "@svg-maps/germany"
VENDOR = ROOT / "static/vendor"

# KERN's classes by the first word after "kern-". Its grid, utilities, icons (we have a sprite of
# our own) and the components that bring pictures as data: addresses (accordion, dropdown, …) stay
# behind.
KEPT = {
    *(
        "body",
        "heading",
        "hgroup",
        "preline",
        "subline",
        "title",
        "number",
        "link",
        "list",
        "divider",
        "sr",
    ),
    *("btn", "error", "fieldset", "form", "hint", "input", "label"),
    *("dark", "layer", "level", "light"),
    *("table", "alert", "badge", "progress"),
}
# Variables that templates and our own stylesheets may use; of the others only what a kept rule
# refers to.
TOKENS = re.compile(
    r"--kern-(color-(layout|action|feedback|decorative|form|darkblue|neutral)|metric|typography)-"
)

WEIGHTS = {"Regular": (400, "normal"), "Italic": (400, "italic"), "SemiBold": (600, "normal")}
# Scripts are files of their own: a browser fetches the second and third only where a name needs
# them.
SCRIPTS = {
    "latin": "U+20-7E,U+A0-FF,U+131,U+152-153,U+2C6,U+2DA,U+2DC,U+1E9E,U+2000-206F,U+20AC,U+2116,U+2122,U+2190-2193,"
    "U+2212,U+2260,U+2264-2265",
    "latin-ext": "U+100-130,U+132-151,U+154-24F,U+2BB-2BC,U+300-36F,U+1E00-1E9D,U+1E9F-1EFF",
    "greek-cyrillic": "U+370-3FF,U+400-52F,U+1F00-1FFF",
}


def main() -> None:
    building = VENDOR.with_name("vendor.building")
    shutil.rmtree(building, ignore_errors=True)

    vendor_stylesheet(building / "kern")
    vendor_web_fonts(building / "fonts")
    vendor_print_fonts(building / "fonts/print")
    vendor_map(building / "map")
    vendor_licences(building / "licences")

    shutil.rmtree(VENDOR, ignore_errors=True)
    building.rename(VENDOR)


def vendor_stylesheet(folder: Path) -> None:
    folder.mkdir(parents=True)
    sheet = tinycss2.parse_stylesheet(
        (KERN / "dist/kern.css").read_text("utf-8"), skip_comments=True, skip_whitespace=True
    )
    text = "".join(reduce_rules(sheet))
    text = re.sub(
        r'url\("(data:image/svg\+xml,[^"]*)"\)', lambda match: file_picture(match[1], folder), text
    )
    text = remove_unused_variables(text)
    if "data:" in text:
        raise SystemExit(
            "kern.css still holds a data: address, which the content security policy would block"
        )
    head = "/* Cut from @kern-ux/native 2.7.2, EUPL-1.2, by .ci/vendor_assets.py */\n"
    (folder / "kern.css").write_text(head + text, "utf-8")


def reduce_rules(rules: list[tinycss2.ast.Node]) -> Iterator[str]:
    for rule in rules:
        if rule.type == "at-rule" and rule.lower_at_keyword in {"media", "supports"}:
            inner = tinycss2.parse_rule_list(rule.content, skip_comments=True, skip_whitespace=True)
            if text := "".join(reduce_rules(inner)):
                yield f"@{rule.lower_at_keyword}{tinycss2.serialize(rule.prelude).rstrip()}{{\n{text}}}\n"
        elif rule.type == "qualified-rule":
            selectors = ",".join(filter(is_kept, split_selectors(rule.prelude)))
            if selectors:
                yield f"{selectors}{{{format_declarations(rule.content)}}}\n"


def split_selectors(prelude: list[tinycss2.ast.Node]) -> Iterator[str]:
    selector: list[tinycss2.ast.Node] = []
    for token in [*prelude, None]:
        if token is None or token == ",":
            yield " ".join(tinycss2.serialize(selector).split())
            selector = []
        else:
            selector.append(token)


def is_kept(selector: str) -> bool:
    # The arguments of :not() and the like only narrow a selector; its subject decides.
    subject = re.sub(r":(not|has|is|where)\([^)]*\)", "", selector)
    return set(re.findall(r"\.kern-([a-z0-9]+)", subject)) <= KEPT


def format_declarations(content: list[tinycss2.ast.Node]) -> str:
    declarations = tinycss2.parse_declaration_list(
        content, skip_comments=True, skip_whitespace=True
    )
    return ";".join(
        f"{each.name}:{' '.join(tinycss2.serialize(each.value).split())}{'!important' if each.important else ''}"
        for each in declarations
    )


def file_picture(address: str, folder: Path) -> str:
    """Write the picture of a data: address to a file; returns the url() that names it."""
    picture = unquote_to_bytes(address.partition(",")[2])
    names = {path.read_bytes(): path.name for path in sorted(folder.glob("*.svg"))}
    name = names.get(picture, f"picture-{len(names) + 1}.svg")
    (folder / name).write_bytes(picture)
    return f'url("{name}")'


def remove_unused_variables(text: str) -> str:
    definition = re.compile(r"(--kern-[\w-]+):([^;{}]*);?")
    values: dict[str, set[str]] = {}
    for name, value in definition.findall(text):
        values.setdefault(name, set()).update(re.findall(r"--kern-[\w-]+", value))
    needed = set(re.findall(r"--kern-[\w-]+", definition.sub("", text))) | set(
        filter(TOKENS.match, values)
    )
    todo = list(needed)
    while todo:
        new = values.get(todo.pop(), set()) - needed
        needed |= new
        todo.extend(new)
    return definition.sub(lambda match: match[0] if match[1] in needed else "", text)


def vendor_web_fonts(folder: Path) -> None:
    (folder / "web").mkdir(parents=True)
    faces = []
    for weight, (number, style) in WEIGHTS.items():
        for script, characters in SCRIPTS.items():
            name = f"FiraSans-{weight}.{script}.woff2"
            write_subset(
                KERN / f"dist/fonts/fira-sans/FiraSans-{weight}.woff2",
                characters,
                folder / "web" / name,
            )
            faces.append(
                f'@font-face{{font-family:"Fira Sans";font-weight:{number};font-style:{style};font-display:swap;'
                f'src:url("web/{name}") format("woff2");unicode-range:{characters}}}\n'
            )
    (folder / "fira-sans.css").write_text("".join(faces), "utf-8")


def write_subset(source: Path, characters: str, target: Path) -> None:
    options = subset.Options(
        flavor="woff2", hinting=False, name_IDs=[0, 1, 2, 13, 14], notdef_outline=True
    )
    options.layout_features = [
        "calt",
        "ccmp",
        "kern",
        "liga",
        "lnum",
        "locl",
        "mark",
        "mkmk",
        "tnum",
    ]
    font = subset.load_font(str(source), options)
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=subset.parse_unicodes(characters.replace("U+", "")))
    subsetter.subset(font)
    subset.save_font(font, str(target), options)


def vendor_print_fonts(folder: Path) -> None:
    folder.mkdir(parents=True)
    for weight in WEIGHTS:
        font = TTFont(KERN / f"dist/fonts/fira-sans/FiraSans-{weight}.woff2", recalcTimestamp=False)
        font.flavor = None
        font.save(folder / f"FiraSans-{weight}.ttf")
    for name in ("DejaVuSans", "DejaVuSans-Bold", "DejaVuSans-Oblique", "DejaVuSansMono"):
        shutil.copyfile(DEJAVU / f"ttf/{name}.ttf", folder / f"{name}.ttf")


def vendor_map(folder: Path) -> None:
    """Write the outlines of the states, each with its id; the pages refer to them and add colour
    and labels.
    """
    folder.mkdir(parents=True)
    picture = (MAP / "germany.svg").read_text("utf-8")
    svg = ElementTree.fromstring(picture)  # noqa: S314 (a package locked by its hash)
    states = {
        path.attrib["id"]: " ".join(path.attrib["d"].split())
        for path in svg.iter()
        if "d" in path.attrib
    }
    if len(states) != 16:
        raise SystemExit(f"the map of Germany has {len(states)} states")
    paths = "".join(f'<path id="{id}" d="{states[id]}"/>\n' for id in sorted(states))
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{svg.attrib["viewBox"]}">\n'
    credit = (
        "<!-- Map of Germany by svg-maps (@svg-maps/germany 2.0.0), CC BY 4.0; outlines only -->\n"
    )
    (folder / "germany.svg").write_text(f"{head}{credit}{paths}</svg>\n", "utf-8")


def vendor_licences(folder: Path) -> None:
    folder.mkdir(parents=True)
    fira = TTFont(KERN / "dist/fonts/fira-sans/FiraSans-Regular.woff2")["name"].getDebugName(0)
    terms = (ROOT / "LICENSES/OFL-1.1.txt").read_text("utf-8")
    (folder / "fira-sans.txt").write_text(
        f"{fira}\n\nLicensed under the SIL Open Font License, 1.1.\n\n{terms}", "utf-8"
    )
    for source, name in {
        KERN / "LICENSE.md": "kern.md",
        DEJAVU / "LICENSE": "dejavu.txt",
        MAP / "LICENSE.md": "germany-map.md",
    }.items():
        shutil.copyfile(source, folder / name)


if __name__ == "__main__":
    os.umask(0o022)
    logging.getLogger("fontTools").setLevel(logging.ERROR)
    main()
