"""The one table of refusals: what the rule that said no tells the person, and what to do about it."""

from datetime import date, datetime

from signoff.domain.refusal import Reason, Refusal
from signoff.words import accounts, dates, rounds
from signoff.words.catalogue import catalogue
from signoff.words.catalogue import marked as _
from signoff.words.labels import FIELD

WORDS = {
    Reason.MISSING: _("Bitte füllen Sie „%(field)s“ aus."),
    Reason.TOO_LONG: _("„%(field)s“ hat %(length)s Zeichen; höchstens %(limit)s sind möglich. Bitte kürzen Sie."),
    Reason.NOT_A_CHOICE: _("Bitte wählen Sie bei „%(field)s“ eine der angebotenen Möglichkeiten."),
    Reason.NOT_A_DATE: _(
        "„%(text)s“ ist kein Datum. Bitte schreiben Sie Tag, Monat und Jahr, zum Beispiel 14.01.2027."
    ),
    Reason.DATE_IN_FUTURE: _(
        "Der %(day)s liegt in der Zukunft. Steht der Beschluss noch aus, nennen Sie uns bitte in Schritt 1 den Sitzungstermin."
    ),
    Reason.DATE_IN_PAST: _(
        "Der %(day)s ist vorüber. Bitte nennen Sie einen künftigen Sitzungstag oder geben Sie das Ergebnis der Sitzung an."
    ),
    Reason.DATE_TOO_EARLY: _("Der %(day)s liegt zu früh. Bitte prüfen Sie das Jahr."),
    Reason.NOT_A_TIME: _("„%(text)s“ ist keine Uhrzeit. Bitte schreiben Sie Stunde und Minute, zum Beispiel 10:00."),
    Reason.NO_SUCH_TIME: _(
        "%(text)s Uhr gibt es am %(day)s nicht, weil die Uhren auf Sommerzeit vorgestellt werden. Bitte wählen Sie eine andere Uhrzeit."
    ),
    Reason.NOT_A_WEB_ADDRESS: _(
        "„%(text)s“ ist keine vollständige Internetadresse. Bitte schreiben Sie sie mit https:// am Anfang oder lassen Sie das Feld leer."
    ),
    Reason.NOT_AN_ADDRESS: _("„%(text)s“ ist keine gültige E-Mail-Adresse. Bitte prüfen Sie die Schreibweise."),
    Reason.CONTROL_CHARACTERS: _("„%(field)s“ enthält unsichtbare Steuerzeichen. Bitte tippen Sie die Angabe neu ein."),
    Reason.NOT_AUTHORISED: _(
        "Bitte bestätigen Sie die Befugnis. Sind Sie nicht befugt, geben Sie die Aufgabe an die zuständige Stelle weiter."
    ),
    Reason.NOT_THE_NAME: _("Das ist nicht der Name Ihrer Kommune. Bitte tippen Sie „%(name)s“."),
    Reason.NOT_THE_SLUG: _("Das ist nicht der Kurzname des Papiers. Bitte tippen Sie „%(slug)s“."),
    Reason.NOT_A_SLUG: _(
        "„%(text)s“ kann nicht in einer Adresse stehen. Möglich sind Kleinbuchstaben, Ziffern und Bindestriche, höchstens 60."
    ),
    Reason.NO_NOTES: _("Zu diesem Verfahren werden keine Protokollnotizen angenommen. Bitte leeren Sie das Feld."),
    Reason.ADOPTED_LATER: _(
        "Der %(day)s liegt in der Zukunft. Nennen Sie den Tag, an dem das Papier beschlossen wurde."
    ),
    Reason.EDITED_MEANWHILE: _(
        "Inzwischen hat jemand anderes diesen Text gespeichert. Ihre Eingaben stehen noch hier; gespeichert sind sie nicht. Vergleichen Sie unten und speichern Sie dann erneut."
    ),
    Reason.TEXT_FROZEN: _(
        "Der Text dieser Fassung steht fest, weil ein Mitzeichnungsverfahren eröffnet wurde. Für Änderungen legen Sie bitte eine neue Fassung an."
    ),
    Reason.NOT_A_PDF: _("„%(name)s“ ist kein PDF. Anlagen sind möglich als PDF ohne Kennwort, höchstens 10 MB."),
    Reason.TOO_MANY_ANNEXES: _("Mehr als %(limit)s Anlagen sind nicht möglich. Bitte entfernen Sie zuerst eine."),
    **rounds.REFUSED,
    Reason.NO_SUCH_MEMBER: _("Ein Mitglied mit dem Schlüssel „%(key)s“ gibt es nicht."),
    Reason.ALREADY_INVITED: _("%(name)s ist zu diesem Verfahren bereits eingeladen."),
    Reason.OTHER_EDITION: _(
        "Ihr Formular gehört zu einer anderen Fassung des Textes. Bitte öffnen Sie Ihren Zugangslink neu und lesen Sie die geltende Fassung."
    ),
    Reason.LINK_ENDED: _(
        "Dieser Zugang wurde inzwischen beendet. Bitte verwenden Sie den Link aus der neuesten E-Mail."
    ),
    Reason.NOTHING_TO_WITHDRAW: _("Es liegt keine Rückmeldung vor, die zurückgenommen werden könnte."),
    Reason.NOTHING_TO_DECIDE: _("Hier ist nichts mehr zu entscheiden. Bitte laden Sie die Seite neu."),
    Reason.NOTHING_TO_CORRECT: _(
        "Es liegt keine Mitzeichnung vor, die berichtigt werden könnte. Bitte öffnen Sie Ihren Zugangslink neu."
    ),
    Reason.NO_SITTING: _(
        "Es ist kein Sitzungstermin vorgemerkt, der verschoben werden könnte. Bitte öffnen Sie Ihren Zugangslink neu."
    ),
    Reason.ANSWER_CHANGED: _(
        "Die Rückmeldung Ihrer Kommune wurde inzwischen geändert. Bitte sehen Sie sich an, was jetzt gilt."
    ),
    Reason.NO_SUCH_OBJECTION: _("Diesen Einspruch gibt es nicht. Bitte laden Sie die Übersicht neu."),
    Reason.NO_SUCH_LINK: _("Diesen weitergegebenen Zugang gibt es nicht. Bitte laden Sie die Seite neu."),
    Reason.NOT_YOURS_TO_END: _(
        "Diesen Zugang kann nur beenden, wer ihn weitergegeben hat, eine eingetragene Ansprechperson oder die Geschäftsstelle."
    ),
    Reason.TOO_MANY_LINKS: _(
        "Mehr als %(limit)s weitergegebene Zugänge sind nicht möglich. Bitte beenden Sie einen, der nicht mehr gebraucht wird, oder rufen Sie uns an."
    ),
    Reason.HAS_A_LINK: _("%(text)s hat als eingetragene Ansprechperson bereits einen eigenen Zugang."),
    Reason.FORM_STALE: _(
        "Das Formular war zu lange geöffnet, oder Ihr Browser hat ein nötiges Cookie verworfen. Ihre Eingaben stehen noch hier; abgegeben ist nichts. Bitte senden Sie das Formular noch einmal. Gelingt es wieder nicht, erlauben Sie bitte Cookies für diese Seite oder rufen Sie uns an."
    ),
    Reason.UNKNOWN_CODE: _(
        "Dieser Kurzcode gilt nicht (mehr). Bitte vergleichen Sie ihn mit der neuesten E-Mail, oder öffnen Sie den Link aus der E-Mail."
    ),
    Reason.ADDRESS_IN_USE: _("An „%(text)s“ geht schon ein anderer Zugangslink dieses Mitglieds."),
    Reason.FOR_INFORMATION: _(
        "Dieser Zugang dient nur zur Kenntnis: Sie können alles lesen, aber nicht antworten. Antworten kann die eingetragene Ansprechperson Ihrer Kommune; bei Fragen rufen Sie uns bitte an."
    ),
    Reason.KEY_TAKEN: _("Den Schlüssel „%(text)s“ hat schon ein anderes Mitglied: %(name)s."),
    Reason.IN_OPEN_ROUND: _(
        "Zu einem laufenden Verfahren ist dieses Mitglied eingeladen: %(titles)s. Archivieren Sie es bitte, wenn das Verfahren geschlossen ist."
    ),
    Reason.NOT_A_COUNTRY: _("„%(text)s“ ist kein Länderkürzel aus zwei Buchstaben, zum Beispiel DE."),
    Reason.REPRESENTATIVE_KNOWN: _(
        "Die Adresse „%(text)s“ ist bei diesem Mitglied schon eingetragen: %(name)s. Archivierte Einträge können Sie wieder aufnehmen."
    ),
    Reason.SECOND_BY_LETTER: _(
        "Ohne E-Mail-Adresse ist bei diesem Mitglied schon jemand eingetragen: %(name)s. Bitte geben Sie eine Adresse an oder ändern Sie jenen Eintrag."
    ),
    Reason.LIST_CHANGED: _(
        "Seit der Vorschau hat sich die Mitgliederliste geändert. Übernommen ist nichts; bitte sehen Sie die Vorschau noch einmal an."
    ),
    Reason.RECEIVED_IN_FUTURE: _("Der %(day)s liegt in der Zukunft. Bitte nennen Sie den Tag des Eingangs."),
    Reason.RECEIVED_TOO_EARLY: _(
        "Vor der Eröffnung des Verfahrens am %(day)s kann keine Rückmeldung eingegangen sein. Bitte prüfen Sie den Tag."
    ),
    Reason.RECEIVED_TOO_LATE: _(
        "Der letzte Tag war der %(day)s. Erfasst werden nur Rückmeldungen, die bis dahin eingegangen sind."
    ),
    Reason.DECIDED_AFTER_RECEIPT: _(
        "Der %(day)s liegt nach dem Eingang. Ein Beschluss, der schon mitgeteilt wurde, ist früher gefasst worden."
    ),
    Reason.SITTING_BEFORE_RECEIPT: _(
        "Der %(day)s liegt vor dem Eingang. Hat das Gremium schon getagt, erfassen Sie bitte das Ergebnis."
    ),
    Reason.AUTHORITY_UNSEEN: _(
        "Bitte bestätigen Sie die Befugnis. Ist sie nicht ersichtlich, fragen Sie bitte beim Mitglied nach."
    ),
    Reason.NO_EVIDENCE: _("Bitte laden Sie einen Scan hoch, oder schreiben Sie unten, warum es keinen gibt."),
    Reason.NOT_A_SCAN: _("Diese Datei ist kein vollständiges PDF-, JPEG- oder PNG-Dokument. Bitte prüfen Sie sie."),
    Reason.SCAN_TOO_LARGE: _("Die Datei ist zu groß; höchstens %(limit)s MB sind möglich."),
    Reason.NOT_REPLACING: _(
        "Es liegt schon eine Rückmeldung vor. Bitte setzen Sie das Häkchen, wenn die neue an ihre Stelle treten soll."
    ),
    Reason.NOTHING_TO_VOID: _("Es gibt keine Rückmeldung, die zählt; für ungültig zu erklären ist nichts."),
    Reason.NOTHING_CORRECTED: _("Alle Angaben sind wie bisher. Bitte ändern Sie, was falsch ist."),
    Reason.NO_REASON: _("Bitte nennen Sie einen Grund; das Mitglied erfährt ihn."),
    Reason.SENT_LATELY: _(
        "Der letzte Versand liegt keine %(minutes)s Minuten zurück oder steht noch aus. Bitte warten Sie ab, ob er ankommt."
    ),
    Reason.NOBODY_TO_SEND_TO: _("Bitte wählen Sie, an wen der Zugangslink gehen soll."),
    **accounts.REFUSED,
}


def words(refusal: Refusal, language: str = "de") -> str:
    """What ``refusal`` says to a person, in ``language``."""
    translate = catalogue(language).gettext
    facts = {name: told(value, language) for name, value in refusal.facts.items()}
    if refusal.field:
        facts["field"] = translate(FIELD[refusal.field]) if refusal.field in FIELD else refusal.field
    return translate(WORDS[refusal.reason]) % facts


def told(value: object, language: str) -> object:
    return dates.day(value, language) if isinstance(value, date) and not isinstance(value, datetime) else value
