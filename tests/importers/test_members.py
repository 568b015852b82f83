"""A member list is imported completely or refused with all lines and reasons."""

import csv
import zipfile
from io import BytesIO, StringIO
from pathlib import Path

import pytest
from openpyxl import Workbook

from signoff.domain.members import RepresentativeRow
from signoff.domain.text import escape_formula
from signoff.i18n.errors import describe_import_notice, describe_import_problem
from signoff.importers.errors import FileReason, FileRefused, ImportNoticeKind, ImportProblem
from signoff.importers.members import MemberFile, OddKeys, read_members
from tests.importers.sheet_files import ods, ods_of, workbook, workbook_of

TABLE = [
    ["key", "name", "state", "email"],
    ["09162000", "München", "Bayern", "ob@muenchen.example"],
]
SAMPLE = Path(__file__).parent.parent / "data" / "members.csv"
HEAD = "key;name;official_name;state;representative;email"


def listed(*lines: str, head: str = HEAD, encoding: str = "utf-8") -> MemberFile:
    return read_members("members.csv", "\r\n".join([head, *lines]).encode(encoding))


def problems(content: bytes | str, filename: str = "members.csv") -> tuple[ImportProblem, ...]:
    with pytest.raises(FileRefused) as refused:
        read_members(filename, content.encode() if isinstance(content, str) else content)
    for problem in refused.value.problems:
        assert "%" not in describe_import_problem(problem)
    return refused.value.problems


def messages(content: bytes | str, filename: str = "members.csv") -> list[str]:
    return [describe_import_problem(problem) for problem in problems(content, filename)]


def reasons(content: bytes | str, filename: str = "members.csv") -> list[FileReason]:
    return [problem.reason for problem in problems(content, filename)]


def test_the_sample_has_46_members_with_50_representatives() -> None:
    members = read_members("members.csv", SAMPLE.read_bytes()).members

    assert len(members) == 46
    assert sum(len(member.representatives) for member in members) == 50
    essen = next(member for member in members if member.name == "Essen")
    assert (essen.key, essen.line, essen.official_name, essen.tags) == (
        "05113000",
        4,
        "Stadt Essen",
        ("vollmitglied",),
    )
    assert [person.email for person in essen.representatives] == [
        "praevention@essen.example",
        "ob-buero@essen.example",
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("delimiter", [";", ","])
def test_all_encodings_and_delimiters_give_the_same_members(encoding: str, delimiter: str) -> None:
    rows = list(csv.reader(StringIO(SAMPLE.read_text("utf-8-sig")), delimiter=";"))
    output = StringIO()
    csv.writer(output, delimiter=delimiter, quoting=csv.QUOTE_ALL).writerows(rows)

    assert read_members("x.csv", output.getvalue().encode(encoding)) == read_members(
        "x.csv", SAMPLE.read_bytes()
    )


def test_a_workbook_gives_the_same_members_as_its_csv() -> None:
    rows = csv.reader(StringIO(SAMPLE.read_text("utf-8-sig")), delimiter=";")

    assert read_members("members.xlsx", workbook(*rows)) == read_members(
        "members.csv", SAMPLE.read_bytes()
    )


def test_columns_can_have_any_order_and_only_two_are_required() -> None:
    member = listed("Musterhausen;1", head="Name; KEY ").members[0]

    assert (member.key, member.official_name, member.country, member.language) == (
        "1",
        "Musterhausen",
        "DE",
        "de",
    )
    assert member.representatives == ()


def test_inhabitants_are_digits_however_they_are_grouped() -> None:
    head = "key;name;inhabitants"
    for cell in ("12345", "12.345", "12 345", "12,345", "12’345"):
        assert listed(f"1;Musterhausen;{cell}", head=head).members[0].inhabitants == "12345"
    for cell in ("viele", "12,34", "012", "1.2345", "-5"):
        assert reasons(f"{head}\n1;Musterhausen;{cell}") != []
    assert reasons(f"{head}\n1;Musterhausen;viele") == [FileReason.NOT_INHABITANTS]


def test_address_is_compared_without_case_and_may_be_missing() -> None:
    member = listed(
        "1;Musterhausen;;;Stabsstelle;Stab@Musterhausen.Example",
        "1;Musterhausen;;;Stabsstelle;stab@musterhausen.example",
        "1;Musterhausen;;;Rathaus;",
        "1;Musterhausen;;;Rathaus;",
    ).members[0]

    assert member.representatives == (
        RepresentativeRow("Stabsstelle", email="Stab@musterhausen.example"),
        RepresentativeRow("Rathaus"),
    )


def test_empty_cell_in_a_second_row_is_no_conflict() -> None:
    member = listed(
        "1;Musterhausen;;Hessen;A;a@m.example", "1;Musterhausen;Stadt Musterhausen;;B;b@m.example"
    ).members[0]

    assert (member.official_name, member.state) == ("Stadt Musterhausen", "Hessen")


def test_all_problems_are_reported_with_line_and_column() -> None:
    assert messages(
        f"{HEAD}\n1;Musterhausen;Stadt Musterhausen;Hessen;A;x@@y\n"
        "2;;;;B;b@b.example\n"
        "3;Beispielstadt;;;=cmd();c@c.example\n"
        "4;Nirgendwo;;\n"
        "5;Hier;;;;\n5;Dort;;;;\n"
    ) == [
        "Zeile 2, Spalte „email“: „x@@y“ ist keine gültige E-Mail-Adresse; vor dem @ sind Umlaute nicht möglich.",
        "Zeile 3, Spalte „name“: Die Angabe fehlt.",
        "Zeile 4, Spalte „representative“: „=cmd()“ beginnt wie eine Formel (=, +, - oder @). "
        "Bitte schreiben Sie reinen Text.",
        "Zeile 5: Die Zeile hat 4 Spalten statt 6.",
        "Zeile 7, Spalte „name“: „Dort“ widerspricht Zeile 6, wo zum selben Schlüssel „5“ die Angabe „Hier“ steht.",
    ]


@pytest.mark.parametrize(
    "cell", ["=1+1", '"=""=1+1"""', "+49 30", "-1", "@SUM(A1)", '"\t=1"', " =1", '"\rx"']
)
def test_cell_with_a_formula_is_refused(cell: str) -> None:
    assert FileReason.FORMULA in reasons(f"{HEAD}\n1;Musterhausen;{cell};;;")


@pytest.mark.parametrize("sign", ["\x07", "\u2028", "\u202e", "\n", "\x1b"])
def test_cell_with_control_characters_is_refused(sign: str) -> None:
    assert reasons(f'{HEAD}\n1;"Muster{sign}hausen";;;;') == [FileReason.CONTROL_CHARACTERS]


def test_cell_with_unprintable_characters_is_refused_with_its_place() -> None:
    assert messages(f"{HEAD}\n1;Łódź;שָׁלוֹם ✓;;;\n2;Stadt 東京;;;;") == [
        "Zeile 3, Spalte „name“: Diese Zeichen lassen sich nicht drucken: 東 (U+6771, „Stadt 東京“), "
        "京 (U+4EAC, „Stadt 東京“). Bitte löschen oder ersetzen Sie sie."
    ]


def test_ligatures_and_decomposed_letters_in_cells_become_letters() -> None:
    file = listed("1;Gri\ufb03n;Mu\u0308nchen\u00ad;;;")
    assert [(member.name, member.official_name) for member in file.members] == [
        ("Griffin", "München")
    ]


@pytest.mark.parametrize(
    "address",
    [
        "x@@y",
        "x",
        "a@b.example, c@d.example",
        "a@b.example\u2028",
        "a@localhost",
        "müller@b.example",
        "<a@b.example>",
    ],
)
def test_invalid_address_is_refused(address: str) -> None:
    assert problems(f'{HEAD}\n1;Musterhausen;;;;"{address}"')[0].column == "email"


def test_name_has_at_most_200_characters() -> None:
    assert listed(f"1;{'x' * 200};;;;").members
    assert reasons(f"{HEAD}\n1;{'x' * 201};;;;") == [FileReason.TOO_LONG]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", FileReason.EMPTY),
        ("\n;;;\n", FileReason.EMPTY),
        (HEAD, FileReason.NO_ROWS),
        ("1;Musterhausen\n2;Beispielstadt\n", FileReason.NO_HEADER),
        ("name;email\nMusterhausen;a@b.example", FileReason.MISSING_COLUMN),
        ("key;name;name\n1;Musterhausen;x", FileReason.DOUBLE_COLUMN),
        ('key;name\n1;"Musterhausen', FileReason.NOT_A_ROW),
        ("key;name;country\n1;Musterhausen;Nirgendwo", FileReason.NOT_A_COUNTRY),
        ("key;name;language\n1;Musterhausen;Deutsch!", FileReason.NOT_A_LANGUAGE),
        ("key;name;state\n1;Musterhausen;Bayernland", FileReason.NOT_A_STATE),
        ("key;name\n1;MÃ¼nchen", FileReason.TWICE_ENCODED),
        ("key;name\n1;Å\u0081Ã³dÅº", FileReason.TWICE_ENCODED),
        ("key;name\n1;Köln".encode("utf-16")[:-1], FileReason.UNKNOWN_ENCODING),
        (b"key;name\n1;K\x81ln", FileReason.UNKNOWN_ENCODING),
        ("key;name\n1;Köln".encode() + b"\n2;M\xfcnchen", FileReason.UNKNOWN_ENCODING),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), FileReason.LEGACY_OR_LOCKED),
        (b"PK\x03\x04 but no more", FileReason.NOT_A_PACKAGE),
        (b"x" * (5 * 1024 * 1024 + 1), FileReason.TOO_LARGE),
    ],
)
def test_a_file_that_is_no_member_list_is_refused(content: bytes | str, reason: FileReason) -> None:
    assert reasons(content) == [reason]


def test_more_than_50_000_rows_are_refused() -> None:
    rows = "".join(f"{number};M\n" for number in range(50_001))

    assert reasons("key;name\n" + rows) == [FileReason.TOO_MANY_ROWS]


def test_a_workbook_with_a_formula_is_refused() -> None:
    assert messages(workbook(["key", "name"], ["1", '=HYPERLINK("x")']), "m.xlsx")[0].startswith(
        "Zeile 2, Spalte „name“: „="
    )


def test_key_with_lost_leading_zeros_is_refused_and_formatted_zeros_are_kept() -> None:
    assert reasons(workbook(["key", "name"], [5113000, "Essen"]), "m.xlsx") == [
        FileReason.LOST_ZERO
    ]
    book = Workbook()
    book.active.append(["key", "name"])
    book.active.append([5113000, "Essen"])
    book.active["A2"].number_format = "00000000"
    file = BytesIO()
    book.save(file)

    assert read_members("m.xlsx", file.getvalue()).members[0].key == "05113000"


CITY = "09162000;München;Bayern;ob@muenchen.example"


@pytest.mark.parametrize(
    ("content", "notices"),
    [
        (f"key;name;state;email;;\n{CITY};;\n", []),
        (f"key;name;state;email\n{CITY}\n".replace("09162000", '="09162000"'), []),
        (f"key;name;state;email\n{CITY};;\n", []),
        (f"key;name;state;email\n\ufeff{CITY}\n", [ImportNoticeKind.ZERO_WIDTH_REMOVED]),
        (
            f"key;name;state;email\n{CITY}\n".replace("Mün", "Mün\u200b"),
            [ImportNoticeKind.ZERO_WIDTH_REMOVED],
        ),
        (
            f"key;name;state;email\n{CITY}\n".replace("Mün", "Mün\u200e"),
            [ImportNoticeKind.ZERO_WIDTH_REMOVED],
        ),
        (f"key;name;state;email;Faxnummer\n{CITY};089 1\n", [ImportNoticeKind.COLUMNS_LEFT_OUT]),
        (f"key;name;state;email;\n{CITY};1500000\n", [ImportNoticeKind.COLUMNS_LEFT_OUT]),
        (
            f"Mitglieder\n\nAGS;Kommune;Bundesland;E-Mail\n{CITY}\n",
            [ImportNoticeKind.TITLE_ROWS],
        ),
        (
            workbook_of({"Alt": [["key", "name"], ["9", "X"]], "Neu": TABLE}, hidden=["Alt"]),
            [ImportNoticeKind.SHEETS_HIDDEN],
        ),
        (
            workbook_of({"Notizen": [["Bitte lesen"]], "Neu": TABLE}),
            [ImportNoticeKind.SHEETS_LEFT_OUT],
        ),
        (
            ods_of({"Neu": [*TABLE, ["99", "Ausgetreten", "", ""]]}, hidden_lines=[3]),
            [ImportNoticeKind.ROWS_HIDDEN],
        ),
    ],
)
def test_what_offices_leave_in_a_list_is_taken_or_left_out_and_named(
    content: bytes | str, notices: list[ImportNoticeKind]
) -> None:
    file = read_members("liste", content.encode() if isinstance(content, str) else content)

    (member,) = file.members
    (person,) = member.representatives
    assert (member.key, member.name, member.state) == ("09162000", "München", "Bayern")
    assert person.email == "ob@muenchen.example"
    assert [notice.kind for notice in file.notices] == notices
    assert "%" not in "".join(map(describe_import_notice, file.notices))


def test_states_countries_languages_and_roles_are_read_by_their_names() -> None:
    file = listed(
        "1;Köln;NRW;Deutschland;Deutsch;a@b.example;darf antworten",
        "1;Köln;Nordrhein-Westfalen;DE;de-DE;c@b.example;nur zur Kenntnis",
        "2;Wien;Wien;Österreich;English;;",
        "3;Schaffhausen;SH;CH;;;",
        head="AGS;Ort;Bundesland;Staat;Sprache;E-Mail;Rechte",
    )

    assert [
        (member.name, member.state, member.country, member.language) for member in file.members
    ] == [
        ("Köln", "Nordrhein-Westfalen", "DE", "de"),
        ("Wien", "Wien", "AT", "en"),
        ("Schaffhausen", "SH", "CH", "de"),
    ]
    assert [person.may_answer for person in file.members[0].representatives] == [True, False]


def test_a_language_that_no_page_speaks_is_named() -> None:
    content = b"key;name;language\n1;Paris;fr\n2;Nice;Klingonisch\n"

    assert read_members("x.csv", content.replace(b"\n2;Nice;Klingonisch", b"")).members
    with pytest.raises(FileRefused) as refused:
        read_members("x.csv", content, languages=("de", "en"))
    assert [problem.line for problem in refused.value.problems] == [2, 3]


def test_all_problems_are_named_at_once_by_the_headings_of_the_file() -> None:
    assert messages(
        "Ort;Land;Mailadresse\nKöln;Rheinland;ob@koeln.example\nMÃ¼nchen;Bayern;\nBonn;NRW;bonn\n"
    ) == [
        "Zeile 1: Die Spalte „key“ fehlt.",
        "Zeile 2, Spalte „Land“: „Rheinland“ ist kein deutsches Bundesland. Wenn das Mitglied in einem anderen Staat "
        "liegt, nennen Sie diesen in einer Spalte „Staat“; wenn es zu keinem Land gehört, lassen Sie das Feld leer.",
        "Zeile 3, Spalte „Ort“: „MÃ¼nchen“ hat eine gemischte Zeichenkodierung. Bitte speichern Sie die Liste dort, "
        "wo sie herkommt, noch einmal als UTF-8 oder als Excel-Datei.",
        "Zeile 4, Spalte „Mailadresse“: „bonn“ ist keine gültige E-Mail-Adresse; vor dem @ sind Umlaute nicht möglich.",
    ]


@pytest.mark.parametrize(
    "content",
    [
        b"key;name;state;email\n9162000;M\xc3\xbcnchen;Bayern;ob@muenchen.example\n",
        workbook(["key", "name", "state"], ["9162000", "München", "Bayern"]),
        ods(["AGS", "Ort", "Land"], [9162000, "München", ""]),
    ],
)
def test_a_lost_zero_is_refused_mended_or_kept(content: bytes) -> None:
    (problem,) = problems(content, "liste")
    assert (problem.reason, problem.line) == (FileReason.LOST_ZERO, 2)

    mended = read_members("liste", content, odd_keys=OddKeys.MEND)
    assert ([member.key for member in mended.members], len(mended.mends)) == (["09162000"], 1)
    kept = read_members("liste", content, odd_keys=OddKeys.KEEP)
    assert ([member.key for member in kept.members], kept.mends) == (["9162000"], ())


def test_rows_with_a_key_and_its_mended_spelling_are_one_member() -> None:
    content = b"key;name;email\n09162000;A;a@m.example\n09 162 000;A;b@m.example\n"
    (member,) = read_members("x.csv", content, odd_keys=OddKeys.MEND).members

    assert [person.email for person in member.representatives] == ["a@m.example", "b@m.example"]


@pytest.mark.slow
def test_workbook_that_unpacks_to_an_excessive_size_is_refused() -> None:
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("xl/workbook.xml", b"<a>" + b" " * (65 << 20) + b"</a>")

    assert reasons(file.getvalue(), "m.xlsx") == [FileReason.UNPACKS_TOO_LARGE]


@pytest.mark.slow
def test_workbook_with_an_excessive_row_number_is_refused() -> None:
    file = BytesIO()
    with (
        zipfile.ZipFile(BytesIO(workbook(["key", "name"], ["1", "Essen"]))) as old,
        zipfile.ZipFile(file, "w") as new,
    ):
        for name in old.namelist():
            part = old.read(name)
            if name.endswith("sheet1.xml"):
                part = part.replace(b'r="2"', b'r="999999999999"').replace(
                    b'="A2"', b'="A999999999999"'
                )
                part = part.replace(b'="B2"', b'="B999999999999"')
                assert b"999999999999" in part
            new.writestr(name, part)

    assert reasons(file.getvalue(), "m.xlsx") == [FileReason.TOO_MANY_ROWS]


def test_every_reason_has_a_message() -> None:
    from signoff.i18n.errors import IMPORT_NOTICES, IMPORT_PROBLEMS
    from signoff.importers.errors import ImportNoticeKind

    assert set(IMPORT_PROBLEMS) == set(FileReason)
    assert set(IMPORT_NOTICES) == set(ImportNoticeKind)


def test_marks_of_exported_texts_are_undone_once() -> None:
    for name in ("'s-Heerenberg", "''=x", "-Dorf", "Aue"):
        content = f"key;name\n1;{escape_formula(name)}\n".encode()
        (row,) = read_members("m.csv", content).members
        assert row.name == name


def test_a_row_without_a_key_is_a_second_contact_of_the_member_above_or_of_a_namesake() -> None:
    file = listed(
        "06412000;Frankfurt;;Hessen;;a@f.example",
        ";FRANKFURT;;hessen;;b@f.example",
        ";Frankfurt;;Hessen;;c@f.example",
        "1;Bad Ort;Stadt Bad Ort;Hessen;;",
        "2;Bad Ort;Landkreis Bad Ort;Hessen;;",
        ";Bad Ort;;Hessen;;d@b.example",
        ";Frankfurt;;Hessen;;e@f.example",
    )

    assert {
        member.key: [person.email for person in member.representatives] for member in file.members
    } == {"06412000": [f"{letter}@f.example" for letter in "abce"], "1": [], "2": ["d@b.example"]}
    assert [describe_import_notice(notice) for notice in file.notices] == [
        "Diese Zeilen ohne Schlüssel sind weitere Kontakte eines Mitglieds mit gleichem Namen: "
        "3, 4, 7, 8."
    ]


def test_a_row_without_a_key_that_may_be_of_two_members_or_of_none_is_refused() -> None:
    rows = (
        "1;Bad Ort;Stadt Bad Ort;Hessen;;",
        "2;Bad Ort;Landkreis Bad Ort;Hessen;;",
        "06412000;Frankfurt;;Hessen;;a@f.example",
        ";Bad Ort;;Hessen;;b@b.example",
        ";Frankfurt;;Brandenburg;;c@f.example",
        ";Frankfurt;;;;d@f.example",
    )
    assert messages("\n".join([HEAD, *rows])) == [
        f"Zeile {line}, Spalte „key“: Die Angabe fehlt." for line in (5, 6, 7)
    ]


def test_a_second_contact_follows_the_key_of_its_member_where_that_is_mended() -> None:
    rows = ["9162000;München;;Bayern;;a@m.example", ";München;;Bayern;;b@m.example"]
    content = "\n".join([HEAD, *rows]).encode()
    (member,) = read_members("m.csv", content, odd_keys=OddKeys.MEND).members

    assert (member.key, len(member.representatives)) == ("09162000", 2)


@pytest.mark.parametrize("others", ["E-Mail", "Amtliche Bezeichnung"])
def test_a_list_without_names_is_refused(others: str) -> None:
    with pytest.raises(FileRefused) as refused:
        read_members("m.csv", f"Schlüssel;{others}\n06411000;a@b.example\n".encode())
    missing = {
        problem.column
        for problem in refused.value.problems
        if problem.reason is FileReason.MISSING_COLUMN
    }
    assert "name" in missing
