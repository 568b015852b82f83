"""An empty form says all that is missing at once: in the order of the page, with its labels, tied to its fields."""

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urljoin
from xml.etree.ElementTree import Element

import pytest

from signoff.domain.accounts import Role
from signoff.web.invitation.forms import PublicationForm, ReviewForm, SignerForm, serialize_answer
from tests.browser import Browser, fields
from tests.factories import sign
from tests.form_filling import CONTACT
from tests.page_checks import parsed, text_of
from tests.web.test_roles import Stage, stage
from tests.web.test_text_fields import TYPED, list_typed

OPTIONAL = "freiwillig"
# Fields without this mark that may stay empty, with the reason.
MAY_BE_EMPTY = {
    "evidence": "a scan does as well",
    "country": "an empty field is Germany",
}


@pytest.fixture
def scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    scene = stage(tmp_path, monkeypatch)
    yield scene
    scene.office.db.close()


def list_forms(root: Element) -> list[Element]:
    return [form for form in root.iter("form") if (form.get("method") or "").lower() == "post"]


def list_inputs(form: Element, *kinds: str) -> list[Element]:
    return [control for control in form.iter("input") if control.get("type") in kinds]


def clear(form: Element, chosen: dict[str, str]) -> dict[str, str]:
    """What the form sends if nothing is typed, and nothing but ``chosen`` is chosen."""
    sent = fields(form, dict.fromkeys(list_typed(form), ""))
    for control in list_inputs(form, "radio", "checkbox"):
        sent.pop(control.get("name"), None)
    return sent | chosen


def iter_choices(form: Element) -> Iterator[dict[str, str]]:
    """Nothing is chosen, or one option of the radios that decide what else is asked for."""
    yield {}
    names = {control.get("name") for control in form.iter("input")}
    for control in reversed(
        list_inputs(form, "radio")
    ):  # the first options are accepted as they are
        if (name := str(control.get("name"))) in ("answer", "accepted", "when"):
            yield {name: str(control.get("value"))}
            if control.get("value") == "sign" and "basis" in names:
                yield {name: "sign", "basis": "council"}


def iter_pages(scene: Stage) -> Iterator[tuple[Browser, str, str]]:
    admin, member = scene.office.browser(Role.ADMIN), scene.office.browser(None)
    for rule in scene.office.app.url_map.iter_rules():
        if "GET" in (rule.methods or ()) and not rule.rule.startswith("/s/<token>/kit"):
            person = "of A" if rule.rule.startswith("/s") else "admin"
            browser = admin if rule.rule.startswith("/office") else member
            yield browser, rule.rule, scene.address(rule, person)
    yield admin, "retraction", f"/office/rounds/{scene.values['released']}/retraction"


def iter_empty_forms(scene: Stage) -> Iterator[tuple[str, Browser, str, dict[str, str], set[str]]]:
    """Each form of each page without an entry, once for each choice, then the later steps of an answer; and which of
    its fields have to be filled in.
    """
    for browser, rule, address in iter_pages(scene):
        page = browser.client.get(address, base_url="http://localhost", buffered=True)
        if page.mimetype != "text/html" or page.status_code != 200:
            continue
        for form in list_forms(parsed(page.get_data(as_text=True))[0]):
            if list_typed(form) or list_inputs(form, "radio", "password"):
                action = urljoin(address, form.get("action") or "")
                for chosen in iter_choices(form):
                    yield (
                        f"{rule} {action}",
                        browser,
                        action,
                        clear(form, chosen),
                        list_required(form),
                    )
    browser, path = scene.office.browser(None), f"/s/{scene.tokens['of B']}/answer"
    answer = {**serialize_answer(sign()), **CONTACT, "authorised": "y"}
    for step in (SignerForm, PublicationForm, ReviewForm):
        others = {name: value for name, value in answer.items() if not hasattr(step, name)}
        page = browser.client.post(
            path, base_url="http://localhost", data={**others, "step": step.step}
        )
        (form,) = (
            form for form in list_forms(parsed(page.text)[0]) if form.get("id") == "formular"
        )
        for chosen in ({}, {"basis": "council"}) if step is SignerForm else ({},):
            data = {**others, **chosen, "step": step.step}
            yield step.step, browser, path, data, list_required(form)


def get_name(root: Element, control: Element) -> str:
    """What the page calls a field: its label, or the legend of its radios."""
    if control.get("type") == "radio":
        group = next(
            group for group in root.iter("fieldset") if control in group.findall("div/input")
        )
        return text_of(group.find("legend"))
    label = next(each for each in root.iter("label") if each.get("for") == control.get("id"))
    return text_of(label).removesuffix(OPTIONAL).strip()


def find_described(root: Element, control: Element) -> Element:
    """The element that the error is tied to: the field, or the group of its radios."""
    if control.get("type") != "radio":
        return control
    return next(group for group in root.iter("fieldset") if control in group.findall("div/input"))


def check_summary(root: Element) -> Iterator[str]:
    """What is wrong with the summary of errors of a page."""
    by_id = {element.get("id"): element for element in root.iter() if element.get("id")}
    places = list(by_id)
    told = [(str(link.get("href"))[1:], text_of(link)) for link in by_id["fehler"].iter("a")]
    ids = [id for id, _message in told]
    if [places.index(id) for id in ids] != sorted({places.index(id) for id in ids}):
        yield f"order: {ids}"
    for id, message in told:
        control = by_id[id]
        described = find_described(root, control)
        if f"{control.get('name')}-error" not in (described.get("aria-describedby") or "").split():
            yield f"{id}: the error is not tied to it"
        if described.get("aria-invalid") != "true":
            yield f"{id}: not marked as invalid"
        if control.get("type") != "checkbox" and get_name(root, control) not in message:
            yield f"{id}: {message!r} does not name {get_name(root, control)!r}"


def list_fields_with_errors(root: Element) -> set[str]:
    """The names of the fields with errors."""
    summary = next((box for box in root.iter("div") if box.get("id") == "fehler"), None)
    if summary is None:
        return set()
    ids = {str(link.get("href"))[1:] for link in summary.iter("a")}
    return {str(field.get("name")) for field in root.iter() if field.get("id") in ids}


def list_required(form: Element) -> set[str]:
    """The fields to type in or to choose from that are not marked as optional."""
    optional = {
        label.get("for") for label in form.iter("label") if text_of(label).endswith(OPTIONAL)
    }
    typed = {
        str(field.get("name"))
        for field in (*form.iter("input"), *form.iter("textarea"))
        if field.get("name")
        and (field.tag == "textarea" or field.get("type") in TYPED | {"password"})
        and field.get("id") not in optional
    }
    radios = list_inputs(form, "radio")
    chosen = {field.get("name") for field in radios if field.get("checked") is not None}
    return typed | {str(field.get("name")) for field in radios} - chosen


@pytest.mark.slow
def test_an_empty_form_says_all_that_is_missing(scene: Stage) -> None:
    wrong, told, required = [], defaultdict(set), defaultdict(set)
    for name, browser, path, data, to_fill in iter_empty_forms(scene):
        answer = browser.client.post(path, base_url="http://localhost", data=data, buffered=True)
        assert answer.status_code < 500, name
        if answer.status_code < 400 or answer.mimetype != "text/html":
            continue
        root, _errors = parsed(answer.get_data(as_text=True))
        fresh = list_fields_with_errors(root)
        if fresh:
            wrong += [f"{name}: {fault}" for fault in check_summary(root)]
            told[name] |= fresh
            required[name] |= to_fill
    assert wrong == []
    unsaid = {name: required[name] - told[name] - MAY_BE_EMPTY.keys() for name in required}
    assert {name: names for name, names in unsaid.items() if names} == {}
    assert len(told) > 25
