"""What the journal says about accounts."""

from signoff.domain.audit import Event
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
