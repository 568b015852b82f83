"""What is said about a deadline that may be badly chosen."""

from signoff.domain.planning import Caution, Concern
from signoff.words.catalogue import catalogue
from signoff.words.catalogue import marked as _

WORDS = {
    Concern.SATURDAY: _("Der letzte Tag ist ein Samstag; in den Rathäusern arbeitet dann kaum jemand."),
    Concern.SUNDAY: _("Der letzte Tag ist ein Sonntag; in den Rathäusern arbeitet dann kaum jemand."),
    Concern.HOLIDAY: _("Der letzte Tag ist ein Feiertag (%(name)s) in: %(states)s."),
    Concern.YEAR_END: _("Die Frist endet um den Jahreswechsel; viele Verwaltungen sind dann geschlossen."),
    Concern.HURRIED: _(
        "Bis dahin sind es %(days)s Tage. Auch für eine Erklärung der Verwaltungsspitze ist das knapp; üblich sind vier Wochen."
    ),
    Concern.NO_COUNCIL: _(
        "Bis dahin sind es %(weeks)s Wochen. Für einen Beschluss des Rates oder eines Ausschusses ist das meist zu kurz; üblich sind zwölf Wochen."
    ),
}


def caution_words(caution: Caution, language: str = "de") -> str:
    """One sentence on what speaks against a deadline."""
    return catalogue(language).gettext(WORDS[caution.concern]) % dict(caution.facts)
