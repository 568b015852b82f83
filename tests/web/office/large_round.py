"""An open round with very many members, created in seconds to measure what a page costs."""

from datetime import timedelta
from pathlib import Path

from signoff import store
from signoff.domain.answers import Answer, AnswerVersion, Channel
from signoff.domain.audit import Event
from signoff.store.connection import transaction
from signoff.store.rows import format_utc
from signoff.web.office.charts import INSIDE_LABEL_POSITIONS
from tests.factories import LAST_DAY, decline, not_competent, pending, sign
from tests.web.office.office import Office, new_office

STATES = (
    "Bayern",
    "Hessen",
    "Niedersachsen",
    "Nordrhein-Westfalen",
    "Sachsen",
    "Thüringen",
    "Brandenburg",
)
NOTE = "Wir verstehen die Leitgedanken im Rahmen unseres Haushalts und verweisen auf den Beschluss des Rates."
DAYS = 20  # on which the answers come in
assert len(STATES) < len(INSIDE_LABEL_POSITIONS)


def large_round(folder: Path, count: int, *, everybody: bool = False) -> Office:
    """An open round of ``count`` members: seven of ten have answered, all mail is sent, and some bounced.

    With ``everybody`` all of them sign.
    """
    office = new_office(folder)
    names = [f"Ortschaft am Wasser {n:05d}" for n in range(count)]
    office.enrol(
        [
            (name, f"Gemeinde {name}", STATES[index % len(STATES)])
            for index, name in enumerate(names)
        ]
    )
    office.draft()
    round = office.open()
    opened_at = office.now
    with transaction(office.db):
        for index, link in enumerate(store.rounds.list_links_of_round(office.db, round.id)):
            if answer := answer_in_turn(index, f"Gemeinde {names[index]}", everybody=everybody):
                received = opened_at + timedelta(days=DAYS * index / count)
                subject = f"invitation/{link.invitation_id}"
                entry = store.audit.record(
                    office.db, Event.ANSWERED, f"link/{link.id}", subject, received
                )
                store.answers.add(
                    office.db,
                    AnswerVersion(
                        id=0,
                        invitation_id=link.invitation_id,
                        number=1,
                        answer=answer,
                        received_at=received,
                        channel=Channel.LINK,
                        link_id=link.id,
                        entry=entry.seq,
                    ),
                    form_key=str(index),
                )
        office.db.conn.execute(
            "UPDATE outbox SET sent_at = :now, attempts = 1", {"now": format_utc(opened_at)}
        )
        office.db.conn.execute(
            "UPDATE outbox SET bounced_at = sent_at, error = '550 5.1.1' WHERE id % 97 = 0"
        )
        office.db.conn.execute("DELETE FROM prints")
    office.now = opened_at + timedelta(days=DAYS)
    return office


def answer_in_turn(index: int, official: str, *, everybody: bool) -> Answer | None:
    """The answer of the member with this index; every seventeenth signature has a note, every fortieth another name."""
    turn = index % 10
    if everybody or turn < 4:
        return sign(
            official if index % 40 else f"{official} und Umland", NOTE if index % 17 == 0 else ""
        )
    if turn == 4:
        return decline()
    if turn == 5:
        return not_competent()
    return pending(LAST_DAY - timedelta(days=index % 25)) if turn == 6 else None
