"""Who represents a member of some kind: the functions suggested in the form. Any other can be typed."""

import re

from signoff.words.catalogue import marked as _

# The first that fits counts; a kind or an official name that fits none gets all of them.
LORD_MAYORS = (_("Oberbürgermeisterin"), _("Oberbürgermeister"))
MAYORS = (_("Bürgermeisterin"), _("Bürgermeister"))
DISTRICT = (_("Landrätin"), _("Landrat"))
DEPUTIES = (_("Erste Beigeordnete"), _("Erster Beigeordneter"), _("Beigeordnete"), _("Beigeordneter"))
BY_KIND = (
    (r"landkreis|\bkreis\b", DISTRICT),
    (r"städteregion", (_("Städteregionsrätin"), _("Städteregionsrat"))),
    (r"regionalverband|\bregion\b", (_("Regionalpräsidentin"), _("Regionalpräsident"), _("Verbandsvorsteherin"))),
    (r"zweckverband|verband$", (_("Verbandsvorsteherin"), _("Verbandsvorsteher"))),
    (r"bezirksverband|regierungsbezirk|^bezirk$", (_("Bezirkstagspräsidentin"), _("Bezirkstagspräsident"))),
    (r"stadtbezirk|^bezirk", (_("Bezirksbürgermeisterin"), _("Bezirksbürgermeister"))),
    (r"samtgemeinde", (_("Samtgemeindebürgermeisterin"), _("Samtgemeindebürgermeister"))),
    (r"ortsgemeinde", (_("Ortsbürgermeisterin"), _("Ortsbürgermeister"))),
    (r"\bamt\b", (_("Amtsdirektorin"), _("Amtsdirektor"), _("Amtsvorsteherin"), _("Amtsvorsteher"))),
    (r"stadtstaat|\bland\b|freie.*hansestadt", (_("Erste Bürgermeisterin"), _("Erster Bürgermeister"), *MAYORS)),
    (r"kreisangehörige stadt|gemeinde|markt|flecken|^stadt$", (*MAYORS, *LORD_MAYORS)),
    (r"kreisfreie stadt|große kreisstadt|stadtkreis|landeshauptstadt|stadt", (*LORD_MAYORS, *MAYORS)),
)
ALL = (*LORD_MAYORS, *MAYORS, *DISTRICT)


def functions(kind: str, official_name: str) -> tuple[str, ...]:
    """The functions of those who may sign for such a member, the likeliest first, in German."""
    for told in (kind, " ".join(official_name.split()[:-1])):
        for pattern, found in BY_KIND:
            if told and re.search(pattern, told.casefold()):
                return (*found, *DEPUTIES)
    return (*ALL, *DEPUTIES)
