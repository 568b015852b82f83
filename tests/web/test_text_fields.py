"""Every text that a page takes can be printed: each text field of each form is sent with a character that cannot."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urljoin
from xml.etree.ElementTree import Element

import pytest
from wtforms import FileField, HiddenField, PasswordField, StringField

from signoff.domain.accounts import Role
from signoff.web.forms import BaseForm
from signoff.web.invitation.forms import PublicationForm, SignerForm, serialize_answer
from signoff.web.office.opening import MailForm
from tests.browser import Browser, fields
from tests.factories import sign
from tests.page_checks import parsed
from tests.web.test_roles import Stage, stage

ODD = "Wort 🧿"
# Read as a day, a number, an address, a code or a choice, or compared with a name; never kept as typed.
PARSED = {
    *("adopted_on", "day", "deadline", "decision_date", "expected_on", "late_until", "received_on"),
    *("inhabitants_as_of", "time", "aim", "reminders", "email", "slug", "successor", "code"),
    *("sent_on", "invitations"),
    *("nonce", "credential", "links", "role", "confirm", "member"),
}
# Further servers are shown once the ones before are set; they are read as the first one is.
FURTHER_SERVERS = {
    f"server{n}_{name}"
    for n in (1, 2)
    for name in ("host", "port", "user", "per_minute", "per_day")
}
TYPED = {None, "text", "email", "tel", "url", "search"}


@pytest.fixture
def scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    scene = stage(tmp_path, monkeypatch)
    yield scene
    scene.office.db.close()


def list_text_fields(form: type[BaseForm] = BaseForm) -> set[str]:
    """The names of the text fields of all forms."""
    names = {
        name
        for name in dir(form)
        if isinstance(kind := getattr(getattr(form, name), "field_class", None), type)
        and issubclass(kind, StringField)
        and not issubclass(kind, PasswordField | HiddenField | FileField)
    }
    return names.union(*map(list_text_fields, form.__subclasses__()))


def list_typed(form: Element) -> list[str]:
    """The names of the fields of a form in which a person types."""
    return [
        str(control.get("name"))
        for control in form.iter()
        if control.get("name")
        and (control.tag == "textarea" or (control.tag == "input" and control.get("type") in TYPED))
    ]


def list_bases(form: Element) -> Iterator[dict[str, str]]:
    """What has to be chosen before a text is read: each kind of answer, each decision."""
    names = {control.get("name") for control in form.iter("input")}
    if "do" in {button.get("name") for button in form.iter("button")}:
        yield {"all": "1"}  # rows are selected
        return
    yield {"email": "neu@forum.example"} if {"email", "role"} <= names else {}
    for control in form.iter("input"):
        if control.get("type") == "radio" and control.get("name") in ("answer", "accepted"):
            basis = {"basis": "council"} if "basis" in names else {}
            yield {**basis, str(control.get("name")): str(control.get("value"))}


def iter_posts(scene: Stage, browser: Browser, address: str) -> Iterator[tuple[str, dict]]:
    """Each text field of each form of a page, with all that is sent; none if there is no page."""
    page = browser.client.get(address, base_url="http://localhost", buffered=True)
    if page.mimetype != "text/html" or page.status_code != 200:
        return
    root, _controls = parsed(page.get_data(as_text=True))
    for form in root.iter("form"):
        if (form.get("method") or "").lower() == "post":
            target = urljoin(address, form.get("action") or "")
            for name in list_typed(form):
                for base in list_bases(form):
                    data = {**fields(form, {**base, name: ODD}), **press_enter(form)}
                    yield name, {"path": target, "data": data}


def press_enter(form: Element) -> dict[str, str]:
    """What the first button of a selection adds."""
    button = next(form.iter("button"), None)
    if button is None or button.get("name") != "do":
        return {}
    return {"do": str(button.get("value"))}


def iter_steps(scene: Stage) -> Iterator[tuple[str, dict]]:
    """The fields of the later steps of an answer and of an opening."""
    answer = {**serialize_answer(sign(note="Notiz")), "authorised": "y"}
    for step, form in ((form.step, form) for form in (SignerForm, PublicationForm)):
        for name in list_text_fields(form):
            data = {**answer, "step": step, name: ODD}
            yield name, {"path": f"/s/{scene.tokens['of B']}/answer", "data": data}
    opening = {"selection": "all", "deadline": "26.3.2027", "checked": "26.3.2027", "step": "mail"}
    for name in list_text_fields(MailForm):
        yield name, {"path": "/office/papers/neues/open", "data": {**opening, name: ODD}}


@pytest.mark.slow
def test_no_text_is_kept_that_cannot_be_printed(scene: Stage) -> None:
    """A text field without an answer that names the character has to be in ``PARSED``."""
    admin, member = scene.office.browser(Role.ADMIN), scene.office.browser(None)
    rules = [
        rule
        for rule in scene.office.app.url_map.iter_rules()
        if "GET" in (rule.methods or ()) and not rule.rule.startswith(("/login", "/s/<token>/kit"))
    ]
    pages = [
        (rule.rule, scene.address(rule, "of A" if rule.rule.startswith("/s") else "admin"))
        for rule in rules
    ]
    pages.append(("retraction", f"/office/rounds/{scene.values['released']}/retraction"))
    posts = [
        (rule, post)
        for rule, address in pages
        for post in iter_posts(scene, admin if "/office/" in address else member, address)
    ]
    posts += [("step", post) for post in iter_steps(scene)]
    tried, named = set(), set()
    for rule, (name, sent) in posts:
        browser = admin if "/office/" in sent["path"] else member
        answer = browser.client.post(base_url="http://localhost", **sent)
        tried.add((rule, name))
        with browser.client.session_transaction("/office/", base_url="http://localhost") as session:
            flashes = session.pop("_flashes", [])
        if "U+1F9FF" in answer.get_data(as_text=True) + str(flashes):
            named.add((rule, name))

    assert {entry for entry in tried - named if entry[1] not in PARSED} == set()
    assert list_text_fields() - {name for _rule, name in named} - PARSED - FURTHER_SERVERS == set()
    kept = [name for name, found in scene.office.contents().items() if "🧿" in repr(found)]
    assert kept == []
