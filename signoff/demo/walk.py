"""The demo's story, told through the same doors a user takes: from the Word file to the released PDF."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path

from flask import Flask
from sqlite_utils import Database

from signoff.actions import deciding, drafting, enrolling, inviting, releasing
from signoff.actions.inviting import Opening
from signoff.app import create_app
from signoff.demo import answers, visitor
from signoff.domain.paper import Text
from signoff.domain.release import Release
from signoff.domain.round import Terms
from signoff.intake.members import read_members
from signoff.intake.text import read_text
from signoff.settings import Settings
from signoff.store import associations, members, rounds, standings
from signoff.tools import Tools, tools
from signoff.worker import Worker

HERE = Path(__file__).parent
ACTOR = "demo"
Say = Callable[[str], None]


@dataclass
class Story:
    """An instance whose clock the story sets."""

    settings: Settings
    db: Database
    say: Say
    moment: datetime

    def __post_init__(self) -> None:
        self.tools: Tools = replace(tools(self.settings), clock=lambda: self.moment)
        self.app: Flask = create_app(self.settings, clock=lambda: self.moment)
        self.places = {member.id: member.name for member in members.every(self.db)}
        self.zone = associations.get(self.db).zone

    def work(self) -> None:
        with Worker(self.settings, self.db, self.tools) as worker:
            worker.once()

    def answer(self, links: dict[str, str], email: str, fields: dict[str, str]) -> None:
        visitor.answer(self.app, links[email], fields)


def tell(settings: Settings, db: Database, say: Say) -> tuple[Path, Release]:
    """The whole story; gives the released PDF and its release."""
    now = tools(settings).clock()
    rows = read_members("members.csv", (HERE / "members.csv").read_bytes()).members
    enrolling.enrol(db, rows, ACTOR, now)
    say(f"{len(rows)} Mitgliedskommunen aufgenommen")
    story = Story(settings, db, say, now)
    released = leitgedanken(story, now)
    bahnhoefe(story, now)
    hitzeschutz(story, now)
    return story.tools.archive.file(released.sha256), released


def leitgedanken(story: Story, now: datetime) -> Release:
    """From the Word file to the released PDF, co-signed through mailed links."""
    title = "Leitgedanken zu marginalisierten Gruppen im öffentlichen Raum"
    links = opened(story, "leitgedanken", "leitgedanken.docx", title, now - timedelta(days=70), days=56)
    story.say(f"Word-Datei gelesen, Verfahren eröffnet, {len(links)} Einladungen verschickt")
    for number, email in enumerate(first_of_each(story, links)):
        place = place_of(story, email)
        story.moment += timedelta(hours=30)
        decided = written(story.moment - timedelta(days=3))
        note = answers.NOTE if number == 3 else ""
        if number == 8:
            fields = answers.refusal(place)
        elif number == 13:
            fields = answers.not_competent(place)
        elif number >= 19:
            continue
        else:
            fields = answers.signature(place, number, decided, note)
        story.answer(links, email, fields)
    story.say("Rückmeldungen über die Links aus den E-Mails eingegangen")
    story.moment = now - timedelta(days=13)
    story.work()
    accept(story, "leitgedanken")
    story.work()
    release = releasing.release(story.db, "leitgedanken", None, ACTOR, story.moment)
    story.work()
    story.say("nach Fristende geschlossen, PDF gefertigt und veröffentlicht")
    return release


def bahnhoefe(story: Story, now: datetime) -> None:
    """Closed and waiting for its release."""
    links = opened(story, "bahnhoefe", "bahnhoefe.md", "Sicherheit rund um Bahnhöfe", now - timedelta(days=45), days=42)
    for number, email in enumerate(first_of_each(story, links)):
        story.moment += timedelta(hours=20)
        decided = written(story.moment - timedelta(days=2))
        fields = answers.signature(place_of(story, email), number + 1, decided)
        if number < 18:
            story.answer(links, email, fields)
    story.moment = now - timedelta(days=1)
    story.work()


def hitzeschutz(story: Story, now: datetime) -> None:
    """Open, with answers of each kind, a note and a corrected name to decide about."""
    title = "Hitzeschutz auf Plätzen und Schulhöfen"
    links = opened(story, "hitzeschutz", "hitzeschutz.md", title, now - timedelta(days=20), days=63, public=True)
    emails = first_of_each(story, links)
    story.moment += timedelta(days=2)
    for number, email in enumerate(emails[:12]):
        story.moment += timedelta(hours=25)
        place = place_of(story, email)
        sitting = written(now + timedelta(days=12 + 3 * number))
        if number % 4 == 3:
            fields = answers.pending(place, sitting)
        elif number == 5:
            fields = answers.refusal(place)
        elif number == 9:
            fields = answers.not_competent(place)
        else:
            decided = written(story.moment - timedelta(days=1))
            fields = answers.signature(place, number, decided, answers.NOTE if number == 2 else "")
        if number == 4:
            fields["official_name"] = f"Hanse- und Universitätsstadt {place}"
        story.answer(links, email, fields)
    story.moment = now
    story.work()


def opened(
    story: Story, slug: str, file: str, title: str, at: datetime, *, days: int, public: bool = False
) -> dict[str, str]:
    """A paper taken in and its round opened ``at``; gives the mailed links by address."""
    story.moment = at
    taken = read_text(file, (HERE / file).read_bytes(), title)
    body, place = "27. Mitgliederversammlung", "Musterhausen"
    text = Text(title, taken.html, adopted_by=body, adopted_on=day(at, -10), adopted_at=place)
    drafting.add_paper(story.db, slug, text, ACTOR, at)
    opening = Opening(day(at, days), (), Terms(public=public, progress="members"))
    inviting.open_round(story.db, slug, opening, ACTOR, at, texts_required=False)
    story.work()
    return visitor.links(story.settings.outbox, slug)


def accept(story: Story, slug: str) -> None:
    """The office accepts the notes and names that wait for it."""
    round = rounds.latest(story.db, slug)
    assert round
    for place in standings.of(story.db, round).undecided:
        for what in place.undecided:
            deciding.decide(story.db, place.invitation.id, what, True, ACTOR, story.moment)


def first_of_each(story: Story, links: dict[str, str]) -> list[str]:
    """One registered address of each member, in the order of the member list."""
    firsts = {each.member_id: each.email for each in reversed(members.representatives(story.db))}
    return [firsts[member_id] for member_id in story.places if firsts.get(member_id) in links]


def place_of(story: Story, email: str) -> str:
    owner = {each.email: each.member_id for each in members.representatives(story.db)}
    return story.places[owner[email]]


def day(at: datetime, days: int) -> date:
    return (at + timedelta(days=days)).date()


def written(at: datetime) -> str:
    return f"{at.day}.{at.month}.{at.year}"
