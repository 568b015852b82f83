"""The name typed again: without case, spaces or epithet, and yet no other municipality's."""

import pytest

from signoff.domain.members import Member

OFFICIAL = {
    "Musterhausen": "Stadt Musterhausen",
    "Beispielstadt": "Große Kreisstadt Beispielstadt",
    "Greifswald": "Universitäts- und Hansestadt Greifswald",
    "Bremen": "Freie Hansestadt Bremen",
    "Neustadt an der Weinstraße": "Stadt Neustadt an der Weinstraße",
    "Darmstadt": "Wissenschaftsstadt Darmstadt",
    "Berg": "Markt Berg",
    "Gemeinde": "Gemeinde Gemeinde",
    "Frankfurt am Main": "Stadt Frankfurt am Main",
    "Łódź": "Miasto Łódź",
}


def called(name: str, typed: str) -> bool:
    return Member("01", name, OFFICIAL[name], id=1).is_called(typed)


@pytest.mark.parametrize("name", OFFICIAL)
def test_both_names_of_a_member_are_taken_in_any_case_and_spacing(name: str) -> None:
    for typed in (
        name,
        OFFICIAL[name],
        name.upper(),
        OFFICIAL[name].lower(),
        f"  {name}\t",
        name.replace(" ", "  "),
    ):
        assert called(name, typed), typed


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("Musterhausen", "Gemeinde Musterhausen"),
        ("Greifswald", "Stadt Greifswald"),
        ("Bremen", "hansestadt bremen"),
        ("Frankfurt am Main", "Frankfurt a.m. Main".replace("a.m.", "am")),
        ("Neustadt an der Weinstraße", "NEUSTADT AN DER WEINSTRASSE"),
        ("Łódź", "ŁÓDŹ"),
    ],
)
def test_an_epithet_more_or_less_is_the_same_place(name: str, typed: str) -> None:
    assert called(name, typed)


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("Musterhausen", ""),
        ("Musterhausen", "   "),
        ("Musterhausen", "Stadt"),
        ("Musterhausen", "-"),
        ("Musterhausen", "Muster"),
        ("Musterhausen", "Beispielstadt"),
        ("Neustadt an der Weinstraße", "Neustadt"),
        ("Neustadt an der Weinstraße", "Weinstraße"),
        ("Frankfurt am Main", "Frankfurt (Oder)"),
        ("Berg", "Bergen"),
        ("Greifswald", "Universitäts- und Hansestadt"),
    ],
)
def test_another_place_or_none_is_not_taken(name: str, typed: str) -> None:
    assert not called(name, typed)
