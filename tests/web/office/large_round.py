"""A round of very many members at work, made in seconds: for what a page costs, not for what is right."""

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

NAMED = (
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
assert len(NAMED) < len(INSIDE_LABEL_POSITIONS)


def large_round(folder: Path, many: int) -> Office:
    """An open round of ``many`` members: seven of ten have answered, all mail is out, and some came back."""
    office = new_office(folder)
    names = [f"Ortschaft am Wasser {n:05d}" for n in range(many)]
    office.enrol(
        [(name, f"Gemeinde {name}", NAMED[at % len(NAMED)]) for at, name in enumerate(names)]
    )
    office.draft()
    round = office.open()
    begun = office.now
    with transaction(office.db):
        for at, link in enumerate(store.rounds.list_links_of_round(office.db, round.id)):
            if given := said(at, f"Gemeinde {names[at]}"):
                received = begun + timedelta(days=DAYS * at / many)
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
                        answer=given,
                        received_at=received,
                        channel=Channel.LINK,
                        link_id=link.id,
                        entry=entry.seq,
                    ),
                    form_key=str(at),
                )
        office.db.conn.execute(
            "UPDATE outbox SET sent_at = :now, attempts = 1", {"now": format_utc(begun)}
        )
        office.db.conn.execute(
            "UPDATE outbox SET bounced_at = sent_at, error = '550 5.1.1' WHERE id % 97 = 0"
        )
        office.db.conn.execute("DELETE FROM prints")
    office.now = begun + timedelta(days=DAYS)
    return office


def said(at: int, official: str) -> Answer | None:
    """What the members answer in turn; every seventeenth signature brings a note, every fortieth another name."""
    turn = at % 10
    if turn < 4:
        return sign(official if at % 40 else f"{official} und Umland", NOTE if at % 17 == 0 else "")
    if turn == 4:
        return decline()
    if turn == 5:
        return not_competent()
    return pending(LAST_DAY - timedelta(days=at % 25)) if turn == 6 else None
