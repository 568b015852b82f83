"""Labels of kinds, bases, phases, states and form fields."""

from datetime import datetime

from signoff.domain.accounts import Role
from signoff.domain.answers import AnswerKind, Basis, Channel
from signoff.domain.delivery import Fault, Outage, Stage
from signoff.domain.letters import LetterKind
from signoff.domain.mail import MailAttachment, MailKind
from signoff.domain.members import MEMBER_COLUMNS, ImportChange
from signoff.domain.privacy import PERIODS, DataKind, Remainder, Retention, Start
from signoff.domain.round_status import MailState
from signoff.domain.rounds import Phase, Round
from signoff.domain.setup import SetupLine
from signoff.domain.subscriptions import Frequency, Topic
from signoff.domain.upcoming import Upcoming, UpcomingKind
from signoff.i18n.catalogue import get_catalogue
from signoff.i18n.catalogue import gettext_noop as _

ANSWER = {
    AnswerKind.COSIGN: _("mitgezeichnet"),
    AnswerKind.DECLINE: _("nicht mitgezeichnet"),
    AnswerKind.NOT_COMPETENT: _("keine Befassung"),
    AnswerKind.PENDING: _("Gremium tagt noch"),
    AnswerKind.WITHDRAWN: _("zurückgenommen"),
    None: _("keine Rückmeldung"),
}
# Those of ``domain.papers.PAPER_KINDS``. A kind in other words is in the language of its text.
PAPER_KIND = {
    "Leitgedanken": _("Leitgedanken"),
    "Positionspapier": _("Positionspapier"),
    "Stellungnahme": _("Stellungnahme"),
    "Resolution": _("Resolution"),
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
    Basis.ADMINISTRATION: _("Geschäft der laufenden Verwaltung"),
    Basis.COUNCIL: _("Beschluss"),
    Basis.BOTH: _("Verwaltungsspitze und Beschluss"),
    Basis.URGENT: _("Eilentscheidung"),
}
CHANNEL = {
    Channel.LINK: _("über den Link"),
    Channel.LETTER: _("per Brief"),
    Channel.EMAIL: _("per E-Mail"),
    Channel.TELEPHONE: _("telefonisch"),
    Channel.ASSEMBLY: _("in der Versammlung"),
}
LETTER = {
    LetterKind.INVITATION: _("Einladungsbrief"),
    LetterKind.REMINDER: _("Erinnerungsbrief"),
    LetterKind.EXTENDED: _("Brief über die neue Frist"),
    LetterKind.CLOSED: _("Brief über das vorzeitige Schließen"),
}
MAIL_STATE = {
    MailState.PENDING: _("steht aus"),
    MailState.SENT: _("angenommen"),
    MailState.FOLDER: _("liegt im Ordner (kein Mailserver)"),
    MailState.FAILED: _("nicht versandt"),
    MailState.BOUNCED: _("zurückgekommen"),
    None: _("keine E-Mail-Adresse"),
}
# Why a mail server is left alone, and what to do.
OUTAGE = {
    Fault.TEMPORARY: (
        _("Der Mailserver ist gestört oder nicht zu erreichen."),
        _(
            "Sie brauchen zunächst nichts zu tun. Wenn die Störung länger als einen Tag dauert, fragen Sie bitte den Betreiber des Mailservers."
        ),
    ),
    Fault.SENDER: (
        _("Der Mailserver lässt die Absenderadresse nicht zu."),
        _(
            "Bitte lassen Sie beim Anbieter zu, dass das angemeldete Postfach unter der Absenderadresse des Verbands und unter der Adresse für Rückläufer sendet („Senden als“), oder ändern Sie diese Adressen."
        ),
    ),
    Fault.LOGIN: (
        _("Der Mailserver verweigert die Anmeldung."),
        _("Bitte prüfen Sie die Anmeldung auf der Seite „E-Mail einrichten“."),
    ),
    Fault.QUOTA: (
        _("Der Mailserver nimmt zurzeit nicht mehr E-Mails von Ihnen an."),
        _(
            "Sie brauchen nichts zu tun. Wenn es schneller gehen soll, tragen Sie auf der Seite „E-Mail einrichten“ einen weiteren Mailserver ein."
        ),
    ),
    Fault.POLICY: (
        _("Der Mailserver weist E-Mails ab, ohne dass es an den Empfängern liegt."),
        _("Bitte fragen Sie mit dem Wortlaut seiner Antwort den Betreiber des Mailservers."),
    ),
}
OUTAGE_BY_STAGE = {
    Stage.TLS: (
        _("Die verschlüsselte Verbindung zum Mailserver kommt nicht zustande."),
        _(
            "Bitte lassen Sie prüfen, ob der Name des Servers auf der Seite „E-Mail einrichten“ zu seinem Zertifikat passt und ob dieses gilt."
        ),
    ),
    Stage.LIMIT: (
        _("Die eingestellte Höchstzahl für 24 Stunden ist erreicht."),
        _(
            "Sie brauchen nichts zu tun. Wenn der Anbieter mehr erlaubt, ändern Sie die Grenze auf der Seite „E-Mail einrichten“."
        ),
    ),
}
MAIL_ATTACHMENT = {
    MailAttachment.DRAFT: _("Entwurf des Papiers (PDF)"),
    MailAttachment.MOTION: _("Entwurf einer Beschlussvorlage (DOCX)"),
    MailAttachment.CALENDAR: _("Frist für den Kalender (ICS)"),
    MailAttachment.RECEIPT: _("Empfangsbestätigung (PDF)"),
}
MAIL_KIND = {
    MailKind.INVITATION: _("Einladung"),
    MailKind.RECEIPT: _("Bestätigung der Rückmeldung"),
    MailKind.WITHDRAWAL: _("Bestätigung der Rücknahme"),
    MailKind.EXTENDED: _("Nachricht über die neue Frist"),
    MailKind.CANCELLED: _("Nachricht über den Abbruch"),
    MailKind.CLOSED: _("Nachricht über die vorzeitige Schließung"),
    MailKind.ENDED: _("Nachricht über das Ende ohne Veröffentlichung"),
    MailKind.RELEASED: _("Nachricht über die Veröffentlichung"),
    MailKind.RETRACTED: _("Nachricht über die Zurückziehung"),
    MailKind.NEW_LINK: _("Neuer Link"),
    MailKind.DELEGATION: _("Weitergegebener Link"),
    MailKind.FOLLOW_UP: _("Nachricht darüber, was aus dem Papier wurde"),
    MailKind.DELEGATION_NOTICE: _("Nachricht über die Weitergabe"),
    MailKind.MEETING_RESULT_REQUEST: _("Frage nach dem Ergebnis der Sitzung"),
    MailKind.CORRECTION: _("Bestätigung der Berichtigung"),
    MailKind.REMINDER: _("Erinnerung"),
    MailKind.RECORDED: _("Nachricht über eine erfasste Rückmeldung"),
    MailKind.VOIDED: _("Nachricht über eine ungültige Rückmeldung"),
    MailKind.NOTE_REFUSED: _("Nachricht über eine abgelehnte Protokollnotiz"),
    MailKind.LATE_ACCEPTED: _("Nachricht über die angenommene Nachzeichnung"),
    MailKind.LATE_REFUSED: _("Nachricht über die abgelehnte Nachzeichnung"),
    MailKind.APPLICATION_CONFIRMATION: _("Bestätigung eines Antrags auf Mitzeichnung"),
    MailKind.APPLICATION_REFUSED: _("Nachricht über einen abgelehnten Antrag auf Mitzeichnung"),
    MailKind.DIGEST: _("Benachrichtigung der Geschäftsstelle"),
    MailKind.ACCOUNT_INVITATION: _("Einrichtung eines Kontos"),
    MailKind.PASSWORD_LINK: _("Link zum neuen Passwort"),
    MailKind.PASSWORD_CHANGED: _("Nachricht über ein neues Passwort"),
    MailKind.SECOND_FACTOR_RESET: _("Nachricht über den entfernten zweiten Faktor"),
    MailKind.FOUR_EYES_OFF: _("Nachricht über das Ende des Vier-Augen-Prinzips"),
    MailKind.ADDRESS_CONFIRMATION: _("Bestätigung einer neuen Adresse"),
    MailKind.ADDRESS_CHANGED: _("Nachricht über die geänderte Adresse"),
    MailKind.TEST: _("Testnachricht"),
    MailKind.COPY: _("Kopie einer E-Mail"),
}
TOPIC = {
    Topic.OBJECTION: _("Einspruch: „Das war ich nicht“"),
    Topic.REPLY: _("Antwort per E-Mail"),
    Topic.NOTE: _("Protokollnotiz"),
    Topic.NAME: _("Berichtigter Name"),
    Topic.WITHDRAWAL: _("Rückmeldung zurückgenommen"),
    Topic.CLOSED: _("Verfahren geschlossen"),
    Topic.SECOND_PERSON: _("Zweite Person gesucht"),
    Topic.RELEASED: _("Veröffentlicht, abgesagt oder zurückgezogen"),
    Topic.LATE_SIGNATURE: _("Nachzeichnung"),
    Topic.APPLICATION: _("Antrag auf Mitzeichnung"),
    Topic.LATE_WITHDRAWAL: _("Mitzeichnung nach der Veröffentlichung zurückgenommen"),
    Topic.BOUNCE: _("E-Mail kam zurück"),
    Topic.MAIL_SERVER: _("Mailserver war nicht erreichbar"),
    Topic.STANDING: _("Übersicht über die laufenden Verfahren"),
}
FREQUENCY = {
    Frequency.AT_ONCE: _("sofort"),
    Frequency.DAILY: _("täglich"),
    Frequency.WEEKLY: _("wöchentlich"),
    Frequency.NEVER: _("nie"),
}
PHASE = {
    Phase.DRAFT: _("in Vorbereitung"),
    Phase.OPEN: _("läuft"),
    Phase.ENDED: _("Frist abgelaufen"),
    Phase.CLOSED: _("geschlossen"),
    Phase.RELEASED: _("veröffentlicht"),
    Phase.CANCELLED: _("abgebrochen"),
}
RETRACTED = _("zurückgezogen")
# What lists of papers are filtered by.
STATE = {str(phase): label for phase, label in PHASE.items()} | {"retracted": RETRACTED}
ENDED_UNPUBLISHED = _("ohne Veröffentlichung beendet")
ROLE = {Role.VIEWER: _("Lesen"), Role.EDITOR: _("Bearbeiten"), Role.ADMIN: _("Verwalten")}
LEGAL = {
    "imprint": _("Impressum"),
    "privacy": _("Datenschutz"),
    "accessibility": _("Barrierefreiheit"),
}
SETUP = {
    SetupLine.NAME: _("Name des Verbandes"),
    SetupLine.ADDRESS: _("Anschrift"),
    SetupLine.TELEPHONE: _("Telefon"),
    SetupLine.EMAIL: _("E-Mail-Adresse für Antworten"),
    SetupLine.RESPONSIBLE: _("Verantwortliche Person"),
    SetupLine.LOGO: _("Logo"),
    SetupLine.TEXTS: _("Impressum und Datenschutz"),
    SetupLine.ACCESSIBILITY: _("Erklärung zur Barrierefreiheit"),
    SetupLine.MAIL: _("Mailserver mit Testnachricht"),
    SetupLine.RETURNED_MAIL: _("Rücklauf"),
    SetupLine.SECOND_ACCOUNT: _("Zweites Konto"),
    SetupLine.MEMBERS: _("Mitglieder"),
    SetupLine.TRIAL_ROUND: _("Probeverfahren"),
}
DATA_KIND = {
    DataKind.REASONS: _("Gründe einer Ablehnung"),
    DataKind.SUBMITTERS: _(
        "Personen, die eine Rückmeldung ausgefüllt haben, Einsprüche und Anträge auf Mitzeichnung"
    ),
    DataKind.CONTACTS: _("Frühere Ansprechpersonen und weitergegebene Links"),
    DataKind.MAIL: _("Versandte E-Mails"),
    DataKind.REPLIES: _("Antworten per E-Mail"),
    DataKind.NOTES: _("Vermerke der Geschäftsstelle"),
    DataKind.EVIDENCE: _("Scans und E-Mails als Nachweis"),
    DataKind.ACCOUNTS: _("Gesperrte Konten der Geschäftsstelle"),
    DataKind.LOGINS: _("Sitzungen und Anmeldeversuche"),
    DataKind.LOG: _("Einzelheiten im Verlauf, die Personen nennen"),
}
PERIOD_START = {
    Start.ROUND_ENDED: _("Ende des Verfahrens"),
    Start.ARCHIVED: _("Archivieren; bei weitergegebenen Links das Ende des Verfahrens"),
    Start.DISABLED: _("Sperrung des Kontos"),
    Start.LAST_USED: _("letzte Nutzung"),
    Start.WRITTEN: _("Eintrag im Verlauf"),
}


def format_periods(retention: Retention, language: str) -> str:
    """How long each kind of personal data is kept, as a list in Markdown."""
    catalogue = get_catalogue(language)
    lines = []
    for kind, period in PERIODS.items():
        months = retention[kind]
        lines.append(
            catalogue.gettext(_("%(data)s: %(period)s (Beginn: %(start)s)"))
            % {
                "data": catalogue.gettext(DATA_KIND[kind]),
                "period": catalogue.ngettext("%(num)s Monat", "%(num)s Monate", months)
                % {"num": months}
                if months
                else catalogue.gettext(_("bis jemand die Löschung verlangt")),
                "start": catalogue.gettext(PERIOD_START[period.start]),
            }
        )
    return "\n".join(f"- {line}" for line in lines)


# What an erasure leaves, and why.
REMAINDER = {
    Remainder.RELEASED: _(
        "Der Name steht in einer veröffentlichten Liste. Sie wird nicht still geändert; wenn der Name fort soll, ziehen Sie die Veröffentlichung zurück."
    ),
    Remainder.RUNNING: _(
        "Die Person hat eine Rückmeldung unterzeichnet, deren Ergebnis noch nicht veröffentlicht ist. Der Name wird bis dahin gebraucht; berichtigen Sie ihn, wenn er nicht genannt werden soll."
    ),
    Remainder.EVIDENCE: _(
        "Der Scan oder die E-Mail belegt eine Rückmeldung und bleibt bis zum Ablauf der Aufbewahrungsfrist."
    ),
    Remainder.NOTE: _(
        "Ein freier Text der Geschäftsstelle nennt die Adresse. Bitte prüfen Sie ihn."
    ),
    Remainder.PAPER: _("Die Adresse steht in einem Papier, zum Beispiel als Ansprechperson."),
    Remainder.SETTINGS: _(
        "Die Adresse steht in den Angaben des Verbandes, in einem Rechtstext oder in einer E-Mail-Vorlage."
    ),
    Remainder.LOG: _(
        "Der Verlauf behält von jedem Eintrag Nummer, Zeitpunkt, Art und Prüfsumme, aber keine Angaben zur Person."
    ),
    Remainder.BACKUPS: _(
        "Sicherungskopien und Dateien, die schon herausgegeben sind, enthalten die Daten weiter, bis sie überschrieben oder gelöscht werden. Nach dem Einspielen einer Sicherung muss die Löschung wiederholt werden."
    ),
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
    "member": _("Name Ihrer Kommune"),
    "email": _("E-Mail-Adresse"),
    "unit": _("Stelle"),
    "message": _("Nachricht"),
    "words": _("Was stimmt nicht?"),
    "code": _("Kurzcode"),
    "channel": _("Wie kam die Rückmeldung?"),
    "received_on": _("Eingegangen am"),
    "expected_body": _("Gremium"),
    "sent_on": _("Brief versandt am"),
    "invitations": _("An wen?"),
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
    "contact_person": _("Ansprechperson"),
    "applications": _("Anträge auf Mitzeichnung"),
    "upload": _("Datei mit dem Text"),
    "text": _("Text"),
    "annex": _("Anlage"),
    "may_answer": _("Aufgabe"),
    "file": _("Datei"),
    "logo": _("Logo"),
    "aim": _("Ziel"),
    "day": _("Tag"),
    "time": _("Uhrzeit"),
    "withdrawal": _("Grund der Zurückziehung"),
    "successor": _("Adresse der geltenden Fassung"),
}


def get_outage_reason(outage: Outage) -> str:
    """Why the server is left alone: a message of the catalogues."""
    return (OUTAGE_BY_STAGE.get(outage.stage) or OUTAGE[outage.fault])[0]


def get_outage_advice(outage: Outage) -> str:
    """Advice for the office: a message of the catalogues."""
    return (OUTAGE_BY_STAGE.get(outage.stage) or OUTAGE[outage.fault])[1]


def get_phase_label(round: Round, now: datetime) -> str:
    """The label of the round's phase; ended after its closing, it was not cancelled, and what was
    retracted is not released any more.
    """
    if round.retracted_at:
        return RETRACTED
    return ENDED_UNPUBLISHED if round.ending_reason else PHASE[round.phase(now)]


MAX_UPCOMING_NAMES = 5  # of members that a meeting is about
UPCOMING = {
    UpcomingKind.DEADLINE: _("Frist: „%(title)s“"),
    UpcomingKind.MEETING: _("Sitzung (%(names)s): „%(title)s“"),
    UpcomingKind.REMINDER: _("Erinnerung an alle ohne Rückmeldung: „%(title)s“"),
    UpcomingKind.RELEASE: _("Geplante Veröffentlichung: „%(title)s“"),
    UpcomingKind.LATE_END: _("Ende der Nachzeichnung: „%(title)s“"),
}


def describe_upcoming(upcoming: Upcoming, language: str) -> str:
    """The event and its round, in words."""
    names = ", ".join(upcoming.names[:MAX_UPCOMING_NAMES])
    if len(upcoming.names) > MAX_UPCOMING_NAMES:
        names += ", …"
    sentence = get_catalogue(language).gettext(UPCOMING[upcoming.kind])
    return sentence % {"title": upcoming.title, "names": names}
