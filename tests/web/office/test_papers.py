"""Papers in the office: import, editing, conflicts, editions, trial prints and annexes."""

import csv
import io
from datetime import date
from pathlib import Path

import pytest

from signoff import actions, store
from signoff.actions.rounds import Opening
from signoff.cli.context import get_latest_round
from signoff.domain.accounts import Role
from signoff.domain.errors import Reason, Refusal
from signoff.domain.papers import Edition
from signoff.tokens import TokenPurpose
from tests.browser import Browser, fields
from tests.importers.docx_files import build_item, build_level, build_numbering, docx, paragraph
from tests.pdf import documents
from tests.web.office.office import Office

DATA = Path(__file__).parents[2] / "data"
TEXT = "# Raum\n\nPlätze gehören allen.\n"
NEW = "/office/papers/new"
FORM = {
    "title": "Hitzeschutz auf Plätzen",
    "subtitle": "Ein Beitrag der Kommunen",
    "kind": "Resolution",
    "adopted_by": "Mitgliederversammlung",
    "assembly": "27. Mitgliederversammlung",
    "adopted_on": "12.11.2026",
    "adopted_at": "Mannheim",
    "vote": "einstimmig bei 3 Enthaltungen",
    "summary": "Plätze gehören allen, auch im Sommer.",
    "contact": "Fachreferat, 0221 4710-129",
    "text": TEXT,
}


@pytest.fixture
def office(empty_office: Office) -> Office:
    empty_office.enrol()
    return empty_office


def word_upload() -> tuple[io.BytesIO, str]:
    return io.BytesIO((DATA / "leitgedanken.docx").read_bytes()), "leitgedanken.docx"


def pdf_upload(
    content: bytes = b"%PDF-1.7 Plan", name: str = "Lageplan.pdf"
) -> tuple[io.BytesIO, str]:
    return io.BytesIO(content), name


def get_latest_edition(office: Office, slug: str = "hitzeschutz-auf-plaetzen") -> Edition:
    edition = store.papers.find_latest_edition(office.db, slug)
    assert edition
    return edition


def get_form_action(browser: Browser) -> str:
    """The action of the form of the paper; the other form of the page is the logout."""
    (form,) = [form for form in browser.forms if form.get("data-preview")]
    return str(form.get("action"))


def send(browser: Browser, fill: dict | None = None, **more) -> Browser:
    return browser.submit(fill, action=get_form_action(browser), **more)


def values(browser: Browser) -> dict[str, str]:
    return fields(browser.form(get_form_action(browser)), {})


# importing and entering


def test_a_paper_is_entered_previewed_and_saved(office: Office, editor: Browser) -> None:
    send(editor.open("/office/papers").follow("Neues Papier"), FORM, press="Vorschau anzeigen")
    assert "Plätze gehören allen." in editor.text
    assert store.papers.list_latest_editions(office.db) == []

    send(editor)
    assert editor.path == "/office/papers/hitzeschutz-auf-plaetzen"
    text = get_latest_edition(office).text
    assert (text.kind, text.vote, text.assembly) == ("Resolution", FORM["vote"], FORM["assembly"])
    assert text.summary == FORM["summary"]
    assert FORM["summary"] in editor.text
    assert text.html == '<h2 id="a1">Raum</h2><p>Plätze gehören allen.</p>'
    assert (
        get_latest_edition(office).source == TEXT.strip()
        or get_latest_edition(office).source == TEXT
    )


def test_a_summary_that_is_too_long_is_counted_and_refused(office: Office, editor: Browser) -> None:
    send(editor.open(NEW), {**FORM, "summary": "x" * 401}, status=422)
    (field,) = editor.root.iterfind(".//textarea[@name='summary']")
    assert field.get("data-limit") == "400"
    assert "401" in editor.text
    assert store.papers.list_latest_editions(office.db) == []


def test_a_word_document_fills_the_editor_and_is_stored_on_saving(
    office: Office, editor: Browser
) -> None:
    send(editor.open(NEW), {"upload": word_upload(), "vote": "einstimmig"})
    assert "Der Text aus der Datei steht jetzt im Feld." in editor.text
    assert "Öffentliche Räume gehören allen." in values(editor)["text"]
    assert (values(editor)["title"][:12], values(editor)["vote"]) == ("Leitgedanken", "einstimmig")
    assert store.papers.list_latest_editions(office.db) == []

    send(editor, {"slug": "leitgedanken"})
    edition = get_latest_edition(office, "leitgedanken")
    assert edition.text.html.startswith("<p><em>Beispieltext") or edition.text.html.startswith(
        "<h2"
    )
    assert edition.text.title not in edition.text.html


def test_a_picture_is_described_in_the_editor_before_a_round_can_open(
    office: Office, editor: Browser
) -> None:
    send(
        editor.open(NEW),
        {**FORM, "upload": (io.BytesIO(documents.picture().content), "Kosten.PNG")},
        press="Datei übernehmen",
    )
    assert "Das Bild steht jetzt am Ende des Textes." in editor.text
    assert "Einem Bild fehlt die Beschreibung" in editor.text
    source = values(editor)["text"]
    assert source.startswith(TEXT.strip())
    send(editor, {"slug": "kosten"})
    edition = get_latest_edition(office, "kosten")
    (digest,) = edition.text.pictures
    assert office.events().count("picture_added") == 1

    with pytest.raises(Refusal) as refused:
        actions.rounds.open_round(
            office.db, "kosten", Opening(date(2027, 2, 26)), "staff/1", office.now
        )
    assert refused.value.reason is Reason.PICTURE_UNDESCRIBED
    send(editor.open("/office/papers/kosten/edit"), {"text": source.replace("![", "![Kosten")})
    described = get_latest_edition(office, "kosten")
    assert described.text.undescribed_pictures == 0
    assert described.digest != edition.digest
    editor.open("/office/papers/kosten/edit")
    assert f'<img src="/pictures/{digest}.png" alt="Kosten">' in editor.response.text

    response = editor.client.get(f"/pictures/{digest}.png")
    assert (response.status_code, response.mimetype) == (200, "image/png")
    assert response.data == documents.picture().content
    assert editor.client.get(f"/pictures/{digest}.jpg").status_code == 404
    unknown = f"Text ![x](pictures/{'0' * 64}.png)"
    send(editor.open("/office/papers/kosten/edit"), {"text": unknown}, status=422)
    assert "die nicht gespeichert sind (Anzahl: 1)" in editor.text


def test_the_numbers_of_a_word_document_are_in_editor_preview_and_page(
    office: Office, editor: Browser
) -> None:
    parts = build_numbering({0: build_level(0, "lowerLetter", "%1)")}, {1: (0, "")})
    content = docx(paragraph("Beschluss", "berschrift1") + build_item("Geld", 1), parts)
    send(editor.open(NEW), {"upload": (io.BytesIO(content), "beschluss.docx"), "title": "Etat"})
    assert "- {a)} Geld" in values(editor)["text"]
    assert "a) Geld" in editor.text

    send(editor, {"slug": "etat"})
    assert (
        '<li><span class="label">a)</span> Geld</li>'
        in get_latest_edition(office, "etat").text.html
    )
    assert "a) Geld" in editor.text


@pytest.mark.parametrize(
    ("file", "message"),
    [
        ((io.BytesIO(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 alt"), "alt.doc"), "altes Office-Format"),
        ((io.BytesIO(b"kein Word"), "x.docx"), "lässt sich nicht öffnen"),
        ((io.BytesIO(b"x"), "plan.pdf"), "weder ein Word-Dokument"),
        ((io.BytesIO(b"x"), "bild.png"), "kein Bild im Format PNG oder JPEG"),
    ],
)
def test_a_refused_file_loses_no_input(editor: Browser, file: tuple, message: str) -> None:
    send(editor.open(NEW), {**FORM, "text": "", "upload": file}, status=422)
    assert message in editor.text
    assert editor.title.startswith("Fehler:")
    assert "Bitte prüfen Sie eine Angabe" in editor.text
    form = values(editor)
    assert {name: form[name] for name in FORM if name != "text"} == {
        name: value for name, value in FORM.items() if name != "text"
    }


def test_a_file_replaces_the_text_only_on_request(editor: Browser) -> None:
    send(editor.open(NEW), {**FORM, "upload": word_upload()}, status=422)
    assert values(editor)["text"].strip() == TEXT.strip()
    assert "steht schon etwas" in editor.text
    send(editor, {"upload": word_upload()}, press="Datei übernehmen")
    assert "Öffentliche Räume" in values(editor)["text"]


def test_every_field_that_is_wrong_is_named_at_once(editor: Browser) -> None:
    invalid = {
        "title": "",
        "text": "",
        "adopted_on": "13.13.2026",
        "slug": "Groß!",
        "subtitle": "x" * 301,
    }
    send(editor.open(NEW), {**FORM, **invalid}, status=422)
    assert "Bitte prüfen Sie 4 Angaben" in editor.text
    assert values(editor)["adopted_on"] == "13.13.2026"
    send(
        editor, {"title": "T", "text": "Wort", "adopted_on": "1.1.2030", "subtitle": ""}, status=422
    )
    assert "liegt in der Zukunft" in editor.text
    send(editor, {"adopted_on": ""}, status=422)
    assert "kann nicht in einer Adresse stehen" in editor.text


def test_a_file_and_a_field_that_are_wrong_are_named_together(editor: Browser) -> None:
    invalid = {
        **FORM,
        "text": "",
        "adopted_on": "31.2.2027",
        "upload": (io.BytesIO(b"x"), "bild.png"),
    }
    send(editor.open(NEW), invalid, status=422)
    assert "Bitte prüfen Sie 2 Angaben" in editor.text
    assert "Der Februar 2027 hat 28 Tage" in editor.text


def test_an_address_that_is_taken_is_refused_at_its_field(office: Office, editor: Browser) -> None:
    office.draft("hitzeschutz")
    send(editor.open(NEW), {**FORM, "slug": "hitzeschutz"}, status=422)
    assert "gibt es schon" in editor.text
    assert values(editor)["text"].strip() == TEXT.strip()


def test_content_that_is_lost_or_cannot_be_printed_is_named(editor: Browser) -> None:
    wide = f"|{' a |' * 7}\n|{'-|' * 7}\n|{' b |' * 7}"
    text = f"# Raum\n\nHallo ![Plan](x.png)\n\n{wide}"
    look = "Vorschau anzeigen"
    unprintable = text.replace("Hallo", "Hallo 😀")
    send(editor.open(NEW), {**FORM, "text": unprintable}, press=look, status=422)
    assert "😀 (U+1F600, „Hallo 😀" in editor.text
    send(editor, {"text": text}, press=look)
    assert "hat 7 Spalten" in editor.text
    assert "Ein Bild wurde ausgelassen (Plan)" in editor.text
    send(editor)
    assert "hat 7 Spalten" in editor.text, "the page of the paper says so too"


def test_the_script_of_the_editor_gets_only_the_text(editor: Browser) -> None:
    editor.open(NEW)
    data = {"csrf_token": values(editor)["csrf_token"], "text": "# Neu\n\nWort", "title": "x"}
    answer = editor.client.post("/office/papers/preview", data=data, base_url="http://localhost")
    assert '<h3 id="a1">Neu</h3>' in answer.text
    assert "<html" not in answer.text


# the list


def test_papers_are_filtered_by_text_and_state(office: Office, editor: Browser) -> None:
    office.draft("hitze", "Hitzeschutz")
    office.draft("licht", "Licht in der Stadt")
    office.open("licht")
    editor.open("/office/papers")
    assert "2 Papiere" in editor.text
    assert "Hitzeschutz" in editor.open("/office/papers?q=HITZE").text
    assert "Licht" not in editor.text
    assert "Licht in der Stadt" in editor.open("/office/papers?state=open").text
    assert "Hitze" not in editor.text
    assert "Auf diese Auswahl passt kein Papier." in editor.open("/office/papers?q=nirgends").text
    editor.open("/office/papers.csv?state=draft")
    lines = list(
        csv.reader(io.StringIO(editor.response.get_data().decode("utf-8-sig")), delimiter=";")
    )
    assert [line[1] for line in lines] == ["Titel", "Hitzeschutz"]


def test_an_empty_office_says_how_to_begin(editor: Browser) -> None:
    assert "Noch ist kein Papier aufgenommen." in editor.open("/office/papers").text


def test_a_viewer_sees_papers_without_actions(office: Office) -> None:
    office.draft("hitze", "Hitzeschutz")
    viewer = office.browser(Role.VIEWER).open("/office/papers/hitze")
    assert [form.get("action") for form in viewer.forms] == ["/logout"]
    for path in ("new", "hitze/edit"):
        viewer.open(f"/office/papers/{path}", status=403)


PAGES = (
    "",
    ".csv",
    "/new",
    "/hitze",
    "/hitze/edit",
    "/hitze/compare",
    "/hitze/open",
    "/hitze/editions/1/trial.pdf",
)
ACTIONS = (
    *(
        "/new",
        "/preview",
        "/hitze/edit",
        "/hitze/editions",
        "/hitze/editions/1/trial",
        "/hitze/open",
    ),
    *(
        "/hitze/open/mail",
        "/hitze/editions/1/annexes",
        f"/hitze/editions/1/annexes/{'a' * 64}/removal",
    ),
)


def test_papers_need_a_login(office: Office) -> None:
    office.draft("hitze")
    nobody, before = office.browser(None), store.audit.find_latest(office.db)
    token = next(
        field.get("value")
        for field in nobody.root.iter("input")
        if field.get("name") == "csrf_token"
    )
    for path in PAGES:
        answer = nobody.client.get(f"/office/papers{path}", base_url="http://localhost")
        assert (answer.status_code, "/login" in answer.headers["Location"]) == (303, True), path
    for path in ACTIONS:
        response = nobody.client.post(
            f"/office/papers{path}", data={"csrf_token": token}, base_url="http://localhost"
        )
        assert response.status_code == 403, path
    assert store.audit.find_latest(office.db) == before


def test_a_viewer_cannot_change_a_paper(office: Office) -> None:
    office.draft("hitze")
    viewer = office.browser(Role.VIEWER).open("/office/papers")
    before = store.audit.find_latest(office.db)
    token = next(
        field.get("value")
        for field in viewer.root.iter("input")
        if field.get("name") == "csrf_token"
    )
    for path in ACTIONS:
        response = viewer.client.post(
            f"/office/papers{path}", data={"csrf_token": token}, base_url="http://localhost"
        )
        assert response.status_code == 403, path
    assert store.audit.find_latest(office.db) == before


# two editors


def test_the_second_to_save_sees_the_difference_and_can_merge(
    office: Office, editor: Browser
) -> None:
    send(editor.open(NEW), FORM)
    other = office.browser(Role.ADMIN)
    for browser in (editor, other):
        browser.open("/office/papers/hitzeschutz-auf-plaetzen/edit")
    send(
        editor, {"text": "# Raum\n\nPlätze gehören allen Menschen.", "vote": "mit großer Mehrheit"}
    )

    mine = "# Raum\n\nPlätze und Parks gehören allen."
    send(other, {"text": mine, "subtitle": "Neu"}, status=409)
    assert "Inzwischen hat jemand anderes diesen Text gespeichert." in other.text
    assert (values(other)["text"].strip(), values(other)["subtitle"]) == (mine, "Neu")
    marked = {
        element.tag: "".join(element.itertext())
        for element in other.root.iter()
        if element.tag in ("ins", "del")
    }
    assert "und Parks" in "".join("".join(element.itertext()) for element in other.root.iter("ins"))
    assert "Menschen" in "".join("".join(element.itertext()) for element in other.root.iter("del"))
    assert marked
    assert "mit großer Mehrheit" in other.text
    assert "Menschen" in get_latest_edition(office).text.html

    send(
        other,
        {
            "text": "# Raum\n\nPlätze und Parks gehören allen Menschen.",
            "vote": "mit großer Mehrheit",
        },
    )
    assert "Plätze und Parks gehören allen Menschen." in get_latest_edition(office).text.html
    assert office.events().count("edition_revised") == 2


def test_saving_another_field_does_not_rewrite_a_text_from_the_command_line(
    office: Office, editor: Browser
) -> None:
    office.draft("hitze", "Hitzeschutz")
    before = get_latest_edition(office, "hitze").text.html
    send(editor.open("/office/papers/hitze/edit"), {"subtitle": "Neu"})
    assert get_latest_edition(office, "hitze").text.html == before
    assert get_latest_edition(office, "hitze").text.subtitle == "Neu"


def test_a_paper_with_invitations_cannot_be_edited(office: Office, editor: Browser) -> None:
    office.draft()
    office.open()
    page = editor.open("/office/papers/leitgedanken")
    assert "Dieser Text steht fest" in page.text
    editor.open("/office/papers/leitgedanken/edit", status=409)


# editions


def test_a_new_edition_starts_with_the_old_text_and_shows_the_differences(
    office: Office, editor: Browser
) -> None:
    office.draft()
    office.open()
    editor.open("/office/papers/leitgedanken").follow("Neue Fassung aus diesem Text")
    second = office.browser().open(editor.path + "?edition=1")
    editor.submit(action="/editions", status=422)
    assert "An dieser Fassung ist nichts geändert." in editor.text
    assert len(store.papers.list_editions(office.db, "leitgedanken")) == 1
    editor.submit({"text": "# Text\n\nWort und Tat."}, action="/editions")
    assert editor.path == "/office/papers/leitgedanken"
    second.submit({"text": "# Text\n\nWort und Rat."}, action="/editions", status=409)
    assert "Wort und Rat." in second.response.get_data(as_text=True)
    assert "Was jetzt gespeichert ist" in second.text
    editor.open("/office/papers/leitgedanken").follow("Vergleich mit Fassung 1")
    assert "Fassung 1 und Fassung 2 im Vergleich" in editor.text
    assert ["".join(element.itertext()) for element in editor.root.iter("ins")] == [
        "neu:  und Tat Ende"
    ]
    assert office.round(1).edition_id == 1
    editor.open("/office/papers/leitgedanken?edition=1")
    assert "Dieser Text steht fest" in editor.text
    editor.open("/office/papers/leitgedanken/compare?from=1&to=1")
    assert "Beide Fassungen sind gleich." in editor.text
    editor.open("/office/papers/leitgedanken/compare?from=1&to=9", status=404)


# trial prints


def test_the_draft_is_printed_before_opening(office: Office, editor: Browser) -> None:
    send(editor.open(NEW), FORM)
    assert "Der Probedruck wird gerade gefertigt" in editor.text
    editor.open("/office/papers/hitzeschutz-auf-plaetzen/editions/1/trial.pdf", status=503)
    office.work()
    editor.open("/office/papers/hitzeschutz-auf-plaetzen").follow("Probedruck ansehen (PDF)")
    assert editor.response.data.startswith(b"%PDF")
    assert "no-store" in editor.response.headers["Cache-Control"]


def test_an_unprintable_text_shows_the_reason_before_anybody_is_invited(
    office: Office, editor: Browser
) -> None:
    office.print_error = "die Schrift hat kein Zeichen für „😀“"
    send(editor.open(NEW), FORM)
    office.work()
    assert (
        "die Schrift hat kein Zeichen für „😀“"
        in editor.open("/office/papers/hitzeschutz-auf-plaetzen").text
    )
    office.print_error = ""
    editor.submit(action="/trial")
    office.work()
    assert "Probedruck ansehen" in editor.open("/office/papers/hitzeschutz-auf-plaetzen").text


def test_a_change_enqueues_a_new_trial_print(office: Office, editor: Browser) -> None:
    send(editor.open(NEW), FORM)
    office.work()
    send(editor.open("/office/papers/hitzeschutz-auf-plaetzen/edit"), {"subtitle": "Anders"})
    assert "Der Probedruck wird gerade gefertigt" in editor.text
    actions.papers.revise(
        office.db,
        get_latest_edition(office).slug,
        1,
        get_latest_edition(office).text,
        "cli",
        office.now,
        source="Wort",
        expected_version=2,
    )
    assert "Der Text hat sich" not in editor.open("/office/papers/hitzeschutz-auf-plaetzen").text


# annexes


def test_a_pdf_is_attached_downloaded_and_removed(office: Office, editor: Browser) -> None:
    send(editor.open(NEW), FORM)
    before = get_latest_edition(office).digest
    editor.submit({"annex": pdf_upload()}, action="/annexes")
    assert "Die Anlage „Lageplan“ ist hinzugefügt." in editor.text
    assert get_latest_edition(office).digest != before
    editor.follow("Lageplan")
    assert editor.response.data == b"%PDF-1.7 Plan"
    assert "attachment" in editor.response.headers["Content-Disposition"]
    editor.open("/office/papers/hitzeschutz-auf-plaetzen").submit(action="/removal")
    assert "Keine Anlagen." in editor.text
    assert get_latest_edition(office).digest == before


@pytest.mark.parametrize(
    "file",
    [
        (io.BytesIO(b"<html>"), "x.pdf"),
        (io.BytesIO(b""), "leer.pdf"),
        (io.BytesIO(b"%PDF-1.7 /Encrypt"), "zu.pdf"),
    ],
)
def test_an_invalid_pdf_is_refused_and_its_name_stays(
    office: Office, editor: Browser, file: tuple
) -> None:
    send(editor.open(NEW), FORM)
    editor.submit({"annex": file, "name": "Anlage 1"}, action="/annexes", status=422)
    assert "Fehler:" in editor.title
    assert (
        next(field for field in editor.root.iter("input") if field.get("id") == "annex-name").get(
            "value"
        )
        == "Anlage 1"
    )
    assert get_latest_edition(office).text.annexes == ()


def test_members_see_the_details_and_annexes_of_a_paper(office: Office, editor: Browser) -> None:
    send(editor.open(NEW), {**FORM, "slug": "hitze"})
    editor.submit({"annex": pdf_upload()}, action="/annexes")
    office.open("hitze")
    (link, *_) = store.rounds.list_links_of_round(office.db, 1)
    token = office.services.token_signer.sign(
        TokenPurpose.INVITATION, link.public_id, link.generation
    )
    member = office.browser(None).open(f"/s/{token}")
    for text in (
        "27. Mitgliederversammlung",
        "einstimmig bei 3 Enthaltungen",
        "Zum Text: Fachreferat",
        "Lageplan",
    ):
        assert text in member.text
    member.follow("PDF, 1 kB: Lageplan")
    assert member.response.data == b"%PDF-1.7 Plan"
    assert "attachment" in member.response.headers["Content-Disposition"]
    member.open(f"/s/{token}/annexes/{'b' * 64}.pdf", status=404)
    digest = get_latest_edition(office, "hitze").text.annexes[0].sha256
    member.open(f"/papers/hitze/annexes/{digest}.pdf", status=404)

    actions.rounds.close(office.db, get_latest_round(office.db, "hitze").id, "cli", office.now)
    office.work()
    actions.releases.release_paper(
        office.db, get_latest_round(office.db, "hitze").id, None, "cli", office.now
    )
    public = office.browser(None).open("/papers/hitze")
    assert "einstimmig bei 3 Enthaltungen" in public.text
    assert "Zum Text: Fachreferat" in public.text
    public.follow("PDF, 1 kB: Lageplan")
    assert public.response.data == b"%PDF-1.7 Plan"
