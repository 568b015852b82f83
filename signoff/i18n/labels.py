"""Labels of kinds, bases, phases, states and form fields."""

from signoff.domain.accounts import Role
from signoff.domain.answers import AnswerKind, Basis, Channel
from signoff.domain.mail import MailAttachment, MailKind
from signoff.domain.members import MEMBER_COLUMNS, ImportChange
from signoff.domain.round_status import MailState
from signoff.domain.rounds import Phase
from signoff.i18n.catalogue import gettext_noop as _

ANSWER = {
    AnswerKind.COSIGN: _("mitgezeichnet"),
    AnswerKind.DECLINE: _("nicht mitgezeichnet"),
    AnswerKind.NOT_COMPETENT: _("keine Befassung"),
    AnswerKind.PENDING: _("Gremium tagt noch"),
    AnswerKind.WITHDRAWN: _("zurückgenommen"),
    None: _("keine Rückmeldung"),
}
BASIS = {
    Basis.HEAD: _("Erklärung der Verwaltungsspitze"),
    Basis.ADMINISTRATION: _("Geschäft der laufenden Verwaltung"),
    Basis.COUNCIL: _("Beschluss des Rates oder eines Ausschusses"),
    Basis.BOTH: _("Erklärung der Verwaltungsspitze und Beschluss"),
    Basis.URGENT: _("Dringlichkeits- oder Eilentscheidung"),
}
BASIS_SHORT = {
    Basis.HEAD: _("Erklärung der Verwaltungsspitze"),
    Basis.ADMINISTRATION: _("laufende Verwaltung"),
    Basis.COUNCIL: _("Beschluss"),
    Basis.BOTH: _("Verwaltungsspitze und Beschluss"),
    Basis.URGENT: _("Eilentscheidung"),
}
CHANNEL = {
    Channel.LINK: _("über den Zugangslink"),
    Channel.LETTER: _("per Brief"),
    Channel.TELEPHONE: _("telefonisch"),
    Channel.ASSEMBLY: _("in der Versammlung"),
}
MAIL_STATE = {
    MailState.PENDING: _("steht aus"),
    MailState.SENT: _("versandt"),
    MailState.FAILED: _("nicht versandt"),
    MailState.BOUNCED: _("nicht erreicht"),
    None: _("keine E-Mail-Adresse"),
}
MAIL_ATTACHMENT = {
    MailAttachment.DRAFT: _("Entwurf des Papiers (PDF)"),
    MailAttachment.CALENDAR: _("Frist für den Kalender (ICS)"),
}
MAIL_KIND = {
    MailKind.INVITATION: _("Einladung"),
    MailKind.RECEIPT: _("Eingangsbestätigung"),
    MailKind.WITHDRAWAL: _("Bestätigung der Rücknahme"),
    MailKind.EXTENDED: _("Nachricht über die neue Frist"),
    MailKind.CANCELLED: _("Nachricht über den Abbruch"),
    MailKind.CLOSED: _("Nachricht über die vorzeitige Schließung"),
    MailKind.RELEASED: _("Nachricht über die Veröffentlichung"),
    MailKind.RETRACTED: _("Nachricht über die Zurückziehung"),
    MailKind.NEW_LINK: _("neuer Zugangslink"),
    MailKind.DELEGATION: _("weitergegebener Zugangslink"),
    MailKind.DELEGATION_NOTICE: _("Nachricht über die Weitergabe"),
    MailKind.MEETING_RESULT_REQUEST: _("Frage nach dem Ergebnis der Sitzung"),
    MailKind.CORRECTION: _("Bestätigung der Berichtigung"),
    MailKind.OBJECTION: _("Einspruch: „Das war ich nicht“"),
    MailKind.REMINDER: _("Erinnerung"),
    MailKind.RECORDED: _("Nachricht über eine erfasste Rückmeldung"),
    MailKind.VOIDED: _("Nachricht über eine ungültige Rückmeldung"),
    MailKind.NOTE_REFUSED: _("Nachricht über eine abgelehnte Protokollnotiz"),
    MailKind.LATE_ACCEPTED: _("Nachricht über die angenommene Nachzeichnung"),
    MailKind.LATE_REFUSED: _("Nachricht über die abgelehnte Nachzeichnung"),
    MailKind.DIGEST: _("Wochenübersicht"),
    MailKind.ACCOUNT_INVITATION: _("Einrichtung eines Kontos"),
    MailKind.PASSWORD_LINK: _("Link zum neuen Passwort"),
    MailKind.PASSWORD_CHANGED: _("Nachricht über ein neues Passwort"),
    MailKind.SECOND_FACTOR_RESET: _("Nachricht über den entfernten zweiten Faktor"),
    MailKind.TEST: _("Testnachricht"),
}
PHASE = {
    Phase.DRAFT: _("in Vorbereitung"),
    Phase.OPEN: _("läuft"),
    Phase.ENDED: _("Frist abgelaufen"),
    Phase.CLOSED: _("geschlossen"),
    Phase.RELEASED: _("veröffentlicht"),
    Phase.CANCELLED: _("abgebrochen"),
}
ROLE = {Role.VIEWER: _("Lesen"), Role.EDITOR: _("Bearbeiten"), Role.ADMIN: _("Verwalten")}
LEGAL = {
    "imprint": _("Impressum"),
    "privacy": _("Datenschutz"),
    "accessibility": _("Barrierefreiheit"),
}
CHANGE = {
    ImportChange.NEW: _("neu"),
    ImportChange.CHANGED: _("geändert"),
    ImportChange.SAME: _("unverändert"),
}
MAY_ANSWER = {True: _("darf antworten"), False: _("nur zur Kenntnis")}
FIELD = {
    "answer": _("Rückmeldung"),
    "subject": _("Betreff"),
    "greeting": _("Anrede"),
    "opening": _("Erste Absätze"),
    "signature": _("Gruß und Unterschrift"),
    **{name: column.label for name, column in MEMBER_COLUMNS.items()},
    "title": _("Titel"),
    "first_name": _("Vorname"),
    "last_name": _("Nachname"),
    "function": _("Funktion"),
    "basis": _("Grundlage"),
    "body": _("Gremium"),
    "decision_number": _("Nummer der Vorlage"),
    "decision_date": _("Datum des Beschlusses"),
    "decision_result": _("Ergebnis"),
    "authorised": _("Befugnis"),
    "publish_name": _("Name der Person veröffentlichen"),
    "note": _("Protokollnotiz"),
    "reason": _("Grund"),
    "expected_on": _("Tag der Sitzung"),
    "filled_in_by": _("Ihr Name"),
    "filled_in_unit": _("Ihre Dienststelle"),
    "filled_in_email": _("Ihre E-Mail-Adresse"),
    "confirm": _("Name Ihrer Kommune"),
    "email": _("E-Mail-Adresse"),
    "unit": _("Stelle"),
    "message": _("Nachricht"),
    "words": _("Was stimmt nicht?"),
    "code": _("Kurzcode"),
    "channel": _("Eingangsweg"),
    "received_on": _("Eingegangen am"),
    "expected_body": _("Gremium"),
    "evidence": _("Begründung oder Bemerkung"),
    "scan": _("Scan"),
    "remark": _("Vermerk"),
    "password": _("Passwort"),
    "current": _("Bisheriges Passwort"),
    "proof": _("Passwort"),
    "role": _("Rechte"),
    "slug": _("Kurzname in der Adresse"),
    "deadline": _("Frist"),
    "accepted": _("Ihre Entscheidung"),
    "verdict": _("Ihre Entscheidung"),
    "late_until": _("Nachzeichnung möglich bis"),
    "late_reason": _("Begründung für das Mitglied"),
    "reminders": _("Erinnerungen"),
    "subtitle": _("Untertitel"),
    "selection": _("Wer wird eingeladen?"),
    "progress": _("Zwischenstand"),
    "layout": _("Reihenfolge der Liste"),
    "inhabitants_as_of": _("Stand der Einwohnerzahlen"),
    "first_tag": _("Erstunterzeichnende"),
    "adopted_by": _("Beschließendes Gremium"),
    "assembly": _("Versammlung"),
    "adopted_on": _("Tag des Beschlusses"),
    "adopted_at": _("Ort des Beschlusses"),
    "vote": _("Ergebnis der Abstimmung"),
    "summary": _("Kurzfassung"),
    "contact": _("Ansprechperson für Fragen zum Text"),
    "upload": _("Datei mit dem Text"),
    "text": _("Text"),
    "annex": _("Anlage"),
    "may_answer": _("Aufgabe"),
    "file": _("Datei"),
    "aim": _("Ziel"),
    "day": _("Tag"),
    "time": _("Uhrzeit"),
    "withdrawal": _("Grund der Zurückziehung"),
    "successor": _("Adresse dessen, was jetzt gilt"),
}
