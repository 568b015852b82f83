"""The verdict on a file with its ground, and the result of each check, in words."""

from collections.abc import Iterator
from typing import NamedTuple
from zoneinfo import ZoneInfo

from signoff.domain.documents import CopyKind, Ground, VerificationCheck, VerificationReport
from signoff.i18n.catalogue import get_catalogue
from signoff.i18n.catalogue import gettext_noop as _
from signoff.i18n.formatting import format_moment

# The headings of the verdicts on the page that checks files.
HEADINGS: dict[str, str] = {
    "genuine": _("Die Datei ist echt"),
    "superseded": _("Die Datei ist echt, aber ersetzt"),
    "withdrawn": _("Das Dokument wurde zurückgezogen"),
    "not_genuine": _("Die Datei ist nicht echt"),
    "cannot_tell": _("Ob die Datei echt ist, können wir nicht sagen"),
}

# The verdict, and why it is given.

GROUNDS = {
    Ground.RELEASED: _(
        "Die Datei ist echt: Sie stimmt Zeichen für Zeichen mit der Veröffentlichung überein."
    ),
    Ground.SEALED: _(
        "Die Datei ist echt und unverändert, gesiegelt von „%(holder)s“. Ob sie inzwischen ersetzt oder zurückgezogen ist, sagt nur die Seite des Verbandes."
    ),
    Ground.OWN_COPY: _(
        "Die Datei ist echt: Wir haben sie erstellt („%(title)s“), und sie ist unverändert. Sie ist nicht das veröffentlichte Papier und sagt nur, was galt, als wir sie erstellt haben."
    ),
    Ground.SEALED_COPY: _(
        "Die Datei ist echt und unverändert: %(what)s, gesiegelt von „%(holder)s“. Sie ist nicht das veröffentlichte Papier und sagt nur, was galt, als sie erstellt und gesiegelt wurde."
    ),
    Ground.SUPERSEDED: _("Die Datei ist echt, aber durch eine spätere Ausgabe der Liste ersetzt."),
    Ground.WITHDRAWN: _("Das Dokument war veröffentlicht und wurde zurückgezogen."),
    Ground.UNRELEASED: _(
        "Die Datei ist nicht echt: Ihr Siegel ist von uns, aber wir haben sie nicht veröffentlicht."
    ),
    Ground.CHECK_FAILED: _("Die Datei ist nicht echt: %(failed)s"),
    Ground.OUT_OF_TIME: _(
        "Ob die Datei echt ist, lässt sich gerade nicht sagen: Die Prüfung hat zu lange gedauert. Bitte versuchen Sie es später noch einmal."
    ),
    Ground.OTHER_KEY: _(
        "Ob die Datei echt ist, lässt sich von hier aus nicht sagen: Ihr Siegel ist unversehrt, aber sein Schlüssel ist hier nicht bekannt. Wen das Siegel nennt (%(holder)s), können Sie nach dem Zertifikat fragen."
    ),
    Ground.OTHER_AUTHORITY: _(
        "Ob die Datei echt ist, lässt sich von hier aus nicht sagen: Ihr Siegel ist unversehrt, aber die Stelle, von der ihr Zeitstempel stammt, ist hier nicht bekannt. Wen das Siegel nennt (%(holder)s), können Sie nach deren Zertifikat fragen."
    ),
}


COPIES = {
    CopyKind.RECEIPT: _("eine Empfangsbestätigung"),
    CopyKind.CERTIFICATE: _("eine Verlaufsbescheinigung"),
}


def describe_ground(ground: Ground, report: VerificationReport, language: str) -> str:
    """The verdict in one sentence, with its reason."""
    translate = get_catalogue(language).gettext
    failed = translate(CHECK_FAILED[report.failed]) if report.failed else ""
    is_copy = ground is Ground.SEALED_COPY and report.kind
    return translate(GROUNDS[ground]) % {
        "holder": report.holder,
        "failed": failed,
        "title": report.copy_title,
        "what": translate(COPIES[CopyKind(report.kind)]) if is_copy else "",
    }


# The checks of a PDF.

CHECK_PASSED = {
    VerificationCheck.READABLE: _("Die Datei ist ein lesbares PDF."),
    VerificationCheck.SEAL: _(
        "Die Datei trägt ein Siegel, das keine Änderung zulässt, und das Siegel ist unversehrt."
    ),
    VerificationCheck.UNALTERED: _(
        "Das Siegel deckt die ganze Datei; seither wurde nichts geändert."
    ),
    VerificationCheck.HOLDER: _("Gesiegelt hat %(holder)s; der Schlüssel ist bekannt."),
    VerificationCheck.TIMESTAMP: _(
        "Ein Zeitstempel belegt, dass die Datei am %(stamped_at)s vorlag (%(stamped_by)s)."
    ),
    VerificationCheck.AUTHORITY: _("Die Zeitstempelstelle ist eine, die der Verband benutzt."),
    VerificationCheck.LIST: _(
        "Die gedruckte, die eingebettete und die im Nachweis festgehaltene Liste stimmen überein: %(count)s."
    ),
    VerificationCheck.TEXT: _("Die Prüfsumme des Textes stimmt mit Druck und Nachweis überein."),
    VerificationCheck.CHECKPOINT: _(
        "Text, Liste und Bedingungen sind die, auf die sich der Verband in seinem Prüfverzeichnis festgelegt hat, und der Prüfpunkt ist so gedruckt."
    ),
    VerificationCheck.EARLIER: _(
        "Die Prüfsummen der früheren Veröffentlichungen stimmen mit dem Nachweis überein."
    ),
}
CHECK_FAILED = {
    VerificationCheck.READABLE: _(
        "Die Datei lässt sich nicht prüfen: Sie ist kein lesbares PDF, ist beschädigt oder braucht dafür zu viel Speicher oder Rechenzeit."
    ),
    VerificationCheck.SEAL: _(
        "Die Datei trägt kein gültiges Siegel: Es fehlt, ist beschädigt, oder die gesiegelten Bytes wurden geändert."
    ),
    VerificationCheck.UNALTERED: _(
        "An die Datei wurde nach dem Siegeln etwas angehängt, oder sie wurde verändert."
    ),
    VerificationCheck.HOLDER: _(
        "Das Siegel nennt „%(holder)s“; der Schlüssel ist hier nicht bekannt."
    ),
    VerificationCheck.TIMESTAMP: _("Der Zeitstempel der Datei ist ungültig."),
    VerificationCheck.AUTHORITY: _(
        "Die Datei trägt einen Zeitstempel von einer Stelle, die hier nicht bekannt ist. Er beweist deshalb nichts."
    ),
    VerificationCheck.LIST: _(
        "Die gedruckte Liste, die eingebettete Liste und der Nachweis widersprechen einander."
    ),
    VerificationCheck.TEXT: _(
        "Die Prüfsumme des Textes stimmt nicht mit Druck und Nachweis überein."
    ),
    VerificationCheck.CHECKPOINT: _(
        "Text, Liste oder Bedingungen sind nicht die, auf die sich der Verband in seinem Prüfverzeichnis festgelegt hat, oder der Prüfpunkt ist anders gedruckt."
    ),
    VerificationCheck.EARLIER: _(
        "Die Prüfsummen der früheren Veröffentlichungen stimmen nicht mit dem Nachweis überein."
    ),
}
NO_TIMESTAMP = _(
    "Die Datei trägt keinen Zeitstempel; wann gesiegelt wurde (%(sealed_at)s), sagt nur die Uhr des Verbandes."
)
NOT_CHECKED = _("Das wurde nicht geprüft.")


class CheckResult(NamedTuple):
    """``passed`` is ``None`` if the check was not made."""

    check: VerificationCheck
    passed: bool | None
    sentence: str


def describe_checks(
    report: VerificationReport, zone: ZoneInfo, language: str
) -> Iterator[CheckResult]:
    """The result of each check with a sentence."""
    translate = get_catalogue(language).gettext
    facts = {
        "stamped_at": format_moment(report.stamped_at, zone, language) if report.stamped_at else "",
        "sealed_at": format_moment(report.sealed_at, zone, language) if report.sealed_at else "",
        **{name: getattr(report, name) for name in ("holder", "stamped_by", "count")},
    }
    for check, passed in report.checks.items():
        if passed is not None:
            sentence = (CHECK_PASSED if passed else CHECK_FAILED)[check]
        elif check is VerificationCheck.TIMESTAMP and report.sealed_at:
            sentence = NO_TIMESTAMP
        else:
            sentence = NOT_CHECKED
        yield CheckResult(check, passed, translate(sentence) % facts)
