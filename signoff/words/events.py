"""The one table of the journal: what each kind of entry says, as a sentence."""

from datetime import datetime
from zoneinfo import ZoneInfo

from signoff.domain.answer import Channel, Kind
from signoff.domain.audit import Event
from signoff.domain.journal import Line
from signoff.words import dates, labels, names
from signoff.words.catalogue import catalogue
from signoff.words.catalogue import marked as _
from signoff.words.changes import changes
from signoff.words.outcomes import EXACTLY

EVENT = {
    Event.INSTANCE_MADE: _("Einrichtung"),
    Event.MEMBERS_IMPORTED: _("Mitgliederliste übernommen"),
    Event.MEMBER_ADDED: _("Mitglied aufgenommen"),
    Event.MEMBER_CHANGED: _("Mitglied geändert"),
    Event.MEMBER_ARCHIVED: _("Mitglied archiviert"),
    Event.MEMBER_RESTORED: _("Mitglied wieder aufgenommen"),
    Event.REPRESENTATIVE_ADDED: _("Ansprechperson eingetragen"),
    Event.REPRESENTATIVE_CHANGED: _("Ansprechperson geändert"),
    Event.REPRESENTATIVE_ARCHIVED: _("Ansprechperson archiviert"),
    Event.REPRESENTATIVE_RESTORED: _("Ansprechperson wieder aufgenommen"),
    Event.PAPER_ADDED: _("Papier aufgenommen"),
    Event.EDITION_ADDED: _("Neue Fassung angelegt"),
    Event.EDITION_REVISED: _("Text bearbeitet"),
    Event.TRIAL_ORDERED: _("Probedruck angefordert"),
    Event.ANNEX_ADDED: _("Anlage hinzugefügt"),
    Event.ANNEX_REMOVED: _("Anlage entfernt"),
    Event.ROUND_OPENED: _("Verfahren eröffnet"),
    Event.ROUND_EXTENDED: _("Frist verlängert"),
    Event.ROUND_CANCELLED: _("Verfahren abgebrochen"),
    Event.ROUND_CLOSED: _("Verfahren geschlossen"),
    Event.MEMBER_INVITED: _("Mitglied nachträglich eingeladen"),
    Event.ANSWERED: _("Rückmeldung"),
    Event.WITHDRAWN: _("Rückmeldung zurückgenommen"),
    Event.CORRECTED: _("Angaben berichtigt"),
    Event.RECORDED: _("Rückmeldung erfasst"),
    Event.VOIDED: _("Rückmeldung für ungültig erklärt"),
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
    Event.RELEASE_PLANNED: _("Veröffentlichung geplant"),
    Event.RELEASE_REQUESTED: _("Veröffentlichung freigegeben"),
    Event.RELEASE_CONFIRMED: _("Veröffentlichung bestätigt"),
    Event.RELEASE_CALLED_OFF: _("Veröffentlichung zurückgerufen"),
    Event.RELEASE_WITHDRAWN: _("Veröffentlichung zurückgezogen"),
    Event.LINK_REQUESTED: _("Neuer Zugangslink angefordert"),
    Event.REMINDED: _("Erinnerung"),
    Event.REMINDERS_SKIPPED: _("Erinnerung ausgelassen"),
    Event.MAIL_TESTED: _("Testnachricht"),
    Event.STAFF_ADDED: _("Konto angelegt"),
    Event.STAFF_CHANGED: _("Konto geändert"),
    Event.LOGGED_IN: _("Anmeldung"),
    Event.LOGGED_OUT: _("Abmeldung"),
    Event.LOGIN_FAILED: _("Fehlgeschlagene Anmeldung"),
    Event.PASSWORD_REQUESTED: _("Neues Passwort angefordert"),
    Event.ASSOCIATION_CHANGED: _("Angaben zum Verband geändert"),
    Event.LOGO_CHANGED: _("Logo geändert"),
    Event.MAIL_RETURNED: _("Rücklauf einer E-Mail"),
    Event.ADDRESS_CORRECTED: _("E-Mail-Adresse berichtigt"),
    Event.LINK_SENT_AGAIN: _("Zugangslink erneut gesandt"),
    Event.REMARKED: _("Vermerk"),
    Event.REMARK_REMOVED: _("Vermerk gelöscht"),
    Event.AIM_SET: _("Ziel festgelegt"),
}
SENTENCE = {
    Event.INSTANCE_MADE: _("%(who)s hat diese Instanz eingerichtet."),
    Event.MEMBERS_IMPORTED: _("%(who)s hat eine Mitgliederliste übernommen."),
    Event.MEMBER_ADDED: _("%(who)s hat %(whom)s als Mitglied aufgenommen."),
    Event.MEMBER_CHANGED: _("%(who)s hat die Angaben zum Mitglied %(about)s geändert."),
    Event.MEMBER_ARCHIVED: _("%(who)s hat %(whom)s archiviert."),
    Event.MEMBER_RESTORED: _("%(who)s hat %(whom)s wieder aufgenommen."),
    Event.REPRESENTATIVE_ADDED: _("%(who)s hat eine Ansprechperson %(of)s eingetragen."),
    Event.REPRESENTATIVE_CHANGED: _("%(who)s hat eine Ansprechperson %(of)s geändert."),
    Event.REPRESENTATIVE_ARCHIVED: _("%(who)s hat eine Ansprechperson %(of)s archiviert."),
    Event.REPRESENTATIVE_RESTORED: _("%(who)s hat eine Ansprechperson %(of)s wieder aufgenommen."),
    Event.PAPER_ADDED: _("%(who)s hat das Papier „%(about)s“ aufgenommen."),
    Event.EDITION_ADDED: _("%(who)s hat eine neue Fassung von „%(about)s“ angelegt."),
    Event.EDITION_REVISED: _("%(who)s hat „%(about)s“ bearbeitet."),
    Event.TRIAL_ORDERED: _("%(who)s hat einen Probedruck von „%(about)s“ angefordert."),
    Event.ANNEX_ADDED: _("%(who)s hat „%(about)s“ eine Anlage hinzugefügt."),
    Event.ANNEX_REMOVED: _("%(who)s hat eine Anlage von „%(about)s“ entfernt."),
    Event.ROUND_OPENED: _("%(who)s hat das Mitzeichnungsverfahren zu „%(about)s“ eröffnet."),
    Event.ROUND_EXTENDED: _("%(who)s hat die Frist zu „%(about)s“ verlängert."),
    Event.ROUND_CANCELLED: _("%(who)s hat das Mitzeichnungsverfahren zu „%(about)s“ abgebrochen."),
    Event.ROUND_CLOSED: _("%(who)s hat das Mitzeichnungsverfahren zu „%(about)s“ geschlossen."),
    Event.MEMBER_INVITED: _("%(who)s hat %(whom)s nachträglich eingeladen."),
    Event.ANSWERED: _("%(who)s hat für %(whom)s geantwortet."),
    Event.WITHDRAWN: _("%(who)s hat die Rückmeldung %(of)s zurückgenommen."),
    Event.CORRECTED: _("%(who)s hat die Angaben in der Rückmeldung %(of)s berichtigt."),
    Event.RECORDED: _("%(who)s hat für %(whom)s eine Rückmeldung erfasst, die nicht über den Zugangslink kam."),
    Event.VOIDED: _("%(who)s hat die Rückmeldung %(of)s für ungültig erklärt."),
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
    Event.RELEASE_PLANNED: _("%(who)s hat die Veröffentlichung von „%(about)s“ geplant."),
    Event.RELEASE_REQUESTED: _(
        "%(who)s hat „%(about)s“ zur Veröffentlichung freigegeben; eine zweite Person bestätigt."
    ),
    Event.RELEASE_CONFIRMED: _("%(who)s hat die Veröffentlichung von „%(about)s“ bestätigt."),
    Event.RELEASE_CALLED_OFF: _("%(who)s hat die Veröffentlichung von „%(about)s“ zurückgerufen, bevor sie geschah."),
    Event.RELEASE_WITHDRAWN: _("%(who)s hat „%(about)s“ zurückgezogen."),
    Event.LINK_REQUESTED: _("Für %(whom)s wurde ein neuer Zugangslink angefordert."),
    Event.REMINDED: _("%(who)s hat an die Rückmeldung zu „%(about)s“ erinnert."),
    Event.REMINDERS_SKIPPED: _("%(who)s hat Erinnerungen zu „%(about)s“ ausgelassen."),
    Event.MAIL_TESTED: _("%(who)s hat sich eine Testnachricht senden lassen."),
    Event.STAFF_ADDED: _("%(who)s hat das Konto von %(about)s angelegt."),
    Event.STAFF_CHANGED: _("%(who)s hat das Konto von %(about)s geändert."),
    Event.LOGGED_IN: _("%(who)s hat sich angemeldet."),
    Event.LOGGED_OUT: _("%(who)s hat sich abgemeldet."),
    Event.LOGIN_FAILED: _("Jemand hat vergeblich versucht, sich anzumelden."),
    Event.PASSWORD_REQUESTED: _("Jemand hat ein neues Passwort angefordert."),
    Event.ASSOCIATION_CHANGED: _("%(who)s hat die Angaben zum Verband geändert."),
    Event.LOGO_CHANGED: _("%(who)s hat das Logo des Verbandes geändert."),
    Event.MAIL_RETURNED: _("Auf eine E-Mail an %(whom)s kam eine automatische Antwort."),
    Event.ADDRESS_CORRECTED: _(
        "%(who)s hat eine E-Mail-Adresse %(of)s berichtigt; der alte Zugangslink gilt nicht mehr."
    ),
    Event.LINK_SENT_AGAIN: _("%(who)s hat für %(whom)s einen Zugangslink erneut senden lassen."),
    Event.REMARKED: _("%(who)s hat einen Vermerk zur Einladung %(of)s geschrieben."),
    Event.REMARK_REMOVED: _("%(who)s hat einen Vermerk zur Einladung %(of)s gelöscht."),
    Event.AIM_SET: _("%(who)s hat das Ziel zu „%(about)s“ festgelegt."),
}
ACTOR = {"cli": _("Die Kommandozeile"), "worker": _("Signoff"), "nobody": _("Jemand"), "demo": _("Die Vorführung")}


def sentence(line: Line, language: str) -> str:
    """What ``line`` says: who did what to which thing."""
    gettext = catalogue(language).gettext
    told = line.details or {}
    exact = (
        words
        for (event, name, value), words in EXACTLY.items()
        if event is line.event and name in told and told[name] == value
    )
    about = line.about or gettext("(gelöscht)")
    return gettext(next(exact, SENTENCE[line.event])) % {
        "who": who(line, language),
        "about": about,
        "whom": names.in_sentence(about, names.Case.ACCUSATIVE, language),
        "of": names.in_sentence(about, names.Case.GENITIVE, language),
    }


def who(line: Line, language: str) -> str:
    """Who did it: a name, or what runs by itself."""
    return line.who or catalogue(language).gettext(ACTOR.get(line.actor, line.actor))


def more(line: Line, zone: ZoneInfo, language: str) -> str:
    """What the details add in a few words; nothing where they were erased."""
    gettext = catalogue(language).gettext
    told = line.details or {}
    answer = told.get("answer")
    if line.event is Event.RECORDED and isinstance(answer, dict):
        came = labels.CHANNEL[Channel(str(told["channel"]))]
        return f"{gettext(labels.ANSWER[Kind(answer['kind'])])}, {gettext(came)}"
    if line.event in (Event.VOIDED, Event.CORRECTED):
        return str(told.get("reason", ""))
    if line.event is Event.ANSWERED and isinstance(answer, dict):
        return gettext(labels.ANSWER[Kind(answer["kind"])])
    if line.event in (Event.ROUND_OPENED, Event.ROUND_EXTENDED) and "deadline" in told:
        until = dates.deadline(datetime.fromisoformat(str(told["deadline"])), zone, language)
        return gettext("Frist: %(until)s") % {"until": until}
    if line.event in (Event.RELEASE_PLANNED, Event.RELEASE_REQUESTED) and told.get("released_at"):
        at = dates.moment(datetime.fromisoformat(str(told["released_at"])), zone, language)
        return gettext("Zeitpunkt: %(at)s") % {"at": at}
    if line.event is Event.RELEASE_WITHDRAWN and told.get("reason"):
        return gettext("Grund: %(reason)s") % {"reason": told["reason"]}
    if line.event in (Event.PRINTED, Event.RELEASED) and "sha256" in told:
        return gettext("Prüfsumme der Datei: %(digest)s …") % {"digest": str(told["sha256"])[:16]}
    if "edition" in told and line.event in (Event.EDITION_ADDED, Event.EDITION_REVISED, Event.ANNEX_ADDED):
        said = gettext("Fassung %(number)s") % {"number": told["edition"]}
        return f"{said}: {told['name']}" if "name" in told else said
    if about := changes(told, gettext):
        return about
    if line.event is Event.AIM_SET and told.get("aim"):
        return gettext("Ziel: %(aim)s Mitzeichnungen") % {"aim": told["aim"]}
    links = told.get("links")
    if line.event in (Event.REMINDED, Event.REMINDERS_SKIPPED) and isinstance(links, list):
        return gettext("Anzahl: %(count)s") % {"count": len(links)}
    return str(told["text"]) if line.event in (Event.NOTE_DECIDED, Event.NAME_DECIDED) and "text" in told else ""
