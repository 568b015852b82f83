"""The entries of the audit log as sentences, and the checks of a PDF."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from signoff.domain.answers import AnswerKind, Channel
from signoff.domain.approvals import Approval, PublicAct
from signoff.domain.audit import DetailedEntry, Event, FaultKind
from signoff.domain.members import ImportChange
from signoff.domain.privacy import DataKind
from signoff.domain.text import decode_domains
from signoff.i18n import formatting, labels
from signoff.i18n.catalogue import get_catalogue
from signoff.i18n.catalogue import gettext_noop as _

MAX_LISTED_CHANGES = 20  # changes of a member list that are listed individually
DETAIL_NAME = re.compile(r"%\((\w+)\)s")
Gettext = Callable[[str], str]
FieldChanges = Sequence[tuple[str, str, str]]


def describe_changes(details: dict[str, object], gettext: Gettext) -> str:
    """The representative concerned, and each field with its old and new value."""
    representative = details.get("person")
    fields = details.get("fields")
    imported = details.get("changed")
    lines = (
        [", ".join(filter(None, (representative["name"], representative["email"])))]
        if isinstance(representative, dict)
        else []
    )
    if isinstance(fields, list):
        lines += [describe_field_change(gettext, *change) for change in fields]
    if isinstance(imported, list) and len(imported) > MAX_LISTED_CHANGES:
        lines.append(gettext("Anzahl: %(count)s") % {"count": len(imported)})
    elif isinstance(imported, list):
        lines += [
            line for change in imported for line in describe_imported_change(gettext, *change)
        ]
    return decode_domains("\n".join(filter(None, lines)))


def describe_imported_change(
    gettext: Gettext, change: str, key: str, email: str, fields: FieldChanges = ()
) -> Iterator[str]:
    """One member or representative of a list; early imports did not record the changed fields."""
    yield ", ".join(filter(None, (gettext(labels.CHANGE[ImportChange(change)]), key, email)))
    yield from (describe_field_change(gettext, *field_change) for field_change in fields)


def describe_field_change(gettext: Gettext, field: str, before: str, after: str) -> str:
    name = gettext(labels.FIELD[field]) if field in labels.FIELD else field
    old, new = (format_field_value(field, value, gettext) for value in (before, after))
    return gettext("%(field)s: %(before)s → %(after)s") % {
        "field": name,
        "before": old,
        "after": new,
    }


def format_field_value(field: str, value: str, gettext: Gettext) -> str:
    """A value of the member list, quoted or as its label."""
    if field == "may_answer":
        return gettext(labels.MAY_ANSWER[value == "yes"])
    return gettext("„%(text)s“") % {"text": value} if value else gettext("(leer)")


# Sentences for entries with these details, in place of those in ``EVENT_SENTENCES``.
OUTCOME_SENTENCES: dict[tuple[Event, str, object], str] = {
    (Event.DELEGATION_ENDED, "with_giver", True): _(
        "Ein weitergegebener Link für %(whom)s hat mit dem Link der Person geendet, die ihn weitergab."
    ),
    (Event.APPLICATION_DECIDED, "accepted", True): _(
        "%(who)s hat den Antrag %(of)s auf Mitzeichnung angenommen."
    ),
    (Event.ACCOUNT_CHANGED, "change", "disabled"): _(
        "%(who)s hat das Konto von %(about)s gesperrt."
    ),
    (Event.ACCOUNT_CHANGED, "change", "reset"): _(
        "%(who)s hat das Passwort von %(about)s zurückgesetzt."
    ),
    (Event.ACCOUNT_CHANGED, "change", "enabled"): _(
        "%(who)s hat das Konto von %(about)s entsperrt."
    ),
    (Event.ACCOUNT_CHANGED, "change", "role"): _("%(who)s hat die Rechte von %(about)s geändert."),
    (Event.ACCOUNT_CHANGED, "change", "linked"): _(
        "%(who)s hat sich mit dem Konto von %(about)s verbunden."
    ),
    (Event.ACCOUNT_CHANGED, "change", "invited"): _(
        "%(who)s hat %(about)s noch einmal eingeladen."
    ),
    (Event.ACCOUNT_CHANGED, "change", "sessions_ended"): _(
        "%(who)s hat Sitzungen von %(about)s beendet."
    ),
    (Event.ACCOUNT_CHANGED, "change", "session_ended"): _(
        "%(who)s hat eine eigene Sitzung beendet."
    ),
    (Event.ACCOUNT_CHANGED, "change", "second_factor_reset"): _(
        "%(who)s hat den zweiten Faktor von %(about)s entfernt."
    ),
    (Event.ACCOUNT_CHANGED, "change", "app_added"): _(
        "%(who)s hat eine Authenticator-App eingerichtet."
    ),
    (Event.ACCOUNT_CHANGED, "change", "app_removed"): _(
        "%(who)s hat die Authenticator-App entfernt."
    ),
    (Event.ACCOUNT_CHANGED, "change", "passkey_added"): _(
        "%(who)s hat einen Passkey eingerichtet."
    ),
    (Event.ACCOUNT_CHANGED, "change", "passkey_removed"): _("%(who)s hat einen Passkey entfernt."),
    (Event.ACCOUNT_CHANGED, "change", "codes"): _(
        "%(who)s hat neue Wiederherstellungscodes erzeugt."
    ),
    (Event.ACCOUNT_CHANGED, "change", "code_used"): _(
        "%(who)s hat einen Wiederherstellungscode verwendet."
    ),
    (Event.ACCOUNT_CHANGED, "change", "password"): _("%(who)s hat ein neues Passwort gesetzt."),
    (Event.ACCOUNT_CHANGED, "change", "profile"): _("%(who)s hat Name oder Sprache geändert."),
    (Event.ACCOUNT_CHANGED, "change", "address_requested"): _(
        "%(who)s hat eine neue E-Mail-Adresse angegeben, die noch zu bestätigen ist."
    ),
    (Event.ACCOUNT_CHANGED, "change", "address"): _(
        "%(who)s hat die neue E-Mail-Adresse bestätigt."
    ),
    (Event.ACCOUNT_CHANGED, "change", "subscriptions"): _(
        "%(who)s hat gewählt, worüber eigene E-Mails kommen."
    ),
    (Event.ACCOUNT_CHANGED, "change", "calendar"): _(
        "%(who)s hat die geheime Adresse des Kalenders erneuert."
    ),
    (Event.NOTE_DECIDED, "accepted", True): _("%(who)s hat die Protokollnotiz %(of)s angenommen."),
    (Event.NOTE_DECIDED, "accepted", False): _("%(who)s hat die Protokollnotiz %(of)s abgelehnt."),
    (Event.NAME_DECIDED, "accepted", True): _(
        "%(who)s hat den berichtigten Namen %(of)s übernommen."
    ),
    (Event.NAME_DECIDED, "accepted", False): _(
        "%(who)s hat den berichtigten Namen %(of)s nicht übernommen."
    ),
    (Event.ANSWERED, "late", True): _(
        "%(who)s hat für %(whom)s nach der Veröffentlichung geantwortet."
    ),
    (Event.WITHDRAWN, "late", True): _(
        "%(who)s hat die Rückmeldung %(of)s nach der Veröffentlichung zurückgenommen."
    ),
    (Event.LATE_SIGNATURE_REVIEWED, "accepted", True): _(
        "%(who)s hat die Nachzeichnung %(of)s angenommen."
    ),
    (Event.LATE_SIGNATURE_REVIEWED, "accepted", False): _(
        "%(who)s hat die Nachzeichnung %(of)s abgelehnt."
    ),
    (Event.LIST_EDITION_ORDERED, "kind", "addendum"): _(
        "%(who)s hat einen Nachtrag zu „%(about)s“ angefordert."
    ),
    (Event.RELEASED, "kind", "addendum"): _(
        "%(who)s hat einen Nachtrag zu „%(about)s“ veröffentlicht."
    ),
    (Event.RELEASED, "kind", "edition"): _(
        "%(who)s hat eine neue Ausgabe der Liste zu „%(about)s“ veröffentlicht."
    ),
    (Event.ROUND_EXTENDED, "change", "recalled"): _(
        "%(who)s hat die Verlängerung der Frist zu „%(about)s“ rückgängig gemacht."
    ),
    (Event.ROUND_EXTENDED, "change", "unannounced"): _(
        "%(who)s hat die Frist zu „%(about)s“ geändert, bevor sie jemandem mitgeteilt war."
    ),
    (Event.ROUND_CLOSED, "early", True): _(
        "%(who)s hat das Mitzeichnungsverfahren zu „%(about)s“ vor Fristende geschlossen."
    ),
    (Event.ASSOCIATION_CHANGED, "second_person", True): _(
        "%(who)s hat das Vier-Augen-Prinzip eingeschaltet."
    ),
    (Event.ASSOCIATION_CHANGED, "second_person", False): _(
        "%(who)s hat das Vier-Augen-Prinzip ausgeschaltet."
    ),
    (Event.PRINTED, "kind", "trial"): _("%(who)s hat einen Probedruck von „%(about)s“ gefertigt."),
    (Event.PRINTED, "kind", "draft"): _(
        "%(who)s hat den gekennzeichneten Entwurf zu „%(about)s“ gefertigt."
    ),
    (Event.MAIL_BOUNCED, "came", "bounce"): _(
        "Eine E-Mail an %(whom)s kam als unzustellbar zurück."
    ),
    (Event.MAIL_BOUNCED, "came", "delay"): _("Eine E-Mail an %(whom)s wird verzögert zugestellt."),
    (Event.MAIL_BOUNCED, "came", "unknown"): _(
        "Auf eine E-Mail an %(whom)s kam etwas zurück, das gelesen werden muss."
    ),
    (Event.APPROVAL_REQUESTED, "act", "release"): _(
        "%(who)s hat die Veröffentlichung von „%(about)s“ beantragt; eine zweite Person bestätigt."
    ),
    (Event.APPROVAL_CONFIRMED, "act", "release"): _(
        "%(who)s hat die Veröffentlichung von „%(about)s“ bestätigt."
    ),
    (Event.APPROVAL_CALLED_OFF, "act", "release"): _(
        "%(who)s hat die beantragte Veröffentlichung von „%(about)s“ abgesagt."
    ),
    (Event.APPROVAL_REQUESTED, "act", "late_signature"): _(
        "%(who)s hat beantragt, die Nachzeichnung %(of)s anzunehmen; eine zweite Person bestätigt."
    ),
    (Event.APPROVAL_CONFIRMED, "act", "late_signature"): _(
        "%(who)s hat die Annahme der Nachzeichnung %(of)s bestätigt."
    ),
    (Event.APPROVAL_CALLED_OFF, "act", "late_signature"): _(
        "%(who)s hat die beantragte Annahme der Nachzeichnung %(of)s abgesagt."
    ),
    (Event.APPROVAL_REQUESTED, "act", "late_document"): _(
        "%(who)s hat beantragt, einen Nachtrag oder eine neue Ausgabe zu „%(about)s“ zu veröffentlichen; eine zweite Person bestätigt."
    ),
    (Event.APPROVAL_CONFIRMED, "act", "late_document"): _(
        "%(who)s hat den Nachtrag oder die neue Ausgabe zu „%(about)s“ bestätigt."
    ),
    (Event.APPROVAL_CALLED_OFF, "act", "late_document"): _(
        "%(who)s hat den beantragten Nachtrag oder die beantragte neue Ausgabe zu „%(about)s“ abgesagt."
    ),
    (Event.APPROVAL_REQUESTED, "act", "retraction"): _(
        "%(who)s hat beantragt, „%(about)s“ zurückzuziehen; eine zweite Person bestätigt."
    ),
    (Event.APPROVAL_CONFIRMED, "act", "retraction"): _(
        "%(who)s hat bestätigt, dass „%(about)s“ zurückgezogen wird."
    ),
    (Event.APPROVAL_CALLED_OFF, "act", "retraction"): _(
        "%(who)s hat den Antrag abgesagt, „%(about)s“ zurückzuziehen."
    ),
    (Event.APPROVAL_REQUESTED, "act", "four_eyes_off"): _(
        "%(who)s hat beantragt, das Vier-Augen-Prinzip auszuschalten; eine zweite Person bestätigt."
    ),
    (Event.APPROVAL_CONFIRMED, "act", "four_eyes_off"): _(
        "%(who)s hat bestätigt, dass das Vier-Augen-Prinzip ausgeschaltet wird."
    ),
    (Event.APPROVAL_CALLED_OFF, "act", "four_eyes_off"): _(
        "%(who)s hat den Antrag abgesagt, das Vier-Augen-Prinzip auszuschalten."
    ),
    (Event.APPROVAL_REQUESTED, "act", "follow_up"): _(
        "%(who)s hat einen Eintrag darüber beantragt, was aus „%(about)s“ wurde; eine zweite Person bestätigt."
    ),
    (Event.APPROVAL_CONFIRMED, "act", "follow_up"): _(
        "%(who)s hat den Eintrag darüber bestätigt, was aus „%(about)s“ wurde."
    ),
    (Event.APPROVAL_CALLED_OFF, "act", "follow_up"): _(
        "%(who)s hat den beantragten Eintrag darüber abgesagt, was aus „%(about)s“ wurde."
    ),
    (Event.TARGET_SET, "aim", None): _("%(who)s hat das Ziel zu „%(about)s“ gestrichen."),
}


EVENT_LABELS = {
    Event.INSTANCE_CREATED: _("Einrichtung"),
    Event.MIGRATED: _("Datenbank umgestellt"),
    Event.MEMBERS_IMPORTED: _("Mitgliederliste übernommen"),
    Event.HISTORY_IMPORTED: _("Frühere Rückmeldungen eingelesen"),
    Event.HISTORY_REMOVED: _("Frühere Rückmeldungen entfernt"),
    Event.MEMBER_ADDED: _("Mitglied aufgenommen"),
    Event.MEMBER_CHANGED: _("Mitglied geändert"),
    Event.MEMBER_ARCHIVED: _("Mitglied archiviert"),
    Event.MEMBER_RESTORED: _("Mitglied wieder aufgenommen"),
    Event.MEMBER_NAME_KEPT: _("Bisheriger Name behalten"),
    Event.REPRESENTATIVE_ADDED: _("Ansprechperson eingetragen"),
    Event.REPRESENTATIVE_CHANGED: _("Ansprechperson geändert"),
    Event.REPRESENTATIVE_ARCHIVED: _("Ansprechperson archiviert"),
    Event.REPRESENTATIVE_DELETED: _("Ansprechperson gelöscht"),
    Event.REPRESENTATIVE_RESTORED: _("Ansprechperson wieder aufgenommen"),
    Event.PAPER_ADDED: _("Papier aufgenommen"),
    Event.EDITION_ADDED: _("Neue Fassung angelegt"),
    Event.EDITION_REVISED: _("Text bearbeitet"),
    Event.EDITION_DELETED: _("Fassung gelöscht"),
    Event.PAPER_DELETED: _("Papier gelöscht"),
    Event.TRIAL_PRINT_ORDERED: _("Probedruck angefordert"),
    Event.TRIAL_ROUND_STARTED: _("Probeverfahren begonnen"),
    Event.TRIAL_ROUND_ENDED: _("Probeverfahren gelöscht"),
    Event.ANNEX_ADDED: _("Anlage hinzugefügt"),
    Event.PICTURE_ADDED: _("Bild hinzugefügt"),
    Event.ANNEX_REMOVED: _("Anlage entfernt"),
    Event.ROUND_OPENED: _("Verfahren eröffnet"),
    Event.OPENING_RECALLED: _("Eröffnung rückgängig gemacht"),
    Event.ROUND_EXTENDED: _("Frist verlängert"),
    Event.ROUND_CANCELLED: _("Verfahren abgebrochen"),
    Event.ROUND_CLOSED: _("Verfahren geschlossen"),
    Event.ROUND_ENDED: _("Verfahren ohne Veröffentlichung beendet"),
    Event.MEMBER_INVITED: _("Mitglied nachträglich eingeladen"),
    Event.ANSWERED: _("Rückmeldung"),
    Event.WITHDRAWN: _("Rückmeldung zurückgenommen"),
    Event.CORRECTED: _("Angaben berichtigt"),
    Event.RECORDED: _("Rückmeldung erfasst"),
    Event.VOIDED: _("Rückmeldung für ungültig erklärt"),
    Event.OBJECTED: _("Einspruch gegen eine Rückmeldung"),
    Event.OBJECTION_SETTLED: _("Einspruch erledigt"),
    Event.DELEGATED: _("Aufgabe weitergegeben"),
    Event.DELEGATION_ENDED: _("Weitergegebener Link beendet"),
    Event.NOTE_DECIDED: _("Entscheidung über eine Protokollnotiz"),
    Event.NAME_DECIDED: _("Entscheidung über einen Namen"),
    Event.LATE_SIGNATURE_REVIEWED: _("Entscheidung über eine Nachzeichnung"),
    Event.LATE_SIGNING_ENDED: _("Ende der Nachzeichnung bestimmt"),
    Event.LIST_EDITION_ORDERED: _("Nachtrag oder neue Ausgabe angefordert"),
    Event.PRINT_ORDERED: _("PDF erneut angefordert"),
    Event.TYPESET: _("PDF gesetzt"),
    Event.CHECKPOINT_GIVEN: _("Liste im Prüfverzeichnis festgehalten"),
    Event.PRINTED: _("PDF gefertigt"),
    Event.RELEASED: _("Veröffentlichung"),
    Event.TIMESTAMP_RENEWED: _("Zeitstempel erneuert"),
    Event.RELEASE_PLANNED: _("Veröffentlichung geplant"),
    Event.RELEASE_CALLED_OFF: _("Veröffentlichung abgesagt"),
    Event.FOLLOW_UP_ADDED: _("Eingetragen, was aus dem Papier wurde"),
    Event.FOLLOW_UP_REMOVED: _("Eintrag über das Papier entfernt"),
    Event.RELEASE_RETRACTED: _("Veröffentlichung zurückgezogen"),
    Event.APPROVAL_REQUESTED: _("Bestätigung durch eine zweite Person beantragt"),
    Event.APPROVAL_CONFIRMED: _("Antrag bestätigt"),
    Event.APPROVAL_CALLED_OFF: _("Antrag abgesagt"),
    Event.APPLIED: _("Mitzeichnung beantragt"),
    Event.APPLICATION_CONFIRMED: _("Antrag auf Mitzeichnung bestätigt"),
    Event.APPLICATION_DECIDED: _("Entscheidung über einen Antrag auf Mitzeichnung"),
    Event.LINK_REQUESTED: _("Neuer Link angefordert"),
    Event.REMINDED: _("Erinnerung"),
    Event.REMINDERS_SKIPPED: _("Erinnerung ausgelassen"),
    Event.MAIL_TESTED: _("Testnachricht"),
    Event.MAIL_SETTINGS_CHANGED: _("E-Mail eingerichtet"),
    Event.MAIL_TEXT_CHANGED: _("Text einer E-Mail geändert"),
    Event.KEY_ROTATED: _("Schlüssel erneuert"),
    Event.CLOCK_CONFIRMED: _("Uhr bestätigt"),
    Event.MAIL_ATTACHMENTS_CHANGED: _("Anhänge oder Kopien der E-Mails geändert"),
    Event.VIEW_SAVED: _("Ansicht gespeichert"),
    Event.VIEW_DELETED: _("Ansicht gelöscht"),
    Event.ACCOUNT_ADDED: _("Konto angelegt"),
    Event.ACCOUNT_CHANGED: _("Konto geändert"),
    Event.ACCOUNT_DELETED: _("Konto gelöscht"),
    Event.LOGGED_IN: _("Anmeldung"),
    Event.LOGGED_OUT: _("Abmeldung"),
    Event.LOGIN_FAILED: _("Fehlgeschlagene Anmeldung"),
    Event.PASSWORD_REQUESTED: _("Neues Passwort angefordert"),
    Event.ASSOCIATION_CHANGED: _("Angaben zum Verband geändert"),
    Event.LOGO_CHANGED: _("Logo geändert"),
    Event.MAIL_BOUNCED: _("Rücklauf einer E-Mail"),
    Event.MAIL_SERVER_BACK: _("Mailserver wieder erreichbar"),
    Event.REPLY_RECEIVED: _("Antwort per E-Mail"),
    Event.REPLY_SETTLED: _("Antwort per E-Mail erledigt"),
    Event.ADDRESS_CORRECTED: _("E-Mail-Adresse berichtigt"),
    Event.LINK_RESENT: _("Link erneut gesandt"),
    Event.OFFICE_NOTE_ADDED: _("Vermerk"),
    Event.LETTERS_SENT: _("Briefe versandt"),
    Event.OFFICE_NOTE_REMOVED: _("Vermerk gelöscht"),
    Event.TARGET_SET: _("Ziel festgelegt"),
    Event.RETENTION_CHANGED: _("Aufbewahrungsfristen geändert"),
    Event.DATA_EXPIRED: _("Daten nach Fristablauf gelöscht"),
    Event.PERSON_EXPORTED: _("Auskunft über eine Person"),
    Event.PERSON_ERASED: _("Daten einer Person gelöscht"),
    Event.WEBHOOK_SENT: _("Anderes Programm benachrichtigt"),
    Event.WEBHOOK_GIVEN_UP: _("Anderes Programm nicht erreicht"),
}
EVENT_SENTENCES = {
    Event.INSTANCE_CREATED: _("%(who)s hat diese Instanz eingerichtet."),
    Event.MIGRATED: _("%(who)s hat die Datenbank auf eine neue Fassung des Programms umgestellt."),
    Event.MEMBERS_IMPORTED: _("%(who)s hat eine Mitgliederliste übernommen."),
    Event.HISTORY_IMPORTED: _("%(who)s hat Rückmeldungen früherer Verfahren eingelesen."),
    Event.HISTORY_REMOVED: _("%(who)s hat Rückmeldungen eines früheren Verfahrens entfernt."),
    Event.MEMBER_ADDED: _("%(who)s hat %(whom)s als Mitglied aufgenommen."),
    Event.MEMBER_CHANGED: _("%(who)s hat die Angaben zum Mitglied %(about)s geändert."),
    Event.MEMBER_ARCHIVED: _("%(who)s hat %(whom)s archiviert."),
    Event.MEMBER_RESTORED: _("%(who)s hat %(whom)s wieder aufgenommen."),
    Event.MEMBER_NAME_KEPT: _(
        "%(who)s hat den angenommenen Namen %(of)s nicht in die Mitgliederliste übernommen."
    ),
    Event.REPRESENTATIVE_ADDED: _("%(who)s hat eine Ansprechperson %(of)s eingetragen."),
    Event.REPRESENTATIVE_CHANGED: _("%(who)s hat eine Ansprechperson %(of)s geändert."),
    Event.REPRESENTATIVE_ARCHIVED: _("%(who)s hat eine Ansprechperson %(of)s archiviert."),
    Event.REPRESENTATIVE_DELETED: _("%(who)s hat eine Ansprechperson %(of)s gelöscht."),
    Event.REPRESENTATIVE_RESTORED: _("%(who)s hat eine Ansprechperson %(of)s wieder aufgenommen."),
    Event.PAPER_ADDED: _("%(who)s hat das Papier „%(about)s“ aufgenommen."),
    Event.EDITION_ADDED: _("%(who)s hat eine neue Fassung von „%(about)s“ angelegt."),
    Event.EDITION_REVISED: _("%(who)s hat „%(about)s“ bearbeitet."),
    Event.EDITION_DELETED: _("%(who)s hat eine Fassung von „%(about)s“ gelöscht."),
    Event.PAPER_DELETED: _("%(who)s hat das Papier „%(about)s“ gelöscht."),
    Event.TRIAL_PRINT_ORDERED: _("%(who)s hat einen Probedruck von „%(about)s“ angefordert."),
    Event.TRIAL_ROUND_STARTED: _("%(who)s hat ein Probeverfahren zu „%(about)s“ begonnen."),
    Event.TRIAL_ROUND_ENDED: _("%(who)s hat das Probeverfahren zu „%(about)s“ gelöscht."),
    Event.ANNEX_ADDED: _("%(who)s hat „%(about)s“ eine Anlage hinzugefügt."),
    Event.PICTURE_ADDED: _("%(who)s hat ein Bild für einen Text hinzugefügt."),
    Event.ANNEX_REMOVED: _("%(who)s hat eine Anlage von „%(about)s“ entfernt."),
    Event.ROUND_OPENED: _("%(who)s hat das Mitzeichnungsverfahren zu „%(about)s“ eröffnet."),
    Event.OPENING_RECALLED: _(
        "%(who)s hat die Eröffnung des Verfahrens zu „%(about)s“ rückgängig gemacht."
    ),
    Event.ROUND_EXTENDED: _("%(who)s hat die Frist zu „%(about)s“ verlängert."),
    Event.ROUND_CANCELLED: _("%(who)s hat das Mitzeichnungsverfahren zu „%(about)s“ abgebrochen."),
    Event.ROUND_CLOSED: _("%(who)s hat das Mitzeichnungsverfahren zu „%(about)s“ geschlossen."),
    Event.ROUND_ENDED: _(
        "%(who)s hat das Mitzeichnungsverfahren zu „%(about)s“ ohne Veröffentlichung beendet."
    ),
    Event.MEMBER_INVITED: _("%(who)s hat %(whom)s nachträglich eingeladen."),
    Event.ANSWERED: _("%(who)s hat für %(whom)s geantwortet."),
    Event.WITHDRAWN: _("%(who)s hat die Rückmeldung %(of)s zurückgenommen."),
    Event.CORRECTED: _("%(who)s hat die Angaben in der Rückmeldung %(of)s berichtigt."),
    Event.RECORDED: _(
        "%(who)s hat für %(whom)s eine Rückmeldung erfasst, die nicht über den Link kam."
    ),
    Event.VOIDED: _("%(who)s hat die Rückmeldung %(of)s für ungültig erklärt."),
    Event.OBJECTED: _("%(who)s hat der Rückmeldung %(of)s widersprochen: „Das war ich nicht“."),
    Event.OBJECTION_SETTLED: _(
        "%(who)s hat den Einspruch gegen die Rückmeldung %(of)s als erledigt vermerkt."
    ),
    Event.DELEGATED: _("%(who)s hat die Aufgabe für %(whom)s weitergegeben."),
    Event.DELEGATION_ENDED: _("%(who)s hat einen weitergegebenen Link für %(whom)s beendet."),
    Event.NOTE_DECIDED: _("%(who)s hat über die Protokollnotiz %(of)s entschieden."),
    Event.NAME_DECIDED: _("%(who)s hat über den Namen %(of)s in der Liste entschieden."),
    Event.LATE_SIGNATURE_REVIEWED: _("%(who)s hat über die Nachzeichnung %(of)s entschieden."),
    Event.LATE_SIGNING_ENDED: _(
        "%(who)s hat bestimmt, wann die Nachzeichnung zu „%(about)s“ endet."
    ),
    Event.LIST_EDITION_ORDERED: _(
        "%(who)s hat eine neue Ausgabe der Liste zu „%(about)s“ angefordert."
    ),
    Event.PRINT_ORDERED: _("%(who)s hat das PDF zu „%(about)s“ erneut angefordert."),
    Event.TYPESET: _("%(who)s hat das PDF zu „%(about)s“ gesetzt; gesiegelt wird danach."),
    Event.CHECKPOINT_GIVEN: _(
        "%(who)s hat die Liste zu „%(about)s“ im Prüfverzeichnis festgehalten."
    ),
    Event.PRINTED: _("%(who)s hat ein PDF zu „%(about)s“ gefertigt."),
    Event.RELEASED: _("%(who)s hat „%(about)s“ veröffentlicht."),
    Event.TIMESTAMP_RENEWED: _("%(who)s hat den Zeitstempel des PDFs von „%(about)s“ erneuert."),
    Event.RELEASE_PLANNED: _("%(who)s hat die Veröffentlichung von „%(about)s“ geplant."),
    Event.RELEASE_CALLED_OFF: _(
        "%(who)s hat die geplante Veröffentlichung von „%(about)s“ abgesagt."
    ),
    Event.FOLLOW_UP_ADDED: _("%(who)s hat eingetragen, was aus „%(about)s“ wurde."),
    Event.FOLLOW_UP_REMOVED: _(
        "%(who)s hat einen Eintrag darüber entfernt, was aus „%(about)s“ wurde."
    ),
    Event.RELEASE_RETRACTED: _("%(who)s hat „%(about)s“ zurückgezogen."),
    Event.APPROVAL_REQUESTED: _("%(who)s hat die Bestätigung durch eine zweite Person beantragt."),
    Event.APPROVAL_CONFIRMED: _("%(who)s hat bestätigt, was eine andere Person beantragt hat."),
    Event.APPROVAL_CALLED_OFF: _("%(who)s hat einen Antrag abgesagt, bevor er bestätigt war."),
    Event.APPLIED: _(
        "Für %(whom)s wurde die Mitzeichnung beantragt; bestätigt ist das noch nicht."
    ),
    Event.APPLICATION_CONFIRMED: _(
        "Der Antrag %(of)s auf Mitzeichnung ist über den Link bestätigt."
    ),
    Event.APPLICATION_DECIDED: _("%(who)s hat den Antrag %(of)s auf Mitzeichnung abgelehnt."),
    Event.LINK_REQUESTED: _("Für %(whom)s wurde ein neuer Link angefordert."),
    Event.REMINDED: _("%(who)s hat an die Rückmeldung zu „%(about)s“ erinnert."),
    Event.REMINDERS_SKIPPED: _("%(who)s hat Erinnerungen zu „%(about)s“ ausgelassen."),
    Event.MAIL_TESTED: _("%(who)s hat sich eine Testnachricht senden lassen."),
    Event.MAIL_SETTINGS_CHANGED: _("%(who)s hat die Einrichtung der E-Mails geändert."),
    Event.CLOCK_CONFIRMED: _("%(who)s hat bestätigt, dass die Uhr des Rechners stimmt."),
    Event.KEY_ROTATED: _("%(who)s hat einen Schlüssel der Instanz erneuert."),
    Event.MAIL_TEXT_CHANGED: _("%(who)s hat den Text einer E-Mail geändert."),
    Event.MAIL_ATTACHMENTS_CHANGED: _("%(who)s hat die Anhänge oder Kopien der E-Mails geändert."),
    Event.VIEW_SAVED: _("%(who)s hat eine Ansicht gespeichert."),
    Event.VIEW_DELETED: _("%(who)s hat eine Ansicht gelöscht."),
    Event.ACCOUNT_ADDED: _("%(who)s hat das Konto von %(about)s angelegt."),
    Event.ACCOUNT_CHANGED: _("%(who)s hat das Konto von %(about)s geändert."),
    Event.ACCOUNT_DELETED: _("%(who)s hat ein Konto gelöscht: %(about)s."),
    Event.LOGGED_IN: _("%(who)s hat sich angemeldet."),
    Event.LOGGED_OUT: _("%(who)s hat sich abgemeldet."),
    Event.LOGIN_FAILED: _("Jemand hat vergeblich versucht, sich anzumelden."),
    Event.PASSWORD_REQUESTED: _("Jemand hat ein neues Passwort angefordert."),
    Event.ASSOCIATION_CHANGED: _("%(who)s hat die Angaben zum Verband geändert."),
    Event.LOGO_CHANGED: _("%(who)s hat das Logo des Verbandes geändert."),
    Event.MAIL_BOUNCED: _("Auf eine E-Mail an %(whom)s kam eine automatische Antwort."),
    Event.MAIL_SERVER_BACK: _("Der Mailserver nimmt wieder E-Mails an."),
    Event.REPLY_RECEIVED: _("Auf eine E-Mail an %(whom)s kam eine Antwort per E-Mail."),
    Event.REPLY_SETTLED: _("%(who)s hat eine Antwort per E-Mail %(of)s als erledigt vermerkt."),
    Event.ADDRESS_CORRECTED: _(
        "%(who)s hat eine E-Mail-Adresse %(of)s berichtigt; der alte Link gilt nicht mehr."
    ),
    Event.LINK_RESENT: _("%(who)s hat für %(whom)s einen Link erneut senden lassen."),
    Event.LETTERS_SENT: _("%(who)s hat den Versand von Briefen zu „%(about)s“ vermerkt."),
    Event.OFFICE_NOTE_ADDED: _("%(who)s hat einen Vermerk zur Einladung %(of)s geschrieben."),
    Event.OFFICE_NOTE_REMOVED: _("%(who)s hat einen Vermerk zur Einladung %(of)s gelöscht."),
    Event.TARGET_SET: _("%(who)s hat das Ziel zu „%(about)s“ festgelegt."),
    Event.RETENTION_CHANGED: _("%(who)s hat die Aufbewahrungsfristen geändert."),
    Event.DATA_EXPIRED: _("%(who)s hat Daten gelöscht, deren Aufbewahrungsfrist abgelaufen war."),
    Event.PERSON_EXPORTED: _(
        "%(who)s hat die gespeicherten Daten einer Person für eine Auskunft zusammengestellt."
    ),
    Event.PERSON_ERASED: _("%(who)s hat die Daten einer Person gelöscht."),
    Event.WEBHOOK_SENT: _("%(who)s hat ein anderes Programm benachrichtigt (Webhook)."),
    Event.WEBHOOK_GIVEN_UP: _(
        "%(who)s hat ein anderes Programm nicht erreicht und aufgegeben (Webhook)."
    ),
}
ACTOR_LABELS = {
    "cli": _("Die Kommandozeile"),
    "worker": _("Signoff"),
    "nobody": _("Jemand"),
    "provider": _("Der Anmeldedienst"),
    "demo": _("Die Vorführung"),
}


def describe_entry(entry: DetailedEntry, language: str) -> str:
    """``entry`` as a sentence: who did what to which object."""
    gettext = get_catalogue(language).gettext
    details = entry.details or {}
    exact = (
        sentence
        for (event, name, value), sentence in OUTCOME_SENTENCES.items()
        if event is entry.event and name in details and details[name] == value
    )
    subject = (
        decode_domains(entry.subject_name)
        or format_deleted_account(entry.subject, gettext)
        or gettext("(gelöscht)")
    )
    return gettext(next(exact, EVENT_SENTENCES[entry.event])) % {
        "who": format_actor(entry, language),
        "about": subject,
        "whom": formatting.format_name(subject, formatting.GrammaticalCase.ACCUSATIVE, language),
        "of": formatting.format_name(subject, formatting.GrammaticalCase.GENITIVE, language),
    }


# The first fault that a verification of the log has found.
FAULT_SENTENCES = {
    FaultKind.ENTRY: _(
        "Die Kette bricht bei Eintrag %(entry)s: Er passt nicht zu dem, was davor steht."
    ),
    FaultKind.CUT: _(
        "Der Verlauf setzt den Prüfpunkt nach %(entry)s Einträgen nicht fort: Einträge fehlen, "
        "oder sie sind andere als damals."
    ),
    FaultKind.ALTERED: _(
        "Die Zeile „%(row)s“ der Datenbank ist anders, als Eintrag %(entry)s sie festhält."
    ),
    FaultKind.MISSING: _(
        "Die Zeile „%(row)s“, die Eintrag %(entry)s festhält, fehlt in der Datenbank."
    ),
    FaultKind.ADDED: _("Die Zeile „%(row)s“ der Datenbank ist in keinem Eintrag festgehalten."),
}


# What somebody requests a second person to confirm.
REQUEST_SENTENCE = {
    PublicAct.RELEASE: _("%(who)s möchte „%(title)s“ veröffentlichen."),
    PublicAct.LATE_SIGNATURE: _("%(who)s möchte die Nachzeichnung %(of)s zu „%(title)s“ annehmen."),
    PublicAct.LATE_DOCUMENT: _(
        "%(who)s möchte zu „%(title)s“ einen Nachtrag oder eine neue Ausgabe der Liste veröffentlichen."
    ),
    PublicAct.RETRACTION: _("%(who)s möchte „%(title)s“ zurückziehen."),
    PublicAct.FOLLOW_UP: _("%(who)s möchte veröffentlichen, was aus „%(title)s“ wurde."),
    PublicAct.APPLICATION: _(
        "%(who)s möchte den Antrag %(of)s auf Mitzeichnung von „%(title)s“ annehmen."
    ),
    PublicAct.FOUR_EYES_OFF: _("%(who)s möchte das Vier-Augen-Prinzip ausschalten."),
}


def describe_request(approval: Approval, language: str) -> str:
    """A requested act, as a sentence."""
    who = get_catalogue(language).gettext(ACTOR_LABELS.get(approval.requester, approval.requester))
    return get_catalogue(language).gettext(REQUEST_SENTENCE[approval.act]) % {
        "who": decode_domains(who),
        "title": approval.title,
        "of": formatting.format_name(
            approval.member, formatting.GrammaticalCase.GENITIVE, language
        ),
    }


def format_actor(entry: DetailedEntry, language: str) -> str:
    """The name or address of the actor, or the label of the program."""
    gettext = get_catalogue(language).gettext
    return (
        decode_domains(entry.actor_name)
        or format_deleted_account(entry.actor, gettext)
        or gettext(ACTOR_LABELS.get(entry.actor, entry.actor))
    )


def format_deleted_account(name: str, gettext: Gettext) -> str:
    """The name of an account that has none; empty for anybody else."""
    kind, _slash, number = name.partition("/")
    return gettext("Konto %(number)s (gelöscht)") % {"number": number} if kind == "staff" else ""


# What the details of an event tell: the first sentence that has all its details.
DETAIL_SENTENCES: dict[Event, tuple[str, ...]] = {
    Event.RECORDED: ("%(answer)s, %(channel)s",),
    Event.ANSWERED: ("%(answer)s",),
    Event.VOIDED: ("%(reason)s",),
    Event.CORRECTED: ("%(reason)s",),
    Event.ROUND_OPENED: (_("Frist: %(deadline)s"),),
    Event.ROUND_EXTENDED: (_("Frist: %(deadline)s"),),
    Event.RELEASE_PLANNED: (_("Zeitpunkt: %(released_at)s"),),
    Event.APPROVAL_REQUESTED: (_("Zeitpunkt: %(released_at)s"), _("Grund: %(reason)s")),
    Event.RELEASE_RETRACTED: (_("Grund: %(reason)s"),),
    Event.ROUND_CLOSED: (_("Grund: %(reason)s"),),
    Event.ROUND_ENDED: (_("Grund: %(reason)s"),),
    Event.FOLLOW_UP_ADDED: ("%(day)s: %(text)s",),
    Event.FOLLOW_UP_REMOVED: ("%(day)s: %(text)s",),
    Event.PRINTED: (_("Prüfsumme der Datei: %(sha256)s …"),),
    Event.RELEASED: (_("Prüfsumme der Datei: %(sha256)s …"),),
    Event.TIMESTAMP_RENEWED: (_("Prüfsumme der Datei: %(sha256)s …"),),
    Event.EDITION_ADDED: (_("Fassung %(edition)s"),),
    Event.EDITION_REVISED: (_("Fassung %(edition)s"),),
    Event.ANNEX_ADDED: (_("Fassung %(edition)s: %(name)s"),),
    Event.TRIAL_ROUND_ENDED: (_("Rückmeldungen: %(answers)s"),),
    Event.TARGET_SET: (_("Ziel: %(aim)s Mitzeichnungen"),),
    Event.MAIL_SETTINGS_CHANGED: (_("Geändert: %(names)s"),),
    Event.KEY_ROTATED: (_("Geändert: %(names)s"),),
    Event.CLOCK_CONFIRMED: (_("Der letzte bekannte Zeitpunkt davor: %(since)s"),),
    Event.MAIL_SERVER_BACK: (
        _("%(server)s nahm seit %(since)s keine E-Mails an und sagte: „%(words)s“"),
        _("%(server)s nahm seit %(since)s keine E-Mails an"),
    ),
    Event.WEBHOOK_SENT: ("%(error)s", "%(host)s"),
    Event.WEBHOOK_GIVEN_UP: ("%(error)s", "%(host)s"),
    Event.REMINDED: (_("Anzahl: %(links)s"),),
    Event.REMINDERS_SKIPPED: (_("Anzahl: %(links)s"),),
    Event.NOTE_DECIDED: ("%(text)s",),
    Event.NAME_DECIDED: ("%(text)s",),
}


def describe_details(entry: DetailedEntry, zone: ZoneInfo, language: str) -> str:
    """The details in a few words; empty if they were erased."""
    gettext = get_catalogue(language).gettext
    details = {
        name: value for name, value in (entry.details or {}).items() if value not in (None, "")
    }
    for sentence in DETAIL_SENTENCES.get(entry.event, ()):
        if details.keys() >= (names := {*DETAIL_NAME.findall(sentence)}):
            return gettext(sentence) % {
                name: format_detail(name, details[name], zone, language) for name in names
            }
    if entry.event is Event.RETENTION_CHANGED:
        return describe_periods(entry.details or {}, gettext)
    removed = details.get("removed")
    return describe_changes(details, gettext) or (
        describe_removed(removed, gettext) if isinstance(removed, dict) else ""
    )


def format_detail(name: str, value: Any, zone: ZoneInfo, language: str) -> str:
    """The value of a detail in a sentence."""
    gettext = get_catalogue(language).gettext
    match name:
        case "answer":
            return gettext(labels.ANSWER[AnswerKind(value["kind"])])
        case "channel":
            return gettext(labels.CHANNEL[Channel(value)])
        case "deadline":
            return formatting.format_deadline(datetime.fromisoformat(value), zone, language)
        case "released_at" | "since":
            return formatting.format_moment(datetime.fromisoformat(value), zone, language)
        case "day":
            return formatting.format_day(date.fromisoformat(value), language)
        case "sha256":
            return str(value)[:16]
        case "links":
            return str(len(value))
    return str(value)


def describe_removed(removed: Mapping[str, int], gettext: Gettext) -> str:
    """The erased data, each kind with its number."""
    return "\n".join(
        gettext("%(kind)s: %(count)s")
        % {"kind": gettext(labels.DATA_KIND[DataKind(kind)]), "count": count}
        for kind, count in removed.items()
        if count
    )


def describe_periods(details: Mapping[str, object], gettext: Gettext) -> str:
    return "\n".join(
        gettext("%(kind)s: %(months)s Monate")
        % {"kind": gettext(labels.DATA_KIND[DataKind(kind)]), "months": months or "–"}
        for kind, months in details.items()
    )
