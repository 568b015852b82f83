"""Groups and order of the list of signatories."""

from dataclasses import replace
from datetime import UTC, date, datetime
from random import Random

from signoff.domain.round_status import Signatory
from signoff.domain.signatories import (
    MIN_LETTERED,
    Inhabitants,
    ListHeading,
    count_inhabitants,
    find_namesakes,
    group_signatories,
    sort_signatories,
)

COUNTRIES = {"CZ": "Tschechien", "FO": "Färöer", "HU": "Ungarn", "AT": "Österreich"}


def place(name: str, state: str = "Hessen", country: str = "DE", key: str = "") -> Signatory:
    return Signatory(f"Stadt {name}", name, key or name, "Stadt", state, country)


def group(*signatories: Signatory, layout: str = "state") -> list[tuple[str, str, list[str]]]:
    groups = group_signatories(signatories, layout, COUNTRIES.__getitem__)
    return [
        (each.heading, each.name, [item.sort_name for item in each.signatories]) for each in groups
    ]


def test_states_come_first_then_other_bodies_then_countries_by_name_then_those_without_a_state() -> (
    None
):
    assert group(
        place("Prag", "Böhmen", "CZ"),
        place("Bund", "Länderübergreifend"),
        place("Namenlos", ""),
        place("Wien", "", "AT"),
        place("Kassel"),
        place("Tórshavn", "", "FO"),
        place("Fulda"),
        place("Ulm", "Baden-Württemberg"),
        place("Pécs", "", "HU"),
    ) == [
        (ListHeading.STATE, "Baden-Württemberg", ["Ulm"]),
        (ListHeading.STATE, "Hessen", ["Fulda", "Kassel"]),
        (ListHeading.STATE, "Länderübergreifend", ["Bund"]),
        (ListHeading.COUNTRY, "FO", ["Tórshavn"]),
        (ListHeading.COUNTRY, "AT", ["Wien"]),
        (ListHeading.COUNTRY, "CZ", ["Prag"]),
        (ListHeading.COUNTRY, "HU", ["Pécs"]),
        (ListHeading.NO_STATE, "", ["Namenlos"]),
    ]


def test_long_list_by_place_has_letters_as_headings() -> None:
    names = ["Aachen", "Öhringen", "Oldenburg", "Łódź", "1. Gemeindeverband"]
    names += [f"Ulm {number}" for number in range(MIN_LETTERED - len(names))]
    groups = group(*map(place, names), layout="place")

    assert [(heading, name) for heading, name, _places in groups] == [
        (ListHeading.LETTER, letter) for letter in ("0–9", "A", "L", "O", "U")
    ]
    assert groups[3][2] == ["Öhringen", "Oldenburg"]
    assert group(*map(place, names[:-1]), layout="place")[0][:2] == (ListHeading.NONE, "")


def test_late_signatories_are_the_last_group_in_each_layout() -> None:
    late = replace(place("Aachen"), late_on=date(2027, 4, 1))
    for layout in ("state", "place"):
        assert group(late, place("Fulda"), layout=layout)[-1] == (
            ListHeading.LATE,
            "",
            ["Aachen"],
        )
        order = sort_signatories((late, place("Fulda")), layout, COUNTRIES.__getitem__)
        assert [item.sort_name for item in order] == ["Fulda", "Aachen"]


def test_order_of_accession_is_that_of_the_signatures() -> None:
    signed = [
        replace(place(name), received_at=datetime(2027, 1, day, tzinfo=UTC))
        for name, day in (("Aachen", 9), ("Bonn", 3), ("Celle", 6))
    ]
    assert group(*signed, layout="accession") == [
        (ListHeading.NONE, "", ["Bonn", "Celle", "Aachen"])
    ]


def test_first_signatories_are_before_the_others_in_each_layout() -> None:
    first = replace(place("Ulm", "Baden-Württemberg"), first=True)
    for layout, heading in (
        ("state", (ListHeading.STATE, "Hessen")),
        ("place", (ListHeading.OTHERS, "")),
        ("accession", (ListHeading.OTHERS, "")),
    ):
        assert group(place("Fulda"), first, layout=layout) == [
            (ListHeading.FIRST, "", ["Ulm"]),
            (*heading, ["Fulda"]),
        ]


def test_nobody_is_counted_twice_in_a_country_of_districts_and_towns() -> None:
    """Against a naive count: the towns that lie in any signatory, each once."""
    random = Random(7)
    towns = {
        f"{state:02d}{district:03d}{town:03d}": random.randrange(100, 90_000)
        for state in (1, 9)
        for district in (1, 62, 100)
        for town in ([0] if district == 62 else [1, 2, 34])
    }
    units = [*towns, *{key[:5] for key in towns}, *{key[:2] for key in towns}]
    for _round in range(300):
        signing = random.sample(units, random.randrange(len(units)))
        naive = sum(
            number
            for town, number in towns.items()
            if any(
                town.startswith(key.removesuffix("000") if len(key) == 8 else key)
                for key in signing
            )
        )
        signatories = [
            replace(
                place(key, key=key),
                inhabitants=sum(number for town, number in towns.items() if town.startswith(key)),
            )
            for key in signing
        ]
        assert count_inhabitants(signatories) == Inhabitants(naive, 0), signing


def test_only_official_keys_contain_others_and_missing_figures_are_reported() -> None:
    numbers = [replace(place(key, key=key), inhabitants=10) for key in ("D5", "D5002", "1", "10")]
    abroad = [replace(place(key, "", "AT", key), inhabitants=10) for key in ("09", "09162000")]
    unknown = [place("Kreis", key="09184"), place("Ort", key="09184112"), place("Amt", key="B1")]
    munich = replace(place("München", key="09162000"), inhabitants=7)

    assert count_inhabitants([*numbers, *abroad, munich, *unknown]) == Inhabitants(67, 3)
    district = replace(unknown[0], inhabitants=5)
    assert count_inhabitants([district, *unknown[1:]]) == Inhabitants(5, 1)


def test_district_or_key_tells_members_of_one_state_with_the_same_name_apart() -> None:
    first, second = (place("Neuenkirchen", key=key) for key in ("03357034", "03361009"))
    others = [place("Neuenkirchen", "Nordrhein-Westfalen", key="05566056"), place("Fulda")]
    assert find_namesakes([first, second, *others]) == {"03357034": "", "03361009": ""}

    first, second = replace(first, district="Rotenburg"), replace(second, district="Heidekreis")
    found = find_namesakes([first, second, *others])
    assert found == {"03357034": "Rotenburg", "03361009": "Heidekreis"}

    third = replace(second, key="03361010")
    found = find_namesakes([first, second, third])
    assert found == {"03357034": "Rotenburg", "03361009": "", "03361010": ""}
