"""Confirmation of a member's name: case, spaces and epithet do not matter, but other names are refused."""

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
    "Münster": "Landeshauptstadt Münster",
    "Seeburg-Łąka": "Gemeinde Seeburg-Łąka",
    "Halle (Saale)": "Stadt Halle (Saale)",
    "Neustadt (Hessen)": "Stadt Neustadt (Hessen)",
    "Rothenburg ob der Tauber": "Große Kreisstadt Rothenburg ob der Tauber",
    "St. Ingbert": "Mittelstadt St. Ingbert",
    "Smileystadt 😀": "Stadt Smileystadt 😀",
}


def is_called(name: str, text: str) -> bool:
    return Member("01", name, OFFICIAL[name], id=1).is_called(text)


@pytest.mark.parametrize("name", OFFICIAL)
def test_both_names_of_a_member_are_accepted_in_any_case_and_spacing(name: str) -> None:
    for text in (
        name,
        OFFICIAL[name],
        name.upper(),
        OFFICIAL[name].lower(),
        f"  {name}\t",
        name.replace(" ", "  "),
    ):
        assert is_called(name, text), text


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Musterhausen", "Gemeinde Musterhausen"),
        ("Greifswald", "Stadt Greifswald"),
        ("Bremen", "hansestadt bremen"),
        ("Frankfurt am Main", "Frankfurt a.m. Main".replace("a.m.", "am")),
        ("Neustadt an der Weinstraße", "NEUSTADT AN DER WEINSTRASSE"),
        ("Łódź", "ŁÓDŹ"),
        ("Łódź", "Lodz"),
        ("Münster", "Muenster"),
        ("Münster", "MUNSTER"),
        ("Seeburg-Łąka", "seeburg-laka"),
        ("Seeburg-Łąka", "Seeburg"),
        ("Halle (Saale)", "Halle"),
        ("Neustadt (Hessen)", "Neustadt"),
        ("Neustadt an der Weinstraße", "Weinstrasse"),
        ("Greifswald", "Universitaets- und Hansestadt Greifswald"),
        ("Rothenburg ob der Tauber", "Rothenburg o. d. T."),
        ("St. Ingbert", "Sankt Ingbert"),
        ("Smileystadt 😀", "Smileystadt"),
    ],
)
def test_name_with_or_without_epithet_is_accepted(name: str, text: str) -> None:
    assert is_called(name, text)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Musterhausen", ""),
        ("Musterhausen", "   "),
        ("Musterhausen", "Stadt"),
        ("Musterhausen", "-"),
        ("Musterhausen", "Muster"),
        ("Musterhausen", "Beispielstadt"),
        ("Neustadt an der Weinstraße", "an der"),
        ("Neustadt an der Weinstraße", "Neustadt in Holstein"),
        ("Neustadt (Hessen)", "Hessen"),
        ("Rothenburg ob der Tauber", "o. d. T."),
        ("Münster", "Landeshauptstadt"),
        ("Frankfurt am Main", "Frankfurt (Oder)"),
        ("Berg", "Bergen"),
        ("Greifswald", "Universitäts- und Hansestadt"),
    ],
)
def test_other_or_empty_name_is_refused(name: str, text: str) -> None:
    assert not is_called(name, text)
