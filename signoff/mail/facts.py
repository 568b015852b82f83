"""What a receipt says about an answer: everything that was handed in, label by label."""

from collections.abc import Iterator

from signoff.domain.answer import Answer, Channel, Contact, Decision, Declaration, Version
from signoff.domain.letter import Letter
from signoff.words import dates, labels
from signoff.words.catalogue import catalogue
from signoff.words.receipt import received

Fact = tuple[str, str]  # label and value, both in the recipient's language


def facts(letter: Letter, version: Version, language: str) -> list[Fact]:
    """Reference, answer, text, moment and entry of ``version``, and every field of the answer that is filled in."""
    gettext = catalogue(language).gettext
    zone = letter.association.zone
    edition = letter.edition
    shown = [
        (gettext("Vorgangsnummer"), letter.invitation.reference),
        (gettext("Mitglied"), letter.member.official_name),
        (gettext("Rückmeldung"), gettext(labels.ANSWER[version.answer.kind])),
        *of_answer(version.answer, language),
        (gettext("Papier"), edition.text.title),
        (gettext("Fassung"), str(edition.number)),
        (gettext("Prüfsumme der Fassung (SHA-256)"), edition.digest),
        (gettext("Eingegangen"), received(version, zone, language)),
        (gettext("Eingangsweg"), "" if version.channel is Channel.LINK else gettext(labels.CHANNEL[version.channel])),
        (gettext("Protokolleintrag"), str(version.entry)),
    ]
    return [(label, value) for label, value in shown if value]


def of_answer(answer: Answer, language: str) -> Iterator[Fact]:
    """The fields of the answer itself, in the order of the form."""
    field = fields(language)
    if answer.declaration:
        yield from of_declaration(answer.declaration, language)
    yield field["expected_on"], dates.weekday(answer.expected_on, language) if answer.expected_on else ""
    yield field["body"], answer.expected_body
    yield catalogue(language).gettext("Grund (sieht nur die Geschäftsstelle)"), answer.reason
    if answer.filled_in:
        yield catalogue(language).gettext("Ausgefüllt von (wird nicht veröffentlicht)"), person(answer.filled_in)


def of_declaration(declared: Declaration, language: str) -> Iterator[Fact]:
    gettext, field = catalogue(language).gettext, fields(language)
    yield gettext("Name in der Liste"), declared.official_name
    yield gettext("Erklärt durch"), f"{declared.signer.name}, {declared.signer.function}"
    yield field["publish_name"], gettext("ja") if declared.publish_name else gettext("nein")
    yield field["basis"], gettext(labels.BASIS[declared.basis])
    if declared.decision:
        yield from of_decision(declared.decision, language)
    yield field["note"], declared.note


def of_decision(decision: Decision, language: str) -> Iterator[Fact]:
    field = fields(language)
    yield field["body"], decision.body
    yield field["decision_date"], dates.day(decision.on, language)
    yield field["decision_number"], decision.number
    yield field["decision_result"], decision.result


def person(contact: Contact) -> str:
    return ", ".join(part for part in (contact.name, contact.unit, contact.email) if part)


def fields(language: str) -> dict[str, str]:
    return {name: catalogue(language).gettext(label) for name, label in labels.FIELD.items()}
