"""What the journal says about accounts, and what is said to whom a rule about them refuses."""

from signoff.domain.audit import Event
from signoff.domain.refusal import Reason
from signoff.words.catalogue import marked as _

CHANGED: dict[tuple[Event, str, object], str] = {
    (Event.STAFF_CHANGED, "change", "disabled"): _("%(who)s hat das Konto von %(about)s gesperrt."),
    (Event.STAFF_CHANGED, "change", "reset"): _("%(who)s hat das Passwort von %(about)s zurückgesetzt."),
    (Event.STAFF_CHANGED, "change", "enabled"): _("%(who)s hat das Konto von %(about)s entsperrt."),
    (Event.STAFF_CHANGED, "change", "role"): _("%(who)s hat die Rechte von %(about)s geändert."),
    (Event.STAFF_CHANGED, "change", "invited"): _("%(who)s hat %(about)s noch einmal eingeladen."),
    (Event.STAFF_CHANGED, "change", "sessions_ended"): _("%(who)s hat Sitzungen von %(about)s beendet."),
    (Event.STAFF_CHANGED, "change", "session_ended"): _("%(who)s hat eine eigene Sitzung beendet."),
    (Event.STAFF_CHANGED, "change", "factor_cleared"): _("%(who)s hat den zweiten Faktor von %(about)s entfernt."),
    (Event.STAFF_CHANGED, "change", "app_added"): _("%(who)s hat eine Authenticator-App eingerichtet."),
    (Event.STAFF_CHANGED, "change", "app_removed"): _("%(who)s hat die Authenticator-App entfernt."),
    (Event.STAFF_CHANGED, "change", "passkey_added"): _("%(who)s hat einen Passkey eingerichtet."),
    (Event.STAFF_CHANGED, "change", "passkey_removed"): _("%(who)s hat einen Passkey entfernt."),
    (Event.STAFF_CHANGED, "change", "codes"): _("%(who)s hat neue Wiederherstellungscodes erzeugt."),
    (Event.STAFF_CHANGED, "change", "code_used"): _("%(who)s hat einen Wiederherstellungscode verwendet."),
    (Event.STAFF_CHANGED, "change", "password"): _("%(who)s hat ein neues Passwort gesetzt."),
}
REFUSED = {
    Reason.EMAIL_TAKEN: _("Ein Konto mit der Adresse „%(text)s“ gibt es schon."),
    Reason.NO_SUCH_STAFF: _("Ein Konto mit der Adresse „%(text)s“ gibt es nicht."),
    Reason.WRONG_LOGIN: _("E-Mail-Adresse oder Passwort stimmen nicht. Bitte prüfen Sie beides."),
    Reason.WRONG_PROOF: _("Das Passwort stimmt nicht. Es ist noch nichts geschehen."),
    Reason.WRONG_FACTOR: _(
        "Das hat nicht gepasst. Ein Code gilt nur kurz und nur einmal; bitte verwenden Sie den, der jetzt angezeigt wird."
    ),
    Reason.LOGIN_OVER: _("Diese Anmeldung gilt nicht mehr. Bitte melden Sie sich noch einmal an."),
    Reason.LAST_FACTOR: _(
        "Das ist Ihr einziger zweiter Faktor. Bitte richten Sie zuerst einen anderen ein, bevor Sie diesen entfernen."
    ),
    Reason.NO_FACTOR: _("Wiederherstellungscodes gibt es erst, wenn ein zweiter Faktor eingerichtet ist."),
    Reason.OWN_ACCOUNT: _(
        "Das eigene Konto können Sie hier nicht ändern. Bitte wenden Sie sich an eine andere Person mit Verwaltungsrechten."
    ),
    Reason.ROLE_CHANGED: _(
        "Die Rechte von %(text)s wurden inzwischen von jemand anderem geändert. Bitte sehen Sie sich an, was jetzt gilt."
    ),
    Reason.ALREADY_SET_UP: _("%(text)s hat das Konto bereits eingerichtet oder es ist gesperrt."),
    Reason.TOO_MANY_LOGINS: _(
        "Zu viele Fehlversuche. Bitte warten Sie %(seconds)s Sekunden und versuchen Sie es dann erneut."
    ),
    Reason.PASSWORD_TOO_SHORT: _("Das Passwort ist zu kurz. Bitte wählen Sie mindestens %(limit)s Zeichen."),
    Reason.PASSWORD_COMMON: _("Dieses Passwort ist zu verbreitet oder zu einförmig. Bitte wählen Sie ein anderes."),
    Reason.LAST_ADMIN: _(
        "Das ist das letzte Konto mit Verwaltungsrechten. Es kann weder gesperrt werden noch diese Rechte verlieren."
    ),
}
