"""The public pages and files as docs/interface.md documents them, and nothing before its release."""

import json
import shutil
from collections.abc import Iterator
from csv import reader
from dataclasses import replace
from datetime import date, timedelta
from hashlib import sha256
from io import BytesIO, StringIO
from pathlib import Path
from xml.etree.ElementTree import fromstring
from zipfile import ZipFile

import pytest
from werkzeug.test import TestResponse

from signoff import actions, store
from signoff.domain.papers import Picture, Text
from signoff.domain.releases import Release
from signoff.exports.attachments import VERIFIER
from signoff.pdf.copies import mark_copy
from signoff.pdf.signatory_list import build_signatory_list
from signoff.store.connection import transaction
from signoff.web import public as public_pages
from tests.actions.test_late import joined, withdrawn
from tests.browser import Browser
from tests.factories import (
    ADOPTED,
    CAST,
    HESITANT,
    MAYOR,
    SLUG,
    STRANGER,
    UNWILLING,
    decline,
    member,
    pending,
    sign,
)
from tests.page_checks import text_of
from tests.world import DEADLINE, World, add_edition, print_sheet

TITLE = "Öffentlicher Raum: für alle"
SUMMARY = "Für Plätze, die „allen“ gehören."
TEXT = Text(
    TITLE,
    "<h2>Größe</h2>\n<p>Plätze gehören allen.</p>",
    adopted_on=ADOPTED,
    summary=SUMMARY,
)
NOTE = '=HYPERLINK("https://elsewhere.example")'
PDF = f"/papers/{SLUG}/{SLUG}.pdf"
TABLES = [f"/papers/{SLUG}/signatories.json", f"/papers/{SLUG}/signatories.csv"]
RETRACT = "UPDATE releases SET retracted_at = :now, retraction_reason = 'Gericht'"


def prepare_round(world: World, **terms) -> None:
    """Musterhausen has signed with a note, Beispielstadt without its person's name, Ähringen has declined."""
    world.enrol()
    world.paper(text=TEXT)
    world.open(**terms)
    world.answer(MAYOR, sign(note=NOTE))
    world.answer(HESITANT, sign("Große Kreisstadt Beispielstadt", publish=False))
    world.answer(UNWILLING, decline())
    world.now = DEADLINE
    world.closed()
    actions.amendments.decide(
        world.db, world.invitation_status().invitation.id, "note", True, "office", world.now
    )


@pytest.fixture
def release(world: World) -> Release:
    prepare_round(world)
    return world.released()


@pytest.fixture
def public(world: World) -> Browser:
    return world.browser()


def get(world: World, path: str, **headers: str) -> TestResponse:
    return (
        world.build_app()
        .test_client()
        .get(path, base_url="http://localhost:8000", headers=headers, buffered=True)
    )


# files that are gone


def test_a_file_that_is_missing_is_no_error_of_the_program(
    world: World, release: Release, public: Browser, caplog: pytest.LogCaptureFixture
) -> None:
    shutil.rmtree(world.settings.archive)
    for path in (PDF, f"/files/{release.sha256}.pdf"):
        page = public.open(path, 503)
        assert "fehlt auf unserem Rechner oder ist beschädigt" in page.text
        assert "rufen Sie uns an" in page.text
    assert get(world, f"/papers/{SLUG}/signatories.json").get_json()["status"] == 503
    assert "a file is missing in GET public.paper_pdf" in caplog.text


# the paper


def test_the_first_page_links_to_a_released_paper(public: Browser, release: Release) -> None:
    assert SUMMARY in public.open("/").text
    public.follow(TITLE)
    assert public.page == "paper"
    assert SUMMARY in public.text
    (description,) = public.root.iterfind(".//meta[@name='description']")
    assert description.get("content") == SUMMARY
    for text in (
        "Stadt Musterhausen",
        "Große Kreisstadt Beispielstadt",
        "Plätze gehören allen.",
        "2 Kommunen",
    ):
        assert text in public.text or text.replace("2 ", "") in public.text


def test_nobody_is_listed_as_having_refused_or_been_silent(
    public: Browser, release: Release
) -> None:
    for path in (
        "/",
        f"/papers/{SLUG}",
        f"/papers/{SLUG}/signatories.json",
        f"/papers/{SLUG}/signatories.csv",
    ):
        text = public.open(path).response.text
        assert "hringen" not in text
        assert "Briefdorf" not in text


def test_an_open_round_is_not_public_unless_the_office_says_so(
    world: World, public: Browser
) -> None:
    world.opened()
    assert public.open(f"/papers/{SLUG}", 404).page == "error"
    assert TEXT.title not in public.open("/").text


def test_the_draft_of_a_public_round_is_marked_and_lists_nobody(
    world: World, public: Browser
) -> None:
    world.opened(public=True)
    world.answer(MAYOR, sign())
    world.work()
    public.open(f"/papers/{SLUG}")
    assert public.page == "draft"
    assert "Entwurf" in public.title
    assert "Musterhausen" not in public.text
    assert public.open(f"/papers/{SLUG}/entwurf.pdf").response.mimetype == "application/pdf"
    for path in (PDF, f"/papers/{SLUG}/signatories.json", f"/papers/{SLUG}/signatories.csv"):
        public.open(path, 404)


@pytest.mark.parametrize(
    "path", ["/papers/nothing", "/papers/nothing/nothing.pdf", f"/papers/{SLUG}/other.pdf"]
)
def test_unknown_addresses_answer_404(public: Browser, release: Release, path: str) -> None:
    assert "Diese Seite gibt es nicht" in public.open(path, 404).text


# the embargo


@pytest.mark.parametrize("open_to_all", [False, True])
def test_nothing_is_public_before_the_moment_of_release(
    world: World, public: Browser, open_to_all: bool
) -> None:
    prepare_round(world, public=open_to_all)
    moment = world.now + timedelta(hours=3)
    release = world.released(at=moment)
    paths = [
        PDF,
        f"/files/{release.sha256}.pdf",
        f"/papers/{SLUG}/signatories.json",
        f"/papers/{SLUG}/signatories.csv",
    ]

    world.now = moment - timedelta(seconds=1)
    for path in paths:
        public.open(path, 404)
    page = public.open(f"/papers/{SLUG}", 200 if open_to_all else 404)
    assert "Musterhausen" not in page.text
    assert release.sha256[:8] not in page.text
    assert (TITLE in public.open("/").text) == open_to_all  # as a draft
    assert "Veröffentlicht am" not in public.text
    assert TITLE not in public.open("/feed.atom").response.text
    file = world.services.archive.print_path(release.sha256).read_bytes()
    assert "nicht echt" in public.open("/verify").submit({"file": (BytesIO(file), "leck.pdf")}).text

    world.now = moment
    for path in (*paths, f"/papers/{SLUG}"):
        public.open(path)
    assert TITLE in public.open("/").text


# the files


def test_the_pdf_and_the_file_under_its_digest_are_the_same_bytes(
    world: World, release: Release
) -> None:
    paper, file = get(world, PDF), get(world, f"/files/{release.sha256}.pdf")
    assert paper.data == file.data
    assert sha256(file.data).hexdigest() == release.sha256
    assert paper.mimetype == file.mimetype == "application/pdf"
    assert {"public", "immutable", "max-age=31536000"} <= set(
        file.headers["Cache-Control"].split(", ")
    )
    assert "immutable" not in paper.headers["Cache-Control"]


def test_the_pdf_has_a_readable_name(world: World, release: Release) -> None:
    named = get(world, PDF).headers["Content-Disposition"]
    assert "filename*=UTF-8''%C3%96ffentlicher%20Raum" in named
    assert named.isascii()
    assert "\n" not in named


def test_a_pdf_with_a_known_etag_answers_304(world: World, release: Release) -> None:
    etag = get(world, PDF).headers["ETag"]
    assert etag == f'"{release.sha256}"'
    second = get(world, PDF, **{"If-None-Match": etag})
    assert (second.status_code, second.data) == (304, b"")
    assert get(world, PDF, **{"If-None-Match": '"another"'}).status_code == 200


def test_a_part_of_the_pdf_can_be_fetched(world: World, release: Release) -> None:
    whole = get(world, PDF)
    assert whole.headers["Accept-Ranges"] == "bytes"
    part = get(world, PDF, Range="bytes=10-19")
    assert (part.status_code, part.data) == (206, whole.data[10:20])
    assert part.headers["Content-Range"] == f"bytes 10-19/{len(whole.data)}"
    assert get(world, PDF, Range="bytes=-5").data == whole.data[-5:]
    assert get(world, PDF, Range="bytes=99999999-").status_code == 416
    headers = {"Range": "bytes=0-3", "If-Range": whole.headers["ETag"]}
    assert get(world, PDF, **headers).status_code == 206
    assert get(world, PDF, **{**headers, "If-Range": '"another"'}).data == whole.data


def test_a_file_is_found_without_reading_a_signature(world: World, release: Release) -> None:
    app = world.build_app()
    client, connection = app.test_client(), app.extensions["signoff"].db().conn
    client.get("/imprint", base_url="http://localhost:8000")  # what is asked once for a connection
    numbered = [f"/papers/{SLUG}/{SLUG}-1.pdf", f"/papers/{SLUG}/signatories-1.json"]
    for path in (PDF, *numbered, f"/files/{release.sha256}.pdf", f"/papers/{SLUG}/qr.svg"):
        statements: list[str] = []
        connection.set_trace_callback(statements.append)
        with client.get(path, base_url="http://localhost:8000") as answer:
            assert answer.status_code == 200
        connection.set_trace_callback(None)
        assert not [each for each in statements if "answer" in each], path
        assert 2 <= len(statements) <= 8, path


def test_every_address_of_a_retracted_release_answers_410(
    world: World, public: Browser, release: Release
) -> None:
    with transaction(world.db):
        world.db.conn.execute(
            "UPDATE releases SET retracted_at = ?, retraction_reason = 'Gericht'",
            [DEADLINE.isoformat()],
        )
    assert get(world, TABLES[0]).get_json()["reason"] == "Gericht"
    for path in (f"/papers/{SLUG}", PDF, f"/files/{release.sha256}.pdf", TABLES[1]):
        public.open(path, 410)
        assert "zurückgezogen" in public.text
        assert "Musterhausen" not in public.text
    feed = public.open("/feed.atom").response.text
    assert "zurückgezogen. Grund: Gericht" in feed
    assert "enclosure" not in feed


# the list


def test_the_list_as_json_has_the_documented_fields(world: World, release: Release) -> None:
    payload = get(world, f"/papers/{SLUG}/signatories.json").get_json()
    second, first = payload.pop("signatories")  # Hessen stands before Sachsen
    assert payload == {
        "$schema": "http://localhost:8000/schema/signatories-1.json",
        "version": 1,
        "paper": SLUG,
        "title": TITLE,
        "edition": 1,
        "edition_digest": TEXT.digest,
        "as_of": "2027-04-01T00:00:00+02:00",
        "count": 2,
    }
    member_fields = {
        "kind": "Stadt",
        "country": "DE",
        "basis": "council",
        "body": "Rat der Stadt",
        "decided_on": "2027-01-14",
        "signed_on": "2027-01-18",
    }
    assert first == {
        **member_fields,
        "name": "Große Kreisstadt Beispielstadt",
        "sort_name": "Beispielstadt",
        "state": "Sachsen",
    }
    assert second == {
        **member_fields,
        "name": "Stadt Musterhausen",
        "sort_name": "Musterhausen",
        "state": "Hessen",
        "signer": "Vorname Nachname",
        "function": "Bürgermeisterin",
        "note": NOTE,
    }


WITHHELD = {
    "signers": {"signer", "function"},
    "functions": {"function"},
    "basis": {"basis", "body"},
    "dates": {"decided_on"},
    "signing_dates": {"signed_on"},
}


@pytest.mark.parametrize(("term", "fields"), WITHHELD.items())
def test_a_field_that_is_not_published_is_absent(world: World, term: str, fields: set[str]) -> None:
    prepare_round(world, **{term: False})
    world.released()
    signatories = get(world, f"/papers/{SLUG}/signatories.json").get_json()["signatories"]
    assert not fields & {name for entry in signatories for name in entry}


def test_inhabitants_are_on_the_page_and_in_the_data(world: World) -> None:
    world.enrol()
    with world.db.conn:
        world.db.conn.execute("UPDATE members SET inhabitants = '12345' WHERE key = '01'")
    world.paper(text=TEXT)
    world.open(inhabitants=True, inhabitants_as_of="31. Dezember 2026")
    world.answer(MAYOR, sign())
    world.answer(HESITANT, sign("Große Kreisstadt Beispielstadt"))
    world.now = DEADLINE
    world.closed()
    world.released()

    assert get(world, f"/papers/{SLUG}/signatories.json").get_json()["inhabitants"] == {
        "total": 12_345,
        "as_of": "31. Dezember 2026",
        "signatories_without_figure": 1,
    }
    page = " ".join(get(world, f"/papers/{SLUG}").text.split())
    assert "Einwohnerinnen und Einwohner, Stand 31. Dezember 2026" in page
    assert "ohne die Zahl einer Kommune" in page
    assert "12.345" in page


def test_no_cell_of_the_table_begins_a_formula(world: World, release: Release) -> None:
    answer = get(world, f"/papers/{SLUG}/signatories.csv")
    assert answer.mimetype == "text/csv"
    assert answer.data.startswith(b"\xef\xbb\xbf")
    header, *lines = reader(StringIO(answer.data.decode("utf-8-sig")), delimiter=";")
    assert header[:2] == ["Name", "Ort"]
    assert len(lines) == 2
    assert f"'{NOTE}" in lines[0]
    assert [cell for line in lines for cell in line if cell.startswith(("=", "+", "-", "@"))] == []


@pytest.mark.parametrize("kind", ["json", "csv"])
def test_the_list_is_cached_by_its_content(world: World, release: Release, kind: str) -> None:
    path = f"/papers/{SLUG}/signatories.{kind}"
    etag = get(world, path).headers["ETag"]
    assert get(world, path, **{"If-None-Match": etag}).status_code == 304


# feed, health, verification


def test_the_feed_is_valid_and_points_to_the_pdf(world: World, release: Release) -> None:
    answer = get(world, "/feed.atom")
    feed = fromstring(answer.data)
    assert answer.mimetype == "application/atom+xml"
    assert feed.tag == "{http://www.w3.org/2005/Atom}feed"
    assert all(feed.findtext(f"{{*}}{name}") for name in ("id", "title", "updated"))
    (entry,) = feed.findall("{*}entry")
    enclosure = entry.find("{*}link[@rel='enclosure']")
    assert enclosure.get("href") == f"http://localhost:8000{PDF}"
    assert (enclosure.get("length"), entry.findtext("{*}title")) == (str(release.size), TITLE)
    sentence = "2 Kommunen unterstützen dieses Papier."
    assert entry.findtext("{*}summary") == f"{SUMMARY}\n{sentence}"


def test_an_empty_feed_is_valid_too(world: World) -> None:
    assert fromstring(get(world, "/feed.atom").data).findall("{*}entry") == []


def test_health_needs_no_more_than_the_database(world: World) -> None:
    answer = get(world, "/health")
    assert (answer.status_code, answer.get_json()["status"]) == (200, "ok")
    assert answer.headers["Cache-Control"] == "no-store"


def verify_upload(public: Browser, content: bytes, status: int = 200) -> str:
    return (
        public.open("/verify").submit({"file": (BytesIO(content), "datei.pdf")}, status=status).text
    )


def test_a_genuine_file_is_recognised_and_named(
    world: World, public: Browser, release: Release
) -> None:
    text = verify_upload(public, get(world, PDF).data)
    assert "Die Datei ist echt" in text
    assert TITLE in text


def test_one_changed_byte_is_detected(world: World, public: Browser, release: Release) -> None:
    genuine = get(world, PDF).data
    for altered in (genuine[:-1], genuine + b"\n", genuine[:100] + b"!" + genuine[101:]):
        assert "Die Datei ist nicht echt" in verify_upload(public, altered)


def test_a_released_file_is_known_by_its_digest_alone(
    world: World, public: Browser, release: Release
) -> None:
    path = f"/verify/{release.sha256}.json"
    answer = get(world, f"{path}?lang=en")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.get_json() == {
        "sha256": release.sha256,
        "verdict": "genuine",
        "heading": "The file is genuine",
        "says": [
            f"“{TITLE}”, edition 1, published on 1\xa0April\xa02027.",
            "The file matches ours character for character.",
        ],
        "title": TITLE,
        "paper": SLUG,
        "edition": 1,
        "released_at": "2027-04-01T00:00:00+02:00",
        "typeset_sha256": store.releases.get_print_of_release(world.db, release.id).unsealed_sha256,
        "address": f"{world.settings.base_url}/papers/{SLUG}",
    }
    assert get(world, f"/verify/{'0' * 64}.json").get_json()["status"] == 404

    actions.releases.retract_release(world.db, release.round_id, "Gericht", "", "office", world.now)
    withdrawn_file = get(world, path).get_json()
    assert withdrawn_file["verdict"] == "withdrawn"
    assert "es gilt nicht mehr" in withdrawn_file["says"][-1]
    assert withdrawn_file["withdrawn_at"]
    assert "address" not in withdrawn_file


def test_a_digest_says_nothing_before_the_hour_of_the_release(world: World) -> None:
    prepare_round(world)
    release = world.released(at=world.now + timedelta(hours=2))
    path = f"/verify/{release.sha256}.json"
    assert get(world, path).status_code == 404
    world.now += timedelta(hours=2)
    assert get(world, path).status_code == 200


def test_a_copy_of_ours_is_named_as_what_it_is(world: World, public: Browser) -> None:
    prepare_round(world)
    world.work()
    draft = mark_copy(print_sheet(world.printed[0]).content, world.settings.keys.links)
    text = verify_upload(public, draft)
    assert "Die Datei ist von uns, aber nicht das veröffentlichte Papier" in text
    assert f"Wir haben sie erstellt („{TITLE}“)" in text


def test_the_program_that_checks_files_is_offered(
    world: World, public: Browser, release: Release
) -> None:
    page = public.open("/verify")
    assert "python verify_signoff.py papier.pdf --certificate certificate.pem" in page.text
    answer = get(world, page.link("Prüfprogramm herunterladen"))
    assert answer.mimetype == "text/x-python"
    assert answer.data == VERIFIER.read_bytes()


def test_a_bundle_is_told_what_to_check_instead(public: Browser) -> None:
    package = BytesIO()
    with ZipFile(package, "w") as files:
        files.writestr("releases/1-edition.pdf", b"%PDF-1.7")
    text = verify_upload(public, package.getvalue())
    assert "Ob die Datei echt ist, können wir nicht sagen" in text
    assert "wählen Sie eine PDF-Datei aus seinem Ordner" in text
    assert "nicht echt" not in text


def test_verification_without_a_file_names_the_missing_file(public: Browser) -> None:
    text = public.open("/verify").submit({"file": (BytesIO(b""), "")}, status=422).text
    assert "Bitte wählen Sie eine Datei aus." in text


# the legal pages


@pytest.mark.parametrize("kind", ["imprint", "privacy", "accessibility"])
def test_a_new_instance_has_legal_pages(public: Browser, kind: str) -> None:
    for language in ("de", "en"):
        assert public.open(f"/{kind}?lang={language}").page == kind
        headings = [
            text_of(element).strip()
            for element in public.root.iter()
            if element.tag in ("h1", "h2")
        ]
        own = 2 if kind == "accessibility" else 1  # with that of the report on EN 301 549
        assert len(headings) == own, "a starter text has blanks, so it is not published"


@pytest.fixture
def report_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where the program looks for its report on accessibility; no other test reads that one."""
    monkeypatch.setattr(public_pages, "accessibility_folder", lambda: tmp_path)
    public_pages.read_accessibility_report.cache_clear()
    yield tmp_path
    public_pages.read_accessibility_report.cache_clear()


def test_the_accessibility_statement_shows_the_report_that_came_with_the_program(
    public: Browser, report_folder: Path
) -> None:
    assert "kein Prüfbericht nach der Norm EN 301 549" in public.open("/accessibility").text
    summary = {
        **{"standard": "EN 301 549 V3.2.1", "date": "2027-01-18", "commit": "c384431ab880"},
        **{"passes": 57, "looked_at": 0, "not_applicable": 1, "fails": ["9.1.1.1"]},
        "not_tested": ["9.1.3.2", "9.6"],
    }
    (report_folder / "summary.json").write_text(json.dumps(summary))
    public_pages.read_accessibility_report.cache_clear()
    text = public.open("/accessibility?lang=de").text  # the page without is kept
    for words in (
        *("18. Januar 2027", "EN 301 549 V3.2.1", "c384431ab880", "57 Anforderungen"),
        *("1 Anforderung ", "9.1.1.1", "9.1.3.2, 9.6"),
    ):
        assert words in text, words
    assert "Von Hand angesehen" not in text
    assert "57 requirements" in public.open("/accessibility?lang=en").text


def test_a_legal_text_is_what_the_office_wrote_and_runs_no_script(
    world: World, public: Browser
) -> None:
    markdown = "# Impressum\n\nMusterstraße 1\n\n<script>alert(1)</script>\n\n## Kontakt\n"
    actions.association.edit_text(world.db, "imprint", "de", markdown, "office", world.now)
    public.open("/imprint")
    assert "Musterstraße 1" in public.text
    assert "<script>alert" not in public.response.text
    assert store.association.find_legal_text(world.db, "imprint", "de").markdown == markdown


def test_other_methods_are_refused_with_an_error_page(public: Browser) -> None:
    public.request("POST", "/imprint", 405)
    assert public.page == "error"
    assert "GET" in public.response.headers["Allow"]


def test_the_picture_of_a_retracted_text_is_gone_like_the_text(
    world: World, public: Browser
) -> None:
    own, shared = (Picture(letter * 64, "png", b"x") for letter in "ab")
    actions.papers.store_pictures(world.db, (own, shared), "office", world.now)
    shown = [f'<p><img src="{picture.address}" alt="Plan"></p>' for picture in (own, shared)]
    world.enrol()
    world.paper(text=replace(TEXT, html=TEXT.html + "".join(shown)))
    world.paper("anderes", replace(TEXT, html=TEXT.html + shown[1]))
    world.open()
    world.answer(MAYOR, sign())
    world.now = DEADLINE
    world.closed()
    release = world.released()
    public.open(f"/{own.address}")
    actions.releases.retract_release(world.db, release.round_id, "Gericht", "", "office", world.now)

    for _ in range(2):  # before and after the bytes are removed
        assert "Gericht" in public.open(f"/{own.address}", 410).text
        public.open(f"/{shared.address}")
        world.work()
    public.open(f"/pictures/{'c' * 64}.png", 404)


# the table for people


def test_the_table_lists_who_signs_now_in_words_of_the_reader(world: World) -> None:
    world.opened(late=True)
    world.answer(MAYOR, sign())
    world.answer(HESITANT, pending())
    world.closed()
    world.released()
    world.now += timedelta(days=30)
    withdrawn(world)
    joined(world)

    def rows(query: str = "") -> list[list[str]]:
        table = get(world, TABLES[1] + query).data.decode("utf-8-sig")
        return list(reader(StringIO(table), delimiter=";"))

    header, line = rows()
    assert dict(zip(header, line, strict=True)) == {
        "Name": "Große Kreisstadt Beispielstadt",
        "Ort": "Beispielstadt",
        "Art": "Stadt",
        "Land": "Sachsen",
        "Staat": "Deutschland",
        "Schlüssel": "",
        "Unterzeichnet durch": "Vorname Nachname",
        "Funktion": "Bürgermeisterin",
        "Grundlage": "Beschluss des Rates oder eines Ausschusses",
        "Gremium": "Rat der Stadt",
        "Datum des Beschlusses": "14.01.2027",
        "Mitgezeichnet am": "",
        "Protokollnotiz": "",
        "Nachgezeichnet am": "17.02.2027",
    }
    header, line = rows("?lang=en")
    assert header[:3] == ["Name", "Place", "Kind"]
    assert "Germany" in line


# members abroad


@pytest.mark.parametrize(("layout", "heading"), [("state", "Österreich"), ("place", "Alle")])
def test_foreign_members_are_with_their_country_on_page_and_in_print(
    world: World, layout: str, heading: str
) -> None:
    abroad = replace(member("AT", "Fernstadt", "Stadt Fernstadt", STRANGER, state=""), country="AT")
    world.opened(rows=[*CAST[:2], abroad], layout=layout)
    world.answer(MAYOR, sign())
    world.answer(HESITANT, sign("Große Kreisstadt Beispielstadt"))
    world.answer(STRANGER, sign("Stadt Fernstadt"))
    world.closed()
    world.released()
    page = world.browser().open(f"/papers/{SLUG}")
    headings = [text_of(each) for each in page.root.iterfind(".//section[@id='liste']//h3")]
    assert any(each.startswith(heading) for each in headings)
    assert "aus 2 deutschen Ländern und einem weiteren Staat" in page.text
    assert "Ohne Land" not in page.text
    entries = [text_of(each) for each in page.root.iterfind(".//li[@class='so-entry']")]
    (entry,) = (each for each in entries if "Fernstadt" in each)
    assert ("Österreich" in entry) == (layout == "place")
    printed = build_signatory_list(world.printed[-1], "de")
    assert printed.origin == "aus 2 deutschen Ländern und einem weiteren Staat"
    (group,) = (
        each for each in printed.groups if "Österreich" in {item.region for item in each.entries}
    )
    assert group.with_regions == (layout == "place")


@pytest.mark.parametrize("late", [True, False])
def test_only_a_round_with_late_signing_promises_addenda(world: World, late: bool) -> None:
    prepare_round(world, late=late)
    world.released()
    page = world.browser().open(f"/papers/{SLUG}")
    assert "Dieses Dokument ändert sich nie mehr." in page.text
    assert ("in datierten Nachträgen" in page.text) == late


# a new edition of a retracted paper


def retract(world: World) -> None:
    actions.releases.retract_release(world.db, world.round().id, "Gericht", "", "office", world.now)
    world.work()


def test_a_new_edition_of_a_retracted_paper_is_a_public_draft_like_any_other(
    world: World, public: Browser, release: Release
) -> None:
    retract(world)
    add_edition(world.db, SLUG, 1, "office", world.now)
    world.open(last_day=date(2027, 6, 30), public=True)
    world.answer(MAYOR, sign())
    world.work()

    assert public.open(f"/papers/{SLUG}").page == "draft"
    assert public.open(f"/papers/{SLUG}/entwurf.pdf").response.mimetype == "application/pdf"
    gone = (PDF, f"/papers/{SLUG}/{SLUG}-1.pdf", f"/files/{release.sha256}.pdf", TABLES[1])
    for path in gone:
        assert "zurückgezogen" in public.open(path, 410).text

    world.now = world.round().deadline
    world.work()
    world.released()
    assert public.open(f"/papers/{SLUG}").page == "paper"
    public.open(f"/files/{release.sha256}.pdf", 410)
    for path in (PDF, *TABLES):
        public.open(path)
    titles = [text_of(each) for each in public.open("/").root.iterfind(".//h2")]
    assert titles.count(TEXT.title) == 1
    assert "1 Kommune" in public.text
    assert public.open("/feed.atom").response.text.count("<entry") == 1


def test_a_retracted_paper_is_gone_while_its_new_edition_is_not_public(
    world: World, public: Browser, release: Release
) -> None:
    retract(world)
    add_edition(world.db, SLUG, 1, "office", world.now)
    world.open(last_day=date(2027, 6, 30))
    public.open(f"/papers/{SLUG}", 410)
