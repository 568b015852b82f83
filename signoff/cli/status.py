"""A round's standing as docs/interface.md promises it, and as lines for people."""

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from signoff.domain.answer import Kind
from signoff.domain.paper import Edition
from signoff.domain.round import Phase
from signoff.domain.standing import Place, Standing
from signoff.words import dates, labels

COUNTED = {
    Kind.SIGN: "signed",
    Kind.DECLINE: "declined",
    Kind.NOT_COMPETENT: "not_competent",
    Kind.PENDING: "pending",
    None: "unanswered",
}


def as_json(edition: Edition, standing: Standing | None, now: datetime, zone: ZoneInfo) -> dict[str, object]:
    """The promised document; the five counts add up to ``members``."""
    deadline = standing and standing.round.deadline
    places = standing.places if standing else ()
    counts = standing.counts if standing else dict.fromkeys(COUNTED, 0)
    return {
        "paper": edition.slug,
        "edition_digest": edition.digest,
        "phase": str(standing.round.phase(now) if standing else Phase.DRAFT),
        "deadline": deadline.astimezone(zone).isoformat() if deadline else None,
        "members": len(places),
        **{name: counts[kind] for kind, name in COUNTED.items()},
        "invitations": [invitation(place, zone) for place in places],
    }


def invitation(place: Place, zone: ZoneInfo) -> dict[str, object]:
    answered = place.version.received_at if place.version and place.kind else None
    return {
        "member": place.member.key,
        "name": place.member.official_name,
        "answer": place.kind,
        "answered_at": answered.astimezone(zone).isoformat() if answered else None,
        "channel": place.version.channel if place.version and place.kind else None,
        "mail": place.mail,
    }


def as_lines(edition: Edition, standing: Standing | None, now: datetime, zone: ZoneInfo) -> Iterator[str]:
    phase = standing.round.phase(now) if standing else Phase.DRAFT
    yield f"{edition.text.title}, Fassung {edition.number}: {labels.PHASE[phase]}"
    if standing is None:
        return
    if standing.round.deadline:
        yield f"Frist: {dates.deadline(standing.round.deadline, zone, 'de')}"
    yield ", ".join(f"{count} {labels.ANSWER[kind]}" for kind, count in standing.counts.items())
    for place in standing.places:
        open_ = f" (zu entscheiden: {', '.join(place.undecided)})" if place.undecided else ""
        yield f"{place.member.key}  {place.member.official_name}: {labels.ANSWER[place.kind]}{open_}"
