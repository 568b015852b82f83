"""The self-examination reads from every print exactly the list that was to be printed."""

from dataclasses import replace
from datetime import date
from itertools import product
from random import Random

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from signoff.domain.answers import Basis
from signoff.domain.documents import ListDifference, ListFact
from signoff.domain.papers import Text
from signoff.domain.releases import PrintKind
from signoff.domain.round_status import Signatory
from signoff.exports.attachments import build_attachments
from signoff.pdf.render import print_document
from signoff.pdf.verify import read_contents
from tests.factories import TEXT
from tests.pdf import documents, reader

pytestmark = pytest.mark.slow

# fmt: off
PLACES = (
    ("Gemeinde Neuenkirchen", "Neuenkirchen"), ("Gemeinde Neuenkirchen", "Neuenkirchen"),
    ("Stadt Ulm", "Ulm"), ("Stadt Ulmen", "Ulmen"), ("Stadt Rom 1", "Rom 1"), ("Stadt Rom 11", "Rom 11"),
    ("Frankfurt", "Frankfurt"), ("Frankfurt am Main", "Frankfurt am Main"),
    ("Hanse- und Universitätsstadt Rostock", "Rostock"), ("Sankt Augustin/Rhein-Sieg", "Sankt Augustin"),
    ("'s-Hertogenbosch", "'s-Hertogenbosch"), ("’s-Gravenhage", "’s-Gravenhage"), ("'t Zand", "'t Zand"),
    ("=Musterdorf", "=Musterdorf"), ("'=Musterdorf", "'=Musterdorf"), ("-Beispiel", "-Beispiel"),
    ("Gmina Łódź", "Łódź"), ("Hódmezővásárhely Megyei Jogú Város", "Hódmezővásárhely"),
    ("Δήμος Θεσσαλονίκης", "Θεσσαλονίκη"), ("Amt Neuhaus · Bleckede, Elbe", "Neuhaus"),
    ("Verbandsgemeinde " + "Obernhausen an der Ilmenau und Schwarzen Elster " * 3 + "Süd", "Obernhausen"),
)
SIGNERS = ("", "Anna Berg", "Anna Bergmann", "Dr. Beschluss Laufende", "Zoë Đorđević-Übergård", "Anna Berg")
FUNCTIONS = ("", "Bürgermeisterin", "Oberbürgermeisterin und Vorsitzende der Gemeinschaftsversammlung")
NOTES = ("", "", "", "1", "2. Neuenkirchen: dies ist\nkeine zweite Notiz.", "Wir stimmen dem Leitgedanken 4 zu. " * 17)
# fmt: on
COUNTRIES = ("NL", "PL", "HU", "GR")
DAYS = (date(2027, 1, 14), date(2026, 12, 30), date(2027, 2, 3))
STATES = ("Niedersachsen", "Bayern", "Baden-Württemberg")
PUBLISHED = tuple(product((True, False), repeat=3))  # persons, basis, dates


def build_signatories(
    random: Random, count: int, states: int, published: tuple[bool, bool, bool], late: int = 0
) -> tuple[Signatory, ...]:
    """Signatories as rounds have them; the first ``late`` of them signed after the release."""
    persons, with_basis, dates = published
    signatories = []
    for number in range(count):
        name, place = random.choice(PLACES)
        basis = random.choice(list(Basis))
        signed_on = random.choice(DAYS)
        signer = random.choice(SIGNERS)
        signatories.append(
            Signatory(
                name=name,
                sort_name=place,
                key=f"{number:08d}",
                kind="Gemeinde",
                state=random.choice(STATES[:states]) if states else "",
                country=random.choice(("DE", "DE", "DE", *COUNTRIES)) if states else "DE",
                district=random.choice(("", "Rotenburg (Wümme)", "Heidekreis")),
                signer=signer if persons else "",
                function=random.choice(FUNCTIONS) if persons and signer else "",
                basis=basis if with_basis else None,
                decision_body="Rat" if with_basis and basis.requires_decision else "",
                decided_on=random.choice(DAYS)
                if with_basis and dates and basis.requires_decision
                else None,
                signed_on=signed_on if dates and number >= late else None,
                late_on=signed_on if number < late else None,
                note=random.choice(NOTES),
            )
        )
    return tuple(signatories)


def find_difference_in_print(
    signatories: tuple[Signatory, ...], layout: str, text: Text = TEXT
) -> ListDifference | bool:
    """What the examination of the print finds; ``True``: everything agrees."""
    kind = PrintKind.EDITION if any(item.late_on for item in signatories) else PrintKind.FINAL
    document = documents.document(signatories=signatories, layout=layout, text=text, kind=kind)
    contents = read_contents(print_document(document).content)
    assert contents.count == len(signatories)
    return contents.difference or contents.list_agrees


@settings(
    max_examples=20,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],  # a print takes too long to look for a smaller example
    suppress_health_check=[HealthCheck.too_slow],
)
@given(
    random=st.randoms(use_true_random=False),
    count=st.integers(0, 40),
    states=st.integers(0, 2),
    layout=st.sampled_from(["state", "place"]),
    published=st.sampled_from(PUBLISHED),
    late=st.sampled_from([0, 0, 3]),
    language=st.sampled_from(["de", "en"]),
)
def test_print_of_any_round_agrees_with_its_data(
    random: Random,
    count: int,
    states: int,
    layout: str,
    published: tuple[bool, bool, bool],
    late: int,
    language: str,
) -> None:
    signatories = build_signatories(random, count, states, published, late)

    assert (
        find_difference_in_print(signatories, layout, replace(TEXT, language=language)) is True
    ), (layout, published)


@pytest.mark.parametrize("published", PUBLISHED)
@pytest.mark.parametrize("layout", ["state", "place"])
def test_equal_names_agree_whatever_is_published(
    layout: str, published: tuple[bool, bool, bool]
) -> None:
    signatories = build_signatories(Random(7), 12, 2, published)
    twice = tuple(
        replace(item, name="Gemeinde Neuenkirchen", sort_name="Neuenkirchen")
        for item in signatories[:4]
    )

    assert find_difference_in_print((*twice, *signatories[4:]), layout) is True


@pytest.mark.parametrize(
    "count",
    [0, 1, 2, 46, 250, pytest.param(1_000, marks=pytest.mark.soak)],
)
def test_lists_of_every_size_agree(count: int) -> None:
    signatories = build_signatories(Random(count), count, 2, (True, True, True))

    for layout in ("state", "place"):
        assert find_difference_in_print(signatories, layout) is True


def change_print(**changes: object) -> ListDifference | bool:
    """What the examination finds where the second of three signatories is printed otherwise."""
    plain = tuple(
        replace(
            documents.signatory(number),
            state="Bayern",
            sort_name=f"Ort {number}",
            name=f"Stadt Ort {number}",
            signer=f"Anna Berg {number}",
            function="Rätin",
            basis=Basis.COUNCIL,
            decision_body="Stadtrat",
            decided_on=DAYS[0],
            signed_on=DAYS[1],
            note=f"Notiz {number}.",
        )
        for number in range(3)
    )
    listed = documents.document(signatories=plain, text=TEXT, layout="place")
    printed = (plain[0], replace(plain[1], **changes), plain[2])
    differences = [
        read_contents(
            print_document(replace(listed, layout=layout, signatories=printed)).content
        ).difference
        for layout in ("place", "state")
    ]
    assert differences[0]
    assert differences[1]
    assert differences[0].fact == differences[1].fact
    return differences[1]


@pytest.mark.parametrize(
    ("fact", "changes", "expected", "printed"),
    [
        (ListFact.NAME, {"name": "Stadt Ort 1er"}, "Stadt Ort 1", "Stadt Ort 1er"),
        (ListFact.SIGNER, {"signer": "Anna Bär"}, "Anna Berg 1", "Anna Bär"),
        (ListFact.FUNCTION, {"function": "Rat"}, "Rätin", "Rat"),
        (ListFact.BASIS, {"basis": Basis.BOTH}, "Beschluss", "Verwaltungsspitze und Beschluss"),
        (ListFact.BODY, {"decision_body": "Rat"}, "(Stadtrat)", "Beschluss (Rat)"),
        (ListFact.DECIDED_ON, {"decided_on": DAYS[2]}, "14. Januar 2027", "3. Februar 2027"),
        (ListFact.SIGNED_ON, {"signed_on": DAYS[2]}, "30. Dezember 2026", "03.02.2027"),
        (ListFact.CALL, {"note": ""}, "2", "Stadt Ort 1"),
        (ListFact.NOTE, {"note": "Notiz 11."}, "Notiz 1.", "Notiz11."),
    ],
)
def test_difference_names_the_member_the_place_and_both_texts(
    fact: ListFact, changes: dict[str, object], expected: str, printed: str
) -> None:
    found = change_print(**changes)

    assert isinstance(found, ListDifference)
    assert (found.number, found.name, found.fact) == (2, "Stadt Ort 1", fact)
    assert found.expected.replace("\u00a0", " ") == expected
    assert "".join(printed.split()) in "".join(found.printed.split())


def test_plain_list_has_lines_instead_of_tables_and_agrees() -> None:
    signatories = build_signatories(Random(3), 5, 2, (True, True, True))
    printed = print_document(documents.document(signatories=signatories, text=TEXT, plain=True))

    assert read_contents(printed.content).list_agrees
    with reader.opened(printed.content) as pdf:
        assert reader.tags(pdf).count("/LI") >= 5


def test_row_that_is_missing_or_too_many_is_named() -> None:
    three = documents.document(3, text=TEXT)
    for count, number in ((2, 3), (4, 4)):
        other = documents.document(count, text=TEXT)
        printed = print_document(replace(other, attachments=three.attachments))
        found = read_contents(printed.content).difference
        assert found
        assert (found.number, found.fact) == (number, ListFact.ROW)


def test_embedded_list_has_the_order_of_the_print() -> None:
    document = documents.document(30, layout="state")
    states = [
        line.split('"')[3]
        for line in build_attachments(document)[0].text.splitlines()
        if '"state"' in line
    ]

    assert states == sorted(states)
