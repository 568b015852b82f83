"""How entries of the journal came out: sentences for those whose details say more than their kind."""

from signoff.domain.audit import Event
from signoff.words import accounts
from signoff.words.catalogue import marked as _

# Where the details say more, the sentence does too.
EXACTLY: dict[tuple[Event, str, object], str] = {
    **accounts.CHANGED,
    (Event.NOTE_DECIDED, "accepted", True): _("%(who)s hat die Protokollnotiz %(of)s angenommen."),
    (Event.NOTE_DECIDED, "accepted", False): _("%(who)s hat die Protokollnotiz %(of)s abgelehnt."),
    (Event.NAME_DECIDED, "accepted", True): _("%(who)s hat den berichtigten Namen %(of)s übernommen."),
    (Event.NAME_DECIDED, "accepted", False): _("%(who)s hat den berichtigten Namen %(of)s nicht übernommen."),
    (Event.ANSWERED, "late", True): _("%(who)s hat für %(whom)s nach der Veröffentlichung geantwortet."),
    (Event.WITHDRAWN, "late", True): _("%(who)s hat die Rückmeldung %(of)s nach der Veröffentlichung zurückgenommen."),
    (Event.LATE_DECIDED, "accepted", True): _("%(who)s hat die Nachzeichnung %(of)s angenommen."),
    (Event.LATE_DECIDED, "accepted", False): _("%(who)s hat die Nachzeichnung %(of)s abgelehnt."),
    (Event.LIST_ORDERED, "kind", "addendum"): _("%(who)s hat einen Nachtrag zu „%(about)s“ angefordert."),
    (Event.RELEASED, "kind", "addendum"): _("%(who)s hat einen Nachtrag zu „%(about)s“ veröffentlicht."),
    (Event.RELEASED, "kind", "edition"): _("%(who)s hat eine neue Ausgabe der Liste zu „%(about)s“ veröffentlicht."),
    (Event.ROUND_CLOSED, "early", True): _(
        "%(who)s hat das Mitzeichnungsverfahren zu „%(about)s“ vor Fristende geschlossen."
    ),
    (Event.ASSOCIATION_CHANGED, "second_person", True): _(
        "%(who)s hat das Vier-Augen-Prinzip für Veröffentlichungen eingeschaltet."
    ),
    (Event.ASSOCIATION_CHANGED, "second_person", False): _(
        "%(who)s hat das Vier-Augen-Prinzip für Veröffentlichungen ausgeschaltet."
    ),
    (Event.PRINTED, "kind", "trial"): _("%(who)s hat einen Probedruck von „%(about)s“ gefertigt."),
    (Event.PRINTED, "kind", "draft"): _("%(who)s hat den gekennzeichneten Entwurf zu „%(about)s“ gefertigt."),
    (Event.MAIL_RETURNED, "came", "bounce"): _("Eine E-Mail an %(whom)s kam als unzustellbar zurück."),
    (Event.MAIL_RETURNED, "came", "delay"): _("Eine E-Mail an %(whom)s wird verzögert zugestellt."),
    (Event.AIM_SET, "aim", None): _("%(who)s hat das Ziel zu „%(about)s“ gestrichen."),
}
