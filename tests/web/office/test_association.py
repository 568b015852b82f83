"""The association's page: its details appear everywhere, and invalid values are refused at their fields."""

import io
import re
from email.message import EmailMessage

import pytest
from PIL import Image

from signoff import actions, store
from signoff.cli.instance import load_starter_texts
from signoff.domain.accounts import Role
from signoff.domain.association import list_blanks
from signoff.domain.privacy import DEFAULT_RETENTION, DataKind
from signoff.store.connection import transaction
from tests.browser import Browser, fields
from tests.factories import FORUM
from tests.web.office.office import Office


@pytest.fixture
def office(empty_office: Office) -> Office:
    return empty_office


def create_image(
    size: tuple[int, int] = (1600, 500), mode: str = "RGBA", kind: str = "PNG"
) -> bytes:
    drawn = io.BytesIO()
    Image.new(mode, size, (31, 63, 166, 255) if mode == "RGBA" else 0x123456).save(drawn, kind)
    return drawn.getvalue()


def compose_mails(office: Office) -> list[EmailMessage]:
    """The due mails of the open round, composed but not sent."""
    with transaction(office.db):
        due = store.outbox.claim(office.db, "nobody", [], 9, office.now)
    due_contexts = filter(None, (store.mail.load(office.db, queued) for queued in due))
    return [office.services.compose(mail_context, office.now) for mail_context in due_contexts]


def get_csrf_token(page: Browser) -> str:
    """A CSRF token of this browser."""
    return str(fields(page.open("/office/account").forms[0], {})["csrf_token"])


def test_changed_details_appear_on_pages_and_in_mail(office: Office) -> None:
    page = office.browser(Role.ADMIN).open("/office/association")
    page.submit(
        {"name": "Bund der Städte", "telephone": "030 1234", "sender": "versand@forum.example"},
        action="/association",
    )
    saved = store.association.get(office.db)
    assert (saved.name, saved.telephone) == ("Bund der Städte", "030 1234")
    assert (saved.mail_from, saved.email) == ("versand@forum.example", FORUM.email)
    assert "Bund der Städte" in office.browser(None).open("/").text
    office.enrol()
    office.draft()
    office.open()
    message = compose_mails(office)[0]
    assert str(message["From"]) == "Bund der Städte <versand@forum.example>"
    assert FORUM.email in str(message["Reply-To"])


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("name", " ", "Bitte geben Sie „Name“ an."),
        ("email", "kein Postfach", "ist keine gültige E-Mail-Adresse"),
        ("sender", "a@b.example, c@d.example", "ist keine gültige E-Mail-Adresse"),
    ],
)
def test_invalid_values_are_refused_at_their_fields_and_no_input_is_lost(
    office: Office, field: str, value: str, message: str
) -> None:
    before = store.association.get(office.db)
    page = office.browser(Role.ADMIN).open("/office/association")
    page.submit({"telephone": "0999 1", field: value}, action="/association", status=422)
    assert message in page.text
    assert 'value="0999 1"' in page.response.text
    assert store.association.get(office.db) == before


def test_all_wrong_fields_are_named_at_once_and_the_time_zone_is_a_choice(office: Office) -> None:
    page = office.browser(Role.ADMIN).open("/office/association")
    wrong = {"name": "", "address": "", "email": "kein Postfach", "telephone": ""}
    page.submit(wrong, action="/association", status=422)
    assert "Bitte prüfen Sie 4 Angaben" in page.text
    data = fields(page.form("/association"), {}) | {"time_zone": "Mitteleuropa"}
    page.request("POST", "/office/association", 422, data=data)
    assert "ist keine Zeitzone" in page.text
    valid = {"name": "Bund", "address": "Weg 1", "email": FORUM.email, "telephone": "1"}
    page.submit({**valid, "time_zone": "Europe/Vienna"}, action="/association")
    assert store.association.get(office.db).time_zone == "Europe/Vienna"


def test_the_second_of_two_editors_sees_both_versions(office: Office) -> None:
    first, second = (office.browser(Role.ADMIN).open("/office/association") for _ in range(2))
    first.submit({"telephone": "030 1"}, action="/association")
    second.submit({"telephone": "030 2"}, action="/association", status=409)
    assert "inzwischen geändert" in second.text
    assert "030 1" in second.text
    assert 'value="030 2"' in second.response.text
    second.submit(action="/association")
    assert store.association.get(office.db).telephone == "030 2"


def test_only_admins_change_the_association(office: Office) -> None:
    for role in (Role.VIEWER, Role.EDITOR):
        page = office.browser(role).open("/office/association")
        assert FORUM.email in page.text
        assert "<textarea" not in page.response.text
        page.request(
            "POST",
            "/office/association",
            403,
            data={"name": "Anders", "csrf_token": get_csrf_token(page)},
        )
        page.open("/office/association/texts/imprint/de", 403)
    assert store.association.get(office.db).name != "Anders"


def test_the_association_decides_whether_a_second_person_is_needed(office: Office) -> None:
    page = office.browser(Role.ADMIN).open("/office/association")
    page.submit({"second": True}, action="/confirmation")
    assert store.association.get(office.db).four_eyes
    assert (
        "Was öffentlich wird, bestätigt eine zweite Person."
        in office.browser().open("/office/association").text
    )


def test_a_text_with_blanks_is_saved_and_not_published(office: Office) -> None:
    with transaction(office.db):
        office.db.conn.execute("UPDATE legal_texts SET edited_at = NULL, markdown = '[Vorlage]'")
    page = office.browser(Role.ADMIN).open("/office/association/texts/imprint/de")
    page.submit({"markdown": "## Anbieter\n\n[Name des Verbandes], Musterplatz 1"}, action="/de")
    assert "Gespeichert, aber noch nicht veröffentlicht." in page.text
    assert "noch 1 Lücke" in page.text
    public = office.browser(None).open("/imprint")
    assert "Musterplatz" not in public.text
    assert "Dieser Text ist noch nicht veröffentlicht." in public.text
    assert FORUM.telephone in public.text
    page.open("/office/association/texts/imprint/de")
    assert "Name des Verbandes" in page.text
    page.submit(
        {"markdown": "## Anbieter\n\nStädteforum, [Satzung](https://a.example)"}, action="/de"
    )
    assert "Städteforum, Satzung" in public.open("/imprint").text


def test_blanks_never_replace_a_published_text(office: Office) -> None:
    page = office.browser(Role.ADMIN).open("/office/association/texts/privacy/de")
    page.submit({"markdown": "Wir, [Name] und {nummer}"}, action="/de", status=422)
    assert "Bitte füllen Sie aus oder streichen Sie: Name; {nummer}." in page.text
    text = store.association.find_legal_text(office.db, "privacy", "de")
    assert text
    assert text.markdown == "Text"


def test_what_is_entered_once_is_in_the_texts_and_a_missing_value_is_a_gap(
    office: Office,
) -> None:
    with transaction(office.db):
        office.db.conn.execute("UPDATE legal_texts SET edited_at = NULL")
    page = office.browser(Role.ADMIN).open("/office/association/texts/imprint/de")
    page.submit(
        {"markdown": "## Anbieter\n\n{name}\\\n{anschrift}\n\n{verantwortlich} *{auftritt}*"},
        action="/de",
    )
    assert "noch 1 Lücke" in page.text
    public = office.browser(None)
    assert "noch nicht veröffentlicht" in public.open("/imprint").text
    page.submit(
        {"responsible": "Leitung *der* Geschäftsstelle [i. V.]", "name": "Bund_der_Städte e. V."},
        action="/association",
    )
    assert "Leitung *der* Geschäftsstelle [i. V.]" in public.open("/imprint").text
    assert "Bund_der_Städte e. V." in public.text
    assert "Musterstraße 1<br>50667 Köln" in public.response.text.replace("\n", "")
    assert "http://localhost" in public.text


def test_the_privacy_notice_quotes_the_periods_as_they_are_set(office: Office) -> None:
    admin, public = office.browser(Role.ADMIN), office.browser(None)
    for language, placeholders in (("de", "{fristen}\n\n{linkfrist}"), ("en", "{periods}")):
        admin.open(f"/office/association/texts/privacy/{language}")
        admin.submit({"markdown": placeholders}, action=f"/{language}")
    text = public.open("/privacy").text
    assert "Gründe einer Ablehnung: 12 Monate (Beginn: Ende des Verfahrens)" in text
    assert "90 Tage" in public.text
    kept = {**DEFAULT_RETENTION, DataKind.REASONS: 1, DataKind.MAIL: None}
    actions.privacy.set_retention(office.db, kept, "admin", office.now)
    text = public.open("/privacy").text
    assert "Gründe einer Ablehnung: 1 Monat (" in text
    assert "Versandte E-Mails: bis jemand die Löschung verlangt (" in text
    assert ": 1 month (" in public.open("/privacy?lang=en").text


def test_the_starter_texts_leave_no_period_blank_that_the_program_knows() -> None:
    for text in load_starter_texts():
        blanks = list_blanks(text.markdown)
        assert not [blank for blank in blanks if re.search("Monate|months|90", blank)]
        if text.kind == "privacy":
            assert {"{fristen}", "{periods}"} & set(re.findall(r"\{\w+\}", text.markdown))


def test_the_preview_saves_nothing(office: Office) -> None:
    page = office.browser(Role.ADMIN).open("/office/association/texts/privacy/en")
    page.submit(
        {"markdown": "## Controller\n\n<script>x</script> **We**"},
        action="en",
        press="Vorschau zeigen",
    )
    assert "<strong>We</strong>" in page.response.text
    assert "<script>x" not in page.response.text
    text = store.association.find_legal_text(office.db, "privacy", "en")
    assert text
    assert text.markdown == "Text"


def test_editing_a_text_that_a_colleague_changed_shows_the_conflict(office: Office) -> None:
    first, second = (
        office.browser(Role.ADMIN).open("/office/association/texts/imprint/de") for _ in range(2)
    )
    first.submit({"markdown": "Von der ersten"}, action="/de")
    second.submit({"markdown": "Von der zweiten"}, action="/de", status=409)
    assert "Von der ersten" in second.response.text
    assert "Von der zweiten" in second.response.text
    second.submit({"markdown": "Von beiden"}, action="/de")
    text = store.association.find_legal_text(office.db, "imprint", "de")
    assert text
    assert text.markdown == "Von beiden"


def test_a_logo_appears_on_every_page_and_is_reencoded(office: Office) -> None:
    page = office.browser(Role.ADMIN).open("/office/association")
    upload = create_image() + b"<script>alert(1)</script>"
    page.submit({"logo": (io.BytesIO(upload), "logo.png")}, action="/logo")
    digest = store.association.get(office.db).logo
    front_page = office.browser(None).open("/")
    assert f"/logo/{digest}.png" in front_page.response.text
    response = office.app.test_client().get(f"/logo/{digest}.png", base_url="http://localhost")
    assert response.mimetype == "image/png"
    assert b"script" not in response.data
    assert Image.open(io.BytesIO(response.data)).size == (1200, 375)
    page.submit(action="/logo", press="Logo entfernen")
    assert store.association.get(office.db).logo == ""
    assert (
        office.app.test_client()
        .get(f"/logo/{'0' * 64}.png", base_url="http://localhost")
        .status_code
        == 404
    )


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "Die Datei ist leer."),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "kein Bild im Format PNG oder JPEG"),
        (create_image()[:60], "kein Bild im Format PNG oder JPEG"),
        (create_image((60, 20)), "zu klein"),
    ],
)
def test_a_file_that_is_no_logo_is_refused_with_advice(
    office: Office, content: bytes, message: str
) -> None:
    page = office.browser(Role.ADMIN).open("/office/association")
    page.submit({"logo": (io.BytesIO(content), "logo.png")}, action="/logo", status=422)
    assert message in page.text
    assert store.association.get(office.db).logo == ""


def test_a_cmyk_photograph_is_converted_to_rgb(office: Office) -> None:
    page = office.browser(Role.ADMIN).open("/office/association")
    page.submit(
        {"logo": (io.BytesIO(create_image((800, 400), "CMYK", "JPEG")), "logo.jpg")}, action="/logo"
    )
    response = office.app.test_client().get(
        f"/logo/{store.association.get(office.db).logo}.png", base_url="http://localhost"
    )
    assert Image.open(io.BytesIO(response.data)).mode == "RGB"


def test_placeholders_are_recognised_and_links_are_not() -> None:
    assert list_blanks("[Name], [Ort] und [Name], [hier](https://a.example), ![Bild](x)") == (
        "Name",
        "Ort",
    )
