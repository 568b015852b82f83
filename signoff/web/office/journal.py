"""The audit trail in sentences, and the proof that nothing in it was changed."""

import time
from dataclasses import dataclass

from flask import Response, g, render_template, request
from flask.typing import ResponseReturnValue

from signoff.domain.audit import Event
from signoff.domain.journal import Line
from signoff.export.sheets import as_csv
from signoff.store import audit, journals, papers, rounds, staff
from signoff.web.context import db, language, now
from signoff.web.office.choices import Asked, whole
from signoff.web.office.door import blueprint
from signoff.words import dates, events
from signoff.words.catalogue import catalogue
from signoff.words.catalogue import marked as _

A_PAGE = 50
A_PIECE = 20_000  # as many entries are examined in one request: less than a second
EVERYTHING = 1_000_000
MEMBERS = {"link": _("Ansprechpersonen der Mitglieder")}
HEADS = (_("Nr."), _("Wann"), _("Art des Eintrags"), _("Wer"), _("Was geschah"), _("Mehr"), _("Gegenstand"))


@dataclass(frozen=True, slots=True)
class Check:
    """How far the chain has been examined: ``reached`` of ``all`` entries, in so many milliseconds."""

    bad: int | None
    reached: int
    all: int
    spent: int
    root: str

    @property
    def done(self) -> bool:
        return self.bad is not None or self.reached >= self.all


@blueprint.get("/journal")
def journal() -> ResponseReturnValue:
    return page()


@blueprint.get("/journal/check")
def check() -> ResponseReturnValue:
    """Walk the chain. It changes nothing, so whoever may look may ask for it; a long one is walked in pieces."""
    last = audit.last(db())
    length = last.seq if last else 0
    after = min(whole("after"), length)
    begun = time.monotonic()
    bad, reached = audit.examine(db(), after, A_PIECE)
    spent = whole("spent") + round((time.monotonic() - begun) * 1000)
    return page(check=Check(bad, reached, max(length, reached), spent, last.root if last else ""))


@blueprint.get("/journal.csv")
def journal_file() -> Response:
    """Every line the filter leaves, the newest first."""
    asked, spoken, zone = Asked.of(request.args, people()), language(), g.association.zone
    heads = [catalogue(spoken).gettext(head) for head in HEADS]
    lines = (
        (
            str(line.seq),
            dates.cell(line.at.astimezone(zone), spoken),
            word(line.event),
            events.who(line, spoken),
            events.sentence(line, spoken),
            events.more(line, zone, spoken),
            line.subject,
        )
        for line in journals.lines(db(), EVERYTHING, None, asked.choice)
    )
    response = Response(as_csv(heads, lines), content_type="text/csv; charset=utf-8")
    name = f"protokoll-{now().astimezone(zone).date().isoformat()}.csv"
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response


def page(**result: object) -> ResponseReturnValue:
    offered = people()
    asked = Asked.of(request.args, offered)
    first = whole("older") or None
    lines = journals.lines(db(), A_PAGE + 1, first, asked.choice)
    text = render_template(
        "office/journal.html",
        lines=[(line, events.sentence(line, language()), more(line)) for line in lines[:A_PAGE]],
        found=journals.count(db(), asked.choice),
        older=lines[A_PAGE].seq if len(lines) > A_PAGE else None,
        first=first,
        asked=asked,
        events=sorted(((each, word(each)) for each in Event), key=lambda pair: pair[1]),
        people=offered,
        rounds=titles(),
        **result,
    )
    return text, 422 if asked.wrong else 200


def people() -> dict[str, str]:
    """Who may have done something, by how the journal names them: colleagues, members, and what runs by itself."""
    gettext = catalogue(language()).gettext
    colleagues = {f"staff/{each.id}": each.name or each.email for each in staff.every(db())}
    return colleagues | {actor: gettext(name) for actor, name in (MEMBERS | events.ACTOR).items()}


def titles() -> dict[int, str]:
    """Every round by the title of its text, the newest first."""
    editions = papers.every(db())
    return {each.id: editions[each.edition_id].text.title for each in rounds.every(db())}


def more(line: Line) -> str:
    return events.more(line, g.association.zone, language())


def word(event: Event) -> str:
    return catalogue(language()).gettext(events.EVENT[event])
