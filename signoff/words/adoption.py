"""Who adopted a paper, when and where, in one phrase."""

import re
from datetime import date

from signoff.words.catalogue import catalogue
from signoff.words.catalogue import marked as _
from signoff.words.dates import day

FEMININE = re.compile(r"\w*(ung|schaft|ion|enz|kammer)\b")
OTHERS = re.compile(r"\w*(vorstand|rat|tag|ausschuss|präsidium|kongress|kreis|forum)\b", re.IGNORECASE)


def adopted(by: str, on: date | None, at: str, language: str) -> tuple[str, str]:
    """Two lines, either may be empty: ``Beschlossen von der 27. Mitgliederversammlung``, ``am … in Mannheim``.

    German wants the article; where the name does not show its gender, a colon does without.
    """
    translate = catalogue(language).gettext
    body = re.sub(r"^\d+\.\s*", "", by)
    if not by:
        who = translate(_("Beschlossen")) if on or at else ""
    elif language != "de":
        who = translate(_("Beschlossen von: %(body)s")) % {"body": by}
    elif FEMININE.match(body):
        who = f"Beschlossen von der {by}"
    elif OTHERS.match(body):
        who = f"Beschlossen vom {by}"
    else:
        who = f"Beschlossen von: {by}"
    when = translate(_("am %(day)s")) % {"day": day(on, language)} if on else ""
    where = translate(_("in %(place)s")) % {"place": at} if at else ""
    return who, " ".join(filter(None, (when, where)))
