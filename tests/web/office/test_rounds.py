"""The page of a round: its figures, the table of members, charts and downloads."""

import csv
import io
import re
from datetime import date, timedelta
from pathlib import Path

import pytest
from openpyxl import load_workbook

from signoff import actions
from signoff.domain.accounts import Role
from signoff.domain.rounds import Round
from signoff.domain.text import GERMAN_STATES
from signoff.holidays import HolidayCalendar
from signoff.store.connection import transaction
from signoff.web.office.charts import INSIDE_LABEL_POSITIONS, OUTSIDE_LABEL_POSITIONS
from tests.browser import Browser
from tests.factories import ROOT, decline, member, pending, sign
from tests.web.office.large_round import large_round
from tests.web.office.office import Office, new_office
from tests.web.office.pages import NOTE, count_queries, pass_deadline, post_directly, rows


def test_the_table_is_filtered_and_sorted(office: Office, round: Round, editor: Browser) -> None:
    office.answer(round, "Neudorf", sign("Gemeinde Neudorf"))
    office.answer(round, "Altdorf", decline())
    table = "/office/rounds/1"
    names = [
        "Markt Altdorf",
        "Landeshauptstadt Beispielstadt",
        "Stadt Musterhausen",
        "Gemeinde Neudorf",
    ]
    names.append("Stadt Überlingen am Fluss")
    assert rows(editor.open(table)) == names
    assert rows(editor.open(f"{table}?sort=-name")) == names[::-1]
    assert rows(editor.open(f"{table}?sort=answer"))[:2] == ["Gemeinde Neudorf", "Markt Altdorf"]
    assert rows(editor.open(f"{table}?answer=decline")) == ["Markt Altdorf"]
    assert rows(editor.open(f"{table}?answer=none&state=Bayern")) == [names[1], names[4]]
    assert rows(editor.open(f"{table}?q=uberlingen")) == [names[4]]
    assert rows(editor.open(f"{table}?sort=key;DROP&answer=alles&mail=x&page=-3")) == names
    assert "Auf diese Auswahl passt kein Mitglied." in editor.open(f"{table}?q=Nirgendwo").text


def test_the_table_counts_members_and_mails_apart(empty_office: Office) -> None:
    together = [
        member(f"3{i}", f"Dorf {i}", f"Gemeinde Dorf {i}", "amt@amt.example") for i in (1, 2)
    ]
    actions.member_import.import_members(empty_office.db, together, "cli", empty_office.now)
    empty_office.draft()
    empty_office.open()
    text = empty_office.browser(Role.EDITOR).open("/office/rounds/1").text
    assert "2 von 2 Mitgliedern; 1 E-Mail mit Einladungen" in " ".join(text.split())
    text = empty_office.browser(Role.EDITOR).open("/office/mail").text
    assert "Gemeinde Dorf 1, MZ-2027-0001 und 1 weiteres Mitglied" in " ".join(text.split())


def test_the_csv_file_contains_the_filtered_members_and_no_formula(
    office: Office, round: Round, editor: Browser
) -> None:
    evil = "=cmd()|' /C calc'!A0"
    office.answer(
        round, "Neudorf", sign("Gemeinde Neudorf", note=evil, function="+49 Bürgermeisterin")
    )
    answer = editor.client.get(
        "/office/rounds/1/members.csv?answer=sign", base_url="http://localhost"
    )
    text = answer.get_data(as_text=True)
    assert text.startswith("\ufeff")
    head, *lines = csv.reader(io.StringIO(text[1:]), delimiter=";")
    assert [line[1] for line in lines] == ["Neudorf"]
    assert f"'{evil}" in lines[0]
    assert not [cell for line in lines for cell in line if cell.startswith(("=", "+", "-", "@"))]
    assert "filename=leitgedanken-2027-01-21.csv" in answer.headers["Content-Disposition"]
    assert len(head) == len(lines[0])


def test_the_figures_are_sent_only_after_a_change(
    office: Office, round: Round, editor: Browser
) -> None:
    first = editor.client.get("/office/rounds/1/status", base_url="http://localhost")
    known = {"If-None-Match": first.headers["ETag"]}
    office.later(seconds=15)
    unchanged = editor.client.get(
        "/office/rounds/1/status", base_url="http://localhost", headers=known
    )
    assert (unchanged.status_code, unchanged.data) == (304, b"")
    office.answer(round, "Neudorf", sign("Gemeinde Neudorf"))
    changed = editor.client.get(
        "/office/rounds/1/status", base_url="http://localhost", headers=known
    )
    assert changed.status_code == 200
    assert "<b>1</b> von 5" in changed.get_data(as_text=True)


def test_the_refreshed_part_shows_the_same_members_as_the_page(editor: Browser) -> None:
    editor.open("/office/rounds/1?sort=-name")
    address = next(
        div.get("data-status") for div in editor.root.iter("div") if div.get("data-status")
    )
    part = editor.client.get(address, base_url="http://localhost").get_data(as_text=True)
    assert address.endswith("?page=1&sort=-name")
    assert re.findall(r"/office/invitations/(\d+)", part) == ["3", "4", "1", "2", "5"]


@pytest.mark.parametrize("count", [600, pytest.param(11_084, marks=pytest.mark.soak)])
def test_page_size_and_queries_do_not_grow_with_the_number_of_members(
    tmp_path: Path, count: int
) -> None:
    office = large_round(tmp_path, count)
    browser = office.browser()
    with transaction(office.db):
        updated = office.db.conn.execute("UPDATE rounds SET target = ?", [count // 2]).rowcount
    assert updated == 1
    assert count_queries(office, browser, "/office/rounds/1") <= 16
    assert len(browser.response.data) <= 250_000
    assert len(rows(browser)) == 100
    assert f"Seite 1 von {-(-count // 100)}" in browser.text
    assert len(rows(browser.follow("Nächste Seite"))) == 100

    path = "/office/rounds/1/status"
    known = {"If-None-Match": browser.client.get(path, base_url="http://localhost").headers["ETag"]}
    queries: list[str] = []
    office.db.conn.set_trace_callback(queries.append)
    answer = browser.client.get(path, base_url="http://localhost", headers=known)
    office.db.conn.set_trace_callback(None)
    assert (answer.status_code, answer.data) == (304, b"")
    assert len(queries) <= 5
    assert not [query for query in queries if "members" in query]


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE outbox SET bounced_at = sent_at WHERE id = 1",
        "UPDATE outbox SET sent_at = NULL, failed_at = enqueued_at WHERE id = 1",
        "UPDATE outbox SET sent_at = NULL WHERE id = 1",
        "UPDATE rounds SET target = 3",
        "UPDATE rounds SET deadline = '2027-03-01T23:00:00.000000+00:00'",
    ],
)
def test_mail_states_and_actions_refresh_the_figures(
    office: Office, editor: Browser, change: str
) -> None:
    path = "/office/rounds/1/status"
    known = {"If-None-Match": editor.client.get(path, base_url="http://localhost").headers["ETag"]}
    with transaction(office.db):
        office.db.conn.execute(change)
    assert editor.client.get(path, base_url="http://localhost", headers=known).status_code == 200


def test_the_deadline_includes_its_day_and_says_its_zone(editor: Browser) -> None:
    text = editor.open("/office/rounds/1").text.replace("\u00a0", " ")
    assert "Freitag, 26. Februar 2027, 24:00 Uhr (MEZ) · noch 36 Tage" in text


# target and charts


def test_a_target_is_set_on_the_page_and_marked_in_bar_and_chart(
    office: Office, round: Round, editor: Browser
) -> None:
    office.answer(round, "Neudorf", sign("Gemeinde Neudorf"))
    editor.open("/office/rounds/1").submit({"aim": " 3 "}, action="/target")
    assert "Das Ziel ist gespeichert." in editor.text
    assert "Ziel: 3 Mitzeichnungen, noch 2" in editor.text
    assert office.round(1).target == 3
    bar = next(
        element for element in editor.root.iter() if "so-bar--big" in element.get("class", "")
    )
    assert bar.get("aria-label") == "1 von 5 hat mitgezeichnet, Ziel 3"
    assert [element.get("x1") for element in bar.iter() if element.get("class") == "goal"] == [
        "60.00%"
    ]
    editor.submit({"aim": ""}, action="/target")
    assert "gilt kein Ziel" in editor.text
    assert office.round(1).target is None
    text = editor.open("/office/audit").text
    assert "Konto editor hat das Ziel zu „Leitgedanken zum öffentlichen Raum“ festgelegt." in text
    assert "Ziel: 3 Mitzeichnungen" in text
    assert "Ziel zu „Leitgedanken zum öffentlichen Raum“ gestrichen" in text


@pytest.mark.parametrize("value", ["0", "6", "-1", "drei", "1.5", "9" * 40, "²"])
def test_an_impossible_target_is_refused_at_its_field_and_stays_there(
    office: Office, editor: Browser, value: str
) -> None:
    editor.open("/office/rounds/1").submit({"aim": value}, action="/target", status=422)
    assert editor.title.startswith("Fehler:")
    assert "eine Zahl von 1 bis 5" in editor.text
    assert editor.form("/target").find(".//input[@name='aim']").get("value") == value
    assert office.round(1).target is None


def test_a_colleagues_target_is_not_overwritten_without_a_warning(
    office: Office, editor: Browser
) -> None:
    editor.open("/office/rounds/1")
    office.browser(Role.ADMIN).open("/office/rounds/1").submit({"aim": "4"}, action="/target")
    editor.submit({"aim": "2"}, action="/target", status=422)
    assert "jetzt gilt: 4" in editor.text
    assert office.round(1).target == 4
    editor.submit(action="/target")
    assert office.round(1).target == 2


def test_the_target_cannot_be_changed_after_closing(office: Office, editor: Browser) -> None:
    editor.open("/office/rounds/1")
    pass_deadline(office)
    browser = office.browser().open("/office/rounds/1")
    assert not [form for form in browser.forms if form.get("action").endswith("/target")]
    assert post_directly(browser, "/office/rounds/1/target", aim="1", seen="") == 409
    assert browser.open("/office/rounds/1/target").path == "/office/rounds/1"


def test_a_chart_and_a_table_show_the_answers_over_time(
    office: Office, round: Round, editor: Browser
) -> None:
    office.answer(round, "Neudorf", sign("Gemeinde Neudorf"))
    office.later(days=2)
    office.answer(round, "Altdorf", decline())
    office.answer(round, "Beispielstadt", pending(date(2027, 2, 11)))
    editor = office.browser().open("/office/rounds/1")
    assert "Zeitverlauf als Tabelle" in editor.text
    assert "21.01.2027 1 1 1 23.01.2027 2 3 1" in editor.text
    assert "11. Februar 2027: Beispielstadt" in editor.text.replace("\u00a0", " ")
    wide, narrow = (
        element
        for element in editor.root.iter()
        if "so-chart" in element.get("class", "") and element.get("role")
    )
    for chart in (wide, narrow):
        assert "3 von 5, davon 1 Mitzeichnungen. Letzter Tag: 26." in chart.get(
            "aria-label"
        ).replace("\u00a0", " ")
        assert len([element for element in chart.iter() if element.get("class") == "sitting"]) == 1


def test_only_the_table_beside_the_map_lists_other_countries(tmp_path: Path) -> None:
    office = new_office(tmp_path)
    german = [
        ("Ulm", "Stadt Ulm", "Baden-Württemberg"),
        ("Kehl", "Stadt Kehl", "Baden-Württemberg"),
    ]
    office.enrol([*german, ("Linz", "Landeshauptstadt Linz", "Oberösterreich"), ("Ort", "Ort", "")])
    with transaction(office.db):
        office.db.conn.execute("UPDATE members SET country = 'AT' WHERE name = 'Linz'")
    office.draft()
    office.answer(office.open(), "Ulm", sign("Stadt Ulm"))
    browser = office.browser().open("/office/rounds/1")
    drawn = next(element for element in browser.root.iter() if element.get("class") == "so-map")
    assert (
        drawn.get("aria-label")
        == "Karte: mitgezeichnet von Mitgliedern je Land. Baden-Württemberg 1 von 2"
    )
    assert "Baden-Württemberg 2 1 1 Österreich 1 0 0 ohne Angabe 1 0 0" in browser.text
    assert rows(browser.open("/office/rounds/1?state=AT")) == ["Landeshauptstadt Linz"]


def test_every_state_has_a_label_position_on_the_map() -> None:
    svg = (ROOT / "static/vendor/map/germany.svg").read_text("utf-8")
    drawn = set(re.findall(r'id="(..)"', svg))
    assert (
        drawn
        == {state.lower() for state in GERMAN_STATES.values()}
        == {*INSIDE_LABEL_POSITIONS, *OUTSIDE_LABEL_POSITIONS}
    )
    assert "CC BY 4.0" in svg


# the table's further columns


def test_the_table_shows_note_last_reminder_and_link_holders(office: Office, round: Round) -> None:
    office.answer(round, "Neudorf", sign("Gemeinde Neudorf", NOTE))
    office.now = round.deadline - timedelta(days=21, hours=12)
    actions.reminders.enqueue_reminders(office.db, HolidayCalendar(), office.now)
    office.work()
    browser = office.browser().open("/office/rounds/1?q=Altdorf")
    assert "erinnert am 05.02.2027" in browser.text
    assert "Ansprechperson" in browser.text
    text = browser.open("/office/rounds/1?todo=note").text
    assert rows(browser) == ["Gemeinde Neudorf"]
    assert NOTE[:40] in text
    assert "Notiz zu prüfen" in text


def test_the_table_can_be_filtered_by_open_tasks(
    office: Office, round: Round, editor: Browser
) -> None:
    office.answer(round, "Neudorf", sign("Gemeinde Neudorf am Wald"))
    office.answer(round, "Altdorf", pending(date(2027, 1, 22)))
    assert rows(editor.open("/office/rounds/1?todo=name")) == ["Gemeinde Neudorf"]
    office.later(days=2)
    browser = office.browser()
    assert rows(browser.open("/office/rounds/1?todo=sitting")) == ["Markt Altdorf"]
    assert "vorbei, ohne Ergebnis" in browser.text


def test_the_workbook_contains_the_filtered_members_with_real_dates(
    office: Office, round: Round
) -> None:
    evil = "=cmd()|' /C calc'!A0"
    office.answer(round, "Neudorf", sign("Gemeinde Neudorf", note=evil))
    answer = office.browser().client.get(
        "/office/rounds/1/members.xlsx?answer=sign", base_url="http://localhost"
    )
    sheet = load_workbook(io.BytesIO(answer.data)).active
    head, *lines = sheet.iter_rows()
    assert [cell.value for cell in head][:2] == ["Schlüssel", "Ort"]
    assert sheet.freeze_panes == "A2"
    (row,) = ({title.value: cell for title, cell in zip(head, line, strict=True)} for line in lines)
    assert row["Ort"].value == "Neudorf"
    assert str(row["Eingang"].value) == "2027-01-21 10:45:00"
    assert row["Protokollnotiz"].value == f"'{evil}"
    assert row["Protokollnotiz"].data_type == "s"
    assert row["Link bei"].value == "Ansprechperson <m00005@kommune.example>"
    assert "filename=leitgedanken-2027-01-21.xlsx" in answer.headers["Content-Disposition"]


def test_many_open_decisions_do_not_make_the_page_long(tmp_path: Path) -> None:
    office = new_office(tmp_path)
    office.enrol([(f"Ort {n:02d}", f"Stadt Ort {n:02d}", "Hessen") for n in range(12)])
    office.draft()
    round = office.open()
    for n in range(12):
        office.answer(round, f"Ort {n:02d}", sign(f"Stadt Ort {n:02d}", NOTE))
    browser = office.browser().open("/office/rounds/1")
    assert browser.text.count("Notiz lesen") == 8
    assert "Und 4 weitere Mitglieder:" in browser.text
    assert len(rows(browser.follow("alle mit einer Notiz"))) == 12
