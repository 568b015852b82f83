"""The round's page: where it stands, the table of its members, the figures that renew themselves."""

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
from tests.factories import ROOT, decline, pending, sign
from tests.web.office.large_round import large_round
from tests.web.office.office import Office, new_office
from tests.web.office.pages import NOTE, closed, count_queries, post_directly, rows


def test_the_table_is_filtered_and_sorted_by_what_is_on_offer(
    office: Office, round: Round, editor: Browser
) -> None:
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


def test_the_file_holds_what_the_filter_leaves_and_no_formula(
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
    head, *found = csv.reader(io.StringIO(text[1:]), delimiter=";")
    assert [row[1] for row in found] == ["Neudorf"]
    assert f"'{evil}" in found[0]
    assert not [cell for row in found for cell in row if cell.startswith(("=", "+", "-", "@"))]
    assert "filename=leitgedanken-2027-01-21.csv" in answer.headers["Content-Disposition"]
    assert len(head) == len(found[0])


def test_the_figures_come_again_only_when_something_has_changed(
    office: Office, round: Round, editor: Browser
) -> None:
    first = editor.client.get("/office/rounds/1/status", base_url="http://localhost")
    known = {"If-None-Match": first.headers["ETag"]}
    office.later(seconds=15)
    same = editor.client.get("/office/rounds/1/status", base_url="http://localhost", headers=known)
    assert (same.status_code, same.data) == (304, b"")
    office.answer(round, "Neudorf", sign("Gemeinde Neudorf"))
    fresh = editor.client.get("/office/rounds/1/status", base_url="http://localhost", headers=known)
    assert fresh.status_code == 200
    assert "<b>1</b> von 5" in fresh.get_data(as_text=True)


def test_the_figures_are_in_the_page_as_in_the_part_that_is_refreshed(editor: Browser) -> None:
    editor.open("/office/rounds/1?sort=-name")
    asked = next(
        each.get("data-status") for each in editor.root.iter("div") if each.get("data-status")
    )
    part = editor.client.get(asked, base_url="http://localhost").get_data(as_text=True)
    assert asked.endswith("?page=1&sort=-name")
    assert re.findall(r"/office/invitations/(\d+)", part) == ["3", "4", "1", "2", "5"]


@pytest.mark.parametrize("many", [600, pytest.param(11_084, marks=pytest.mark.soak)])
def test_a_page_stays_small_and_asks_few_questions_whatever_the_number_of_members(
    tmp_path: Path, many: int
) -> None:
    office = large_round(tmp_path, many)
    browser = office.browser()
    with transaction(office.db):
        aiming_at = office.db.conn.execute("UPDATE rounds SET target = ?", [many // 2]).rowcount
    assert aiming_at == 1
    assert count_queries(office, browser, "/office/rounds/1") <= 12
    assert len(browser.response.data) <= 250_000
    assert len(rows(browser)) == 100
    assert f"Seite 1 von {-(-many // 100)}" in browser.text
    assert len(rows(browser.follow("Nächste Seite"))) == 100

    news = "/office/rounds/1/status"
    known = {"If-None-Match": browser.client.get(news, base_url="http://localhost").headers["ETag"]}
    queries: list[str] = []
    office.db.conn.set_trace_callback(queries.append)
    answer = browser.client.get(news, base_url="http://localhost", headers=known)
    office.db.conn.set_trace_callback(None)
    assert (answer.status_code, answer.data) == (304, b"")
    assert len(queries) <= 5 and not [each for each in queries if "members" in each]


@pytest.mark.parametrize(
    "moved",
    [
        "UPDATE outbox SET bounced_at = sent_at WHERE id = 1",
        "UPDATE outbox SET sent_at = NULL, failed_at = enqueued_at WHERE id = 1",
        "UPDATE outbox SET sent_at = NULL WHERE id = 1",
        "UPDATE rounds SET target = 3",
        "UPDATE rounds SET deadline = '2027-03-01T23:00:00.000000+00:00'",
    ],
)
def test_mail_states_and_actions_are_news_too(office: Office, editor: Browser, moved: str) -> None:
    news = "/office/rounds/1/status"
    known = {"If-None-Match": editor.client.get(news, base_url="http://localhost").headers["ETag"]}
    with transaction(office.db):
        office.db.conn.execute(moved)
    assert editor.client.get(news, base_url="http://localhost", headers=known).status_code == 200


def test_the_deadline_includes_its_day_and_says_its_zone(editor: Browser) -> None:
    text = editor.open("/office/rounds/1").text.replace("\u00a0", " ")
    assert "Freitag, 26. Februar 2027, 24:00 Uhr (MEZ) · noch 36 Tage" in text


# how far it has come


def test_an_aim_is_set_on_the_page_and_marked_in_bar_and_chart(
    office: Office, round: Round, editor: Browser
) -> None:
    office.answer(round, "Neudorf", sign("Gemeinde Neudorf"))
    editor.open("/office/rounds/1").submit({"aim": " 3 "}, action="/target")
    assert "Das Ziel ist gespeichert." in editor.text
    assert "Ziel: 3 Mitzeichnungen, noch 2" in editor.text
    assert office.round(1).target == 3
    bar = next(each for each in editor.root.iter() if "so-bar--big" in each.get("class", ""))
    assert bar.get("aria-label") == "1 von 5 haben mitgezeichnet, Ziel 3"
    assert [each.get("x1") for each in bar.iter() if each.get("class") == "goal"] == ["60.00%"]
    editor.submit({"aim": ""}, action="/target")
    assert "gilt kein Ziel" in editor.text and office.round(1).target is None
    text = editor.open("/office/audit").text
    assert "Konto editor hat das Ziel zu „Leitgedanken zum öffentlichen Raum“ festgelegt." in text
    assert "Ziel: 3 Mitzeichnungen" in text
    assert "Ziel zu „Leitgedanken zum öffentlichen Raum“ gestrichen" in text


@pytest.mark.parametrize("typed", ["0", "6", "-1", "drei", "1.5", "9" * 40, "²"])
def test_an_impossible_aim_is_refused_at_its_field_and_stays_there(
    office: Office, editor: Browser, typed: str
) -> None:
    editor.open("/office/rounds/1").submit({"aim": typed}, action="/target", status=422)
    assert editor.title.startswith("Fehler:") and "eine Zahl von 1 bis 5" in editor.text
    assert editor.form("/target").find(".//input[@name='aim']").get("value") == typed
    assert office.round(1).target is None


def test_a_colleagues_aim_is_not_overwritten_unseen(office: Office, editor: Browser) -> None:
    editor.open("/office/rounds/1")
    office.browser(Role.ADMIN).open("/office/rounds/1").submit({"aim": "4"}, action="/target")
    editor.submit({"aim": "2"}, action="/target", status=422)
    assert "jetzt gilt: 4" in editor.text and office.round(1).target == 4
    editor.submit(action="/target")
    assert office.round(1).target == 2


def test_nobody_moves_the_aim_to_where_the_result_came_out(office: Office, editor: Browser) -> None:
    editor.open("/office/rounds/1")
    closed(office)
    browser = office.browser().open("/office/rounds/1")
    assert not [form for form in browser.forms if form.get("action").endswith("/target")]
    assert post_directly(browser, "/office/rounds/1/target", aim="1", seen="") == 409
    assert browser.open("/office/rounds/1/target").path == "/office/rounds/1"


def test_the_course_of_the_answers_is_drawn_and_stands_in_a_table(
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
        each
        for each in editor.root.iter()
        if "so-chart" in each.get("class", "") and each.get("role")
    )
    for drawn in (wide, narrow):
        assert "3 von 5, davon 1 Mitzeichnungen. Letzter Tag: 26." in drawn.get(
            "aria-label"
        ).replace("\u00a0", " ")
        assert len([each for each in drawn.iter() if each.get("class") == "sitting"]) == 1


def test_the_map_has_a_table_beside_it_and_other_countries_stand_there_only(tmp_path: Path) -> None:
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
    drawn = next(each for each in browser.root.iter() if each.get("class") == "so-map")
    assert (
        drawn.get("aria-label")
        == "Karte: mitgezeichnet von Mitgliedern je Land. Baden-Württemberg 1 von 2"
    )
    assert "Baden-Württemberg 2 1 1 Österreich 1 0 0 ohne Angabe 1 0 0" in browser.text
    assert rows(browser.open("/office/rounds/1?state=AT")) == ["Landeshauptstadt Linz"]


def test_every_state_has_its_place_on_the_map() -> None:
    svg = (ROOT / "static/vendor/map/germany.svg").read_text("utf-8")
    drawn = set(re.findall(r'id="(..)"', svg))
    assert (
        drawn
        == {each.lower() for each in GERMAN_STATES.values()}
        == {*INSIDE_LABEL_POSITIONS, *OUTSIDE_LABEL_POSITIONS}
    )
    assert "CC BY 4.0" in svg


# the table's further columns


def test_the_table_names_note_last_reminder_and_who_holds_the_links(
    office: Office, round: Round
) -> None:
    office.answer(round, "Neudorf", sign("Gemeinde Neudorf", NOTE))
    office.now = round.deadline - timedelta(days=21, hours=12)
    actions.reminders.enqueue_reminders(office.db, HolidayCalendar(), office.now)
    office.work()
    browser = office.browser().open("/office/rounds/1?q=Altdorf")
    assert "erinnert am 05.02.2027" in browser.text and "Ansprechperson" in browser.text
    text = browser.open("/office/rounds/1?todo=note").text
    assert rows(browser) == ["Gemeinde Neudorf"]
    assert NOTE[:40] in text and "Notiz zu prüfen" in text


def test_what_waits_for_the_office_can_be_chosen(
    office: Office, round: Round, editor: Browser
) -> None:
    office.answer(round, "Neudorf", sign("Gemeinde Neudorf am Wald"))
    office.answer(round, "Altdorf", pending(date(2027, 1, 22)))
    assert rows(editor.open("/office/rounds/1?todo=name")) == ["Gemeinde Neudorf"]
    office.later(days=2)
    browser = office.browser()
    assert rows(browser.open("/office/rounds/1?todo=sitting")) == ["Markt Altdorf"]
    assert "vorbei, ohne Ergebnis" in browser.text


def test_the_workbook_holds_what_the_filter_leaves_with_days_as_days(
    office: Office, round: Round
) -> None:
    evil = "=cmd()|' /C calc'!A0"
    office.answer(round, "Neudorf", sign("Gemeinde Neudorf", note=evil))
    answer = office.browser().client.get(
        "/office/rounds/1/members.xlsx?answer=sign", base_url="http://localhost"
    )
    sheet = load_workbook(io.BytesIO(answer.data)).active
    head, *found = sheet.iter_rows()
    assert [cell.value for cell in head][:2] == ["Schlüssel", "Ort"] and sheet.freeze_panes == "A2"
    (row,) = ({title.value: cell for title, cell in zip(head, each, strict=True)} for each in found)
    assert row["Ort"].value == "Neudorf" and str(row["Eingang"].value) == "2027-01-21 10:45:00"
    assert row["Protokollnotiz"].value == f"'{evil}" and row["Protokollnotiz"].data_type == "s"
    assert row["Zugang bei"].value == "Ansprechperson <m00005@kommune.example>"
    assert "filename=leitgedanken-2027-01-21.xlsx" in answer.headers["Content-Disposition"]


def test_many_things_to_decide_do_not_make_the_page_long(tmp_path: Path) -> None:
    office = new_office(tmp_path)
    office.enrol([(f"Ort {n:02d}", f"Stadt Ort {n:02d}", "Hessen") for n in range(12)])
    office.draft()
    round = office.open()
    for n in range(12):
        office.answer(round, f"Ort {n:02d}", sign(f"Stadt Ort {n:02d}", NOTE))
    browser = office.browser().open("/office/rounds/1")
    assert browser.text.count("Notiz lesen") == 8 and "Und 4 weitere Mitglieder:" in browser.text
    assert len(rows(browser.follow("alle mit einer Notiz"))) == 12
