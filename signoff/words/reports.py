"""What the examination of a PDF found, in words."""

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from signoff.domain.report import Check, Report
from signoff.words.catalogue import catalogue
from signoff.words.catalogue import marked as _
from signoff.words.dates import moment

HOLDS = {
    Check.READABLE: _("Die Datei ist ein lesbares PDF."),
    Check.SEAL: _("Sie trägt ein Siegel, das keine Änderung zulässt, und das Siegel ist unversehrt."),
    Check.UNALTERED: _("Das Siegel deckt die ganze Datei; seither wurde nichts geändert."),
    Check.HOLDER: _("Gesiegelt hat %(holder)s; der Schlüssel ist der erwartete."),
    Check.TIMESTAMP: _("Ein Zeitstempel belegt, dass die Datei am %(stamped_at)s vorlag (%(stamped_by)s)."),
    Check.LIST: _(
        "Die gedruckte, die eingebettete und die im Nachweis festgehaltene Liste stimmen überein: %(count)s."
    ),
    Check.TEXT: _("Die Prüfsumme des Textes stimmt mit Druck und Nachweis überein."),
    Check.CHECKPOINT: _("Der Protokollstand (Eintrag %(entry)s) ist in sich schlüssig und so gedruckt."),
    Check.EARLIER: _("Die Prüfsummen der früheren Veröffentlichungen stimmen mit dem Nachweis überein."),
}
FAILS = {
    Check.READABLE: _("Die Datei ist kein lesbares PDF, oder sie ist beschädigt."),
    Check.SEAL: _(
        "Die Datei trägt kein gültiges Siegel: Es fehlt, ist beschädigt, oder die gesiegelten Bytes wurden geändert."
    ),
    Check.UNALTERED: _("An die Datei wurde nach dem Siegeln etwas angehängt, oder sie wurde verändert."),
    Check.HOLDER: _("Das Siegel nennt „%(holder)s“, stammt aber nicht vom erwarteten Schlüssel."),
    Check.TIMESTAMP: _("Der Zeitstempel der Datei ist ungültig."),
    Check.LIST: _("Die gedruckte Liste, die eingebettete Liste und der Nachweis widersprechen einander."),
    Check.TEXT: _("Die Prüfsumme des Textes stimmt nicht mit Druck und Nachweis überein."),
    Check.CHECKPOINT: _("Der Protokollstand der Datei ist in sich nicht schlüssig."),
    Check.EARLIER: _("Die Prüfsummen der früheren Veröffentlichungen stimmen nicht mit dem Nachweis überein."),
}
NO_STAMP = _(
    "Die Datei trägt keinen Zeitstempel; wann gesiegelt wurde (%(sealed_at)s), sagt nur die Uhr des Verbandes."
)


def lines(report: Report, zone: ZoneInfo, language: str) -> Iterator[tuple[bool, str]]:
    """Each check that was made: whether it holds, and a sentence."""
    translate = catalogue(language).gettext
    facts = {
        "holder": report.holder,
        "stamped_at": moment(report.stamped_at, zone, language) if report.stamped_at else "",
        "sealed_at": moment(report.sealed_at, zone, language) if report.sealed_at else "",
        "stamped_by": report.stamped_by,
        "count": report.count,
        "entry": report.entry,
    }
    for check, holds in report.checks.items():
        if holds is not None:
            yield holds, translate((HOLDS if holds else FAILS)[check]) % facts
        elif check is Check.TIMESTAMP:
            yield True, translate(NO_STAMP) % facts
