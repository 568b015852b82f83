"""The language of the office's pages, and the frame of its error pages."""

from signoff import store
from signoff.domain.accounts import Role
from tests.browser import Browser, fields
from tests.page_checks import text_of
from tests.web.office.office import Office


def choose(browser: Browser, language: str) -> Browser:
    """Press the button of ``language`` in the header."""
    form = next(form for form in browser.root.iter("form") if form.get("id") == "language-choice")
    data = {**fields(form, {}), "language": language}
    return browser.request("POST", form.get("action", ""), 200, data=data)


def language(browser: Browser) -> str:
    return browser.root.get("lang")


def test_the_chosen_language_stays_from_the_login_on(office: Office) -> None:
    browser = office.browser(None)
    choose(browser.open("/login?next=/office/mail"), "en")
    assert browser.url.endswith("/login?next=%2Foffice%2Fmail")
    assert language(browser) == "en"
    clerk = choose(office.browser(Role.EDITOR).open("/office/mail?state=owed"), "en")
    assert clerk.url.endswith("/office/mail?state=owed")
    assert language(clerk.open("/office/audit")) == "en"
    assert language(clerk.open("/office/niemals", 404)) == "en"
    assert language(clerk.open("/")) == "de", "public pages are the same for everybody"
    assert language(choose(clerk.open("/office/"), "de")) == "de"


def test_the_choice_takes_no_other_language_and_leads_nowhere_else(editor: Browser) -> None:
    form = next(
        form
        for form in editor.open("/office/").root.iter("form")
        if form.get("id") == "language-choice"
    )
    data = fields(form, {})
    editor.request("POST", "/login/language", 400, data={**data, "language": "xx"})
    page = {**data, "language": "en", "next": "https://elsewhere.example/"}
    assert editor.request("POST", "/login/language", 200, data=page).url.endswith("/office/")


def test_a_page_with_typed_input_offers_no_language(editor: Browser) -> None:
    editor.open("/office/papers/new").submit({"title": "Getippt"}, action="/papers/new", status=422)
    assert not [form for form in editor.root.iter("form") if form.get("id") == "language-choice"]


def test_the_preview_of_an_english_mail_stays_in_the_german_office(editor: Browser) -> None:
    editor.open("/office/mail/preview?kind=invitation&mail_language=en")
    assert language(editor) == "de"
    assert "Dear Sir or Madam" in editor.text
    assert not [link for link in editor.root.iter("a") if "lang=en" in (link.get("href") or "")]


def test_error_pages_keep_the_navigation_and_do_not_send_staff_to_their_own_telephone(
    office: Office,
) -> None:
    telephone = store.association.get(office.db).telephone
    viewer = office.browser(Role.VIEWER)
    for path, status in (("/office/accounts", 403), ("/office/niemals", 404)):
        viewer.open(path, status)
        assert [text_of(nav) for nav in viewer.root.iter("nav")][0].startswith("Übersicht")
        assert telephone not in viewer.text
    assert telephone in office.browser(None).open("/niemals", 404).text
