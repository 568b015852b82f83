"""What the documents of one paper are called: its editions of the list, and its addenda."""

from signoff.domain.release import PrintKind
from signoff.words.catalogue import catalogue
from signoff.words.catalogue import marked as _

CALLED = {
    PrintKind.FINAL: _("%(number)s. Ausgabe"),
    PrintKind.EDITION: _("%(number)s. Ausgabe"),
    PrintKind.ADDENDUM: _("%(number)s. Nachtrag"),
}


def called(kind: PrintKind, number: int, language: str) -> str:
    """``2. Ausgabe``, ``1. Nachtrag``; the final PDF is the first edition."""
    return catalogue(language).gettext(CALLED[kind]) % {"number": number}
