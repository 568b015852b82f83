"""The audit trail in sentences, and the proof that nothing in it was changed."""

from flask import g, render_template, request

from signoff.domain.audit import Event
from signoff.domain.journal import Line
from signoff.store import audit, journals
from signoff.web.context import db, language
from signoff.web.office.door import blueprint
from signoff.words import events
from signoff.words.catalogue import catalogue

A_PAGE = 50


@blueprint.get("/journal")
def journal() -> str:
    return page()


@blueprint.get("/journal/check")
def check() -> str:
    """Walk the chain from its beginning. It changes nothing, so whoever may look may ask for it."""
    return page(checked=True, bad=audit.first_bad(db()), last=audit.last(db()))


def page(**result: object) -> str:
    asked = request.args.get("event", "")
    event = Event(asked) if asked in list(Event) else None
    until = request.args.get("until", "")
    first = int(until) if until.isascii() and until.isdecimal() and len(until) < 16 else None
    lines = journals.lines(db(), A_PAGE + 1, first, event)
    return render_template(
        "office/journal.html",
        lines=[(line, events.sentence(line, language()), more(line)) for line in lines[:A_PAGE]],
        older=lines[A_PAGE].seq if len(lines) > A_PAGE else None,
        first=first,
        event=event,
        offered=sorted(((each, word(each)) for each in Event), key=lambda pair: pair[1]),
        **result,
    )


def more(line: Line) -> str:
    return events.more(line, g.association.zone, language())


def word(event: Event) -> str:
    return catalogue(language()).gettext(events.EVENT[event])
