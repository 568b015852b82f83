"""Every page passes the page checks in all its states, and each check fails for a page with the fault."""

import re
from dataclasses import replace
from xml.etree.ElementTree import fromstring

import pytest
from flask import render_template

from signoff.domain.answer_forms import AnswerForm
from signoff.domain.answers import Answer, AnswerKind, Basis
from signoff.domain.errors import Reason, Refusal
from signoff.i18n.errors import describe_refusal
from signoff.i18n.formatting import GrammaticalCase, format_name, split_at_place
from signoff.web.filters import build_table_of_contents, embed_html
from signoff.web.invitation import forms
from signoff.web.open_data import PublicHistory
from tests.browser import Browser, fields
from tests.factories import NOW, ROOT, SIGNED
from tests.gallery import SCENES, gallery
from tests.gallery.public import RELEASED
from tests.nu_validator import validate
from tests.page_checks import complaints, parsed

PAGE = (
    '<!doctype html><html lang="de"><head><title>Ein Titel – Verband</title></head><body>'
    '<main data-page="x"><h1>Eins</h1>{}</main></body></html>'
)


@pytest.fixture(scope="module")
def app():
    return gallery()


@pytest.fixture
def browser(app):
    return Browser(app.test_client())


@pytest.mark.parametrize("name", SCENES)
def test_every_page_passes_the_checks_in_every_state(browser, name):
    browser.open(f"/scene/{name}")
    assert browser.text.count(" Vertrag ") < 2, "that it is no contract is said once"


@pytest.mark.slow
def test_no_page_has_a_fault_of_markup(app, tmp_path):
    client = app.test_client()
    for name in SCENES:
        (tmp_path / f"{name}.html").write_bytes(client.get(f"/scene/{name}").data)
    assert validate(tmp_path) == []
    (tmp_path / "wrong.html").write_text(PAGE.format('<p role="banana">x</p>'))
    (fault,) = validate(tmp_path)
    assert "banana" in fault


@pytest.mark.parametrize(
    ("fault", "complaint"),
    [
        ("<h1>Zwei</h1>", "2 first headings"),
        ("<h3>Drei</h3>", "heading 3 follows heading 1"),
        ('<p id="a"></p><p id="a"></p>', "stands 2 times"),
        ('<input name="a">', "has no label"),
        ('<label for="b">B</label>', "points nowhere"),
        ('<a href="#weg">x</a>', "leads nowhere"),
        ('<p style="color: red">x</p>', "inline style"),
        ("<script>x</script>", "inline script"),
        ('<button onclick="x">x</button>', "inline script"),
        ('<a href="https://anderswo.example">x</a>', None),
        ('<form method="post"></form>', "0 csrf tokens"),
        ('<img src="/x.png">', "without words"),
        ("<svg></svg>", "neither told nor hidden"),
        ("<button></button>", "without words"),
        ('<button aria-label="Senden">Weg damit</button>', "is called 'Senden'"),
        ('<button aria-label="Löschen: Anna">Löschen</button>', None),
        ("<table><tr><td>x</td></tr></table>", "without headed columns"),
        ("<fieldset></fieldset>", "without legend"),
        ("<p><div></div></p>", "markup"),
        ('<img alt="" src="https://anderswo.example/pixel.png">', "leaves the house"),
    ],
)
def test_a_fault_on_a_page_is_reported(fault, complaint):
    text = "; ".join(complaints(PAGE.format(fault)))

    assert complaint in text if complaint else text == ""


def test_a_page_without_language_or_title_is_reported():
    messages = complaints(
        PAGE.format("").replace(' lang="de"', "").replace("Ein Titel – Verband", " – ")
    )

    assert messages == ["lang is None", "no title"]


def test_pages_have_a_strict_content_policy_and_private_ones_are_not_cached(browser):
    headers = browser.open("/scene/read").response.headers

    assert headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'self'")
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["Referrer-Policy"] == "strict-origin"
    assert "Cache-Control" not in headers
    for path in ("/s/token", "/office/", "/login"):
        private = browser.client.get(path).headers
        assert (private["Cache-Control"], private["X-Robots-Tag"]) == (
            "no-store",
            "noindex, nofollow",
        ), path


def test_hsts_is_sent_over_https_only(browser):
    assert "Strict-Transport-Security" not in browser.client.get("/scene/read").headers
    assert (
        "Strict-Transport-Security"
        in browser.client.get("/scene/read", base_url="https://localhost").headers
    )


def test_the_answer_and_review_pages_have_one_form_and_the_text_none(browser):
    assert browser.open("/scene/read").forms == []
    for name, page in (
        ("answer", "answer"),
        ("signer", "answer"),
        ("publication", "answer"),
        ("review", "review"),
    ):
        assert (len(browser.open(f"/scene/{name}").forms), browser.page) == (1, page)


def test_input_of_the_other_steps_is_kept_in_hidden_fields(browser):
    values = browser.open("/scene/review").values

    given = {name: values[name] for name in forms.serialize_answer(SIGNED)}
    assert given == forms.serialize_answer(SIGNED)
    assert AnswerForm(values, today=NOW.date()).answer() == SIGNED
    assert values["confirm"] == ""


def test_nothing_is_chosen_beforehand(browser):
    assert "answer" not in browser.open("/scene/answer").values
    values = browser.open("/scene/signer").values
    assert "basis" not in values
    assert "authorised" not in values
    assert "publish_name" not in browser.open("/scene/publication").values


def test_changing_an_answer_needs_a_new_confirmation_of_authority():
    assert "authorised" not in forms.serialize_answer(SIGNED)


def test_refusals_are_at_their_field_and_in_the_summary(browser):
    browser.open("/scene/signer-wrong")

    assert browser.title.startswith("Fehler: ")
    assert browser.text.count("liegt in der Zukunft. Wenn der Beschluss noch aussteht") == 2
    assert "Bitte prüfen Sie 2 Angaben" in browser.text


def test_a_refusal_without_a_field_in_this_step_appears_in_the_summary(app):
    with app.test_request_context():
        app.preprocess_request()
        form = forms.AnswerKindForm()
        other = Refusal(Reason.STALE, what="edition")

        form.add_errors(Refusal(Reason.NOT_CHOSEN, "answer"), other)

        assert form.form_errors == [describe_refusal(other)]
        assert form.answer.errors == [
            "Bitte wählen Sie bei „Ihre Rückmeldung“ eine Möglichkeit aus."
        ]


def test_the_bases_that_need_a_decision_come_last():
    flags = [Basis(choice.value).requires_decision for choice in forms.BASIS_CHOICES]

    assert flags == sorted(flags)


def test_every_answer_can_be_chosen():
    assert {choice.value for choice in forms.ANSWER_CHOICES} == {
        kind.value for kind in AnswerKind
    } - {"withdrawn"}
    assert forms.serialize_answer(Answer(AnswerKind.DECLINE, reason="x")) == {
        "answer": "decline",
        "reason": "x",
    }


def test_enter_in_the_review_submits_and_does_not_go_back(browser):
    browser.open("/scene/review")
    buttons = {id(button) for button in browser.form().iter("button")}
    first = next(
        button
        for button in browser.root.iter("button")
        if id(button) in buttons or button.get("form") == "formular"
    )

    assert first.get("formaction") is None


def test_the_receipt_shows_reference_and_not_the_link(browser):
    browser.open("/scene/receipt")

    assert "MZ-2027-0024" in browser.text
    assert "/s/" not in browser.text
    assert re.search(r"@page\s*\{\s*margin:\s*0", (ROOT / "static/css/sign.css").read_text())


def test_a_second_representative_sees_who_answered(browser):
    assert (
        "Für Ihre Kommune wurde bereits geantwortet"
        in browser.open("/scene/receipt-colleague").text
    )
    assert "Für Ihre Kommune wurde bereits geantwortet" not in browser.open("/scene/receipt").text
    assert "Eingegangen per Brief" in browser.open("/scene/receipt-recorded").text


def test_a_form_without_the_field_cannot_be_filled():
    form = parsed(PAGE.format('<form><input type="radio" name="a" value="1"></form>'))[0].find(
        ".//form"
    )

    assert fields(form, {"a": "1"}) == {"a": "1"}
    with pytest.raises(AssertionError, match="no field 'b'"):
        fields(form, {"b": "1"})
    with pytest.raises(AssertionError, match="offers"):
        fields(form, {"a": "2"})


@pytest.mark.parametrize(
    ("name", "case", "expected"),
    [
        ("Stadt Ulm", GrammaticalCase.NOMINATIVE, "die Stadt Ulm"),
        (
            "Freie und Hansestadt Hamburg",
            GrammaticalCase.GENITIVE,
            "der Freien und Hansestadt Hamburg",
        ),
        (
            "Hanse- und Universitätsstadt Rostock",
            GrammaticalCase.GENITIVE,
            "der Hanse- und Universitätsstadt Rostock",
        ),
        ("Große Kreisstadt Zittau", GrammaticalCase.ACCUSATIVE, "die Große Kreisstadt Zittau"),
        ("Land Berlin", GrammaticalCase.GENITIVE, "des Landes Berlin"),
        ("Landkreis Celle", GrammaticalCase.ACCUSATIVE, "den Landkreis Celle"),
        (
            "Markt Murnau am Staffelsee",
            GrammaticalCase.NOMINATIVE,
            "der Markt Murnau am Staffelsee",
        ),
        ("Beispielstadt", GrammaticalCase.GENITIVE, "von Beispielstadt"),
        ("Deutscher Städtetag", GrammaticalCase.NOMINATIVE, "der Deutsche Städtetag"),
        ("Deutscher Städtetag", GrammaticalCase.DATIVE, "dem Deutschen Städtetag"),
        (
            "Deutscher Städte- und Gemeindebund",
            GrammaticalCase.GENITIVE,
            "des Deutschen Städte- und Gemeindebundes",
        ),
        (
            "Deutsch-Europäisches Forum für urbane Sicherheit e. V.",
            GrammaticalCase.ACCUSATIVE,
            "das Deutsch-Europäische Forum für urbane Sicherheit e. V.",
        ),
        ("Klima-Bündnis", GrammaticalCase.GENITIVE, "des Klima-Bündnisses"),
        ("Landkreistag Saarland", GrammaticalCase.ACCUSATIVE, "den Landkreistag Saarland"),
        ("Verein Grüne Städte", GrammaticalCase.GENITIVE, "des Vereins Grüne Städte"),
        (
            "Kommunale Arbeitsgemeinschaft Rhein",
            GrammaticalCase.DATIVE,
            "der Kommunalen Arbeitsgemeinschaft Rhein",
        ),
        ("Zweckverband Raum Kassel", GrammaticalCase.DATIVE, "dem Zweckverband Raum Kassel"),
        ("Darmstadt", GrammaticalCase.NOMINATIVE, "Darmstadt"),
        ("Łódź", GrammaticalCase.NOMINATIVE, "Łódź"),
    ],
)
def test_official_names_in_sentences_follow_german_grammar(name, case, expected):
    assert format_name(name, case) == expected


def test_official_names_in_english_have_no_article():
    assert format_name("Stadt Ulm", GrammaticalCase.GENITIVE, "en") == "Stadt Ulm"


def test_an_official_name_is_split_at_the_place():
    assert split_at_place("Hanse- und Universitätsstadt Rostock", "Rostock")[1] == "Rostock"
    assert split_at_place("Hansestadt", "Rostock") == ("", "Hansestadt", "")
    assert split_at_place("Stadt Reykjavíkurborg (IS)", "Reykjavík") == (
        "Stadt ",
        "Reykjavíkurborg",
        " (IS)",
    )


def test_headings_of_a_text_are_one_level_below_its_page():
    html = "<h2>Eins &amp; zwei<sup>1</sup></h2><h3>Drei</h3><h4>Vier</h4><table><tr><th>A</th></tr></table>"

    assert [(entry.anchor, entry.words) for entry in build_table_of_contents(html)] == [
        ("a1", "Eins & zwei"),
        ("a2", "Drei"),
    ]
    assert (
        '<h3 id="a1">Eins &amp; zwei<sup>1</sup></h3><h4 id="a2">Drei</h4><h5 id="a3">Vier</h5>'
        in embed_html(html)
    )
    assert 'role="region" tabindex="0" aria-label="Tabelle"><table>' in embed_html(html)


def test_no_template_holds_inline_style_or_script_and_icons_exist():
    known = set(re.findall(r'<symbol id="i-(\w+)"', (ROOT / "static/icons.svg").read_text()))
    for path in (ROOT / "templates").rglob("*.html"):
        if path.relative_to(ROOT / "templates").parts[0] in ("mail", "pdf"):
            continue
        html = path.read_text()
        assert " style=" not in html, path
        assert "<style" not in html, path
        assert set(re.findall(r'icon\("(\w+)"', html)) <= known, path


def test_the_feed_names_what_is_released_and_why_it_was_withdrawn(app):
    withdrawn = replace(
        RELEASED,
        release=replace(RELEASED.release, retracted_at=NOW, retraction_reason="Ein Urteil."),
    )
    with app.test_request_context():
        app.preprocess_request()
        given = {
            "histories": [PublicHistory(each, (), ()) for each in (RELEASED, withdrawn)],
            "base": "https://papiere.example",
            "now": NOW,
        }
        feed = fromstring(render_template("public/feed.xml", **given))

    atom = "{http://www.w3.org/2005/Atom}"
    ids = [entry.findtext(f"{atom}id") for entry in feed.iter(f"{atom}entry")]
    assert ids == ["https://papiere.example/papers/leitgedanken"] * 2
    summaries = [entry.findtext(f"{atom}summary") for entry in feed.iter(f"{atom}entry")]
    assert ["Ein Urteil." in summary for summary in summaries] == [False, True]


def test_a_planned_release_is_not_public_before_its_time(browser):
    assert (browser.open("/scene/paper").page, browser.open("/scene/paper-planned").page) == (
        "paper",
        "draft",
    )
    assert "Dr. Vorname Nachname" not in browser.text
