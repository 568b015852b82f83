"""One line of the table of members, as the office's spreadsheet has it."""

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from signoff.domain.answer import Channel
from signoff.domain.reach import Reach
from signoff.domain.standing import Place
from signoff.words import labels
from signoff.words.catalogue import catalogue
from signoff.words.catalogue import marked as _

HEADS = (
    _("Schlüssel"),
    _("Ort"),
    _("Amtliche Bezeichnung"),
    _("Land"),
    _("Staat"),
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
    _("Letzte Erinnerung"),
    _("Zugang bei"),
    _("Vorgangsnummer"),
)


def line(place: Place, reach: Reach | None, zone: ZoneInfo, language: str) -> Iterator[object]:
    """One member's cells: text, days and moments in ``zone``."""
    gettext, member, reach = catalogue(language).gettext, place.member, reach or Reach()
    answer = place.version.answer if place.version and place.version.stands else None
    yield from (member.key, member.name, member.official_name, member.state, member.country)
    yield gettext(labels.ANSWER[place.kind])
    yield answer.expected_on if answer else None
    yield from declared(place, language)
    yield place.version.received_at.astimezone(zone) if place.version else None
    channel = place.version.channel if place.version else Channel.LINK
    yield "" if channel is Channel.LINK else gettext(labels.CHANNEL[channel])
    yield gettext(labels.MAIL[place.mail])
    yield reach.reminded_at.astimezone(zone) if reach.reminded_at else None
    yield ", ".join(f"{each.name} <{each.email}>" if each.email else each.name for each in reach.holders)
    yield place.invitation.reference


def declared(place: Place, language: str) -> Iterator[object]:
    """The fields of a signature; empty where there is none."""
    gettext, said = catalogue(language).gettext, place.declaration
    if said is None:
        yield from [""] * 9
        return
    decision = said.decision
    yield gettext(labels.BASIS_SHORT[said.basis])
    yield decision.body if decision else ""
    yield decision.on if decision else None
    yield decision.number if decision else ""
    yield from (said.official_name, said.signer.name, said.signer.function)
    yield gettext(_("ja")) if said.publish_name else gettext(_("nein"))
    yield said.note
