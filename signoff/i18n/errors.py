"""The sentences for refusals, import problems and deadline warnings."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime

from signoff.domain.dates import (
    DeadlineConcern,
    DeadlineWarning,
    Month,
    list_deadline_warnings,
)
from signoff.domain.errors import Reason, Refusal
from signoff.domain.reminders import Obstacle
from signoff.domain.setup import SetupLine
from signoff.domain.text import decode_domains
from signoff.i18n import formatting
from signoff.i18n.catalogue import SOURCE_LANGUAGE, get_catalogue
from signoff.i18n.catalogue import gettext_noop as _
from signoff.i18n.labels import FIELD, SETUP
from signoff.importers.errors import (
    FileReason,
    ImportNotice,
    ImportNoticeKind,
    ImportProblem,
    Place,
)

REFUSALS = {
    Reason.MISSING: _("Bitte geben Sie „%(field)s“ an."),
    Reason.NOT_CHOSEN: _("Bitte wählen Sie bei „%(field)s“ eine Möglichkeit aus."),
    Reason.NO_FILE: _("Bitte wählen Sie bei „%(field)s“ eine Datei aus."),
    Reason.TOO_LONG: _(
        "„%(field)s“ hat %(length)s Zeichen; höchstens %(limit)s sind möglich. Bitte kürzen Sie."
    ),
    Reason.NOT_A_CHOICE: _("Bitte wählen Sie bei „%(field)s“ eine der angebotenen Möglichkeiten."),
    Reason.NOT_A_DATE: _(
        "„%(text)s“ ist kein Datum. Bitte schreiben Sie Tag, Monat und Jahr in der Form TT.MM.JJJJ."
    ),
    Reason.NO_YEAR: _("In „%(text)s“ fehlt das Jahr. Bitte ergänzen Sie es."),
    Reason.NO_SUCH_MONTH: _(
        "Einen %(number)s. Monat gibt es nicht. Bitte schreiben Sie zuerst den Tag und dann den Monat."
    ),
    Reason.NO_SUCH_DAY: _("Der %(month)s hat %(days)s Tage. Bitte prüfen Sie den Tag."),
    Reason.OTHER_WEEKDAY: _(
        "Der %(day)s fällt auf einen anderen Wochentag, als Sie geschrieben haben. Bitte prüfen Sie den Tag."
    ),
    Reason.DATE_IN_FUTURE: _(
        "Der %(day)s liegt in der Zukunft. Wenn der Beschluss noch aussteht, nennen Sie uns bitte in Schritt 1 den Sitzungstermin."
    ),
    Reason.DATE_IN_PAST: _(
        "Der %(day)s ist vorüber. Bitte nennen Sie einen künftigen Sitzungstag oder geben Sie das Ergebnis der Sitzung an."
    ),
    Reason.DATE_TOO_EARLY: _("Der %(day)s liegt zu früh. Bitte prüfen Sie das Jahr."),
    Reason.DATE_TOO_FAR: _("Der %(day)s liegt zu weit in der Zukunft. Bitte prüfen Sie das Jahr."),
    Reason.NOT_A_TIME: _(
        "„%(text)s“ ist keine Uhrzeit. Bitte schreiben Sie Stunde und Minute, zum Beispiel 10:00."
    ),
    Reason.NO_SUCH_TIME: _(
        "%(text)s Uhr gibt es am %(day)s nicht, weil die Uhren auf Sommerzeit vorgestellt werden. Bitte wählen Sie eine andere Uhrzeit."
    ),
    Reason.NOT_AN_ADDRESS: _(
        "„%(text)s“ ist keine gültige E-Mail-Adresse. Bitte prüfen Sie die Schreibweise; vor dem @ sind Umlaute nicht möglich."
    ),
    Reason.NOT_A_WEB_ADDRESS: _(
        "„%(text)s“ ist keine vollständige Internetadresse. Bitte schreiben Sie sie mit https:// am Anfang oder lassen Sie das Feld leer."
    ),
    Reason.NOT_A_PERIOD: _(
        "„%(text)s“ ist keine Zahl von Monaten. Bitte geben Sie 1 bis %(limit)s ein oder lassen Sie das Feld leer."
    ),
    Reason.PERSON_UNKNOWN: _(
        "Zu „%(email)s“ ist nichts gespeichert. Bitte prüfen Sie die Schreibweise und fragen Sie nach früheren Adressen."
    ),
    Reason.ACCOUNT_IN_USE: _(
        "„%(email)s“ gehört zu einem Konto der Geschäftsstelle. Bitte sperren Sie das Konto zuerst unter „Personen“."
    ),
    Reason.CONTROL_CHARACTERS: _(
        "„%(field)s“ enthält unsichtbare Steuerzeichen. Bitte tippen Sie die Angabe neu ein."
    ),
    Reason.UNPRINTABLE: _(
        "„%(field)s“ enthält Zeichen, die sich nicht drucken lassen: %(characters)s. Bitte löschen oder ersetzen Sie sie."
    ),
    Reason.UNKNOWN_PLACEHOLDER: _(
        "„%(field)s“, Zeile %(line)s: Den Platzhalter %(placeholder)s gibt es nicht. Bitte nehmen Sie einen aus der Liste, oder streichen Sie die geschweiften Klammern."
    ),
    Reason.NO_REFERENCE: _(
        "Im Betreff fehlt die Vorgangsnummer. Bitte ergänzen Sie {vorgang}, damit die Nachricht zur Akte findet."
    ),
    Reason.NOT_AUTHORISED: _(
        "Bitte bestätigen Sie die Befugnis. Wenn Sie nicht befugt sind, geben Sie die Aufgabe an die zuständige Stelle weiter."
    ),
    Reason.NOT_THE_NAME: _(
        "Das ist nicht der Name Ihrer Kommune. Bitte tippen Sie „%(name)s“ oder die letzten vier Ziffern der Vorgangsnummer %(number)s."
    ),
    Reason.NOT_THE_WORD: _("Bitte tippen Sie zur Bestätigung das Wort „%(word)s“."),
    Reason.NOT_A_SLUG: _(
        "„%(text)s“ kann nicht in einer Adresse stehen. Möglich sind Kleinbuchstaben, Ziffern und Bindestriche, höchstens 60."
    ),
    Reason.NO_NOTES: _(
        "Zu diesem Verfahren werden keine Protokollnotizen angenommen. Bitte leeren Sie das Feld."
    ),
    Reason.ADOPTED_LATER: _(
        "Der %(day)s liegt in der Zukunft. Nennen Sie den Tag, an dem das Papier beschlossen wurde."
    ),
    Reason.TEXT_FROZEN: _(
        "Der Text dieser Fassung steht fest, weil ein Mitzeichnungsverfahren eröffnet wurde. Für Änderungen legen Sie bitte eine neue Fassung an."
    ),
    Reason.NOT_A_PDF: _(
        "„%(name)s“ ist kein PDF. Anlagen sind möglich als PDF ohne Kennwort, höchstens 10 MB."
    ),
    Reason.TOO_MANY_ANNEXES: _(
        "Mehr als %(limit)s Anlagen sind nicht möglich. Bitte entfernen Sie zuerst eine."
    ),
    Reason.NO_SUCH_PAPER: _("Ein Papier mit dem Kurznamen „%(slug)s“ gibt es nicht."),
    Reason.SLUG_TAKEN: _(
        "Ein Papier mit dem Kurznamen „%(slug)s“ gibt es schon. Bitte wählen Sie einen anderen."
    ),
    Reason.NO_ROUND: _(
        "Zu „%(slug)s“ gibt es noch kein Mitzeichnungsverfahren. Bitte eröffnen Sie es zuerst."
    ),
    Reason.ALREADY_OPEN: _(
        "Zu diesem Papier läuft bereits ein Mitzeichnungsverfahren; ein zweites wird nicht eröffnet."
    ),
    Reason.OTHER_ROUND: _(
        "Zu Fassung %(number)s läuft noch ein Mitzeichnungsverfahren. Ein neues können Sie eröffnen, wenn es veröffentlicht, abgebrochen oder ohne Veröffentlichung beendet ist."
    ),
    Reason.NONE_PICKED: _("Bitte wählen Sie aus, wer eingeladen wird."),
    Reason.NOBODY_ASKED: _(
        "Niemand wäre eingeladen. Bitte nehmen Sie Mitglieder auf oder ändern Sie die Auswahl."
    ),
    Reason.TRIAL_MISSING: _(
        "Von diesem Text mit dieser Liste und diesen Einstellungen gibt es noch keinen Probedruck. Bitte warten Sie, bis er gefertigt ist, und eröffnen Sie das Verfahren dann."
    ),
    Reason.TRIAL_FAILED: _(
        "Das ganze Dokument lässt sich so nicht fertigen: %(error)s. Bitte ändern Sie die genannte Stelle im Text, beim Mitglied oder in den Einstellungen; danach wird der Probedruck neu gefertigt."
    ),
    Reason.TRIAL_INTERRUPTED: _(
        "Das ganze Dokument wurde nicht fertig: %(error)s. Text und Liste müssen Sie nicht ändern. Bitte fertigen Sie den Probedruck noch einmal, wenn der Rechner weniger zu tun hat."
    ),
    Reason.NOBODY_CHOSEN: _("Bitte wählen Sie mindestens ein Mitglied aus."),
    Reason.DEADLINE_PAST: _(
        "Die Frist liegt in der Vergangenheit. Bitte nennen Sie einen künftigen Tag."
    ),
    Reason.DEADLINE_NOT_LATER: _(
        "Die neue Frist muss nach der Frist liegen, die den Mitgliedern mitgeteilt ist; verkürzt wird sie nicht."
    ),
    Reason.EDITION_UNCHANGED: _(
        "An dieser Fassung ist nichts geändert. Eine neue Fassung entsteht erst mit einer Änderung; wenn sich nur die Anlagen ändern, setzen Sie das Häkchen."
    ),
    Reason.EDITION_USED: _(
        "Zu dieser Fassung gibt es ein Verfahren. Sie lässt sich deshalb nicht löschen."
    ),
    Reason.REPRESENTATIVE_INVITED: _(
        "Diese Ansprechperson war zu einem Verfahren eingeladen. Sie lässt sich deshalb nicht löschen, nur archivieren."
    ),
    Reason.DEADLINE_TOO_FAR: _(
        "Eine Frist liegt höchstens 24 Monate in der Zukunft. Bitte nennen Sie einen Tag bis zum %(day)s."
    ),
    Reason.MAIL_LEFT: _(
        "Rückgängig machen lässt sich das nicht mehr: Es ist schon eine E-Mail oder ein Brief hinausgegangen, jemand hat geantwortet, oder der Entwurf ist öffentlich."
    ),
    Reason.NOT_REMINDER_STEPS: _(
        "„%(text)s“ sind keine Tage vor Fristende. Bitte schreiben Sie höchstens %(most)s verschiedene Zahlen mit Komma, zum Beispiel 21, 7, 2, oder lassen Sie das Feld leer."
    ),
    Reason.NO_APPLICATIONS: _("Bei diesem Verfahren sind keine Anträge auf Mitzeichnung möglich."),
    Reason.TOO_MANY_APPLICATIONS: _(
        "Zu diesem Verfahren oder von Ihrem Anschluss sind heute schon sehr viele Anträge gestellt worden. Ihr Antrag ist nicht eingegangen; Ihre Eingaben stehen noch im Formular. Bitte versuchen Sie es morgen wieder, oder rufen Sie uns an."
    ),
    Reason.CONTACT_DATA: _(
        "Was in „%(field)s“ steht, sieht aus wie eine Internetadresse, eine E-Mail-Adresse oder eine Telefonnummer. Bitte schreiben Sie nur Wörter, und setzen Sie nach jedem Punkt ein Leerzeichen."
    ),
    Reason.DRAFT_NOT_PUBLIC: _(
        "Anträge auf Mitzeichnung sind nur möglich, wenn der Entwurf öffentlich ist. Bitte wählen Sie beides oder keines."
    ),
    Reason.NOT_OPEN: _(
        "Das Mitzeichnungsverfahren läuft nicht; Rückmeldungen werden nicht mehr angenommen."
    ),
    Reason.NOT_YET_CLOSED: _(
        "Das Verfahren läuft noch. Veröffentlicht wird erst, wenn die Frist abgelaufen oder das Verfahren geschlossen ist."
    ),
    Reason.STILL_OPEN: _(
        "Das Verfahren läuft noch. Sie können es abbrechen oder schließen; ohne Veröffentlichung beendet wird erst danach."
    ),
    Reason.ALREADY_CLOSED: _("Das Mitzeichnungsverfahren ist bereits geschlossen."),
    Reason.ALREADY_RELEASED: _("Das Papier ist bereits veröffentlicht."),
    Reason.CANCELLED: _(
        "Das Mitzeichnungsverfahren wurde abgebrochen oder ohne Veröffentlichung beendet."
    ),
    Reason.UNDECIDED: _(
        "Vor der Veröffentlichung ist noch zu entscheiden, ob Protokollnotizen und Namensberichtigungen angenommen werden: %(names)s."
    ),
    Reason.NOT_PRINTED: _(
        "Das PDF ist noch nicht gefertigt. Bitte warten Sie einen Augenblick und versuchen Sie es erneut."
    ),
    Reason.PRINT_FAILED: _(
        "Das PDF konnte nicht gefertigt werden: %(error)s. Die Schließung gilt; bitte lassen Sie es erneut fertigen."
    ),
    Reason.RELEASE_PAST: _(
        "Der Zeitpunkt der Veröffentlichung liegt in der Vergangenheit. Bitte nennen Sie einen künftigen."
    ),
    Reason.RELEASE_PLANNED: _(
        "Die Veröffentlichung ist bereits geplant. Wenn sich noch etwas ändern soll, sagen Sie die Veröffentlichung bitte zuerst ab."
    ),
    Reason.APPROVAL_REQUIRED: _(
        "Es gilt das Vier-Augen-Prinzip: Eine Person beantragt im Browser, was öffentlich wird, eine andere bestätigt es dort. Auf der Kommandozeile geht beides nicht."
    ),
    Reason.APPROVAL_PENDING: _(
        "%(who)s hat das bereits beantragt. Es geschieht, sobald eine andere Person es im Browser bestätigt; der Antrag steht dort in der Übersicht."
    ),
    Reason.SAME_PERSON: _(
        "Sie (%(who)s) haben das selbst beantragt. Bestätigen muss es eine andere Person."
    ),
    Reason.NOTHING_TO_CONFIRM: _(
        "Hier ist nichts mehr zu entscheiden: Der Antrag ist schon bestätigt, abgesagt oder durch einen anderen ersetzt."
    ),
    Reason.NOT_RELEASED: _("Das Papier ist noch nicht veröffentlicht; zurückzuziehen ist nichts."),
    Reason.ALREADY_RETRACTED: _("Das Papier ist bereits zurückgezogen."),
    Reason.NO_SUCH_PICTURE: _(
        "Der Text zeigt Bilder, die nicht gespeichert sind (Anzahl: %(count)s). Bitte laden Sie sie hoch."
    ),
    Reason.PICTURE_UNDESCRIBED: _(
        "Im Text stehen Bilder ohne Beschreibung (Anzahl: %(count)s). Menschen, die sie nicht sehen, erfahren sonst nicht, was sie zeigen. Bitte schreiben Sie die Beschreibung beim Text zwischen die eckigen Klammern vor dem Bild."
    ),
    Reason.SETUP_OPEN: _(
        "Bevor Sie Mitglieder einladen, fehlt noch: %(line)s. Was zu tun ist, zeigt „signoff doctor“."
    ),
    Reason.GAPS_LEFT: _(
        "Der Text ist veröffentlicht und darf keine Lücken haben. Bitte füllen Sie aus oder streichen Sie: %(gaps)s."
    ),
    Reason.NO_MAIL_SERVER: _(
        "Es ist kein Mailserver eingerichtet. Keine E-Mail würde ein Mitglied erreichen. Bitte lassen Sie zuerst einen Mailserver einrichten (Seite „E-Mail einrichten“)."
    ),
    Reason.MAIL_REFUSED: _(
        "Der Mailserver nimmt unsere E-Mails nicht an. Er antwortet: „%(words)s“. Bitte prüfen Sie die Anmeldung und die Absenderadresse auf der Seite „E-Mail einrichten“ und senden Sie sich dann eine Testnachricht. Sobald der Mailserver sie annimmt, geht es hier weiter."
    ),
    Reason.NOT_A_TARGET: _(
        "„%(text)s“ ist kein mögliches Ziel. Bitte schreiben Sie eine Zahl von 1 bis %(invited)s oder lassen Sie das Feld leer."
    ),
    Reason.NOT_LATE: _("Bei diesem Verfahren ist eine Nachzeichnung nicht vorgesehen."),
    Reason.LATE_ENDED: _(
        "Die Zeit für Nachzeichnungen ist vorüber; sie lässt sich nicht mehr ändern."
    ),
    Reason.NOTHING_NEW: _(
        "Seit der letzten Ausgabe gibt es weder eine angenommene Nachzeichnung noch eine Rücknahme. Es ist nichts zu fertigen."
    ),
    Reason.NOT_YET_RELEASED: _(
        "Das Papier ist noch nicht veröffentlicht; einen Nachtrag gibt es erst danach."
    ),
    Reason.NO_SUCH_MEMBER: _("Ein Mitglied mit dem Schlüssel „%(key)s“ gibt es nicht."),
    Reason.ALREADY_INVITED: _("%(name)s ist zu diesem Verfahren bereits eingeladen."),
    Reason.LINK_ENDED: _(
        "Dieser Link wurde inzwischen beendet. Bitte verwenden Sie den Link aus der neuesten E-Mail."
    ),
    Reason.NOTHING_TO_WITHDRAW: _(
        "Es liegt keine Rückmeldung vor, die zurückgenommen werden könnte."
    ),
    Reason.NOTHING_TO_DECIDE: _(
        "Hier ist nichts mehr zu entscheiden. Bitte laden Sie die Seite neu."
    ),
    Reason.NOTHING_TO_CORRECT: _(
        "Es liegt keine Mitzeichnung vor, die berichtigt werden könnte. Bitte öffnen Sie Ihren Link neu."
    ),
    Reason.NO_MEETING: _(
        "Es ist kein Sitzungstermin vorgemerkt, der verschoben werden könnte. Bitte öffnen Sie Ihren Link neu."
    ),
    Reason.SETTLED: _(
        "Für Ihre Kommune liegt schon eine Rückmeldung vor. Nach der Veröffentlichung lässt sie sich über den Link nicht mehr ändern. Bitte rufen Sie uns an."
    ),
    Reason.NO_SUCH_OBJECTION: _(
        "Diesen Einspruch gibt es nicht. Bitte laden Sie die Übersicht neu."
    ),
    Reason.NO_SUCH_LINK: _(
        "Diesen weitergegebenen Link gibt es nicht. Bitte laden Sie die Seite neu."
    ),
    Reason.NOT_YOURS_TO_END: _(
        "Diesen Link kann nur beenden, wer ihn weitergegeben hat, eine eingetragene Ansprechperson oder die Geschäftsstelle."
    ),
    Reason.TOO_MANY_LINKS: _(
        "Mehr als %(limit)s weitergegebene Links sind nicht möglich. Bitte beenden Sie einen, der nicht mehr gebraucht wird, oder rufen Sie uns an."
    ),
    Reason.HAS_A_LINK: _(
        "%(text)s hat als eingetragene Ansprechperson bereits einen eigenen Link."
    ),
    Reason.FORM_STALE: _(
        "Das Formular war zu lange geöffnet, oder Ihr Browser hat ein nötiges Cookie verworfen. Ihre Eingaben stehen noch hier; abgegeben ist nichts. Bitte senden Sie das Formular noch einmal. Wenn es wieder nicht gelingt, erlauben Sie bitte Cookies für diese Seite oder rufen Sie uns an."
    ),
    Reason.FILE_LOST: _(
        "Die Datei konnte bei der Anmeldung nicht mitkommen; gespeichert ist noch nichts. Bitte wählen Sie sie noch einmal aus."
    ),
    Reason.UNKNOWN_CODE: _(
        "Dieser Kurzcode ist nicht gültig. Bitte vergleichen Sie ihn mit der neuesten E-Mail, oder öffnen Sie den Link aus der E-Mail."
    ),
    Reason.ADDRESS_IN_USE: _("An „%(text)s“ geht schon ein anderer Link dieses Mitglieds."),
    Reason.FOR_INFORMATION: _(
        "Dieser Link dient nur zur Kenntnis: Sie können alles lesen, aber nicht antworten. Antworten kann die eingetragene Ansprechperson Ihrer Kommune; bei Fragen rufen Sie uns bitte an."
    ),
    Reason.KEY_TAKEN: _("Den Schlüssel „%(text)s“ hat schon ein anderes Mitglied: %(name)s."),
    Reason.IN_OPEN_ROUND: _(
        "Zu einem laufenden Verfahren ist dieses Mitglied eingeladen: %(titles)s. Archivieren Sie es bitte, wenn das Verfahren geschlossen ist."
    ),
    Reason.NOT_A_COUNTRY: _(
        "„%(text)s“ ist kein Länderkürzel aus zwei Buchstaben, zum Beispiel DE."
    ),
    Reason.NOT_A_STATE: _(
        "„%(text)s“ ist kein deutsches Bundesland. Wenn das Mitglied in einem anderen Staat liegt, tragen Sie dessen "
        "Länderkürzel ein; wenn es zu keinem Land gehört, lassen Sie das Feld leer."
    ),
    Reason.NOT_A_POSTING_DAY: _(
        "Bitte nennen Sie einen Tag zwischen der Eröffnung des Verfahrens und heute."
    ),
    Reason.NOBODY_TICKED: _("Bitte wählen Sie aus, an wen der Brief ging."),
    Reason.NO_LETTER: _("Für dieses Verfahren ist zurzeit kein Brief zu drucken."),
    Reason.NO_POSTAL_ADDRESS: _(
        "Es wurde kein Brief gedruckt. Die Anschrift fehlt für: %(names)s. Bitte tragen Sie sie in der Mitgliederliste ein."
    ),
    Reason.NOT_YES_OR_NO: _("„%(text)s“ ist weder „ja“ noch „nein“."),
    Reason.NOT_INHABITANTS: _("„%(text)s“ ist keine Einwohnerzahl, zum Beispiel 12.345."),
    Reason.REPRESENTATIVE_KNOWN: _(
        "Die Adresse „%(text)s“ ist bei diesem Mitglied schon eingetragen: %(name)s. Archivierte Einträge können Sie wieder aufnehmen."
    ),
    Reason.SECOND_BY_LETTER: _(
        "Ohne E-Mail-Adresse ist bei diesem Mitglied schon jemand eingetragen: %(name)s. Bitte geben Sie eine Adresse an oder ändern Sie jenen Eintrag."
    ),
    Reason.RECEIVED_IN_FUTURE: _(
        "Der %(day)s liegt in der Zukunft. Bitte nennen Sie den Tag des Eingangs."
    ),
    Reason.RECEIVED_TOO_EARLY: _(
        "Vor der Eröffnung des Verfahrens am %(day)s kann keine Rückmeldung eingegangen sein. Bitte prüfen Sie den Tag."
    ),
    Reason.RECEIVED_TOO_LATE: _(
        "Der letzte Tag war der %(day)s. Erfasst werden nur Rückmeldungen, die bis dahin eingegangen sind."
    ),
    Reason.DECIDED_AFTER_RECEIPT: _(
        "Der %(day)s liegt nach dem Eingang. Ein Beschluss, der schon mitgeteilt wurde, ist früher gefasst worden."
    ),
    Reason.MEETING_BEFORE_RECEIPT: _(
        "Der %(day)s liegt vor dem Eingang. Wenn das Gremium schon getagt hat, erfassen Sie bitte das Ergebnis."
    ),
    Reason.AUTHORITY_UNSEEN: _(
        "Bitte bestätigen Sie die Befugnis. Wenn sie nicht ersichtlich ist, fragen Sie bitte beim Mitglied nach."
    ),
    Reason.NO_EVIDENCE: _(
        "Bitte laden Sie einen Scan hoch, oder schreiben Sie unten, warum es keinen gibt."
    ),
    Reason.NOT_A_SCAN: _(
        "Diese Datei ist kein vollständiges PDF-, JPEG- oder PNG-Dokument. Bitte prüfen Sie sie."
    ),
    Reason.SCAN_TOO_LARGE: _("Die Datei ist zu groß; höchstens %(limit)s MB sind möglich."),
    Reason.NOT_REPLACING: _(
        "Es liegt schon eine Rückmeldung vor. Bitte setzen Sie das Häkchen, wenn die neue an ihre Stelle treten soll."
    ),
    Reason.NOTHING_TO_VOID: _(
        "Es gibt keine Rückmeldung, die zählt; für ungültig zu erklären ist nichts."
    ),
    Reason.NOTHING_CORRECTED: _("Alle Angaben sind wie bisher. Bitte ändern Sie, was falsch ist."),
    Reason.NO_REASON: _("Bitte nennen Sie einen Grund; das Mitglied erfährt ihn."),
    Reason.SENT_RECENTLY: _(
        "Der letzte Versand liegt keine %(minutes)s Minuten zurück oder steht noch aus. Bitte warten Sie ab, ob er ankommt."
    ),
    Reason.NOBODY_TO_SEND_TO: _("Bitte wählen Sie, an wen der Link gehen soll."),
    Reason.NOT_A_TIME_ZONE: _(
        "„%(text)s“ ist keine Zeitzone. Bitte schreiben Sie sie wie Europe/Berlin."
    ),
    Reason.EMAIL_TAKEN: _("Ein Konto mit der Adresse „%(text)s“ gibt es schon."),
    Reason.NO_SUCH_ACCOUNT: _("Ein Konto mit der Adresse „%(text)s“ gibt es nicht."),
    Reason.WRONG_LOGIN: _("E-Mail-Adresse oder Passwort stimmen nicht. Bitte prüfen Sie beides."),
    Reason.REAUTH_FAILED: _("Das Passwort stimmt nicht. Es ist noch nichts geschehen."),
    Reason.WRONG_SECOND_FACTOR: _(
        "Das hat nicht gepasst. Ein Code gilt nur kurz und nur einmal; bitte verwenden Sie den, der jetzt angezeigt wird."
    ),
    Reason.LOGIN_OVER: _("Diese Anmeldung gilt nicht mehr. Bitte melden Sie sich noch einmal an."),
    Reason.NO_STAFF_GROUP: _(
        "Sie gehören zu keiner Gruppe, die hier arbeiten darf. Bitte wenden Sie sich an die Person, die Ihre Konten verwaltet."
    ),
    Reason.EMAIL_NOT_VERIFIED: _(
        "Der Anmeldedienst bestätigt Ihre E-Mail-Adresse nicht. Beim ersten Mal gibt es ohne bestätigte Adresse keinen Zugriff. Bitte wenden Sie sich an die Person, die Ihre Konten verwaltet."
    ),
    Reason.LINKED_OTHERWISE: _(
        "Das Konto mit Ihrer E-Mail-Adresse gehört beim Anmeldedienst zu einer anderen Person. Bitte wenden Sie sich an eine Person mit Verwaltungsrechten."
    ),
    Reason.ACCOUNT_DISABLED: _(
        "Ihr Konto ist gesperrt. Bitte wenden Sie sich an eine Person mit Verwaltungsrechten."
    ),
    Reason.OTHER_PERSON: _(
        "Beim Anmeldedienst haben Sie sich als eine andere Person angemeldet. Es ist noch nichts geschehen. Bitte melden Sie sich dort mit dem Konto an, mit dem Sie hier arbeiten."
    ),
    Reason.NOT_LOGGED_IN_AGAIN: _(
        "Der Anmeldedienst hat Sie nicht noch einmal nach Ihrer Anmeldung gefragt. Es ist noch nichts geschehen. Bitte verwenden Sie Ihr Passwort oder Ihren zweiten Faktor."
    ),
    Reason.LAST_SECOND_FACTOR: _(
        "Das ist Ihr einziger zweiter Faktor. Bitte richten Sie zuerst einen anderen ein, bevor Sie diesen entfernen."
    ),
    Reason.NO_SECOND_FACTOR: _(
        "Wiederherstellungscodes gibt es erst, wenn ein zweiter Faktor eingerichtet ist."
    ),
    Reason.OWN_ACCOUNT: _(
        "Das eigene Konto können Sie hier nicht ändern. Bitte wenden Sie sich an eine andere Person mit Verwaltungsrechten."
    ),
    Reason.ALREADY_SET_UP: _("%(text)s hat das Konto bereits eingerichtet oder es ist gesperrt."),
    Reason.TOO_MANY_LOGINS: _(
        "Zu viele Fehlversuche. Bitte warten Sie %(seconds)s Sekunden und versuchen Sie es dann erneut."
    ),
    Reason.LOGIN_BUSY: _(
        "Im Augenblick melden sich sehr viele Personen gleichzeitig an. Bitte warten Sie %(seconds)s Sekunden und versuchen Sie es dann erneut."
    ),
    Reason.PASSWORD_TOO_SHORT: _(
        "Das Passwort ist zu kurz. Bitte wählen Sie mindestens %(limit)s Zeichen."
    ),
    Reason.PASSWORD_COMMON: _(
        "Dieses Passwort ist zu verbreitet oder zu einförmig. Bitte wählen Sie ein anderes."
    ),
    Reason.LAST_ADMIN: _(
        "Das ist das letzte Konto mit Verwaltungsrechten. Es kann weder gesperrt werden noch diese Rechte verlieren."
    ),
}
# By what has changed meanwhile: the fact ``what`` of ``Reason.STALE``.
STALE = {
    "draft": _(
        "Inzwischen hat jemand anderes diesen Text gespeichert. Ihre Eingaben stehen noch hier; gespeichert sind sie nicht. Vergleichen Sie unten und speichern Sie dann erneut."
    ),
    "text_to_open": _(
        "Der Text wurde geändert, seit Sie mit der Eröffnung begonnen haben. Bitte lesen Sie ihn noch einmal und eröffnen Sie dann."
    ),
    "settings": _(
        "Jemand anderes hat diese Angaben inzwischen geändert. Ihre Eingaben stehen noch im Formular; was jetzt gespeichert ist, steht daneben. Bitte vergleichen Sie und speichern Sie erneut."
    ),
    "print": _(
        "Inzwischen wurde ein neues PDF gefertigt. Bitte sehen Sie es an, bevor Sie es veröffentlichen."
    ),
    "target": _(
        "Jemand aus der Geschäftsstelle hat das Ziel inzwischen geändert; jetzt gilt: %(aim)s. Wenn Ihre Angabe gelten soll, speichern Sie bitte noch einmal."
    ),
    "edition": _(
        "Ihr Formular gehört zu einer anderen Fassung des Textes. Bitte öffnen Sie Ihren Link neu und lesen Sie die geltende Fassung."
    ),
    "answer": _(
        "Die Rückmeldung Ihrer Kommune wurde inzwischen geändert. Bitte sehen Sie sich an, was jetzt gilt."
    ),
    "signed": _(
        "Inzwischen hat %(who)s mitgezeichnet. Soll Ihre Rückmeldung diese Mitzeichnung ersetzen? Wenn ja, bestätigen Sie es bitte unten; sonst lassen Sie alles, wie es ist."
    ),
    "answered": _(
        "Inzwischen hat %(who)s für Ihre Kommune geantwortet. Soll Ihre Rückmeldung diese ersetzen? Wenn ja, bestätigen Sie es bitte unten; sonst lassen Sie alles, wie es ist."
    ),
    "recorded": _(
        "Inzwischen hat die Geschäftsstelle eine Rückmeldung Ihrer Kommune eingetragen oder berichtigt. Soll Ihre Rückmeldung diese ersetzen? Wenn ja, bestätigen Sie es bitte unten; sonst lassen Sie alles, wie es ist."
    ),
    "further": _(
        "Inzwischen hat sich geändert, für welche Kommunen Sie noch antworten können. Abgegeben ist für die angekreuzten noch nichts. Bitte sehen Sie die Liste noch einmal an und geben Sie dann ab."
    ),
    "member_list": _(
        "Seit der Vorschau hat sich die Mitgliederliste geändert. Übernommen ist nichts; bitte sehen Sie die Vorschau noch einmal an."
    ),
    "role": _(
        "Die Rechte von %(text)s wurden inzwischen von jemand anderem geändert. Bitte sehen Sie sich an, was jetzt gilt."
    ),
}


def describe_refusal(refusal: Refusal, language: str = SOURCE_LANGUAGE, label: str = "") -> str:
    """The message of a refusal, with what the person can do, in ``language``.

    ``label`` is what the page calls the field.
    """
    gettext = get_catalogue(language).gettext
    facts = {name: format_fact(value, language) for name, value in refusal.facts.items()}
    if refusal.field:
        facts["field"] = label or gettext(FIELD.get(refusal.field, refusal.field))
    stale = refusal.reason is Reason.STALE
    return gettext(STALE[str(facts["what"])] if stale else REFUSALS[refusal.reason]) % facts


def format_fact(value: object, language: str) -> object:
    if isinstance(value, SetupLine):
        return get_catalogue(language).gettext(SETUP[value])
    if isinstance(value, Month):
        return formatting.format_month(value, language)
    if isinstance(value, str):
        return decode_domains(value)
    is_day = isinstance(value, date) and not isinstance(value, datetime)
    return formatting.format_day(value, language) if is_day else value


# Imported files: why one was refused, and what was changed in a text that was accepted.

IMPORT_PROBLEMS = {
    FileReason.EMPTY: _("Die Datei ist leer."),
    FileReason.UNPRINTABLE: _(
        "Diese Zeichen lassen sich nicht drucken: %(characters)s. Bitte löschen oder ersetzen Sie sie."
    ),
    FileReason.TOO_LARGE: _("Die Datei ist zu groß; höchstens %(limit)s MB sind möglich."),
    FileReason.UNKNOWN_ENCODING: _(
        "Die Zeichenkodierung der Datei ist nicht zu erkennen. Bitte speichern Sie die Datei als UTF-8."
    ),
    FileReason.NOT_A_PACKAGE: _(
        "Die Datei lässt sich nicht öffnen. Bitte speichern Sie sie erneut als DOCX, XLSX oder ODS."
    ),
    FileReason.LEGACY_OR_LOCKED: _(
        "Die Datei hat ein altes Office-Format oder ist mit einem Kennwort geschützt. "
        "Bitte speichern Sie sie ohne Kennwort als DOCX oder XLSX."
    ),
    FileReason.UNPACKS_TOO_LARGE: _("Die Datei enthält entpackt mehr als %(limit)s MB."),
    FileReason.TOO_MANY_PARTS: _("Die Datei besteht aus mehr als %(limit)s Teilen."),
    FileReason.BROKEN: _("Die Datei ist beschädigt. Bitte speichern Sie sie erneut."),
    FileReason.DOCTYPE: _(
        "Die Datei enthält eine Dokumenttyp-Angabe, die Office nie schreibt, und wird nicht gelesen."
    ),
    FileReason.UNKNOWN_KIND: _(
        "„%(name)s“ ist weder ein Word-Dokument (.docx) noch ein Markdown-Text (.md)."
    ),
    FileReason.NO_HEADER: _(
        "Die Kopfzeile fehlt. Eine der ersten Zeilen nennt die Spalten: %(columns)s."
    ),
    FileReason.NO_ROWS: _("Die Datei enthält nur die Kopfzeile und kein Mitglied."),
    FileReason.MISSING_COLUMN: _("Die Spalte „%(column)s“ fehlt."),
    FileReason.DOUBLE_COLUMN: _("Die Spalte „%(column)s“ kommt mehrmals vor."),
    FileReason.TOO_MANY_ROWS: _("Die Datei hat mehr als %(limit)s Zeilen."),
    FileReason.NOT_A_ROW: _(
        "Die Anführungszeichen stimmen nicht; die Zeile lässt sich nicht in Spalten teilen."
    ),
    FileReason.CELL_COUNT: _("Die Zeile hat %(count)s Spalten statt %(expected)s."),
    FileReason.MISSING: _("Die Angabe fehlt."),
    FileReason.TOO_LONG: _("Die Angabe hat %(length)s Zeichen; höchstens %(limit)s sind möglich."),
    FileReason.FORMULA: _(
        "„%(text)s“ beginnt wie eine Formel (=, +, - oder @). Bitte schreiben Sie reinen Text."
    ),
    FileReason.CONTROL_CHARACTERS: _(
        "„%(text)s“ enthält einen Zeilenumbruch oder unsichtbare Steuerzeichen."
    ),
    FileReason.NOT_AN_ADDRESS: _(
        "„%(text)s“ ist keine gültige E-Mail-Adresse; vor dem @ sind Umlaute nicht möglich."
    ),
    FileReason.NOT_A_COUNTRY: _(
        "„%(text)s“ ist kein Länderkürzel aus zwei Buchstaben, zum Beispiel DE."
    ),
    FileReason.NOT_A_STATE: _(
        "„%(text)s“ ist kein deutsches Bundesland. Wenn das Mitglied in einem anderen Staat liegt, nennen Sie diesen in "
        "einer Spalte „Staat“; wenn es zu keinem Land gehört, lassen Sie das Feld leer."
    ),
    FileReason.TWICE_ENCODED: _(
        "„%(text)s“ hat eine gemischte Zeichenkodierung. Bitte speichern Sie die Liste dort, wo sie herkommt, noch "
        "einmal als UTF-8 oder als Excel-Datei."
    ),
    FileReason.NOT_A_LANGUAGE: _(
        "„%(text)s“ ist keine Sprache, in der Signoff schreibt; möglich ist zum Beispiel de."
    ),
    FileReason.NOT_YES_OR_NO: _("„%(text)s“ ist weder „ja“ noch „nein“."),
    FileReason.NOT_INHABITANTS: _("„%(text)s“ ist keine Einwohnerzahl, zum Beispiel 12.345."),
    FileReason.NOT_A_ROLE: _(
        "„%(text)s“ ist keine Aufgabe. Möglich sind „answer“ und „information“."
    ),
    FileReason.NOT_A_YEAR: _("„%(text)s“ ist kein Jahr. Bitte schreiben Sie es mit vier Ziffern."),
    FileReason.NOT_AN_ANSWER: _(
        "„%(text)s“ ist keine Rückmeldung. Möglich sind „mitgezeichnet“, „nicht mitgezeichnet“, „keine Befassung“ und „keine Rückmeldung“."
    ),
    FileReason.UNKNOWN_MEMBER: _(
        "„%(text)s“ steht nicht in der Mitgliederliste. Bitte berichtigen Sie die Zeile oder nehmen Sie das Mitglied zuerst auf."
    ),
    FileReason.NAME_OF_SEVERAL: _(
        "„%(text)s“ heißen mehrere Mitglieder. Bitte nennen Sie den Schlüssel."
    ),
    FileReason.SECOND_ANSWER: _(
        "Zu diesem Mitglied, Papier und Jahr steht schon in Zeile %(other)s eine Rückmeldung."
    ),
    FileReason.LOST_ZERO: _(
        "„%(text)s“ hat vermutlich eine führende Null verloren: „%(mended)s“. Bitte formatieren Sie die Spalte als Text."
    ),
    FileReason.KEY_SIGNS: _(
        "„%(text)s“ enthält Leerzeichen oder Apostrophe, die vermutlich nicht zum Schlüssel gehören: „%(mended)s“."
    ),
    FileReason.KNOWN_NAME: _(
        "„%(name)s“ hat hier den Schlüssel „%(text)s“ und steht schon unter „%(mended)s“."
    ),
    FileReason.CONTRADICTION: _(
        "„%(text)s“ widerspricht Zeile %(first_line)s, wo zum selben Schlüssel „%(key)s“ die Angabe „%(first)s“ steht."
    ),
    FileReason.SECOND_WITHOUT_EMAIL: _(
        "„%(text)s“ ist zum selben Schlüssel „%(key)s“ die zweite Ansprechperson ohne E-Mail-Adresse; nur eine ist möglich."
    ),
    FileReason.NO_PICTURE_FILE: _(
        "Dieses Bild liegt nicht im Ordner der Textdatei oder darunter. Bitte legen Sie es als PNG oder JPEG dorthin, und nennen Sie im Text seinen Namen ohne „..“, zum Beispiel bilder/plan.png."
    ),
    FileReason.NOT_A_PICTURE: _(
        "Die Datei ist kein Bild im Format PNG oder JPEG. Bitte speichern Sie sie in einem davon."
    ),
    FileReason.PICTURE_TOO_SMALL: _(
        "Das Bild ist zu klein: Seine längere Seite braucht mindestens %(limit)s Bildpunkte."
    ),
    FileReason.NOT_A_DOCX: _("Die Datei ist kein Word-Dokument (DOCX)."),
    FileReason.MACROS: _(
        "Das Dokument enthält Makros. Bitte speichern Sie es als DOCX ohne Makros."
    ),
    FileReason.EMBEDDED: _(
        "Das Dokument enthält ein eingebettetes Objekt (%(text)s), das ohne sein Programm nicht zu sehen ist. "
        "Bitte schreiben Sie seinen Inhalt als Text oder entfernen Sie es."
    ),
    FileReason.TOO_DEEP: _(
        "Listen, Zitate oder andere Teile sind zu tief ineinander geschachtelt. Bitte gliedern Sie den Text flacher."
    ),
    FileReason.TOO_COMPLEX: _("Das Dokument ist zu umfangreich aufgebaut. Bitte teilen Sie es."),
    FileReason.TABLE_TOO_WIDE: _(
        "Die Tabelle hat %(count)s Spalten; auf eine Seite passen höchstens %(limit)s. Bitte teilen Sie die Tabelle oder tauschen Sie Zeilen und Spalten."
    ),
    FileReason.NO_TEXT: _("Das Dokument enthält keinen Text."),
    FileReason.TOO_MANY_PICTURES: _("Der Text hat mehr als %(limit)s Bilder."),
    FileReason.TEXT_TOO_LONG: _("Der Text ist zu lang; höchstens %(limit)s MB sind möglich."),
}
IMPORT_NOTICES = {
    ImportNoticeKind.SHEETS_HIDDEN: _("Ausgeblendete Blätter sind nicht übernommen: %(text)s."),
    ImportNoticeKind.SHEETS_LEFT_OUT: _("Weitere Blätter sind nicht übernommen: %(text)s."),
    ImportNoticeKind.TITLE_ROWS: _(
        "Was über den Überschriften der Spalten steht, ist nicht übernommen (Zeile %(text)s)."
    ),
    ImportNoticeKind.ROWS_HIDDEN: _(
        "Ausgeblendete Zeilen sind nicht übernommen: %(text)s. Wenn sie dazugehören, blenden Sie sie bitte ein."
    ),
    ImportNoticeKind.COLUMNS_LEFT_OUT: _("Diese Spalten sind nicht übernommen: %(text)s."),
    ImportNoticeKind.ZERO_WIDTH_REMOVED: _("Unsichtbare Zeichen sind entfernt (Zeile %(text)s)."),
    ImportNoticeKind.KEYS_FOUND: _(
        "Diese Zeilen ohne Schlüssel sind weitere Kontakte eines Mitglieds mit gleichem Namen: %(text)s."
    ),
    ImportNoticeKind.LEVEL_SKIPPED: _(
        "Vor der Überschrift „%(text)s“ fehlt eine Gliederungsebene; sie wurde eine Ebene höher gesetzt."
    ),
    ImportNoticeKind.LEVEL_TOO_DEEP: _(
        "Die Überschrift „%(text)s“ liegt zu tief und steht nun auf der dritten Ebene."
    ),
    ImportNoticeKind.HEADING_MOVED: _(
        "Die Überschrift „%(text)s“ steht in einer Liste, einem Zitat oder einer Tabelle und wurde zu fettem Text."
    ),
    ImportNoticeKind.NO_FIRST_HEADING: _("Der Text beginnt ohne Überschrift."),
    ImportNoticeKind.NO_HEADINGS: _(
        "Der Text hat keine Überschriften. Verwenden Sie in Word die Formatvorlagen „Überschrift 1“ und folgende."
    ),
    ImportNoticeKind.HEADER_MADE: _(
        "Die erste Zeile der Tabelle „%(text)s“ gilt nun als ihre Kopfzeile."
    ),
    ImportNoticeKind.CELLS_ADDED: _(
        "In der Tabelle „%(text)s“ waren Zeilen kürzer; leere Zellen wurden ergänzt."
    ),
    ImportNoticeKind.TABLE_FLATTENED: _(
        "Eine Tabelle in einer Tabelle, einer Liste, einem Zitat oder einer Fußnote steht nun als Text, "
        "eine Zeile für jede ihrer Zeilen. Bitte prüfen Sie sie."
    ),
    ImportNoticeKind.TABLE_WIDE: _(
        "Die Tabelle „%(text)s“ hat %(count)s Spalten. Sie wird in kleinerer Schrift oder auf einer Seite im Querformat gedruckt; bitte sehen Sie sich den Probedruck an."
    ),
    ImportNoticeKind.CONTENTS_DROPPED: _(
        "Das Inhaltsverzeichnis wurde entfernt; Signoff erstellt ein eigenes."
    ),
    ImportNoticeKind.LINK_DROPPED: _(
        "Der Verweis „%(text)s“ führt nirgendwohin; sein Text ist geblieben."
    ),
    ImportNoticeKind.IMAGE_DROPPED: _(
        "Ein Bild wurde ausgelassen (%(text)s). Übernommen werden PNG und JPEG, die in der Datei selbst stehen und nicht "
        "in einer Überschrift."
    ),
    ImportNoticeKind.PICTURE_UNDESCRIBED: _(
        "Einem Bild fehlt die Beschreibung für Menschen, die es nicht sehen. Bitte ergänzen Sie sie; vorher lässt sich "
        "kein Verfahren eröffnen."
    ),
    ImportNoticeKind.RULE_DROPPED: _("Eine Trennlinie wurde entfernt."),
    ImportNoticeKind.FIELD_DROPPED: _(
        "Ein Feld zeigt in Word etwas an, das im Dokument nicht gespeichert ist, und fehlt im Text (%(text)s). "
        "Bitte schreiben Sie seinen Inhalt als Text."
    ),
    ImportNoticeKind.SYMBOL_DROPPED: _(
        "Ein Sonderzeichen der Schriftart „%(text)s“ ist unbekannt und fehlt im Text."
    ),
    ImportNoticeKind.DRAWING_DROPPED: _(
        "Eine Zeichnung wurde ausgelassen. Ihre Wörter (%(text)s) fehlen im Text; "
        "bitte schreiben Sie ihren Inhalt als Text oder Tabelle."
    ),
    ImportNoticeKind.CHART_DROPPED: _(
        "Ein Diagramm wurde ausgelassen. Bitte schreiben Sie seinen Inhalt als Text oder Tabelle."
    ),
    ImportNoticeKind.OBJECT_DROPPED: _(
        "Ein eingebettetes Objekt (%(text)s) wurde ausgelassen. Bitte prüfen Sie, ob sein Inhalt zum Text gehört."
    ),
    ImportNoticeKind.HEADER_DROPPED: _(
        "Die Kopfzeile der Seiten wurde nicht übernommen: „%(text)s“. Wenn sie zum Text gehört, schreiben Sie sie bitte hinein."
    ),
    ImportNoticeKind.FOOTER_DROPPED: _(
        "Die Fußzeile der Seiten wurde nicht übernommen: „%(text)s“. Wenn sie zum Text gehört, schreiben Sie sie bitte hinein."
    ),
    ImportNoticeKind.REFERENCE_DROPPED: _(
        "Ein Bezug auf eine fremde Datei wurde entfernt: %(text)s."
    ),
    ImportNoticeKind.COMMENTS_DROPPED: _("Kommentare wurden entfernt (Anzahl: %(count)s)."),
    ImportNoticeKind.TRACKED_CHANGES: _(
        "Das Dokument enthält nachverfolgte Änderungen (%(inserted)s Einfügungen, %(deleted)s Löschungen). "
        "Sie wurden angenommen; bitte vergleichen Sie den Text."
    ),
    ImportNoticeKind.HIDDEN_TEXT: _(
        "„%(text)s“ ist in Word verborgen und steht nun sichtbar im Text. Bitte prüfen Sie die Stelle."
    ),
    ImportNoticeKind.EQUATION: _(
        "Eine Formel steht nun in einer Zeile: „%(text)s“. Bitte vergleichen Sie sie mit Word."
    ),
    ImportNoticeKind.ERROR_TEXT: _(
        "Im Text steht eine Fehlermeldung von Word: „%(text)s“. Bitte berichtigen Sie den Verweis in Word."
    ),
    ImportNoticeKind.STRUCK_TEXT: _(
        "„%(text)s“ ist durchgestrichen und steht nun ohne Strich im Text. Bitte prüfen Sie die Stelle."
    ),
    ImportNoticeKind.RAW_MARKUP: _(
        "„%(text)s“ ist HTML und steht als gewöhnlicher Text im Papier."
    ),
    ImportNoticeKind.CODE: _(
        "„%(text)s“ war als Programmtext ausgezeichnet und steht als gewöhnlicher Text im Papier."
    ),
    ImportNoticeKind.UNKNOWN_STYLE: _(
        "Die Formatvorlage „%(text)s“ ist unbekannt; der Text steht als einfacher Absatz."
    ),
    ImportNoticeKind.NUMBER_FORMAT: _(
        "Die Nummer von %(text)s hat in Word eine Form, die Signoff nicht kennt (%(format)s). Dort steht nun eine "
        "gewöhnliche Zahl; bitte prüfen Sie die Stelle."
    ),
    ImportNoticeKind.EMPTY_ITEM: _(
        "Hinter der Nummer %(text)s steht kein Text; der leere Absatz wurde weggelassen."
    ),
    ImportNoticeKind.STAR_IN_WORD: _(
        "Bei „%(text)s“ gelten Sternchen mitten im Wort als Auszeichnung und fehlen im Text. Wenn das Sternchen stehen bleiben soll, schreiben Sie \\* statt *."
    ),
    ImportNoticeKind.LAYOUT_LOST: _(
        "Bei „%(text)s“ geht eine Auszeichnung oder ein Umbruch verloren; der Wortlaut bleibt. Bitte prüfen Sie die Stelle."
    ),
    ImportNoticeKind.INVISIBLE_CHARACTERS: _(
        "Unsichtbare Zeichen wurden entfernt oder durch Leerzeichen ersetzt: %(text)s."
    ),
}
# Where it is, after the sentence about it.
PLACE_BOTH = _("%(message)s Stelle: „%(words)s“ unter der Überschrift „%(heading)s“.")
PLACE_WORDS = _("%(message)s Stelle: „%(words)s“.")
PLACE_HEADING = _("%(message)s Stelle: unter der Überschrift „%(heading)s“.")
LINE_PROBLEM = _("Zeile %(line)s: %(what)s")
CELL_PROBLEM = _("Zeile %(line)s, Spalte „%(column)s“: %(what)s")
COLUMN_REASONS = {FileReason.MISSING_COLUMN, FileReason.DOUBLE_COLUMN}


def describe_import_problem(problem: ImportProblem, gettext: Callable[[str], str] = str) -> str:
    """Why the file was refused, with line and column: „Zeile 7, Spalte „email“: …“."""
    facts = {**problem.facts, "column": problem.column}
    message = add_place(gettext(IMPORT_PROBLEMS[problem.reason]) % facts, problem.place, gettext)
    if not problem.line:
        return message
    if problem.column is None or problem.reason in COLUMN_REASONS:
        return gettext(LINE_PROBLEM) % {"line": problem.line, "what": message}
    return gettext(CELL_PROBLEM) % {"line": problem.line, "column": problem.column, "what": message}


def describe_import_notice(notice: ImportNotice, gettext: Callable[[str], str] = str) -> str:
    """The notice about a change or omission in an imported text or list."""
    return add_place(gettext(IMPORT_NOTICES[notice.kind]) % notice.facts, notice.place, gettext)


def add_place(message: str, place: Place, gettext: Callable[[str], str]) -> str:
    """``message`` with the heading and the words where it applies, as far as they are known."""
    if not place.words and not place.heading:
        return message
    pattern = (
        PLACE_BOTH
        if place.words and place.heading
        else PLACE_WORDS
        if place.words
        else PLACE_HEADING
    )
    return gettext(pattern) % {
        "message": message,
        "words": place.words,
        "heading": place.heading,
    }


# Why a mail did not go out: what the system says, in words of the office, with what to do.

MAIL_PROBLEMS = (
    (
        r"Errno 111|refused",
        _(
            "Der Mailserver nimmt keine Verbindung an. Bitte lassen Sie prüfen, ob er läuft und ob Adresse und Anschluss auf der Seite „E-Mail einrichten“ stimmen."
        ),
    ),
    (
        r"Errno -[2-5]\b|name or service|name resolution",
        _(
            "Den Mailserver gibt es unter diesem Namen nicht, oder die Namensauflösung ist gestört. Bitte prüfen Sie den Namen auf der Seite „E-Mail einrichten“."
        ),
    ),
    (
        r"certificate|SSL|TLS",
        _(
            "Die verschlüsselte Verbindung zum Mailserver kommt nicht zustande. Bitte lassen Sie prüfen, ob der Name auf der Seite „E-Mail einrichten“ zum Zertifikat passt und ob dieses gilt."
        ),
    ),
    (
        r"Errno 28|Errno 13|Errno 30|no space|disk full",
        _(
            "Die E-Mail lässt sich nicht in den Ordner schreiben. Bitte lassen Sie prüfen, ob auf dem Datenträger Platz ist und ob die Schreibrechte stimmen."
        ),
    ),
    (
        r"timed? ?out|Errno 10[0-4]\b|Errno 11[03]\b|Errno 32|unreachable|reset by peer|connection (unexpectedly )?closed|no route",
        _(
            "Der Mailserver ist nicht zu erreichen oder hat die Verbindung abgebrochen. Wenn das länger als einen Tag dauert, fragen Sie bitte seinen Betreiber."
        ),
    ),
    (
        r"mail address|mail header|address of the link",
        _(
            "Diese E-Mail lässt sich nicht verfassen. Bitte berichtigen Sie die Adresse oder den Namen."
        ),
    ),
)
MAIL_PROBLEM = _("%(sentence)s Wortlaut: „%(words)s“.")
SERVER_REPLY = _("Der Mailserver antwortet: „%(words)s“.")
REPLY_CODE = re.compile(r"[245]\d\d[ -]")


def describe_mail_problem(words: str, gettext: Callable[[str], str] = str) -> str:
    """Why a mail did not go out, with the words of the server or the system behind it.

    What a server replies stays as it is; what the system says about the connection is explained.
    """
    if not REPLY_CODE.match(words):
        for pattern, sentence in MAIL_PROBLEMS:
            if re.search(pattern, words, re.I):
                return gettext(MAIL_PROBLEM) % {"sentence": gettext(sentence), "words": words}
    return gettext(SERVER_REPLY) % {"words": words}


# Why somebody is not reminded now.

OBSTACLES = {
    Obstacle.ANSWERED: _("Es liegt schon eine Rückmeldung vor, oder es gibt keinen gültigen Link."),
    Obstacle.NOT_SENT: _("Die Einladung ist noch nicht versandt; erinnert wird erst danach."),
    Obstacle.RECENTLY: _(
        "Die letzte Nachricht zu diesem Verfahren ging vor weniger als drei Tagen hinaus; erinnert wird frühestens danach."
    ),
    Obstacle.TODAY: _("An diesem Tag ging schon eine Erinnerung hinaus."),
    Obstacle.MOST: _("Mehr als fünf Erinnerungen erhält niemand."),
    Obstacle.TOO_LATE: _("Bis zum Ende der Frist ist keine Bürozeit mehr."),
    Obstacle.NO_ADDRESS: _("Es gibt keine E-Mail-Adresse; der Weg dorthin ist ein Brief."),
}


def describe_obstacle(obstacle: Obstacle, language: str = SOURCE_LANGUAGE) -> str:
    """Why a member is not reminded now."""
    return get_catalogue(language).gettext(OBSTACLES[obstacle])


# Deadlines that may be badly chosen.

CAUTIONS = {
    DeadlineConcern.SATURDAY: _(
        "Der letzte Tag ist ein Samstag; in den Rathäusern arbeitet dann kaum jemand."
    ),
    DeadlineConcern.SUNDAY: _(
        "Der letzte Tag ist ein Sonntag; in den Rathäusern arbeitet dann kaum jemand."
    ),
    DeadlineConcern.HOLIDAY: _("Der letzte Tag ist ein Feiertag (%(name)s) in: %(states)s."),
    DeadlineConcern.YEAR_END: _(
        "Die Frist endet um den Jahreswechsel; viele Verwaltungen sind dann geschlossen."
    ),
    DeadlineConcern.TODAY: _("Die Frist endet heute."),
    DeadlineConcern.HURRIED: _(
        "Bis dahin sind es %(days)s Tage. Auch für eine Erklärung der Verwaltungsspitze ist das knapp; üblich sind vier Wochen."
    ),
    DeadlineConcern.NO_COUNCIL: _(
        "Bis dahin sind es %(weeks)s Wochen. Für einen Beschluss des Rates oder eines Ausschusses ist das meist zu kurz; üblich sind zwölf Wochen."
    ),
}


def describe_caution(caution: DeadlineWarning, language: str = SOURCE_LANGUAGE) -> str:
    """The objections to a deadline, in words."""
    return get_catalogue(language).gettext(CAUTIONS[caution.concern]) % dict(caution.details)


def describe_deadline_warnings(
    last: date,
    today: date,
    holidays: Mapping[str, Sequence[str]],
    language: str = SOURCE_LANGUAGE,
) -> list[str]:
    """The objections to ``last`` as the last day of a deadline, wherever one is set."""
    return [
        describe_caution(warning, language)
        for warning in list_deadline_warnings(last, today, holidays)
    ]
