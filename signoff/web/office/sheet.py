"""The table of members as a file for the office's spreadsheet."""

from collections.abc import Iterable, Iterator
from datetime import date
from zoneinfo import ZoneInfo

from signoff.domain.answer import Channel
from signoff.domain.standing import Place
from signoff.export.sheets import as_csv
from signoff.words import dates, labels
from signoff.words.catalogue import catalogue
from signoff.words.catalogue import marked as _

HEADS = (
    _("Schlüssel"),
    _("Ort"),
    _("Amtliche Bezeichnung"),
    _("Land"),
    _("Rückmeldung"),
    _("Tag der Sitzung"),
    _("Grundlage"),
    _("Gremium"),
    _("Datum des Beschlusses"),
    _("Nummer der Vorlage"),
    _("Name in der Liste"),
    _("Unterzeichnet durch"),
    _("Funktion"),
    _("Name der Person veröffentlichen"),
    _("Protokollnotiz"),
    _("Eingang"),
    _("Eingangsweg"),
    _("Zustellung"),
    _("Vorgangsnummer"),
)


def sheet(places: Iterable[Place], zone: ZoneInfo, language: str) -> bytes:
    """The table as CSV that a spreadsheet opens without asking; no cell begins a formula."""
    heads = [catalogue(language).gettext(head) for head in HEADS]
    return as_csv(heads, (list(line(place, zone, language)) for place in places))


def line(place: Place, zone: ZoneInfo, language: str) -> Iterator[str]:
    gettext, member = catalogue(language).gettext, place.member
    answer = place.version.answer if place.version and place.version.stands else None
    yield from (member.key, member.name, member.official_name, member.state)
    yield gettext(labels.ANSWER[place.kind])
    yield spelt(answer.expected_on if answer else None, language)
    yield from declared(place, language)
    received = place.version.received_at.astimezone(zone) if place.version else None
    yield f"{dates.short_day(received.date(), language)} {received:%H:%M}" if received else ""
    channel = place.version.channel if place.version else Channel.LINK
    yield "" if channel is Channel.LINK else gettext(labels.CHANNEL[channel])
    yield gettext(labels.MAIL[place.mail])
    yield place.invitation.reference


def declared(place: Place, language: str) -> Iterator[str]:
    """The fields of a signature; empty where there is none."""
    gettext, said = catalogue(language).gettext, place.declaration
    if said is None:
        yield from [""] * 9
        return
    decision = said.decision
    yield gettext(labels.BASIS_SHORT[said.basis])
    yield decision.body if decision else ""
    yield spelt(decision.on if decision else None, language)
    yield decision.number if decision else ""
    yield from (said.official_name, said.signer.name, said.signer.function)
    yield gettext(_("ja")) if said.publish_name else gettext(_("nein"))
    yield said.note


def spelt(day: date | None, language: str) -> str:
    return dates.short_day(day, language) if day else ""
