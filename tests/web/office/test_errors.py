"""An error in the office keeps the office's navigation, unless that is what has failed."""

import pytest

from signoff.domain.errors import Busy
from signoff.store.connection import OperationalError, transaction
from signoff.web import errors
from signoff.web.office import access
from tests.browser import Browser
from tests.web.office.office import Office
from tests.web.office.test_papers import NEW

NAVIGATION = "Positionspapiere"
TELEPHONE = "0221 4710-128"


def break_page(office: Office, error: type[Exception]) -> None:
    def fail() -> None:
        raise error("kaputt")

    office.app.view_functions["office.list_members"] = fail


@pytest.mark.parametrize(
    ("error", "status", "heading"),
    [
        (RuntimeError, 500, "Bei uns ist ein Fehler aufgetreten"),
        (OperationalError, 503, "Im Augenblick nicht möglich"),
        (FileNotFoundError, 503, "Eine Datei fehlt"),
    ],
)
def test_an_error_is_shown_in_the_frame_of_the_office(
    office: Office, editor: Browser, error: type[Exception], status: int, heading: str
) -> None:
    break_page(office, error)
    text = editor.open("/office/members", status).text
    assert heading in text
    assert NAVIGATION in text
    assert TELEPHONE not in text
    assert "rufen Sie uns an" not in text


def test_an_unknown_address_and_a_busy_printer_keep_the_frame(
    office: Office, editor: Browser
) -> None:
    def busy(copy: object) -> bytes:
        raise Busy

    text = editor.open("/office/nirgends", 404).text
    assert NAVIGATION in text
    assert "Übersicht" in text
    office.app.extensions["signoff"].services.render_cache.renderers = {"pdf": busy}
    for name in ("report.pdf", "files.zip"):
        text = editor.open(f"/office/rounds/1/{name}", 503).text
        assert NAVIGATION in text
        assert "Bitte noch einen Augenblick" in text
        assert "Ihr Link" not in text


def test_an_unknown_address_is_answered_in_the_language_of_the_account(
    office: Office, editor: Browser
) -> None:
    with transaction(office.db):
        office.db.execute("UPDATE accounts SET language = 'en'")
    text = editor.open("/office/nowhere", 404).text
    assert "This page does not exist" in text
    assert "Abgerufen" not in text


def test_a_text_too_long_for_a_page_that_does_not_exist_is_no_error_of_ours(
    editor: Browser, caplog: pytest.LogCaptureFixture
) -> None:
    data = b'--b\r\nContent-Disposition: form-data; name="title"\r\n\r\n' + 2_200_000 * b"x"
    kind = "multipart/form-data; boundary=b"
    text = editor.request("POST", "/office/nirgends", 404, data=data, content_type=kind).text
    assert NAVIGATION in text
    assert "Das hatten Sie eingegeben" not in text
    assert not caplog.records


@pytest.mark.parametrize(("error", "status"), [(RuntimeError, 500), (OperationalError, 503)])
def test_a_program_reads_an_error_as_json(
    office: Office, error: type[Exception], status: int
) -> None:
    def fail() -> None:
        raise error("kaputt")

    office.app.view_functions["open_data.openapi"] = fail
    answer = office.browser(None).client.get("/openapi.json", base_url="http://localhost")
    assert (answer.status_code, answer.get_json()["status"]) == (status, status)
    assert "kaputt" not in answer.text
    assert answer.headers.get("Retry-After") == ("30" if status == 503 else None)


@pytest.mark.parametrize("owner", [errors, access])
def test_an_error_of_the_frame_itself_leads_to_a_page_without_it(
    office: Office, editor: Browser, monkeypatch: pytest.MonkeyPatch, owner: object
) -> None:
    name = "get_office_frame" if owner is errors else "count_session_seconds"

    def fail() -> None:
        raise RuntimeError("kaputt")

    break_page(office, RuntimeError)
    monkeypatch.setattr(owner, name, fail)
    page = office.browser(None)
    page.client = editor.client
    answer = page.client.get("/office/members", base_url="http://localhost")
    assert answer.status_code == 500
    assert "<h1" in answer.text
    assert NAVIGATION not in answer.text


def test_what_is_too_large_is_called_a_file_only_where_it_is_one(editor: Browser) -> None:
    for kind, size, heading in (
        ("multipart/form-data; boundary=b", 13_000_000, "Die Datei ist zu groß"),
        ("application/x-www-form-urlencoded", 2_200_000, "Der Text ist zu lang"),
    ):
        text = editor.request("POST", NEW, 413, data=size * b"x", content_type=kind).text
        assert heading in text
        assert NAVIGATION in text


def test_a_long_text_in_a_form_with_a_file_field_is_no_large_file(editor: Browser) -> None:
    editor.open(NEW)
    editor.submit({"title": "Titel", "text": 2_200_000 * "x"}, action=NEW, status=413)
    assert "Der Text ist zu lang" in editor.text
    assert "Das hatten Sie eingegeben" not in editor.text, "only a part of it could be read"


def test_what_was_typed_is_shown_after_an_error_without_saying_that_nothing_is_saved(
    office: Office, editor: Browser
) -> None:
    """The view may have failed after its transaction."""
    editor.open(NEW)

    def fail() -> None:
        raise RuntimeError("kaputt")

    office.app.view_functions["office.add_paper"] = fail
    text = editor.submit({"title": "Ein langer Titel"}, action=NEW, status=500).text
    assert "Das hatten Sie eingegeben:" in text
    assert "Ein langer Titel" in text
    assert "Gespeichert ist nichts" not in text
