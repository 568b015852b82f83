"""The one table of the journal: what each kind of entry says, as a sentence."""

from datetime import datetime
from zoneinfo import ZoneInfo

from signoff.domain.answer import Kind
from signoff.domain.audit import Event
from signoff.domain.journal import Line
from signoff.words import dates, labels, names
from signoff.words.catalogue import catalogue
from signoff.words.catalogue import marked as _

EVENT = {
    Event.INSTANCE_MADE: _("Einrichtung"),
    Event.MEMBERS_IMPORTED: _("Mitgliederliste übernommen"),
    Event.PAPER_ADDED: _("Papier aufgenommen"),
    Event.ROUND_OPENED: _("Verfahren eröffnet"),
    Event.ROUND_EXTENDED: _("Frist verlängert"),
    Event.ROUND_CANCELLED: _("Verfahren abgebrochen"),
    Event.ROUND_CLOSED: _("Verfahren geschlossen"),
    Event.MEMBER_INVITED: _("Mitglied nachträglich eingeladen"),
    Event.ANSWERED: _("Rückmeldung"),
    Event.WITHDRAWN: _("Rückmeldung zurückgenommen"),
    Event.CORRECTED: _("Angaben berichtigt"),
    Event.OBJECTED: _("Einspruch gegen eine Rückmeldung"),
    Event.OBJECTION_SETTLED: _("Einspruch erledigt"),
    Event.PASSED_ON: _("Aufgabe weitergegeben"),
    Event.PASSED_ON_ENDED: _("Weitergegebener Zugang beendet"),
    Event.NOTE_DECIDED: _("Entscheidung über eine Protokollnotiz"),
    Event.NAME_DECIDED: _("Entscheidung über einen Namen"),
    Event.LATE_DECIDED: _("Entscheidung über eine Nachzeichnung"),
    Event.LATE_ENDED: _("Ende der Nachzeichnung bestimmt"),
    Event.LIST_ORDERED: _("Nachtrag oder neue Ausgabe angefordert"),
    Event.PRINT_ORDERED: _("PDF erneut angefordert"),
    Event.TYPESET: _("PDF gesetzt"),
    Event.PRINTED: _("PDF gefertigt"),
    Event.RELEASED: _("Veröffentlichung"),
    Event.LINK_REQUESTED: _("Neuer Zugangslink angefordert"),
    Event.REMINDED: _("Erinnerung"),
    Event.REMINDERS_SKIPPED: _("Erinnerung ausgelassen"),
    Event.MAIL_TESTED: _("Testnachricht"),
    Event.STAFF_ADDED: _("Konto angelegt"),
    Event.STAFF_CHANGED: _("Konto geändert"),
    Event.LOGGED_IN: _("Anmeldung"),
    Event.LOGGED_OUT: _("Abmeldung"),
    Event.LOGIN_FAILED: _("Fehlgeschlagene Anmeldung"),
    Event.ASSOCIATION_CHANGED: _("Angaben zum Verband geändert"),
    Event.LOGO_CHANGED: _("Logo geändert"),
    Event.MAIL_RETURNED: _("Rücklauf einer E-Mail"),
    Event.ADDRESS_CORRECTED: _("E-Mail-Adresse berichtigt"),
}
SENTENCE = {
    Event.INSTANCE_MADE: _("%(who)s hat diese Instanz eingerichtet."),
    Event.MEMBERS_IMPORTED: _("%(who)s hat eine Mitgliederliste übernommen."),
    Event.PAPER_ADDED: _("%(who)s hat das Papier „%(about)s“ aufgenommen."),
    Event.ROUND_OPENED: _("%(who)s hat das Mitzeichnungsverfahren zu „%(about)s“ eröffnet."),
    Event.ROUND_EXTENDED: _("%(who)s hat die Frist zu „%(about)s“ verlängert."),
    Event.ROUND_CANCELLED: _("%(who)s hat das Mitzeichnungsverfahren zu „%(about)s“ abgebrochen."),
    Event.ROUND_CLOSED: _("%(who)s hat das Mitzeichnungsverfahren zu „%(about)s“ geschlossen."),
    Event.MEMBER_INVITED: _("%(who)s hat %(whom)s nachträglich eingeladen."),
    Event.ANSWERED: _("%(who)s hat für %(whom)s geantwortet."),
    Event.WITHDRAWN: _("%(who)s hat die Rückmeldung %(of)s zurückgenommen."),
    Event.CORRECTED: _("%(who)s hat die Angaben in der Rückmeldung %(of)s berichtigt."),
    Event.OBJECTED: _("%(who)s hat der Rückmeldung %(of)s widersprochen: „Das war ich nicht“."),
    Event.OBJECTION_SETTLED: _("%(who)s hat den Einspruch gegen die Rückmeldung %(of)s als erledigt vermerkt."),
    Event.PASSED_ON: _("%(who)s hat die Aufgabe für %(whom)s weitergegeben."),
    Event.PASSED_ON_ENDED: _("%(who)s hat einen weitergegebenen Zugang für %(whom)s beendet."),
    Event.NOTE_DECIDED: _("%(who)s hat über die Protokollnotiz %(of)s entschieden."),
    Event.NAME_DECIDED: _("%(who)s hat über den Namen %(of)s in der Liste entschieden."),
    Event.LATE_DECIDED: _("%(who)s hat über die Nachzeichnung %(of)s entschieden."),
    Event.LATE_ENDED: _("%(who)s hat bestimmt, wann die Nachzeichnung zu „%(about)s“ endet."),
    Event.LIST_ORDERED: _("%(who)s hat eine neue Ausgabe der Liste zu „%(about)s“ angefordert."),
    Event.PRINT_ORDERED: _("%(who)s hat das PDF zu „%(about)s“ erneut angefordert."),
    Event.TYPESET: _("%(who)s hat das PDF zu „%(about)s“ gesetzt; gesiegelt wird danach."),
    Event.PRINTED: _("%(who)s hat ein PDF zu „%(about)s“ gefertigt."),
    Event.RELEASED: _("%(who)s hat „%(about)s“ veröffentlicht."),
    Event.LINK_REQUESTED: _("Für %(whom)s wurde ein neuer Zugangslink angefordert."),
    Event.REMINDED: _("%(who)s hat an die Rückmeldung zu „%(about)s“ erinnert."),
    Event.REMINDERS_SKIPPED: _("%(who)s hat Erinnerungen zu „%(about)s“ ausgelassen."),
    Event.MAIL_TESTED: _("%(who)s hat sich eine Testnachricht senden lassen."),
    Event.STAFF_ADDED: _("%(who)s hat das Konto von %(about)s angelegt."),
    Event.STAFF_CHANGED: _("%(who)s hat das Konto von %(about)s geändert."),
    Event.LOGGED_IN: _("%(who)s hat sich angemeldet."),
    Event.LOGGED_OUT: _("%(who)s hat sich abgemeldet."),
    Event.LOGIN_FAILED: _("Jemand hat vergeblich versucht, sich anzumelden."),
    Event.ASSOCIATION_CHANGED: _("%(who)s hat die Angaben zum Verband geändert."),
    Event.LOGO_CHANGED: _("%(who)s hat das Logo des Verbandes geändert."),
    Event.MAIL_RETURNED: _("Auf eine E-Mail an %(whom)s kam eine automatische Antwort."),
    Event.ADDRESS_CORRECTED: _(
        "%(who)s hat eine E-Mail-Adresse %(of)s berichtigt; der alte Zugangslink gilt nicht mehr."
    ),
}
# Where the details say more, the sentence does too.
EXACTLY = {
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
    (Event.PRINTED, "kind", "draft"): _("%(who)s hat den gekennzeichneten Entwurf zu „%(about)s“ gefertigt."),
    (Event.MAIL_RETURNED, "came", "bounce"): _("Eine E-Mail an %(whom)s kam als unzustellbar zurück."),
    (Event.MAIL_RETURNED, "came", "delay"): _("Eine E-Mail an %(whom)s wird verzögert zugestellt."),
    (Event.STAFF_CHANGED, "change", "disabled"): _("%(who)s hat das Konto von %(about)s gesperrt."),
    (Event.STAFF_CHANGED, "change", "reset"): _("%(who)s hat das Passwort von %(about)s zurückgesetzt."),
    (Event.STAFF_CHANGED, "change", "password"): _("%(who)s hat ein neues Passwort gesetzt."),
}
ACTOR = {"cli": _("Die Kommandozeile"), "worker": _("Signoff"), "nobody": _("Jemand"), "demo": _("Die Vorführung")}


def sentence(line: Line, language: str) -> str:
    """What ``line`` says: who did what to which thing."""
    gettext = catalogue(language).gettext
    told = line.details or {}
    exact = (
        words for (event, name, value), words in EXACTLY.items() if event is line.event and told.get(name) == value
    )
    about = line.about or gettext("(gelöscht)")
    return gettext(next(exact, SENTENCE[line.event])) % {
        "who": line.who or gettext(ACTOR.get(line.actor, line.actor)),
        "about": about,
        "whom": names.in_sentence(about, names.Case.ACCUSATIVE, language),
        "of": names.in_sentence(about, names.Case.GENITIVE, language),
    }


def more(line: Line, zone: ZoneInfo, language: str) -> str:
    """What the details add in a few words; nothing where they were erased."""
    gettext = catalogue(language).gettext
    told = line.details or {}
    answer = told.get("answer")
    if line.event is Event.ANSWERED and isinstance(answer, dict):
        return gettext(labels.ANSWER[Kind(answer["kind"])])
    if line.event in (Event.ROUND_OPENED, Event.ROUND_EXTENDED) and "deadline" in told:
        until = dates.deadline(datetime.fromisoformat(str(told["deadline"])), zone, language)
        return gettext("Frist: %(until)s") % {"until": until}
    if line.event in (Event.PRINTED, Event.RELEASED) and "sha256" in told:
        return gettext("Prüfsumme der Datei: %(digest)s …") % {"digest": str(told["sha256"])[:16]}
    links = told.get("links")
    if line.event in (Event.REMINDED, Event.REMINDERS_SKIPPED) and isinstance(links, list):
        return gettext("Anzahl: %(count)s") % {"count": len(links)}
    return str(told["text"]) if line.event in (Event.NOTE_DECIDED, Event.NAME_DECIDED) and "text" in told else ""
