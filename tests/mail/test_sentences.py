"""The words of every kind of mail, in both languages, to members of every kind."""

import re
from dataclasses import replace

import pytest

from signoff.domain.mail import MailKind, MailText
from signoff.domain.rounds import Terms
from signoff.mail.compose import compose_message
from tests.factories import LINK, NOW
from tests.mail.samples import BASE, all_mails, composed, mail, part, to_staff

MAILS = all_mails()
MEMBERS = {
    "Landeshauptstadt Beispielstadt": "DE",
    "Stadt Musterhausen": "DE",
    "Gemeinde Nirgendwo": "DE",
    "Landkreis Musterland": "DE",
    "Ville de Exemple": "FR",
}
# A kind of member after a preposition, verb or conjunction, without its article.
BARE_NAME = re.compile(
    r"\b(?:für|von|dass|ob|Rückmeldung|zählt|hat) (?:Landeshauptstadt|Stadt|Gemeinde|Landkreis) [A-Z]"
)
INVERTED = re.compile(
    r"(?:^|[.!?:] )(?:Haben|Sind|Muss|Möchten?|Wurde|Soll|Gibt|Stimmt|Hat|War|Waren|Kommt|Trifft) [^.?!]*?, \w+"
)
LOWER_CASE_START = re.compile(r"(?<!bzw)(?<!\bNr)(?<!\d)[.!?] [a-zäöü]")


def body_of(text: str) -> str:
    """The words between the greeting and the signature, one paragraph a line; nothing quoted."""
    paragraphs = text.partition("\n-- \n")[0].split("\n\n")
    return "\n".join(
        " ".join(line for line in paragraph.splitlines() if not line.startswith(">"))
        for paragraph in paragraphs
    )


def address(context, official_name: str, language: str):
    return replace(
        context,
        member=replace(context.member, official_name=official_name, country=MEMBERS[official_name]),
        link=replace(context.link, language=language),
    )


@pytest.mark.parametrize("official_name", MEMBERS)
@pytest.mark.parametrize("name", MAILS)
def test_a_german_mail_consists_of_whole_sentences(name: str, official_name: str) -> None:
    context = address(MAILS[name], official_name, "de")
    message = composed(context)
    text = body_of(part(message, "plain"))
    assert not BARE_NAME.search(text)
    assert not INVERTED.search(text)
    assert not LOWER_CASE_START.search(text.replace("e. V.", "eV"))
    assert context.invitation.reference in str(message["Subject"])
    assert context.invitation.reference in text.splitlines()[0]


@pytest.mark.parametrize("official_name", MEMBERS)
@pytest.mark.parametrize("name", MAILS)
def test_an_english_mail_is_english_and_names_the_reference(name: str, official_name: str) -> None:
    context = address(MAILS[name], official_name, "en")
    message = composed(context)
    text = body_of(part(message, "plain"))
    assert not re.search(r"\b(Sie|bitte|wird|Ihre?)\b", text)
    assert not LOWER_CASE_START.search(text.replace("e. V.", "eV"))
    assert all(
        line[0].isupper() or not line[0].isalpha() or line.startswith("http")
        for line in text.splitlines()
        if line
    )
    assert context.invitation.reference in str(message["Subject"])
    assert context.invitation.reference in text.splitlines()[0]


def test_names_are_in_their_grammatical_case() -> None:
    def read(kind: MailKind, name: str) -> str:
        return body_of(part(composed(address(MAILS[kind], name, "de")), "plain"))

    assert "Zeichnet die Landeshauptstadt Beispielstadt mit?" in read(
        MailKind.INVITATION, "Landeshauptstadt Beispielstadt"
    )
    assert "fehlt uns noch die Rückmeldung des Landkreises Musterland." in read(
        MailKind.REMINDER, "Landkreis Musterland"
    )
    assert "hat für den Landkreis Musterland eine" in read(
        MailKind.RECORDED, "Landkreis Musterland"
    )
    assert "fragt, ob die Gemeinde Nirgendwo das" in read(MailKind.DELEGATION, "Gemeinde Nirgendwo")
    assert "die Rückmeldung von Ville de Exemple." in read(MailKind.REMINDER, "Ville de Exemple")


def test_a_sentence_after_the_offices_introduction_begins_with_a_capital() -> None:
    terms = Terms(introductions={"de": "Wir bitten um breite Unterstützung."})
    base = mail(MailKind.INVITATION)
    introduced = replace(base, round=replace(base.round, terms=terms))
    assert "Damen und Herren,\ndie 27. Mitgliederversammlung hat am 12." in body_of(
        part(composed(base), "plain")
    )
    assert "Unterstützung.\nDie 27. Mitgliederversammlung hat am 12." in body_of(
        part(composed(introduced), "plain")
    )


@pytest.mark.parametrize(
    ("typed", "language", "expected"),
    [
        ("Frau Neumann", "de", "Sehr geehrte Frau Neumann,"),
        ("Herrn Dr. Beispiel, Hauptamt", "de", "Sehr geehrter Herr Dr. Beispiel,"),
        ("Hauptamt", "de", "Sehr geehrte Damen und Herren,"),
        ("Vorname Nachname", "de", "Sehr geehrte Damen und Herren,"),
        ("Ms Neumann", "en", "Dear Ms Neumann,"),
    ],
)
def test_a_person_is_addressed_by_name_only_if_it_was_typed_so(
    typed: str, language: str, expected: str
) -> None:
    base = mail(MailKind.INVITATION)
    context = replace(base, link=replace(base.link, name=typed, language=language))
    assert expected in part(composed(context), "plain").splitlines()


def test_later_mail_refers_to_the_invitation_of_the_same_generation() -> None:
    renewed = replace(LINK, generation=2)
    for link, number in ((LINK, 0), (renewed, 1)):
        base = mail(MailKind.INVITATION, link=link)
        invitation = composed(replace(base, message=replace(base.message, number=number)))
        assert invitation["References"] is None
        for kind in (MailKind.REMINDER, MailKind.RECEIPT, MailKind.RELEASED):
            later = composed(replace(MAILS[kind], link=link))
            assert later["References"] == later["In-Reply-To"] == invitation["Message-ID"]


@pytest.mark.parametrize("name", MAILS)
def test_the_first_words_of_the_html_say_what_is_asked(name: str) -> None:
    html = part(composed(MAILS[name]), "html")
    preheader = re.search(r"<body.*?<div[^>]*>(.*?)</div>", html, re.DOTALL)
    assert preheader
    assert len(preheader[1]) > 30
    assert "http" not in preheader[1]
    if name == "invitation":
        assert preheader[1].startswith(
            "Zeichnet die Stadt Musterhausen mit? Bitte antworten Sie bis Freitag, 26."
        )


@pytest.mark.parametrize("name", MAILS)
def test_nothing_that_matters_is_in_the_signature(name: str) -> None:
    body, _, signature = part(composed(MAILS[name]), "plain").partition("\n-- \n")
    assert "Das Öffnen" not in signature
    if name == "invitation":
        assert "Das Öffnen löst nichts aus" in body
    if name in ("closed", "ended", "released", "cancelled"):
        assert "Das Öffnen" not in body


def test_the_invitation_to_a_corrected_address_says_that_it_replaces_a_link() -> None:
    base = mail(MailKind.INVITATION)
    words = "\n\ndiese Einladung ersetzt eine frühere Nachricht"
    assert words not in part(composed(base), "plain")
    text = part(composed(replace(base, replaces_link=True)), "plain")
    assert f"Damen und Herren,{words}" in text
    assert "nicht mehr.\n\nDie 27. Mitgliederversammlung" in text.replace(
        "gilt\nnicht", "gilt nicht"
    )


@pytest.mark.parametrize(
    ("language", "sentence"),
    [("de", "ohne Veröffentlichung beendet."), ("en", "without publication.")],
)
def test_the_mail_about_the_end_quotes_the_reason(language: str, sentence: str) -> None:
    base = mail(MailKind.ENDED)
    message = composed(replace(base, link=replace(base.link, language=language)))
    text = part(message, "plain")
    assert "\n> Zu wenige\n> haben mitgezeichnet.\n" in text
    assert sentence in " ".join(text.split())
    assert "/s/" not in text


def test_mail_to_staff_names_no_reference() -> None:
    message = compose_message(to_staff(MailKind.DIGEST), token="x", base_url=BASE, now=NOW)
    assert "Vorgangsnummer" not in part(message, "plain")
    assert message["References"] is None


@pytest.mark.parametrize("language", ["de", "en"])
@pytest.mark.parametrize("name", list(MAILS))
def test_every_kind_takes_the_words_of_the_office(name: str, language: str) -> None:
    context = MAILS[name]
    own = MailText(
        context.message.kind,
        language,
        "{vorgang}, {titel}",
        "{anrede},",
        "unser Verband schreibt {mitglied_dativ}:\n\n- {frist}\n- zwei",
        "Gruß\n{verband}",
    )
    other = replace(own, language="en" if language == "de" else "de", subject="falsch {vorgang}")
    link = replace(context.link, language=language, name="Frau Neumann")
    changed = replace(context, texts=(other, own), link=link)
    message, shipped = composed(changed), composed(replace(changed, texts=()))
    assert (
        str(message["Subject"]) == f"{context.invitation.reference}, {context.edition.text.title}"
    )
    text = part(message, "plain")
    assert ("Sehr geehrte Frau Neumann," if language == "de" else "Dear Ms Neumann,") in text
    assert ("schreibt der Stadt Musterhausen:" if language == "de" else "schreibt Stadt") in text
    assert f"\n\nGruß\n{context.association.name}\n\n-- \n" in text
    assert not LOWER_CASE_START.search(body_of(text).replace("e. V.", "eV"))
    links = [line for line in text.splitlines() if line.startswith("http")]
    assert links == [
        line for line in part(shipped, "plain").splitlines() if line.startswith("http")
    ]
