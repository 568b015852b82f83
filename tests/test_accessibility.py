"""Accessibility of the representative's pages in every state: enlarged, by keyboard and without motion."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.chromium import NARROW, PATIENCE, faults, sideways, spaced_out
from tests.factories import MAYOR, TEXT, sign
from tests.form_filling import CONTACT, NOTE
from tests.gallery import SCENES, gallery
from tests.pdf import reader
from tests.server import listening
from tests.world import World

pytestmark = pytest.mark.browser
TITLE = "Leitgedanken zu marginalisierten Gruppen im öffentlichen Raum"
NAMED = {"confirm": "Musterhausen"}
ENLARGED = {"width": 320, "height": 225}  # CSS pixels of a window of 1280 × 900 at 400 %
OFFICE_AND_PUBLIC = ("index", "paper", "verify", "privacy", "mail", "login", "set-up")
REPRESENTATIVE_SCENES = [scene for scene in SCENES if not scene.startswith(OFFICE_AND_PUBLIC)]
MOVING = """() => [...document.querySelectorAll('*')].filter(each => {
  const style = getComputedStyle(each);
  const seconds = `${style.transitionDuration},${style.animationDuration}`.split(',').map(parseFloat);
  return seconds.some(each => each > 0) || style.scrollBehavior === 'smooth';
}).map(each => each.tagName)"""
# What shows that something is focused: an outline or a shadow that is not there without the focus, here or beside it.
SHOWN = """each => {
  const parts = [each, each.nextElementSibling, each.parentElement].filter(Boolean);
  const look = () => parts.flatMap(part => ['', '::before', '::after'].map(pseudo => {
    const style = getComputedStyle(part, pseudo);
    return [style.outlineStyle, style.outlineWidth, style.boxShadow, style.borderColor].join();
  })).join(';');
  each.blur();
  const before = look();
  each.focus({focusVisible: true});
  return look() !== before;
}"""


# Numbers what can be focused, in the order of the text; of a group of radio buttons the first stands for all.
NUMBER_STOPS = """() => {
  window.isTheSamePage = true;
  const groups = new Set();
  const stops = [...document.querySelectorAll(
    'a[href], button, input, select, textarea, summary, [tabindex="0"]')].filter(each => {
    if (each.disabled || each.tabIndex < 0 || each.type === "hidden" || !each.checkVisibility()) return false;
    if (each.type !== "radio") return true;
    const group = document.querySelector(`[name="${each.name}"]:checked`) || each;
    if (groups.has(each.name)) return false;
    groups.add(each.name);
    group.dataset.isStop = "";
    return true;
  });
  stops.forEach((each, index) => {
    const stop = each.type === "radio" ? document.querySelector(`[name="${each.name}"][data-is-stop]`) : each;
    stop.dataset.stop = index;
  });
  return stops.length;
}"""
# The number of what is focused, and whether it can be seen where it is.
LOOK_AT_STOP = """() => {
  const each = document.activeElement;
  if (each === document.body) return null;
  const box = each.getClientRects()[0];
  const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
  const own = [each, ...(each.labels || []), each.parentElement];
  return [Number(each.dataset.stop ?? -1), own.some(part => part.contains(top))];
}"""
FILL_IN = """() => {
  for (const each of document.querySelectorAll("main input, main select, main textarea")) {
    if (["hidden", "file", "submit"].includes(each.type)) continue;
    each.focus();
    if (["radio", "checkbox"].includes(each.type)) each.click();
    else if (each.tagName === "SELECT") each.selectedIndex = each.options.length - 1;
    else each.value = "1";
    for (const name of ["input", "change"]) each.dispatchEvent(new Event(name, {bubbles: true}));
    each.blur();
  }
}"""
PLAIN = """<!doctype html><html lang="de"><head><title>Probe</title>
<link rel="stylesheet" href="data:text/css,">
<style>.grey { color: silver; display: none } :has(:checked) > .grey { display: block }
</style></head><body><a href="#inhalt">Zum Inhalt</a><main id="inhalt"><h1>Probe</h1>
<p>Wörter</p><label><input type="checkbox">Mehr</label><p class="grey">Kaum zu lesen</p>
</main></body></html>"""


@pytest.fixture(scope="module")
def scenes() -> Iterator[str]:
    with listening(gallery()) as address:
        yield address


@pytest.fixture
def address(world: World) -> Iterator[str]:
    world.enrol()
    world.paper(
        text=replace(
            TEXT, title=TITLE, adopted_by="27. Mitgliederversammlung", adopted_at="Mannheim"
        )
    )
    world.open(progress="members")
    with listening(world.build_app()) as address:
        yield address


def window(chromium: Browser, size: dict[str, int], **options) -> Page:
    page = chromium.new_context(viewport=size, **options).new_page()
    page.set_default_timeout(PATIENCE)
    return page


def test_every_state_is_accessible_and_fits_a_window_enlarged_to_400_percent(
    chromium: Browser, scenes: str
) -> None:
    page, wrong = window(chromium, ENLARGED, device_scale_factor=4), []
    for name in REPRESENTATIVE_SCENES:
        page.goto(f"{scenes}/scene/{name}")
        wrong += [f"{name}: {fault}" for fault in (*faults(page), sideways(page)) if fault]
        wrong += [f"{name}: {fault}" for fault in spaced_out(page)]
    assert len(REPRESENTATIVE_SCENES) > 40
    assert wrong == []
    page.context.close()


@pytest.mark.parametrize(
    "name", ["read", "answer", "signer-wrong", "review", "receipt-pending", "links", "code"]
)
def test_focused_element_is_visibly_marked(chromium: Browser, scenes: str, name: str) -> None:
    page = window(chromium, NARROW)
    page.goto(f"{scenes}/scene/{name}")
    unseen = [
        element.evaluate("each => each.outerHTML.slice(0, 160)")
        for element in page.locator(
            "a:visible, button:visible, input:visible, textarea:visible, summary:visible"
        ).all()
        if not element.evaluate(SHOWN)
    ]
    assert unseen == []
    page.context.close()


def test_tab_reaches_everything_in_order_and_in_sight_and_input_leads_nowhere(
    chromium: Browser, scenes: str
) -> None:
    page = window(chromium, {"width": 1280, "height": 600}, reduced_motion="reduce")
    for name in (
        *("read", "answer", "signer", "publication", "review", "receipt", "links", "code"),
        *("application", "index", "paper", "verify-form", "login"),
    ):
        page.goto(f"{scenes}/scene/{name}")
        page.evaluate("document.fonts.ready")  # another font may let a region scroll
        count = page.evaluate(NUMBER_STOPS)
        stops, seen = [], []
        for _ in range(count + 1):
            page.keyboard.press("Tab")
            if (stop := page.evaluate(LOOK_AT_STOP)) is None:
                break
            stops.append(stop[0])
            seen.append(stop[1])
        assert stops == list(range(count)), f"{name}: order, or what no key reaches"
        assert all(seen), f"{name}: hidden behind something: {seen.index(False)}"
        page.evaluate(FILL_IN)
        assert page.evaluate("window.isTheSamePage"), name
        assert page.url == f"{scenes}/scene/{name}"
    page.context.close()


@pytest.mark.parametrize(("width", "scrolls"), [(320, True), (1280, False)])
def test_a_region_is_a_tab_stop_only_where_it_scrolls(
    chromium: Browser, scenes: str, width: int, scrolls: bool
) -> None:
    page = window(chromium, {"width": width, "height": 800})
    page.goto(f"{scenes}/scene/read")
    table = page.locator(".so-scroll").first
    table.evaluate(
        "each => { each.innerHTML = '<p>Spalte</p>'; each.firstChild.style.width = '30rem'; }"
    )
    expect(table).to_have_attribute("tabindex", "0" if scrolls else "-1")
    page.context.close()


def test_a_tab_stop_follows_what_changes_inside_of_a_region(chromium: Browser, scenes: str) -> None:
    """The region itself keeps its size."""
    page = window(chromium, {"width": 1280, "height": 800})
    page.goto(f"{scenes}/scene/read")
    table = page.locator(".so-scroll").first
    table.evaluate("each => { each.style.height = '5rem'; each.innerHTML = '<p>Spalte</p>'; }")
    expect(table).to_have_attribute("tabindex", "-1")
    wide = "let wide = document.createElement('p'); wide.style.width = '200rem';"
    for change, stop in (
        ("each.firstChild.style.width = '200rem'", "0"),
        ("each.innerHTML = '<p>Spalte</p>'", "-1"),
        (f"{wide} each.replaceChildren(wide)", "0"),
        ("each.replaceChildren()", "-1"),
        (f"{wide} each.append(wide)", "0"),
    ):
        table.evaluate(f"each => {{ {change} }}")
        expect(table).to_have_attribute("tabindex", stop)
    page.evaluate("() => document.querySelector('main').append(document.createElement('section'))")
    added = page.locator("main > section").last
    added.evaluate("each => { each.role = 'region'; each.tabIndex = 0; each.append('Wort') }")
    expect(added).to_have_attribute("tabindex", "-1")
    page.context.close()


def test_a_page_that_differs_in_more_than_words_is_examined_again(chromium: Browser) -> None:
    """Pages that differ in words alone are examined once; a tick changes no attribute of a page."""
    page = window(chromium, NARROW)
    for words in ("Wörter", "andere Wörter"):
        page.set_content(PLAIN.replace("Wörter", words))
        assert faults(page) == []
    page.check("input")
    assert faults(page), "what a tick shows"
    for before, after in (("#inhalt", "#fehlt"), ("text/css,", "text/css,p{color:silver}")):
        page.set_content(PLAIN.replace(before, after))
        assert faults(page), after
    page.context.close()


def test_no_animation_with_reduced_motion(chromium: Browser, scenes: str) -> None:
    page = window(chromium, NARROW, reduced_motion="reduce")
    for name in ("read", "answer-nothing", "signer", "publication", "receipt"):
        page.goto(f"{scenes}/scene/{name}")
        assert page.evaluate(MOVING) == [], name
    page.evaluate("document.querySelector('h1').style.transition = 'color .2s'")
    assert page.evaluate(MOVING) == ["H1"]
    page.context.close()


@pytest.mark.parametrize("size", [(1280, 900), (375, 812)], ids=["desktop", "telephone"])
def test_first_screen_shows_sender_paper_deadline_and_telephone(
    chromium: Browser, world: World, address: str, size: tuple[int, int]
) -> None:
    page = window(chromium, {"width": size[0], "height": size[1]})
    page.goto(f"{address}/s/{world.links()[MAYOR]}")
    elements = {
        "who asks whom": page.locator(".so-preline"),
        "which text": page.locator("h1"),
        "its edition, adopted when and where": page.locator("h1 ~ .so-meta"),
        "until when": page.locator(".so-due__value"),
        "what to do": page.locator(".so-ask__body h2"),
        "the way to the answer": page.get_by_role(
            "link", name="Rückmeldung abgeben", exact=True
        ).first,
        "what it is not": page.locator(".so-not"),
        "whom to call": page.locator("a[href^='tel:']").first,
    }
    outside = []
    for description, element in elements.items():
        box = element.bounding_box()
        assert box, description
        assert element.inner_text().strip(), description
        if box["y"] < 0 or box["y"] + box["height"] > size[1]:
            outside.append(f"{description} ends at {box['y'] + box['height']:.0f} px")
    assert outside == []
    head = page.locator(".so-ask__head").inner_text()
    for phrase in ("Stadt Musterhausen", "Fassung 1", "Mannheim", "2026"):
        assert phrase in head
    assert "24:00\xa0Uhr (MESZ)" in elements["until when"].inner_text()
    assert "Vertrag" in elements["what it is not"].inner_text()
    page.context.close()


def test_signature_is_given_by_keyboard(chromium: Browser, world: World, address: str) -> None:
    page = window(chromium, {"width": 1280, "height": 900})
    page.goto(f"{address}/s/{world.links()[MAYOR]}")
    tab_to(page, "main a[href$='/answer']")
    enter(page)
    tab_to(page, "[name=answer]")
    page.keyboard.press("Space")
    assert page.is_checked("#answer-sign")
    enter(page)
    for name, words in (
        ("first_name", "Vorname"),
        ("last_name", "Nachname"),
        ("function", "Bürgermeisterin"),
    ):
        tab_to(page, f"[name={name}]")
        page.keyboard.type(words)
    tab_to(page, "[name=basis]")
    page.keyboard.press("Space")
    tab_to(page, "[name=authorised]")
    page.keyboard.press("Space")
    enter(page)
    tab_to(page, "[name=publish_name]")
    page.keyboard.press("Space")
    for name, words in {"note": NOTE, **CONTACT}.items():
        tab_to(page, f"[name={name}]")
        page.keyboard.type(words)
    assert page.locator("#note-left").inner_text() == f"noch {600 - len(NOTE)} Zeichen"
    enter(page)
    tab_to(page, "[name=confirm]")
    page.keyboard.type("Musterhausen")
    enter(page)
    assert page.locator("main").get_attribute("data-page") == "receipt"
    assert world.invitation_status().kind == "sign"
    assert world.invitation_status().version.answer.declaration.note == NOTE
    page.context.close()


def test_meeting_is_entered_moved_and_withdrawn_by_keyboard(
    chromium: Browser, world: World, address: str
) -> None:
    page = window(chromium, NARROW)
    page.goto(f"{address}/s/{world.links()[MAYOR]}")
    tab_to(page, "main a[href$='answer=pending']")
    enter(page)
    assert page.is_checked("[name=answer][value=pending]")
    expect(page.locator("[name=expected_on]")).to_be_focused()
    type_fields(page, {"expected_on": "11.2.2027", "body": "Hauptausschuss", **CONTACT})
    type_fields(page, NAMED)
    assert (
        "Der Sitzungstermin der Stadt Musterhausen ist notiert" in page.locator("h1").inner_text()
    )
    tab_to(page, "main a[href$='/sitting']")
    enter(page)
    type_fields(page, {"expected_on": "4.3.2027", **NAMED})
    assert world.invitation_status().version.answer.expected_on == date(2027, 3, 4)
    tab_to(page, "main a[href$='/withdraw']")
    enter(page)
    type_fields(page, NAMED)
    assert page.locator("main").get_attribute("data-page") == "read"
    assert world.invitation_status().kind is None
    page.context.close()


def test_name_is_corrected_and_objection_sent_by_keyboard(
    chromium: Browser, world: World, address: str
) -> None:
    world.answer(MAYOR, sign())
    page = window(chromium, {"width": 1280, "height": 900})
    page.goto(f"{address}/s/{world.links()[MAYOR]}")
    tab_to(page, "main a[href$='/correction']")
    enter(page)
    tab_to(page, "[name=last_name]")
    page.keyboard.press("Control+A")
    page.keyboard.type("Nachname-Neu")
    type_fields(page, NAMED)
    assert world.invitation_status().version.answer.declaration.signer.last_name == "Nachname-Neu"
    tab_to(page, "main a[href$='/objection']")
    enter(page)
    type_fields(page, {"words": "Das kennt hier niemand.", **NAMED})
    assert "Die Geschäftsstelle ist benachrichtigt" in page.title()
    page.context.close()


def test_language_is_changed_by_keyboard_and_enter_submits_the_form(
    chromium: Browser, world: World, address: str
) -> None:
    page = window(chromium, NARROW)
    page.goto(f"{address}/s/{world.links()[MAYOR]}/answer")
    page.check("#answer-decline")
    page.fill("[name=reason]", "Kein Beschluss.")
    tab_to(page, "header button[lang=en]")
    enter(page)
    assert page.locator("html").get_attribute("lang") == "en"
    assert page.is_checked("#answer-decline")
    assert page.input_value("[name=reason]") == "Kein Beschluss."
    type_fields(page, CONTACT)
    assert page.locator("main").get_attribute("data-page") == "review"
    assert page.locator("html").get_attribute("lang") == "en"
    page.context.close()


def test_characters_of_the_note_are_counted_while_typing(
    chromium: Browser, world: World, address: str
) -> None:
    page = window(chromium, NARROW)
    page.goto(f"{address}/s/{world.links()[MAYOR]}/pass-on")
    field, left = page.locator("[name=message]"), page.locator("#message-left")
    assert left.inner_text() == "noch 1000 Zeichen"
    assert left.get_attribute("aria-live") == "polite"
    field.press_sequentially("Für Ä€😀")
    assert left.inner_text() == "noch 993 Zeichen"  # as the server counts: characters, not bytes
    field.fill("x" * 1001)
    assert left.inner_text() == "1 Zeichen zu viel"
    page.context.close()


def test_the_table_of_contents_leads_to_its_section(chromium: Browser, scenes: str) -> None:
    page = window(chromium, {"width": 1280, "height": 900}, reduced_motion="reduce")
    page.goto(f"{scenes}/scene/read")
    entry = page.locator(".so-toc a").nth(3)
    entry.click()
    page.wait_for_function("location.hash")
    target = page.locator(page.evaluate("location.hash"))
    assert target.inner_text() == entry.inner_text()
    bounds = target.bounding_box()
    assert bounds
    assert 0 <= bounds["y"] < 900
    page.context.close()


def test_printed_page_contains_the_whole_text_and_no_controls(
    chromium: Browser, scenes: str, tmp_path: Path
) -> None:
    page = window(chromium, {"width": 1280, "height": 900})
    page.goto(f"{scenes}/scene/read")
    headings = [
        element.inner_text() for element in page.locator(".so-prose h3, .so-prose h4").all()
    ]
    expected = [
        *headings,
        *(element.inner_text() for element in page.locator(".so-prose td, .so-prose li").all()),
    ]
    file = tmp_path / "read.pdf"
    page.pdf(path=file, format="A4")
    page.context.close()
    pages = [" ".join(page_text.split()) for page_text in reader.pages(file.read_bytes())]
    printed = reader.strip_spaces(" ".join(pages))
    for phrase in (
        TITLE,
        "Stadt Musterhausen",
        "26. Februar 2027, 24:00",
        "Fassung 1",
        "0221 4710-128",
        *expected,
    ):
        assert reader.strip_spaces(phrase) in printed, phrase
    for phrase in (
        "Rückmeldung abgeben",
        "ICS",
        "Unterlagen",
        "Inhalt",
        "Wie geht es bei Ihnen weiter?",
        "English",
    ):
        assert reader.strip_spaces(phrase) not in printed, phrase
    endings = [
        heading
        for heading in headings
        if any(text.endswith(f" {' '.join(heading.split())}") for text in pages[:-1])
    ]
    assert endings == []  # no heading is left behind by its text


def type_fields(page: Page, fields: dict[str, str]) -> None:
    """Reach each field with Tab, type its value, and submit the form with Enter."""
    for name, words in fields.items():
        tab_to(page, f"[name={name}]")
        page.keyboard.type(words)
    enter(page)


def tab_to(page: Page, selector: str) -> None:
    for _ in range(80):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"no way by keyboard to {selector} on {page.title()}")


def enter(page: Page) -> None:
    with page.expect_navigation():
        page.keyboard.press("Enter")
