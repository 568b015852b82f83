"""The German words of the pages, mails and files: one word for one thing, and plain conditions."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

ROOT = Path(__file__).parents[1]
ENGLISH = ROOT / "signoff/translations/en/LC_MESSAGES/messages.po"
# German texts that are no messages: the legal texts, and programs without a catalogue.
PLAIN_TEXTS = (
    *sorted((ROOT / "templates/texts").glob("*.de.md")),
    *sorted((ROOT / "docs/handbuch").glob("*.md")),
    ROOT / "signoff/exports/verify_signoff.py",
    ROOT / "signoff/exports/bundle.de.md",
)

# The words that each pattern finds, with the word or sentence that takes their place.
FORBIDDEN = {
    r"\bZug(?:ang|änge)(?:s|n)?\b|Zugangslink": "Link",
    r"\bBenachrichtigungen\b": "E-Mails",
    r"\bProtokoll(?!notiz)|Protokoll(?:stand|eintrag|kette)": "Verlauf",
    r"\bRunden?\b": "Verfahren",
    r"Fassung(?:en)? (?:der|Ihrer|dieser) Rückmeldung|\)s\. Fassung|gestaltete Fassung": "Version",
    r"Eingangsbestätigung": "Empfangsbestätigung",
    r"Bescheinigung über den Verlauf": "Verlaufsbescheinigung",
    r"[Vv]eröffentlichung.*\b[Ff]rei(?:gegeben|geben)\b|^Freigeben$|"
    r"\bFreigabe\b": "Veröffentlichung beantragen",
    r"zurückgerufen|zurückrufen|zurück(?:rufe|ruft)\b": "absagen",
    r"Mitzeichnung(?:en)? (?:zurückzieh|zurückgezogen)|[Zz]urückgezogene Mitzeichnung": "zurücknehmen",
    r"^Stand$|^Stand (?:ansehen|neu laden)|Stand des Probedrucks|prüfen Sie den Stand": (
        "Stand is the moment of a list"
    ),
    r"\bder (?:nächsten|neuen|letzten) PDF\b": "das PDF",
    r"steht? .*\bim Protokoll\b|Das ist geschehen": "say what has happened",
    r"\bnirgends\b(?! mehr)": "nicht aufgeführt",
    r"ging nicht zusammen|Oft hilft ein Anruf|ans Telefon geht|was jetzt gilt\.?$": (
        "see the changelog"
    ),
    r"\(SIGNOFF_\w+\)": "the page „E-Mail einrichten“",
    r"^(?:Nichts (?:ändern|erfassen|senden|übernehmen)|Niemanden einladen|Noch nicht(?: entscheiden)?|"
    r"Nicht (?:eröffnen|zurückziehen|schließen|beenden))$": "Abbrechen",
}
# The moment for which an addendum or a later list stands.
LISTS = {"templates/office/late/list.html", "templates/pdf/addendum.html"}
# „Was jetzt gilt“ after a conflict is a way on and no address.
ALLOWED = {"Bitte sehen Sie sich an, was jetzt gilt.", "Meine Benachrichtigungen"}

VERBS = (
    "Antwortet|Antworten|Beginnt|Bleibt|Bleiben|Braucht|Brauchen|Darf|Dürfen|Eilt|Endet|Enthält|Erscheint|Fehlt|"
    "Fehlen|Gehört|Gehören|Geht|Gehen|Gelingt|Gibt|Gilt|Gelten|Hat|Haben|Hatte|Hatten|Hilft|Ist|Sind|Kann|Können|"
    "Kommt|Kommen|Läuft|Lässt|Lehnt|Liegt|Liegen|Möchte|Möchten|Muss|Müssen|Passt|Reicht|Scheitert|Setzt|Soll|"
    "Sollen|Sollte|Sollten|Steht|Stehen|Stimmt|Stimmen|Tagt|Trifft|Treffen|Tritt|Unterschreibt|Verlangt|Verliert|"
    "Vertritt|Vertreten|War|Waren|Weicht|Will|Wollen|Wird|Werden|Wurde|Wurden|Wäre|Nennen|Antworten|Öffnen|Zieht"
)
# "Kommt nichts an, rufen Sie uns an.": a verb begins the sentence, and another follows the comma.
# "Geben Sie den Code ein, den …" goes on with another word; "Wählen Sie eine Datei, oder …" too.
INVERTED = re.compile(
    rf"(?:^|(?<=[.:!?;] )|(?<=\n))(?:{VERBS}|{VERBS.lower()}) [^.!?;]*?, "
    r"(?!und\b|oder\b|dass\b|damit\b|wenn\b|sodass\b|bevor\b|ob\b|wie\b|was\b|wo\b|der\b|die\b|das\b|den\b|dem\b|denn\b)"
    r"(?:bitte )?[a-zäöü]+(?:t|en|st|ann|uss|ss) (?:\w+ ){0,4}?"
    r"(?:Sie|wir|er|sie|es|ein|eine|der|die|das|dieses|bleibt|bleiben|nicht|kein|bitte|Ihre|ihm|ist|lässt|dort|auf|in)\b"
)


def german_texts() -> Iterator[tuple[str, str]]:
    """Every German sentence with the place where it stands."""
    with ENGLISH.open("rb") as lines:
        for message in read_po(lines, locale="en"):
            place = ", ".join(path for path, _line in message.locations)
            for text in message.id if isinstance(message.id, tuple) else (message.id,):
                if text != "Stand" or not set(place.split(", ")) <= LISTS:
                    yield place, text
    for path in PLAIN_TEXTS:
        yield from ((path.name, line) for line in path.read_text(encoding="utf-8").splitlines())


ENGLISH_TEXTS = (
    *(
        ROOT / name
        for name in ("README.md", "CHANGELOG.md", "docs/architecture.md", "docs/operations.md")
    ),
    *sorted((ROOT / "templates/texts").glob("*.en.*")),
    ROOT / "signoff/exports/bundle.en.md",
)


def test_one_english_word_stands_for_one_thing() -> None:
    """A link is no "access link"; a paper is withdrawn as a signature is, not "retracted"."""
    texts = [path.read_text(encoding="utf-8") for path in ENGLISH_TEXTS]
    with ENGLISH.open("rb") as lines:
        for message in read_po(lines, locale="en"):
            given = message.string
            texts += given if isinstance(given, tuple) else [given or ""]
    assert [
        text for text in texts if re.search(r"access link|(?<!%\()retract", text, re.IGNORECASE)
    ] == []


def find_forbidden(text: str) -> list[str]:
    """The forbidden words of ``text``."""
    for sentence in ALLOWED:
        text = text.replace(sentence, "")
    found = [match.group() for word in FORBIDDEN if (match := re.search(word, text))]
    return found + [match.group() for match in INVERTED.finditer(text)]


def test_one_word_stands_for_one_thing_and_conditions_begin_with_wenn() -> None:
    assert {
        f"{place}: {text}": found
        for place, text in german_texts()
        if (found := find_forbidden(text))
    } == {}


@pytest.mark.parametrize(
    "text",
    [
        "Zugangslink erneut senden",
        "Der Zugang ist Ihr eigener.",
        "Benachrichtigungen",
        "Protokoll",
        "Das steht im Protokoll.",
        "%(number)s. Fassung",
        "Zur Veröffentlichung freigeben",
        "Freigabe zurückrufen",
        "Mitzeichnung zurückziehen",
        "Stand",
        "Nichts ändern",
        "Bitte lassen Sie einen Mailserver einrichten (SIGNOFF_SMTP_URL).",
        "Haben Sie schon geantwortet, müssen Sie nichts tun.",
        "Es ist gesandt. Kommt nichts an, rufen Sie uns bitte an.",
        "Ist der Tag vorüber, lässt er sich nicht mehr ändern.",
        "Das geht später; war sie schon veröffentlicht, steht dort der Tag.",
        "Vertreten Sie eine Kommune, brauchen Sie kein Konto.",
    ],
)
def test_forbidden_words_are_found(text: str) -> None:
    assert find_forbidden(text)


@pytest.mark.parametrize(
    "text",
    [
        "Protokollnotiz",
        "Stand: %(as_of)s",
        "Fassung %(number)s",
        "Geben Sie den Code ein, den die App jetzt anzeigt.",
        "Wählen Sie eine Datei, oder schreiben Sie den Text hier.",
        "Wenn nichts ankommt, rufen Sie uns an.",
        "Haben Sie den Brief erhalten?",
        "Steht als Zitat in der E-Mail, mit Ihrem Namen.",
    ],
)
def test_good_words_are_left_alone(text: str) -> None:
    assert find_forbidden(text) == []


TRANSLATED = re.compile(r"\{%-?\s*trans\b(.*?)%\}(.*?)\{%-?\s*endtrans", re.DOTALL)
NAMES_ASSOCIATION = re.compile(r"(\w+)=(?:g\.)?association\.(?:short_)?name\b")


def test_no_sentence_needs_an_article_before_the_name_of_the_association() -> None:
    """Nobody knows its gender: its name stands in brackets, after a colon, or before one."""
    found, wrong = 0, []
    for path in (ROOT / "templates").rglob("*.[hm]*"):
        for tag, text in TRANSLATED.findall(path.read_text(encoding="utf-8")):
            for name in NAMES_ASSOCIATION.findall(tag):
                place, found = rf"\{{\{{ {name} \}}\}}", found + 1
                rest = re.sub(rf"\({place}\)|: {place}|{place}:", "", text)
                wrong += [f"{path.name}: {text}"] * bool(re.search(place, rest))
    assert found > 10
    assert wrong == []


def test_the_form_of_a_text_depends_on_a_number_and_not_on_its_digits() -> None:
    """Jinja takes the first variable for the amount if ``pluralize`` names no other."""
    block = re.compile(r"\{%-?\s*trans\s+(?:trimmed\s+)?(.*?)-?%\}(.*?)\{%-?\s*endtrans", re.DOTALL)
    wrong = [
        f"{path.name}: {first}"
        for path in (ROOT / "templates").rglob("*.*")
        for tag, text in block.findall(path.read_text(encoding="utf-8"))
        if re.search(r"pluralize\s*-?%", text) and "format_" in (first := tag.split(",")[0])
    ]
    assert wrong == []


def test_every_german_text_of_the_templates_is_a_message() -> None:
    """Words outside a message would escape this test: letters between tags, apart from numbers and signs."""
    outside = re.compile(r">\s*([A-ZÄÖÜ][a-zäöüß]+(?: [a-zäöüß]+){2,}[^<{]*)<")
    for path in (ROOT / "templates").rglob("*.html"):
        if path.parent.name == "texts":  # each of its files is written once for each language
            continue
        text = re.sub(
            r"\{%-?\s*trans\b.*?\{%-?\s*endtrans\s*-?%\}",
            "",
            re.sub(r"\{#.*?#\}", "", path.read_text(encoding="utf-8"), flags=re.DOTALL),
            flags=re.DOTALL,
        )
        assert not outside.findall(text), path
