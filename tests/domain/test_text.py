"""Mail addresses, and sorting by DIN 5007-1: umlauts as base letters, ß as ss, foreign letters as Germans expect."""

import pytest

from signoff.domain.text import (
    decode_domains,
    find_state,
    find_state_code,
    fold,
    parse_email,
    sort_key,
)


@pytest.mark.parametrize(
    "names",
    [
        ["Aachen", "Ähringen", "Ahrweiler", "Altötting"],
        ["Goslar", "Gotha", "Göttingen", "Greifswald"],
        ["Groß-Gerau", "Großenhain", "Großkreutz", "Großpösna"],
        ["Leipzig", "Lima", "Łódź", "Lübeck", "Lucerne"],
        ["Nantes", "Ñemby", "Neuss", "Nürnberg"],
        ["Strasburg", "Straßberg", "Straßburg", "Straßkirchen"],
        ["Bad Aibling", "Bad Ems", "Bad-Neustadt", "Baden-Baden"],
        [
            "Neustadt",
            "Neustadt am Rübenberge",
            "Neustadt an der Aisch",
            "Neustadt (Dosse)",
            "Neustadt (Hessen)",
        ],
        ["Århus", "Arnsberg"],
        ["Čačak", "Calw", "Şanlıurfa", "Soest"],
        ["Østerild", "Ostfildern", "Würzburg", "Zürich", "Ελλάδα", "Київ"],
    ],
)
def test_names_are_sorted_as_german_readers_expect(names: list[str]) -> None:
    reversed_names = names[::-1]
    assert sorted(reversed_names, key=sort_key) == names


def test_names_with_the_same_letters_have_a_fixed_order() -> None:
    """With equal keys the order would depend on the order of the rows."""
    names = ["Muhlhausen", "Mühlhausen", "MÜHLHAUSEN", "Mühl-Hausen"]
    assert len({sort_key(name) for name in names}) == 4
    reversed_names = names[::-1]
    assert sorted(names, key=sort_key) == sorted(reversed_names, key=sort_key)


def test_words_count_before_spelling() -> None:
    """One string sorts like the pair of the words and the spelling: a shorter name stands before a longer one."""
    words = ("Au", "Au am Inn", "Aue", "Auen", "Ä", "A", "A b", "Øle")
    spellings = ("{}", "{}-", "-{}", "({})", "{}\t", "{}\x01")
    names = [spelling.format(word) for word in words for spelling in spellings]
    names += [name.upper() for name in names]
    assert sorted(names, key=sort_key) == sorted(names, key=lambda name: (fold(name), name))


def test_what_is_neither_letter_nor_digit_separates_words() -> None:
    assert (
        fold("  Sankt_Märgen (Schwarzw.)–\u2002ΑΘΉΝΑ, 2.\u00a0Ort_")
        == "sankt margen schwarzw αθηνα 2 ort"
    )


def test_both_spellings_of_an_umlaut_in_unicode_sort_alike() -> None:
    assert fold("Ku\u0308rten") == fold("Kürten") == "kurten"


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("Bayern", "Bayern"),
        ("thüringen", "Thüringen"),
        ("Thueringen", "Thüringen"),
        ("NRW", "Nordrhein-Westfalen"),
        ("Nordrhein - Westfalen", "Nordrhein-Westfalen"),
        ("BW", "Baden-Württemberg"),
        ("DE-BY", "Bayern"),
        ("Freistaat Sachsen", "Sachsen"),
        ("Freie und Hansestadt Hamburg", "Hamburg"),
        ("Lower Saxony", "Niedersachsen"),
        ("Bayernland", ""),
        ("Sachs", ""),
        ("", ""),
    ],
)
def test_a_state_is_known_by_name_code_and_abbreviation(text: str, state: str) -> None:
    assert find_state(text) == state
    assert bool(find_state_code(text)) == bool(state)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("buero@gießen.example", "buero@xn--gieen-nqa.example"),
        ("buero@GIESSEN.example", "buero@giessen.example"),
        ("Amt@Müllheim.example", "Amt@xn--mllheim-n2a.example"),
        ("amt@mu\u0308llheim.example", "amt@xn--mllheim-n2a.example"),
        ("amt@xn--mllheim-n2a.example", "amt@xn--mllheim-n2a.example"),
        ("dimos@αθήνας.example", "dimos@xn--jxafb0a0a5a.example"),
        ("büro@giessen.example", None),
        ("amt@giessen", None),
        ("amt@xn--99zzz99.example", None),
        ("zwei@a.example, drei@a.example", None),
        ("", None),
    ],
)
def test_an_address_is_read_by_idna_2008(text: str, address: str | None) -> None:
    """In IDNA 2003, ß is ss, and the mail would go to somebody else's domain."""
    assert parse_email(text) == address


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        ("amt@xn--gieen-nqa.example", "amt@gießen.example"),
        ("Büro <amt@post.xn--mllheim-n2a.example>", "Büro <amt@post.müllheim.example>"),
        ("a@xn--gieen-nqa.example, b@ulm.example.", "a@gießen.example, b@ulm.example."),
        ("amt@xn--99zzz99.example", "amt@xn--99zzz99.example"),
        ("xn--gieen-nqa.example", "xn--gieen-nqa.example"),
        ("", ""),
    ],
)
def test_the_domain_of_an_address_is_shown_as_people_write_it(stored: str, shown: str) -> None:
    assert decode_domains(stored) == shown
