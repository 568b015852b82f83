"""``demo``: a sample association at work, in a folder of its own."""

import os
import secrets
import shutil
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from html.parser import HTMLParser
from pathlib import Path
from re import MULTILINE, search
from urllib.parse import urlsplit

import click
from flask import Flask
from flask.testing import FlaskClient
from sqlite_utils import Database

from signoff import actions, security, store
from signoff.actions.rounds import Opening
from signoff.app import create_app
from signoff.cli import serve
from signoff.cli.context import ACTOR, opened
from signoff.cli.instance import make
from signoff.config import Settings
from signoff.domain.accounts import Role
from signoff.domain.association import Association
from signoff.domain.papers import Text
from signoff.domain.releases import Release
from signoff.domain.rounds import Terms
from signoff.importers.members import read_members
from signoff.importers.papers import read_text
from signoff.services import Tools, tools
from signoff.worker import Worker

# What the invented municipalities answer.

CONTACT = {"filled_in_by": "Sachbearbeitung", "filled_in_unit": "Büro der Verwaltungsspitze"}
FUNCTIONS = ("Oberbürgermeisterin", "Oberbürgermeister", "Bürgermeisterin", "Bürgermeister")
BASES = ("head", "council", "both", "administration", "urgent")
NOTE = "Die Stadt versteht Leitgedanke 4 im Rahmen der verfügbaren Haushaltsmittel."


def signature(place: str, number: int, decided_on: str, note: str = "") -> dict[str, str]:
    """A signature; basis, function and consent vary with ``number``."""
    fields = {
        "answer": "sign",
        "title": "Dr." if number % 4 == 0 else "",
        "first_name": "Vorname",
        "last_name": "Nachname",
        "function": FUNCTIONS[number % len(FUNCTIONS)],
        "basis": BASES[number % len(BASES)],
        "body": "Rat der Stadt",
        "decision_number": f"{100 + number}/2026",
        "decision_date": decided_on,
        "decision_result": "einstimmig" if number % 3 else "mit Mehrheit",
        "authorised": "y",
        "note": note,
        "confirm": place,
        **contact(place),
    }
    return fields | ({"publish_name": "y"} if number % 3 else {})


def refusal(place: str) -> dict[str, str]:
    reason = "Der Rat möchte zuerst das Ergebnis des Modellversuchs abwarten."
    return {"answer": "decline", "reason": reason, "confirm": place, **contact(place)}


def not_competent(place: str) -> dict[str, str]:
    return {"answer": "not_competent", "confirm": place, **contact(place)}


def pending(place: str, sitting: str) -> dict[str, str]:
    return {
        "answer": "pending",
        "body": "Rat der Stadt",
        "expected_on": sitting,
        "confirm": place,
        **contact(place),
    }


def contact(place: str) -> dict[str, str]:
    return {**CONTACT, "filled_in_email": "sachbearbeitung@rathaus.example"}


# A representative in the demo: opens the link from her mail and fills in the real pages.

STEPS = 6  # more pages than any answer has


class Form(HTMLParser):
    """The one POST form of a page: where it goes, and what it carries along."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.action = ""
        self.carried: dict[str, str] = {}
        self.asked: set[str] = set()
        self.inside = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form" and given.get("method", "").lower() == "post":
            self.inside, self.action = True, given.get("action", "")
        name = given.get("name")
        if not self.inside or not name or tag not in ("input", "textarea", "select"):
            return
        kind = given.get("type", "text")
        if kind in ("radio", "checkbox") and "checked" not in given:
            self.asked.add(name)
        elif kind == "hidden" or given.get("value"):
            self.carried[name] = given.get("value", "")
        else:
            self.asked.add(name)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.inside = False


def answer(app: Flask, link: str, fields: Mapping[str, str]) -> str:
    """Walk from the link to the receipt as a browser without JavaScript would; gives the last page."""
    client, path = app.test_client(), urlsplit(link).path
    page = get(client, app, path)
    page = get(client, app, f"{path}/answer")
    for _ in range(STEPS):
        if 'data-page="receipt"' in page:
            return page
        form = Form(page)
        typed = form.carried | {
            name: value for name, value in fields.items() if name in form.asked | set(form.carried)
        }
        sent = client.post(form.action, data=typed, base_url=base(app), follow_redirects=True)
        page = sent.get_data(as_text=True)
    raise RuntimeError(f"the answer was not taken: {page[:2000]}")


def get(client: FlaskClient, app: Flask, path: str) -> str:
    return client.get(path, base_url=base(app)).get_data(as_text=True)


def base(app: Flask) -> str:
    url: str = app.extensions["signoff"].settings.base_url
    return url


def links(outbox: Path, slug: str) -> dict[str, str]:
    """The link in each invitation to the paper, by the recipient's address."""
    found = {}
    for path in sorted(outbox.glob("*.eml")):
        message = message_from_bytes(path.read_bytes(), policy=policy.default)
        assert isinstance(message, EmailMessage)
        part = message.get_body(("plain",))
        link = search(r"^https?://\S+/s/\S+$", part.get_content() if part else "", MULTILINE)
        if link and slug in message["List-Id"] and message["Message-ID"].startswith("<invitation."):
            found[message["To"].addresses[0].addr_spec] = link[0]
    return found


# The demo's story, told through the same doors a user takes: from the Word file to the released PDF.

DATA = Path(__file__).parents[1] / "demo"
DEMO_ACTOR = "demo"
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
        self.places = {member.id: member.name for member in store.members.list_all(self.db)}
        self.zone = store.association.get(self.db).zone

    def work(self) -> None:
        with Worker(self.settings, self.db, self.tools) as worker:
            worker.once()

    def answer(self, links: dict[str, str], email: str, fields: dict[str, str]) -> None:
        answer(self.app, links[email], fields)


def tell(settings: Settings, db: Database, say: Say) -> tuple[Path, Release]:
    """The whole story; gives the released PDF and its release."""
    now = tools(settings).clock()
    rows = read_members("members.csv", (DATA / "members.csv").read_bytes()).members
    actions.member_import.enrol(db, rows, DEMO_ACTOR, now)
    say(f"{len(rows)} Mitgliedskommunen aufgenommen")
    story = Story(settings, db, say, now)
    released = leitgedanken(story, now)
    bahnhoefe(story, now)
    hitzeschutz(story, now)
    return story.tools.archive.file(released.sha256), released


def leitgedanken(story: Story, now: datetime) -> Release:
    """From the Word file to the released PDF, co-signed through mailed links."""
    title = "Leitgedanken zu marginalisierten Gruppen im öffentlichen Raum"
    links = open_demo_round(
        story, "leitgedanken", "leitgedanken.docx", title, now - timedelta(days=70), days=56
    )
    story.say(f"Word-Datei gelesen, Verfahren eröffnet, {len(links)} Einladungen verschickt")
    for number, email in enumerate(first_of_each(story, links)):
        place = place_of(story, email)
        story.moment += timedelta(hours=30)
        decided = written(story.moment - timedelta(days=3))
        note = NOTE if number == 3 else ""
        if number == 8:
            fields = refusal(place)
        elif number == 13:
            fields = not_competent(place)
        elif number >= 19:
            continue
        else:
            fields = signature(place, number, decided, note)
        story.answer(links, email, fields)
    story.say("Rückmeldungen über die Links aus den E-Mails eingegangen")
    story.moment = now - timedelta(days=13)
    story.work()
    accept(story, "leitgedanken")
    story.work()
    release = actions.releases.release(story.db, "leitgedanken", None, DEMO_ACTOR, story.moment)
    story.work()
    story.say("nach Fristende geschlossen, PDF gefertigt und veröffentlicht")
    return release


def bahnhoefe(story: Story, now: datetime) -> None:
    """Closed and waiting for its release."""
    links = open_demo_round(
        story,
        "bahnhoefe",
        "bahnhoefe.md",
        "Sicherheit rund um Bahnhöfe",
        now - timedelta(days=45),
        days=42,
    )
    for number, email in enumerate(first_of_each(story, links)):
        story.moment += timedelta(hours=20)
        decided = written(story.moment - timedelta(days=2))
        fields = signature(place_of(story, email), number + 1, decided)
        if number < 18:
            story.answer(links, email, fields)
    story.moment = now - timedelta(days=1)
    story.work()


def hitzeschutz(story: Story, now: datetime) -> None:
    """Open, with answers of each kind, a note and a corrected name to decide about."""
    title = "Hitzeschutz auf Plätzen und Schulhöfen"
    links = open_demo_round(
        story,
        "hitzeschutz",
        "hitzeschutz.md",
        title,
        now - timedelta(days=20),
        days=63,
        public=True,
    )
    emails = first_of_each(story, links)
    story.moment += timedelta(days=2)
    for number, email in enumerate(emails[:12]):
        story.moment += timedelta(hours=25)
        place = place_of(story, email)
        sitting = written(now + timedelta(days=12 + 3 * number))
        if number % 4 == 3:
            fields = pending(place, sitting)
        elif number == 5:
            fields = refusal(place)
        elif number == 9:
            fields = not_competent(place)
        else:
            decided = written(story.moment - timedelta(days=1))
            fields = signature(place, number, decided, NOTE if number == 2 else "")
        if number == 4:
            fields["official_name"] = f"Hanse- und Universitätsstadt {place}"
        story.answer(links, email, fields)
    story.moment = now
    story.work()


def open_demo_round(
    story: Story, slug: str, file: str, title: str, at: datetime, *, days: int, public: bool = False
) -> dict[str, str]:
    """A paper taken in and its round opened ``at``; gives the mailed links by address."""
    story.moment = at
    taken = read_text(file, (DATA / file).read_bytes(), title)
    body, place = "27. Mitgliederversammlung", "Musterhausen"
    text = Text(title, taken.html, adopted_by=body, adopted_on=day(at, -10), adopted_at=place)
    actions.papers.add_paper(story.db, slug, text, DEMO_ACTOR, at)
    opening = Opening(day(at, days), (), Terms(public=public, progress="members"))
    actions.rounds.open_round(story.db, slug, opening, DEMO_ACTOR, at, texts_required=False)
    story.work()
    return links(story.settings.outbox, slug)


def accept(story: Story, slug: str) -> None:
    """The office accepts the notes and names that wait for it."""
    round = store.rounds.latest(story.db, slug)
    assert round
    for place in store.round_status.of(story.db, round).undecided:
        for what in place.undecided:
            actions.amendments.decide(
                story.db, place.invitation.id, what, True, DEMO_ACTOR, story.moment
            )


def first_of_each(story: Story, links: dict[str, str]) -> list[str]:
    """One registered address of each member, in the order of the member list."""
    firsts = {
        each.member_id: each.email for each in reversed(store.members.representatives(story.db))
    }
    return [firsts[member_id] for member_id in story.places if firsts.get(member_id) in links]


def place_of(story: Story, email: str) -> str:
    owner = {each.email: each.member_id for each in store.members.representatives(story.db)}
    return story.places[owner[email]]


def day(at: datetime, days: int) -> date:
    return (at + timedelta(days=days)).date()


def written(at: datetime) -> str:
    return f"{at.day}.{at.month}.{at.year}"


ASSOCIATION = Association(
    name="Städteforum Öffentlicher Raum e. V.",
    short_name="Städteforum Öffentlicher Raum",
    address="Musterstraße 1\n50667 Köln",
    email="mitzeichnung@staedteforum.example",
    telephone="0221 4710-128",
    hours="Mo–Do 9–16 Uhr, Fr 9–13 Uhr",
    contact="Geschäftsstelle, Mitgliederbetreuung",
)
STAFF = "geschaeftsstelle@staedteforum.example"


@click.command()
@click.option("--port", default=8000, show_default=True)
@click.option(
    "--no-serve", is_flag=True, help="nach dem Rundgang enden, ohne einen Server zu starten"
)
@click.pass_obj
def demo(folder: Path, port: int, no_serve: bool) -> None:
    """Eine Muster-Vereinigung bei der Arbeit zeigen: vom Word-Dokument bis zum veröffentlichten PDF."""
    place = (
        folder
        if folder != Path("instance") or "SIGNOFF_INSTANCE" in os.environ
        else folder / "demo"
    )
    clear(place)
    place.mkdir(mode=0o700, parents=True)
    base = f"http://localhost:{port}"
    (place / "signoff.toml").write_text(f'demo = true\nbase_url = "{base}"\n', encoding="utf-8")
    make(place, ASSOCIATION)
    here = opened(place)
    password = secrets.token_urlsafe(15)
    actions.accounts.add_staff(
        here.db, STAFF, "Geschäftsstelle", Role.ADMIN, security.hashed(password), ACTOR, here.now
    )
    file, release = tell(here.settings, here.db, lambda line: click.echo(f"· {line}"))
    click.echo(f"\nDas veröffentlichte PDF: {file}\nPrüfsumme (SHA-256):      {release.sha256}\n")
    if no_serve:
        return
    click.echo(f"Öffentliche Seite:        {base}/")
    click.echo(f"E-Mails der Vorführung:   {base}/demo/mail")
    click.echo(f"Geschäftsstelle:          {base}/office/  ({STAFF}, Passwort {password})\n")
    serve.run(place, "127.0.0.1", port, 8)


def clear(place: Path) -> None:
    """Make room for a new demo; nothing but an earlier demo is ever removed."""
    if not place.exists() or not any(place.iterdir()):
        shutil.rmtree(place, ignore_errors=True)
        return
    told = place / "signoff.toml"
    if not told.exists() or not tomllib.loads(told.read_text(encoding="utf-8")).get("demo"):
        raise click.UsageError(
            f"{place} enthält schon etwas anderes als eine Vorführung; bitte --instance ändern."
        )
    shutil.rmtree(place)


COMMANDS = (demo,)
