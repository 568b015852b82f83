"""What is told to who may not do something to a paper or its round."""

from signoff.domain.refusal import Reason
from signoff.words.catalogue import marked as _

REFUSED = {
    Reason.NO_SUCH_PAPER: _("Ein Papier mit dem Kurznamen „%(slug)s“ gibt es nicht."),
    Reason.SLUG_TAKEN: _("Ein Papier mit dem Kurznamen „%(slug)s“ gibt es schon. Bitte wählen Sie einen anderen."),
    Reason.NO_ROUND: _("Zu „%(slug)s“ gibt es noch kein Mitzeichnungsverfahren. Bitte eröffnen Sie es zuerst."),
    Reason.ALREADY_OPEN: _(
        "Zu diesem Papier läuft bereits ein Mitzeichnungsverfahren; ein zweites wird nicht eröffnet."
    ),
    Reason.OTHER_ROUND: _(
        "Zu Fassung %(number)s läuft noch ein Mitzeichnungsverfahren. Ein neues können Sie eröffnen, wenn es veröffentlicht oder abgebrochen ist."
    ),
    Reason.TEXT_CHANGED: _(
        "Der Text wurde geändert, seit Sie mit der Eröffnung begonnen haben. Bitte lesen Sie ihn noch einmal und eröffnen Sie dann."
    ),
    Reason.NONE_PICKED: _("Bitte wählen Sie aus, wer eingeladen wird."),
    Reason.NOBODY_ASKED: _("Niemand wäre eingeladen. Bitte nehmen Sie Mitglieder auf oder ändern Sie die Auswahl."),
    Reason.NOBODY_CHOSEN: _("Bitte wählen Sie mindestens ein Mitglied aus."),
    Reason.DEADLINE_PAST: _("Die Frist liegt in der Vergangenheit. Bitte nennen Sie einen künftigen Tag."),
    Reason.DEADLINE_NOT_LATER: _("Die neue Frist muss nach der bisherigen liegen; verkürzt wird eine Frist nicht."),
    Reason.NOT_STEPS: _(
        "„%(text)s“ sind keine Tage vor Fristende. Bitte schreiben Sie höchstens %(most)s verschiedene Zahlen mit Komma, zum Beispiel 21, 7, 2, oder lassen Sie das Feld leer."
    ),
    Reason.NOT_OPEN: _("Das Mitzeichnungsverfahren läuft nicht; Rückmeldungen werden nicht mehr angenommen."),
    Reason.NOT_YET_CLOSED: _(
        "Das Verfahren läuft noch. Veröffentlicht wird erst, wenn die Frist abgelaufen oder das Verfahren geschlossen ist."
    ),
    Reason.CHANGED_MEANWHILE: _(
        "Jemand anderes hat diese Angaben inzwischen geändert. Ihre Eingaben stehen noch im Formular; was jetzt gespeichert ist, steht daneben. Bitte vergleichen Sie und speichern Sie erneut."
    ),
    Reason.NOT_A_TIME_ZONE: _("„%(text)s“ ist keine Zeitzone. Bitte schreiben Sie sie wie Europe/Berlin."),
    Reason.ALREADY_CLOSED: _("Das Mitzeichnungsverfahren ist bereits geschlossen."),
    Reason.ALREADY_RELEASED: _("Das Papier ist bereits veröffentlicht."),
    Reason.CANCELLED: _("Das Mitzeichnungsverfahren wurde abgebrochen."),
    Reason.UNDECIDED: _(
        "Vor der Veröffentlichung ist noch zu entscheiden, ob Protokollnotizen und Namensberichtigungen angenommen werden: %(names)s."
    ),
    Reason.NOT_PRINTED: _(
        "Das PDF ist noch nicht gefertigt. Bitte warten Sie einen Augenblick und versuchen Sie es erneut."
    ),
    Reason.PRINT_FAILED: _(
        "Das PDF konnte nicht gefertigt werden: %(error)s. Die Schließung gilt; bitte lassen Sie es erneut fertigen."
    ),
    Reason.OTHER_PRINT: _(
        "Inzwischen wurde ein neues PDF gefertigt. Bitte sehen Sie es an, bevor Sie es veröffentlichen."
    ),
    Reason.RELEASE_PAST: _(
        "Der Zeitpunkt der Veröffentlichung liegt in der Vergangenheit. Bitte nennen Sie einen künftigen."
    ),
    Reason.RELEASE_PLANNED: _(
        "Die Veröffentlichung ist bereits geplant. Soll sich noch etwas ändern, rufen Sie den Plan bitte zuerst zurück."
    ),
    Reason.SECOND_NEEDED: _(
        "Für Veröffentlichungen gilt das Vier-Augen-Prinzip: Eine Person gibt frei, eine zweite bestätigt, beide im Browser auf der Seite „Veröffentlichen“ des Verfahrens."
    ),
    Reason.SAME_PERSON: _(
        "Sie haben diese Veröffentlichung selbst freigegeben. Bestätigen muss sie eine andere Person."
    ),
    Reason.NOTHING_TO_CONFIRM: _(
        "Es ist keine Veröffentlichung zu bestätigen. Vielleicht hat jemand die Freigabe inzwischen zurückgerufen."
    ),
    Reason.NOT_RELEASED: _("Das Papier ist noch nicht veröffentlicht; zurückzuziehen ist nichts."),
    Reason.ALREADY_WITHDRAWN: _("Das Papier ist bereits zurückgezogen."),
    Reason.TEXTS_UNEDITED: _(
        "Impressum und Datenschutzhinweise sind noch unbearbeitete Vorlagen. Bitte ergänzen Sie diese, bevor Sie Mitglieder einladen."
    ),
    Reason.NOT_AN_AIM: _(
        "„%(text)s“ ist kein mögliches Ziel. Bitte schreiben Sie eine Zahl von 1 bis %(asked)s oder lassen Sie das Feld leer."
    ),
    Reason.AIM_CHANGED: _(
        "Jemand aus der Geschäftsstelle hat das Ziel inzwischen geändert; jetzt gilt: %(aim)s. Soll Ihre Angabe gelten, speichern Sie bitte noch einmal."
    ),
    Reason.NOT_LATE: _("Bei diesem Verfahren ist eine Nachzeichnung nicht vorgesehen."),
    Reason.LATE_ENDED: _("Die Zeit für Nachzeichnungen ist vorüber; sie lässt sich nicht mehr ändern."),
    Reason.NOTHING_NEW: _(
        "Seit der letzten Ausgabe gibt es weder eine angenommene Nachzeichnung noch eine Rücknahme. Es ist nichts zu fertigen."
    ),
    Reason.NOT_YET_RELEASED: _("Das Papier ist noch nicht veröffentlicht; einen Nachtrag gibt es erst danach."),
    Reason.SETTLED: _(
        "Für Ihre Kommune liegt schon eine Rückmeldung vor. Nach der Veröffentlichung lässt sie sich über den Zugangslink nicht mehr ändern. Bitte rufen Sie uns an."
    ),
}
