"""The report for the board: the figures of the round's page as a PDF, in one click."""

import io
import re
from base64 import b64decode
from datetime import date, timedelta
from pathlib import Path

import pikepdf
import pytest

from signoff import actions
from signoff.domain.accounts import Role
from signoff.domain.documents import WorkingCopy
from signoff.domain.errors import Busy
from signoff.domain.members import Member
from signoff.domain.round_status import InvitationStatus, TimelineDay
from signoff.domain.rounds import Invitation, Round
from signoff.importers.uploads import read_logo
from signoff.pdf.process import print_in_subprocess
from signoff.storage import RenderCache
from signoff.web.office.charts import build_regions
from signoff.web.office.reports import (
    MAX_COURSE_ROWS,
    condense_course,
    find_limit,
    list_missing,
)
from tests.factories import NOW, ROUND, decline, pending, sign
from tests.pdf import documents, reader
from tests.pdf.verapdf import missing, validate
from tests.web.office.large_round import large_round
from tests.web.office.office import Office, new_office
from tests.web.office.pages import catch_copies, visible_text
from tests.web.office.test_forecast import DAYS, NAMES, enrol, hold_round, open_for_days

REPORT = "/office/rounds/1/report.pdf"
BUTTON = "Bericht für den Vorstand (PDF)"


@pytest.fixture
def copies(office: Office) -> list[WorkingCopy]:
    return catch_copies(office)


def download(office: Office, path: str = REPORT, status: int = 200, query: str = "") -> str:
    response = office.browser(Role.VIEWER).client.get(
        path + query, base_url="http://localhost", buffered=True
    )
    assert response.status_code == status
    return response.headers.get("Content-Disposition", "")


def words(copy: WorkingCopy) -> str:
    text = re.sub(r"<[^>]+>", " ", copy.body).replace("\u00a0", " ")
    return " ".join(text.split())


def test_the_report_is_one_click_away_and_changes_nothing(
    office: Office, round: Round, copies: list[WorkingCopy]
) -> None:
    address = office.browser(Role.VIEWER).open("/office/rounds/1").link(BUTTON)
    browser = office.browser(Role.VIEWER)
    before = office.contents()
    response = browser.client.get(address, base_url="http://localhost")

    assert response.status_code == 200
    name = response.headers["Content-Disposition"]
    assert name == "inline; filename=leitgedanken-bericht-2027-01-21.pdf"
    assert office.contents() == before
    assert [copy.mark for copy in copies] == ["Bericht für den Vorstand"]


def test_its_figures_are_those_of_the_page(
    office: Office, round: Round, copies: list[WorkingCopy]
) -> None:
    office.answer(round, "Musterhausen", sign())
    office.answer(round, "Neudorf", decline())
    office.answer(round, "Altdorf", pending(date(2027, 2, 11)))
    office.later(hours=1)
    download(office)
    text, page = words(copies[0]), office.browser().open("/office/rounds/1")

    assert "1 von 5 Mitgliedern hat mitgezeichnet (20 %)" in text
    assert "1 von 5 hat mitgezeichnet, das sind 20 %" in " ".join(visible_text(page).split())
    for row in ("mitgezeichnet 1 20 %", "nicht mitgezeichnet 1 20 %", "keine Rückmeldung 2 40 %"):
        assert row in text
    drawn = re.search(r'class="line" d="([^"]+)"', dict(copies[0].drawings)["course.svg"])
    assert drawn
    assert f'd="{drawn[1]}"' in page.response.text
    assert "Bayern 2 0 0" in text
    assert "Nordrhein-Westfalen 1 1 1" in text
    assert "11.02.2027 Altdorf" in text
    assert "Von 2 Mitgliedern liegt keine Rückmeldung vor." in text
    assert "Bayern (2) Beispielstadt Überlingen am Fluss" in text


def test_nobody_is_named_as_having_declined(
    office: Office, round: Round, copies: list[WorkingCopy]
) -> None:
    office.answer(round, "Neudorf", decline("Kein Geld"))
    download(office)

    assert "Neudorf" not in copies[0].body
    assert "Kein Geld" not in copies[0].body


def test_the_forecast_is_that_of_the_page(tmp_path: Path) -> None:
    office = new_office(tmp_path)
    enrol(office)
    hold_round(office, "erstes")
    hold_round(office, "zweites")
    round = open_for_days(office, "drittes")
    office.answer(round, NAMES[0], pending(office.now.date() + timedelta(days=15)))
    office.later(days=DAYS // 2)
    copies = catch_copies(office)
    download(office, f"/office/rounds/{round.id}/report.pdf")
    sentence = re.search(
        r"Bis zur Frist voraussichtlich \d+ bis \d+ Mitzeichnungen\.", words(copies[0])
    )

    assert sentence
    page = office.browser().open(f"/office/rounds/{round.id}")
    assert sentence[0] in " ".join(visible_text(page).split())


def test_a_round_that_is_over_has_neither_forecast_nor_coming_sittings(
    ready: Office, copies: list[WorkingCopy]
) -> None:
    download(ready)

    assert "Vorhersage" not in words(copies[0])
    assert "Kommende Sitzungen" not in words(copies[0])
    assert "Wer fehlt" in words(copies[0])


def test_the_report_speaks_the_language_of_the_page(
    office: Office, round: Round, copies: list[WorkingCopy]
) -> None:
    name = download(office, query="?lang=en")

    assert name == "inline; filename=leitgedanken-report-2027-01-21.pdf"
    assert copies[0].language == "en"
    assert "Report on the co-signing" in words(copies[0])
    assert "0 of 5 members have co-signed" in words(copies[0])
    assert not re.search(r"Rückmeldung|Mitglied|Zahlen", words(copies[0]))


def test_before_the_opening_there_is_none_and_a_busy_printer_says_when_to_come_back(
    office: Office, round: Round
) -> None:
    def busy(copy: WorkingCopy) -> bytes:
        raise Busy

    download(office, "/office/rounds/99/report.pdf", 404)
    office.app = office.build_app(render_cache=RenderCache(office.settings.cache, {"pdf": busy}))
    download(office, status=503)


# Long rounds.


def build_statuses(*names: str, state: str) -> list[InvitationStatus]:
    return [
        InvitationStatus(
            Invitation(0, ROUND.id, 0, "", NOW),
            Member(f"{number:03d}", name, name, "", state, id=number),
        )
        for number, name in enumerate(names)
    ]


def test_of_many_missing_members_each_state_names_its_first() -> None:
    statuses = [
        *build_statuses("Aach", "Bach", state="Hessen"),
        *build_statuses("Cham", "Dorfen", "Ebern", "Furth", "Greding", state="Bayern"),
    ]
    regions = build_regions(statuses, "de")

    bayern, hessen = list_missing(statuses, regions, most=5)
    assert (bayern.names, bayern.hidden) == (("Cham", "Dorfen", "Ebern"), 2)
    assert (hessen.names, hessen.hidden) == (("Aach", "Bach"), 0)
    assert not any(group.hidden for group in list_missing(statuses, regions, most=7))


@pytest.mark.parametrize(
    ("sizes", "most", "limit"),
    [([], 5, 0), ([3], 5, 3), ([9], 5, 5), ([1, 9, 9], 6, 2), ([4, 4], 8, 4), ([1000] * 16, 9, 0)],
)
def test_the_limit_is_shared_out(sizes: list[int], most: int, limit: int) -> None:
    assert find_limit(sizes, most) == limit


def test_members_of_one_name_are_told_apart() -> None:
    statuses = build_statuses("Neustadt", "Neustadt", "Ulm", state="Hessen")

    (hessen,) = list_missing(statuses, build_regions(statuses, "de"), most=9)
    assert hessen.names == ("Neustadt (000)", "Neustadt (001)", "Ulm")


@pytest.mark.parametrize("length", [MAX_COURSE_ROWS, 27, 120, 600])
def test_a_long_course_is_told_in_weeks_or_months(office: Office, length: int) -> None:
    days = [
        TimelineDay(date(2027, 1, 4) + timedelta(days=n), 2, n + 1, 2 * n + 2)
        for n in range(length)
    ]
    with office.app.test_request_context("/?lang=de"):
        _, shown = condense_course(days)

    assert len(shown) <= MAX_COURSE_ROWS
    assert sum(day.received for day in shown) == 2 * length
    assert shown[-1].answered == 2 * length
    assert (shown == tuple(days)) is (length == MAX_COURSE_ROWS)


def test_the_bounds_are_said(tmp_path: Path) -> None:
    office = large_round(tmp_path, 600)
    copies = catch_copies(office)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("signoff.web.office.reports.MAX_NAMES", 50)
        patch.setattr("signoff.web.office.reports.MAX_MEETING_DAYS", 2)
        patch.setattr("signoff.web.office.reports.MAX_NAMES_PER_MEETING", 5)
        download(office)
    text = words(copies[0])

    assert "Gedruckt sind höchstens 50 Namen" in text
    assert re.search(r"Bayern \(die ersten 7 von \d\d\)", text)
    assert "Gedruckt sind die nächsten 2 Sitzungstage" in text
    assert re.search(r"und \d weitere", text)


# The PDF.


@pytest.mark.slow
@pytest.mark.parametrize("language", ["de", "en"])
def test_the_pdf_is_tagged_and_describes_its_charts(tmp_path: Path, language: str) -> None:
    assert not missing()
    (tmp_path / "instance").mkdir()
    office = large_round(tmp_path / "instance", 120)
    logo = read_logo(b64decode(documents.logo()))
    actions.association.set_logo(office.db, logo, "cli", office.now)
    copies = catch_copies(office)
    download(office, query=f"?lang={language}")
    content = print_in_subprocess(copies[0]).content
    file = tmp_path / "report.pdf"
    file.write_bytes(content)

    for verdict in validate(file)[file]:
        assert verdict.passed, verdict.broken
    with pikepdf.open(io.BytesIO(content)) as pdf:
        alternatives = [str(element.Alt) for element in reader.elements(pdf) if "/Alt" in element]
        assert len(alternatives) == 3
        tags = reader.tags(pdf)
    logo_text, course, map_text = alternatives
    assert logo_text == "Logo: Städteforum Öffentlicher Raum e. V."
    assert "120" in course
    assert "Bayern" in map_text
    assert tags.count("/Table") == 5
    assert "Ortschaft am Wasser 00007" in reader.words(content)
