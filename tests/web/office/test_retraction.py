"""Retracting a release."""

from io import BytesIO

import pytest

from signoff import actions, store
from signoff.domain.accounts import Role
from signoff.domain.audit import Event
from signoff.store.connection import IntegrityError, transaction
from signoff.tokens import TokenPurpose
from tests.web.office.office import Office
from tests.web.office.pages import (
    PUBLIC_ADDRESSES,
    RELEASE,
    count_events,
    count_mails,
    get_status,
    plan_release,
    post_directly,
    visible_text,
)

RETRACTION = "/office/rounds/1/retraction"
REASON = {"withdrawal": "Das Verwaltungsgericht hat die Verbreitung untersagt.", "sure": True}


@pytest.fixture
def released(ready: Office) -> Office:
    ready.browser().open(RELEASE).submit(action="/release")
    ready.work()
    return ready


def test_a_retraction_removes_the_whole_release_and_shows_reason_and_successor(
    released: Office,
) -> None:
    release = store.releases.find_for_round(released.db, 1)
    finals, archive = store.releases.list_final_digests(released.db, 1), released.services.archive
    content = archive.release_path(release.sha256).read_bytes()
    admin = released.browser(Role.ADMIN).open(RELEASE).follow("Veröffentlichung zurückziehen …")
    admin.submit(action="/retraction", status=422)
    assert "Bitte geben Sie „Grund der Zurückziehung“ an." in admin.text
    admin.submit({**REASON, "successor": "verband.example/neu"}, action="/retraction", status=422)
    assert "keine vollständige Internetadresse" in admin.text
    admin.submit({**REASON, "successor": "https://verband.example/neu"}, action="/retraction")
    assert "Wirklich zurückziehen?" in admin.text
    assert get_status(released, PUBLIC_ADDRESSES[0]) == 200
    admin.submit({"confirm": "zurück"}, action="/retraction", status=422)
    assert get_status(released, PUBLIC_ADDRESSES[0]) == 200
    admin.submit({"confirm": "zurückziehen"}, action="/retraction")
    assert "Das Papier ist zurückgezogen." in admin.text

    public = released.browser(None)
    for path in (
        *PUBLIC_ADDRESSES,
        f"/files/{release.sha256}.pdf",
        "/papers/leitgedanken/signatories.csv",
    ):
        public.open(path, 410)
        if path.endswith(".json"):
            assert public.response.get_json()["status"] == 410
            continue
        assert "Zurückgezogen am 27. Februar 2027" in visible_text(public)
        assert REASON["withdrawal"] in public.text
        assert public.link("https://verband.example/neu") == "https://verband.example/neu"
    assert "Zurückgezogen am" in public.open("/").text
    assert REASON["withdrawal"] in public.client.get("/feed.atom", base_url="http://localhost").text

    released.work()
    assert finals
    assert not any(archive.print_path(digest).exists() for digest in finals)
    assert not archive.release_path(release.sha256).exists()
    record = archive.find_record(content)
    assert record["withdrawn_at"]
    assert record["successor"] == "https://verband.example/neu"
    assert count_mails(released, "retracted") == 5
    assert "Grund: Das Verwaltungsgericht" in admin.open("/office/audit").text
    assert "Zurückgezogen" in admin.open(RELEASE).text
    assert "Zurückgezogen · 27. Februar 2027" in visible_text(admin.open("/office/"))
    admin.open("/office/rounds/1/proof.pdf", 410)
    admin.open("/office/rounds/1/advance-copy.pdf", 410)
    assert "Stadt Musterhausen" in admin.open("/office/rounds/1").text


def test_only_an_administrator_retracts_a_release(released: Office, ready: Office) -> None:
    editor = released.browser(Role.EDITOR).open(RELEASE)
    assert "zurückziehen …" not in editor.text
    editor.open(RETRACTION, 403)
    editor.open("/office/")
    assert (
        post_directly(editor, RETRACTION, sure="y", withdrawal="Grund", confirm="zurückziehen")
        == 403
    )
    assert get_status(released, PUBLIC_ADDRESSES[0]) == 200


def test_a_paper_that_is_not_released_cannot_be_retracted(ready: Office) -> None:
    admin = plan_release(ready.browser(Role.ADMIN))
    assert admin.open(RETRACTION).path == "/office/rounds/1"
    assert (
        post_directly(admin, RETRACTION, sure="y", withdrawal="Grund", confirm="zurückziehen")
        == 409
    )
    assert count_events(ready, Event.RELEASE_RETRACTED) == 0


def test_retracting_twice_retracts_once_and_cannot_be_undone(released: Office) -> None:
    data = {"sure": "y", "withdrawal": "Grund", "confirm": "zurückziehen"}
    admin = released.browser(Role.ADMIN)
    assert [post_directly(admin, RETRACTION, **data), post_directly(admin, RETRACTION, **data)] == [
        303,
        303,
    ]
    assert count_events(released, Event.RELEASE_RETRACTED) == 1
    with pytest.raises(IntegrityError, match="stays retracted"), transaction(released.db):
        released.db.execute("UPDATE releases SET retracted_at = NULL")


def test_the_member_page_shows_the_retraction(
    released: Office,
) -> None:
    admin = released.browser(Role.ADMIN)
    assert (
        post_directly(
            admin, RETRACTION, sure="y", withdrawal="Auf Anordnung.", confirm="zurückziehen"
        )
        == 303
    )
    (link, *_) = store.rounds.list_open_links(released.db, 1)
    path = f"/s/{released.services.token_signer.sign(TokenPurpose.INVITATION, link.public_id, link.generation)}"
    page = released.browser(None).open(path)
    assert page.title.startswith("Das Papier wurde zurückgezogen")
    assert "Auf Anordnung." in page.text
    assert "PDF herunterladen" not in page.text


def test_verification_shows_the_retraction(released: Office) -> None:
    release = store.releases.find_for_round(released.db, 1)
    content = released.services.archive.release_path(release.sha256).read_bytes()
    admin = released.browser(Role.ADMIN)
    assert (
        post_directly(admin, RETRACTION, sure="y", withdrawal="Grund", confirm="zurückziehen")
        == 303
    )
    released.work()
    public = (
        released.browser(None)
        .open("/verify")
        .submit({"file": (BytesIO(content), "papier.pdf")}, action="/verify")
    )
    assert (
        "Wir haben das Dokument am 27. Februar 2027 zurückgezogen; es gilt nicht mehr."
        in visible_text(public)
    )


def test_a_retracted_paper_is_shown_and_found_as_such(released: Office) -> None:
    editor = released.browser()
    assert "Leitgedanken" in editor.open("/office/papers?state=released").text
    actions.releases.retract_release(released.db, 1, "Gericht", "", "office", released.now)

    assert (
        "Auf diese Auswahl passt kein Papier." in editor.open("/office/papers?state=released").text
    )
    assert "Leitgedanken" in editor.open("/office/papers?state=retracted").text
    assert "zurückgezogen am 27. Februar 2027" in visible_text(editor)
    editor.follow("Leitgedanken zum öffentlichen Raum")
    assert "Positionspapier, Fassung 1 · zurückgezogen" in visible_text(editor)
    assert "Fassung 1 · zurückgezogen" in visible_text(editor.open("/office/rounds/1"))
    table = editor.open("/office/papers.csv?state=retracted").response.get_data(as_text=True)
    assert ";zurückgezogen;" in table
