"""The member list in the browser, without JavaScript: filters, concurrent changes, import and export."""

import io
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from openpyxl import load_workbook

from signoff import actions, store
from signoff.domain.accounts import Role
from signoff.domain.members import (
    REPRESENTATIVE_FIELDS,
    MemberRow,
    Representative,
    RepresentativeRow,
    format_fields,
)
from signoff.importers.members import read_members
from tests.browser import Browser, fields
from tests.factories import sign
from tests.importers.sheet_files import workbook_of
from tests.prepared import made_once
from tests.web.office.office import Office, new_office

HEADER = "key;name;official_name;kind;state;country;language;tags;representative;function;email"
MEMBER = "00002;Musterhausen;Stadt Musterhausen;Stadt;Nordrhein-Westfalen;DE;de;;Ansprechperson;;m00002@kommune.example"
PAGES = (
    "members",
    "members/1",
    "members.csv",
    "members.xlsx",
    "members/template.csv",
    "members/template.xlsx",
)
FOR_EDITORS = ("members/new", "members/1/edit", "members/1/representatives/new", "members/import")
ACTIONS = (
    *FOR_EDITORS,
    "members/1/archive",
    "members/1/restore",
    "members/1/representatives/1",
    "members/1/representatives/1/archive",
    "members/1/representatives/1/restore",
    f"members/import/{'0' * 64}",
    f"members/import/{'0' * 64}/columns",
    f"members/import/{'0' * 64}/keys",
)


@pytest.fixture
@made_once
def office(empty_office: Office) -> Office:
    empty_office.enrol()
    return empty_office


def rows(browser: Browser) -> list[str]:
    bodies = list(browser.root.iter("tbody"))
    return ["".join(row.find("th/a").itertext()) for row in bodies[0].iter("tr")] if bodies else []


def send(browser: Browser, fill: dict | None = None, status: int = 200) -> Browser:
    """Submit the form of this page, not the logout."""
    return browser.submit(fill, action=browser.path, status=status)


def values(browser: Browser) -> dict[str, str]:
    return fields(browser.form(browser.path), {})


def upload(
    browser: Browser, text: str | bytes, name: str = "liste.csv", status: int = 200
) -> Browser:
    content = text.encode() if isinstance(text, str) else text
    return send(
        browser.open("/office/members/import"), {"file": (io.BytesIO(content), name)}, status
    )


def add_representative(office: Office, email: str, **facts: object) -> int:
    new = Representative(0, 1, "Neue Person", "", email, **facts)
    return actions.members.add_representative(office.db, new, "cli", office.now)


# who may do what


def test_the_member_list_needs_a_login(office: Office) -> None:
    nobody = office.browser(None)
    for path in (*PAGES, *FOR_EDITORS):
        answer = nobody.client.get(f"/office/{path}", base_url="http://localhost")
        assert answer.status_code == 303, path
        assert answer.headers["Location"].startswith("/login"), path


def test_viewers_and_strangers_cannot_change_members(office: Office) -> None:
    before = store.audit.find_latest(office.db)
    for role in (Role.VIEWER, None):
        browser = office.browser(role)
        token = next(
            field.get("value")
            for field in browser.root.iter("input")
            if field.get("name") == "csrf_token"
        )
        for path in ACTIONS:
            response = browser.client.post(
                f"/office/{path}", data={"csrf_token": token}, base_url="http://localhost"
            )
            assert response.status_code == 403, path
    assert store.audit.find_latest(office.db) == before


def test_a_viewer_sees_members_without_actions(office: Office) -> None:
    viewer = office.browser(Role.VIEWER)
    for path in ("members", "members/1"):
        assert [form.get("action") for form in viewer.open(f"/office/{path}").forms] == ["/logout"]
    for path in FOR_EDITORS:
        viewer.open(f"/office/{path}", status=403)


def test_unknown_members_answer_404(editor: Browser) -> None:
    for path in (
        "99",
        "99/edit",
        "1/representatives/99",
        "99/representatives/new",
        f"import/{'0' * 64}",
    ):
        editor.open(f"/office/members/{path}", status=404)


# the list


def test_the_list_is_searched_filtered_and_sorted(office: Office, editor: Browser) -> None:
    editor.open("/office/").follow("Mitglieder")
    names = ["Altdorf", "Beispielstadt", "Musterhausen", "Neudorf", "Überlingen am Fluss"]
    assert [row.split()[-1] for row in rows(editor)] == [name.split()[-1] for name in names]
    for query, expected in (
        ("q=uberlingen", ["Stadt Überlingen am Fluss"]),
        ("q=m00005@", ["Gemeinde Neudorf"]),
        ("q=00003", ["Landeshauptstadt Beispielstadt"]),
        ("state=Hessen", ["Markt Altdorf", "Gemeinde Neudorf"]),
        ("state=Hessen&sort=-name", ["Gemeinde Neudorf", "Markt Altdorf"]),
        ("tag=nord", ["Landeshauptstadt Beispielstadt", "Gemeinde Neudorf"]),
        ("kind=Markt", []),
        ("kind=Stadt&q=dorf", ["Markt Altdorf", "Gemeinde Neudorf"]),
        ("shown=archived", []),
        ("sort=nonsense&reach=nonsense&page=999&q=neudorf", ["Gemeinde Neudorf"]),
    ):
        assert rows(editor.open(f"/office/members?{query}")) == expected, query
    assert (
        "Auf diese Auswahl passt kein Mitglied." in editor.open("/office/members?q=Nirgendwo").text
    )


def test_the_list_can_be_filtered_by_undeliverable_mail(office: Office, editor: Browser) -> None:
    new = MemberRow(
        "00009",
        "Briefdorf",
        "Gemeinde Briefdorf",
        line=9,
        representatives=(RepresentativeRow("Amt"),),
    )
    actions.member_import.import_members(office.db, [new], "cli", office.now)
    office.draft()
    office.open()
    office.unknown_mailboxes = {"m00005"}
    office.work()
    assert rows(editor.open("/office/members?reach=lost")) == ["Gemeinde Neudorf"]
    assert rows(editor.open("/office/members?reach=letter")) == ["Gemeinde Briefdorf"]
    assert len(rows(editor.open("/office/members?reach=mail"))) == 4
    assert (
        "Die letzte E-Mail an diese Adresse kam nicht an." in editor.open("/office/members/4").text
    )
    representative = store.members.list_all_representatives(office.db, 4)[0]
    original = format_fields(representative, REPRESENTATIVE_FIELDS)
    corrected = replace(representative, email="rathaus@kommune.example")
    actions.members.change_representative(office.db, corrected, original, "cli", office.now)
    assert rows(editor.open("/office/members?reach=lost")) == []


def test_an_address_with_another_domain_is_marked_in_list_and_page(
    office: Office, editor: Browser
) -> None:
    add_representative(office, "zwei@kommune.example")
    assert "passt nicht" not in editor.open("/office/members").text
    add_representative(office, "drei@komune.example")
    assert rows(editor.open("/office/members?reach=odd")) == ["Stadt Musterhausen"]
    assert (
        editor.open("/office/members/1").text.count("Adresse passt nicht zu den anderen") == 2
    )  # at the top, and at the representative


def test_an_empty_list_says_how_to_begin(tmp_path: Path) -> None:
    browser = new_office(tmp_path).browser().open("/office/members")
    assert "Noch ist kein Mitglied eingetragen." in browser.text
    assert "Schlüssel" in browser.follow("Vorlage (CSV)").response.get_data(as_text=True)


def test_a_filtered_list_can_be_exported_and_imported_unchanged(
    office: Office, editor: Browser
) -> None:
    add_representative(office, "zwei@kommune.example", may_answer=False, language="en")
    for kind in ("csv", "xlsx"):
        content = editor.open(f"/office/members.{kind}").response.get_data()
        file = read_members(f"x.{kind}", content)
        assert len(file.members) == 5
        assert {
            str(row.change) for row in actions.member_import.plan_import(office.db, file.members)
        } == {"same"}
        filtered = editor.open(f"/office/members.{kind}?state=Hessen").response.get_data()
        assert [member.name for member in read_members(f"x.{kind}", filtered).members] == [
            "Altdorf",
            "Neudorf",
        ]


def test_no_cell_of_an_exported_list_begins_a_formula(office: Office, editor: Browser) -> None:
    before = store.members.find(office.db, 1)
    evil = replace(before, id=0, key="+1", name='=HYPERLINK("x")', official_name="@x", tags=("-1",))
    actions.members.add_member(office.db, evil, "cli", office.now)
    text = editor.open("/office/members.csv").response.get_data().decode("utf-8-sig")
    assert "'=HYPERLINK" in text
    assert ";=" not in text
    assert "\n+1" not in text
    workbook = load_workbook(io.BytesIO(editor.open("/office/members.xlsx").response.get_data()))
    for row in workbook.active.iter_rows():
        for cell in row:
            assert cell.data_type != "f"
            assert not str(cell.value or "").startswith(("=", "+", "-", "@"))


def test_a_downloaded_list_has_german_headings_and_comes_back_unchanged(
    office: Office, editor: Browser
) -> None:
    for kind in ("csv", "xlsx"):
        content = editor.open(f"/office/members.{kind}").response.get_data()
        upload(editor, content, f"liste.{kind}")
        assert "0 neu 0 geändert 5 unverändert 0 abgelehnt" in editor.text.replace(
            "10 unv", "5 unv"
        )
    header = (
        editor.open("/office/members.csv").response.get_data().decode("utf-8-sig").splitlines()[0]
    )
    assert header.startswith("Schlüssel;Name;Amtliche Bezeichnung;Art;Bundesland;")
    assert header.endswith(";Ansprechperson;Funktion;E-Mail;Rechte")


# one member


def test_a_member_is_added_by_form_and_gets_a_representative(
    office: Office, editor: Browser
) -> None:
    send(
        editor.open("/office/members").follow("Mitglied aufnehmen"),
        {"name": "", "country": "Land"},
        422,
    )
    assert "Fehler:" in editor.title
    assert "Bitte geben Sie „Name“ an." in editor.text
    assert "„LAND“ ist kein Länderkürzel" in editor.text
    assert values(editor)["country"] == "Land"
    send(editor, {"name": "Neuberg", "key": "00002", "country": "de"}, 422)
    assert "hat schon ein anderes Mitglied: Stadt Musterhausen" in editor.text
    send(editor, {"key": "00077", "tags": "voll,  nord , voll"})
    assert editor.page == "member"
    assert "voll, nord" in editor.text
    assert "Niemand ist eingetragen." in editor.text
    send(editor.follow("Ansprechperson eintragen"), {"email": "kein Postfach"}, 422)
    assert "ist keine gültige E-Mail-Adresse" in editor.text
    send(editor, {"name": "Stabsstelle", "email": "Stab@Neuberg.Example", "may_answer": "no"})
    assert "Stab@neuberg.example" in editor.text.replace("\u200b", "")
    assert "nur zur Kenntnis" in editor.text
    assert "hat Neuberg als Mitglied aufgenommen" in editor.text
    assert store.audit.find_fault(office.db) is None


def test_the_page_of_a_member_shows_its_rounds_and_history(office: Office, editor: Browser) -> None:
    office.draft()
    office.answer(office.open(), "Musterhausen", sign())
    editor.open("/office/members/1")
    assert "mitgezeichnet" in editor.text
    assert "MZ-2027-0001" in editor.text
    for sentence in (
        "hat für die Stadt Musterhausen geantwortet",
        "hat eine Mitgliederliste übernommen",
    ):
        assert sentence in editor.text
    assert "00003" not in editor.text
    send(editor.open("/office/members/1/edit"), {"kind": "Hansestadt"})
    assert "Art: „Stadt“ → „Hansestadt“" in editor.text


def test_the_second_of_two_colleagues_changing_a_member_can_merge(office: Office) -> None:
    first, second = office.browser(Role.EDITOR), office.browser(Role.ADMIN)
    for browser in (first, second):
        browser.open("/office/members/1/edit")
    send(first, {"kind": "Hansestadt", "state": "Bremen"})
    send(second, {"kind": "Kreisstadt", "official_name": "Kreisstadt Musterhausen"}, 409)
    assert "Inzwischen hat jemand diese Angaben geändert" in second.text
    cells = [
        ["".join(cell.itertext()) for cell in row]
        for row in next(second.root.iter("tbody")).iter("tr")
    ]
    assert cells[0][1:] == ["Stadt", "Hansestadt", "Kreisstadt"]
    assert cells[1][1:] == ["Nordrhein-Westfalen", "Bremen", "Nordrhein-Westfalen"]
    form = values(second)
    merged = ("Kreisstadt", "Bremen", "Kreisstadt Musterhausen")
    assert (form["kind"], form["state"], form["official_name"]) == merged
    send(second, {})
    member = store.members.find(office.db, 1)
    assert (member.kind, member.state, member.official_name) == merged


def test_the_second_of_two_colleagues_changing_a_representative_can_merge(office: Office) -> None:
    first, second = office.browser(Role.EDITOR), office.browser(Role.ADMIN)
    for browser in (first, second):
        browser.open("/office/members/1/representatives/1")
    send(first, {"may_answer": "no"})
    send(second, {"function": "Leitung"}, 409)
    assert values(second)["may_answer"] == "no"
    assert values(second)["function"] == "Leitung"
    assert "nur zur Kenntnis" in second.text
    send(second, {})
    (representative,) = store.members.list_all_representatives(office.db, 1)
    assert (representative.may_answer, representative.function) == (False, "Leitung")


def test_a_member_is_archived_and_restored_with_its_representatives(
    office: Office, editor: Browser
) -> None:
    editor.open("/office/members/1").submit(action="members/1/archive")
    assert rows(editor.open("/office/members?shown=archived")) == ["Stadt Musterhausen"]
    assert "Stadt Musterhausen" not in rows(editor.open("/office/members"))
    editor.open("/office/members/1").submit(action="members/1/restore")
    editor.submit(action="representatives/1/archive")
    assert "Niemand ist eingetragen" in editor.text
    assert "Eine archivierte Ansprechperson" in editor.text
    editor.submit(action="representatives/1/restore")
    assert "Niemand ist eingetragen" not in editor.text


def test_a_member_of_a_running_round_is_not_archived_and_the_page_says_why(
    office: Office, editor: Browser
) -> None:
    office.draft()
    office.open()
    editor.open("/office/members/1").submit(action="members/1/archive", status=409)
    assert (
        "Zu einem laufenden Verfahren ist dieses Mitglied eingeladen: Leitgedanken" in editor.text
    )
    assert "sofort eingeladen" in editor.open("/office/members/1/representatives/new").text
    send(editor, {"email": "neu@kommune.example", "name": "Neu"})
    assert len(store.rounds.list_open_links(office.db, 1)) == 2


# a list from a file

LIST = (
    f"{HEADER}\n00002;Musterhausen;Hansestadt Musterhausen;Stadt;Nordrhein-Westfalen;DE;de;;Ansprechperson;;"
    "m00002@kommune.example\n00050;Neuberg;Stadt Neuberg;Stadt;Hessen;DE;de;;Büro;;buero@neuberg.example\n"
    "00006;Altdorf;Markt Altdorf;Stadt;Hessen;DE;de;;Ansprechperson;;m00006@kommune.example\n"
    "00006;Altdorf;;;;;;;Zweite;;zweite@komune.example\n"
)


def test_the_import_makes_the_changes_that_the_preview_shows(
    office: Office, editor: Browser
) -> None:
    before = store.audit.find_latest(office.db)
    upload(editor, LIST)
    assert editor.page == "member-import-preview"
    assert "3 neu 1 geändert 3 unverändert 0 abgelehnt" in editor.text
    assert "Amtliche Bezeichnung: „Stadt Musterhausen“ → „Hansestadt Musterhausen“" in editor.text
    assert "Adresse passt nicht zu den anderen" in editor.text
    preview = editor.url
    assert "Neuberg" in editor.open(f"{preview}?what=new").text
    assert "Hansestadt" not in editor.text
    assert "Hansestadt" in editor.open(f"{preview}?q=musterhausen").text
    assert "Neuberg" not in editor.text
    assert store.audit.find_latest(office.db) == before
    send(editor.open(preview))
    assert editor.page == "members"
    assert "Die Liste ist übernommen: 3 neu, 1 geändert." in editor.text
    assert store.members.find_by_key(office.db, "00050")
    assert store.members.find(office.db, 1).official_name == "Hansestadt Musterhausen"
    editor.open(preview, status=404)


def test_a_file_with_a_refused_line_imports_nothing(office: Office, editor: Browser) -> None:
    before = store.audit.find_latest(office.db)
    upload(
        editor,
        f"{HEADER}\n00050;Neuberg;;;;;;;Büro;;kein Postfach\n{MEMBER}\n=1+1;Formel;;;;;;;;;\n",
    )
    assert "2 Zeilen sind abgelehnt" in editor.text
    assert "Fehler:" in editor.title
    assert "Zeile 2, Spalte „email“" in editor.text
    assert "Zeile 4, Spalte „key“" in editor.text
    assert [form.get("action") for form in editor.forms] == ["/logout"]
    assert rows_of_preview(editor.follow("Nur die abgelehnten Zeilen zeigen")) == ["2", "4"]
    token = next(
        field.get("value")
        for field in editor.root.iter("input")
        if field.get("name") == "csrf_token"
    )
    forged = editor.client.post(
        editor.path, data={"csrf_token": token}, base_url="http://localhost"
    )
    assert forged.status_code == 422
    assert store.audit.find_latest(office.db) == before


def rows_of_preview(browser: Browser) -> list[str]:
    return [
        "".join(row.find("td").itertext()) for row in next(browser.root.iter("tbody")).iter("tr")
    ]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "Die Datei ist leer."),
        (f"{HEADER}\n".encode(), "kein Mitglied"),
        (b"PK\x03\x04kaputt", "lässt sich nicht öffnen"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_at_its_field(
    editor: Browser, content: bytes, message: str
) -> None:
    upload(editor, content, status=422)
    assert message in editor.text
    assert "Fehler:" in editor.title


OWN_LIST = (
    "Mitglieder, Stand 1. Februar 2027;;;;;\n"
    "Mitglied Nr.;Ort;Land;Telefon;Ansprechpartner/in;Mailadresse\n"
    "00050;Neuberg;NRW;0123;Büro;buero@neuberg.example\n"
)


def test_the_office_says_once_what_its_columns_are(office: Office, editor: Browser) -> None:
    upload(editor, OWN_LIST)
    assert editor.page == "member-columns"
    assert "Telefon 0123" in editor.text
    guessed = values(editor)
    assert [guessed[f"column-{index}"] for index in range(6)] == [
        "",
        "name",
        "state",
        "",
        "representative",
        "email",
    ]
    send(editor, status=422)
    assert "Die Spalte „Schlüssel“ fehlt." in editor.text
    assert "Fehler:" in editor.title
    send(editor, {"column-0": "name"}, 422)
    assert "Die Spalte „Name“ kommt mehrmals vor." in editor.text

    send(editor, {"column-0": "key"})
    assert "2 neu 0 geändert 0 unverändert 0 abgelehnt" in editor.text
    assert "Diese Spalten sind nicht übernommen: Telefon." in editor.text
    assert "nicht übernommen (Zeile 1)." in editor.text
    send(editor)
    found = store.members.find_by_key(office.db, "00050")
    assert (found.name, found.state) == ("Neuberg", "Nordrhein-Westfalen")

    headings = OWN_LIST.partition("\n")[2]
    upload(editor, headings)
    assert "Diese Liste ändert nichts" in editor.text
    assert values(editor.follow("Spalten anders zuordnen"))["column-0"] == "key"


def test_a_list_is_read_from_the_sheet_and_the_row_that_the_office_chooses(editor: Browser) -> None:
    sheets = {
        "Gäste": [["Nr", "Was"], ["AGS", "Ort"], ["99", "Gastdorf"]],
        "Mitglieder": [
            ["AGS", "Ort", "Art"],
            ["00050", "Neuberg", "Stadt"],
            ["00051", "Altberg", "Markt"],
        ],
    }
    upload(editor, workbook_of(sheets), "liste.xlsx")
    assert "Neuberg · Altberg" in editor.text
    editor.open(f"{editor.path}?shown=1&sheet=0&header=2")
    assert "Gastdorf" in editor.text
    assert values(editor)["column-0"] == "key"
    editor.open(f"{editor.path}?shown=0&sheet=0&header=0")
    assert "AGS · 99" in editor.text
    send(editor.open(f"{editor.path}?shown=0&sheet=0&header=1"))
    assert "Gastdorf" in editor.text
    assert "Weitere Blätter sind nicht übernommen: Mitglieder." in editor.text
    editor.open(f"{editor.path}/columns?sheet=9&header=x")
    assert "Gastdorf" in editor.text


def test_a_list_without_known_headings_is_not_lost(office: Office, editor: Browser) -> None:
    upload(editor, "a;b\n00050;Neuberg\n")
    send(editor, status=422)
    assert "Die Spalte „Name“ fehlt." in editor.text
    send(editor, {"column-0": "key", "column-1": "name"})
    send(editor)
    assert store.members.find_by_key(office.db, "00050")


ODD_KEYS = "key;name;state\n9162000;Neuberg;Bayern\n08 111 000;Altberg;BW\n"


def test_odd_keys_are_mended_where_they_are_ticked(office: Office, editor: Browser) -> None:
    upload(editor, ODD_KEYS)
    assert "2 Schlüssel fallen auf" in editor.text
    assert "Neuberg: 9162000 → 09162000" in editor.text
    preview = editor.path
    editor.submit({"mend": ["9162000"]}, press="Auswahl anwenden", action=preview)
    assert editor.path == preview
    assert "Altberg08 111 000" in editor.text
    send(editor)
    assert {"09162000", "08 111 000"} <= {
        member.key for member in store.members.list_all(office.db)
    }
    upload(editor, ODD_KEYS)
    assert "Ein Schlüssel fällt auf" in editor.text
    assert "Diese Liste ändert nichts" in editor.text


def test_a_tick_that_is_taken_away_is_shown_before_it_counts(
    office: Office, editor: Browser
) -> None:
    upload(editor, ODD_KEYS)
    send(editor, {"mend": []})
    assert "Bitte sehen Sie sie noch einmal an." in editor.text
    assert len(store.members.list_all(office.db)) == 5
    send(editor)
    assert store.members.find_by_key(office.db, "9162000")


def test_name_and_address_under_another_key_are_reported(editor: Browser) -> None:
    upload(editor, "key;name;email\n09162000;Musterhausen;m00002@kommune.example\n")
    assert "Name und Adresse stehen schon unter dem Schlüssel 00002" in editor.text


def test_a_member_is_found_again_by_name_and_state(editor: Browser) -> None:
    upload(editor, "key;name;state;tags\nM-7;Musterhausen;NRW;neu\n")
    assert (
        "„Musterhausen“ hat hier den Schlüssel „M-7“ und steht schon unter „00002“." in editor.text
    )
    assert "0 neu 1 geändert" in editor.text


def test_a_state_that_is_none_is_refused_in_the_form_and_an_abbreviation_is_written_out(
    office: Office, editor: Browser
) -> None:
    send(editor.open("/office/members/1/edit"), {"state": "Bayernland"}, 422)
    assert "„Bayernland“ ist kein deutsches Bundesland." in editor.text
    send(editor, {"state": "NRW"})
    assert store.members.get(office.db, 1).state == "Nordrhein-Westfalen"
    send(editor.open("/office/members/1/edit"), {"state": "Tirol", "country": "AT"})
    assert store.members.get(office.db, 1).state == "Tirol"


def test_a_key_typed_into_the_template_stays_a_text(editor: Browser) -> None:
    for path in ("members/template.xlsx", "members.xlsx"):
        sheet = load_workbook(io.BytesIO(editor.open(f"/office/{path}").response.get_data())).active
        assert sheet.column_dimensions["A"].number_format == "@"
        assert {cell.number_format for cell in sheet["A"][1:]} == {"@"}
        assert sheet.column_dimensions["B"].number_format == "General"


def test_a_missing_file_is_reported_at_its_field(editor: Browser) -> None:
    send(editor.open("/office/members/import"), {}, 422)
    assert "Bitte wählen Sie eine Datei aus." in editor.text


def test_the_preview_names_the_rows_that_are_further_contacts_of_a_member(
    office: Office, editor: Browser
) -> None:
    upload(editor, "key;name;email\n00061;Neuort;a@neuort.example\n;Neuort;b@neuort.example\n")
    assert "Diese Zeilen ohne Schlüssel sind weitere Kontakte" in editor.text
    assert "3 neu" in editor.text
    send(editor)
    member = store.members.find_by_key(office.db, "00061")
    assert member
    assert [
        person.email for person in store.members.list_representatives(office.db, member.id)
    ] == ["a@neuort.example", "b@neuort.example"]


def test_a_change_between_preview_and_import_is_noticed(office: Office, editor: Browser) -> None:
    upload(editor, LIST)
    colleague = office.browser(Role.ADMIN).open("/office/members/1/edit")
    send(colleague, {"official_name": "Burg Musterhausen"})
    assert colleague.page == "member"
    send(editor, None, 409)
    assert "Seit der Vorschau hat sich die Mitgliederliste geändert." in editor.text
    assert "„Burg Musterhausen“ → „Hansestadt Musterhausen“" in editor.text
    assert store.members.find_by_key(office.db, "00050") is None
    send(editor)
    assert store.members.find_by_key(office.db, "00050")


def test_a_second_click_reports_that_the_list_is_imported(office: Office, editor: Browser) -> None:
    upload(editor, LIST)
    form = {"csrf_token": editor.form(editor.path).find("input").get("value"), "plan": "x"}
    path = editor.path
    send(editor)
    second = editor.client.post(path, data=form, base_url="http://localhost")
    assert second.status_code == 303
    assert "schon übernommen" in editor.open("/office/members").text


def test_the_template_can_be_imported(office: Office, editor: Browser) -> None:
    for kind in ("xlsx", "csv"):
        content = editor.open(f"/office/members/template.{kind}").response.get_data()
        upload(editor, content, f"vorlage.{kind}")
        assert "3 neu 0 geändert 0 unverändert 0 abgelehnt" in editor.text


def test_a_file_adds_only_one_representative_without_an_address(editor: Browser) -> None:
    upload(editor, f"{HEADER}\n00050;Neuberg;;;;;;;Büro;;\n00050;Neuberg;;;;;;;Amt;;\n")
    assert "die zweite Ansprechperson ohne E-Mail-Adresse" in editor.text


def test_a_column_the_file_lacks_changes_nothing(office: Office, editor: Browser) -> None:
    upload(
        editor,
        "key;name;email\n00003;Beispielstadt;m00003@kommune.example\n00003;Beispielstadt;neu@kommune.example\n",
    )
    assert "1 neu 0 geändert 2 unverändert" in editor.text
    send(editor)
    member = store.members.find_by_key(office.db, "00003")
    assert (member.official_name, member.tags) == ("Landeshauptstadt Beispielstadt", ("nord",))
    upload(editor, "key;name;tags\n00003;Beispielstadt;\n")
    assert "Schlagwörter: „nord“ → (leer)" in editor.text


def test_an_uploaded_list_is_deleted_after_a_day(office: Office, editor: Browser) -> None:
    upload(editor, LIST)
    actions.member_import.delete_old_previews(office.db, office.now)
    preview = editor.open(editor.url).url
    actions.member_import.delete_old_previews(office.db, office.now + timedelta(days=1, minutes=1))
    editor.open(preview, status=404)


# queries and sizes


def test_a_long_list_needs_no_more_queries_and_its_pages_stay_small(
    office: Office, editor: Browser
) -> None:
    def cost() -> int:
        queries: list[str] = []
        connection = office.app.extensions["signoff"].db().conn
        connection.set_trace_callback(queries.append)
        editor.open("/office/members?q=o&sort=reach")
        connection.set_trace_callback(None)
        return len(queries)

    before = cost()
    office.enrol([(f"Ort {n:03d}", f"Verbandsgemeinde Ort {n:03d}", "Hessen") for n in range(250)])
    assert cost() == before <= 10
    assert len(editor.response.get_data()) < 250_000
    assert "Seite 1 von 3" in editor.text
    assert len(rows(editor)) == 100
