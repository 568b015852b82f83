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
from signoff.cli.context import ACTOR, get_latest_round, open_context
from signoff.cli.instance import create_instance
from signoff.cli.language import gettext as _
from signoff.config import Settings
from signoff.domain.accounts import Role
from signoff.domain.association import Association
from signoff.domain.papers import Text
from signoff.domain.releases import Release
from signoff.domain.rounds import Terms
from signoff.i18n.catalogue import gettext_noop as N_
from signoff.importers.members import read_members
from signoff.importers.papers import read_text
from signoff.services import Services, build_services
from signoff.worker import Worker

# What the invented municipalities answer.

CONTACT_FIELDS = {"filled_in_by": "Sachbearbeitung", "filled_in_unit": "Büro der Verwaltungsspitze"}
FUNCTIONS = ("Oberbürgermeisterin", "Oberbürgermeister", "Bürgermeisterin", "Bürgermeister")
BASES = ("head", "council", "both", "administration", "urgent")
NOTE = "Die Stadt versteht Leitgedanke 4 im Rahmen der verfügbaren Haushaltsmittel."


def build_cosign_fields(place: str, number: int, decided_on: str, note: str = "") -> dict[str, str]:
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
        **build_contact_fields(place),
    }
    return fields | ({"publish_name": "y"} if number % 3 else {})


def build_decline_fields(place: str) -> dict[str, str]:
    reason = "Der Rat möchte zuerst das Ergebnis des Modellversuchs abwarten."
    return {"answer": "decline", "reason": reason, "confirm": place, **build_contact_fields(place)}


def build_not_competent_fields(place: str) -> dict[str, str]:
    return {"answer": "not_competent", "confirm": place, **build_contact_fields(place)}


def build_pending_fields(place: str, sitting: str) -> dict[str, str]:
    return {
        "answer": "pending",
        "body": "Rat der Stadt",
        "expected_on": sitting,
        "confirm": place,
        **build_contact_fields(place),
    }


def build_contact_fields(place: str) -> dict[str, str]:
    return {**CONTACT_FIELDS, "filled_in_email": "sachbearbeitung@rathaus.example"}


# A representative in the demo: opens the link from her mail and fills in the real pages.

MAX_STEPS = 6  # more pages than any answer has


class PageForm(HTMLParser):
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


def submit_answer(app: Flask, link: str, fields: Mapping[str, str]) -> str:
    """Walk from the link to the receipt as a browser without JavaScript would; gives the last page."""
    client, path = app.test_client(), urlsplit(link).path
    page = get_page(client, app, path)
    page = get_page(client, app, f"{path}/answer")
    for _step in range(MAX_STEPS):
        if 'data-page="receipt"' in page:
            return page
        form = PageForm(page)
        typed = form.carried | {
            name: value for name, value in fields.items() if name in form.asked | set(form.carried)
        }
        sent = client.post(
            form.action, data=typed, base_url=get_base_url(app), follow_redirects=True
        )
        page = sent.get_data(as_text=True)
    raise RuntimeError(f"the answer was not taken: {page[:2000]}")


def get_page(client: FlaskClient, app: Flask, path: str) -> str:
    return client.get(path, base_url=get_base_url(app)).get_data(as_text=True)


def get_base_url(app: Flask) -> str:
    url: str = app.extensions["signoff"].settings.base_url
    return url


def list_invitation_links(outbox: Path, slug: str) -> dict[str, str]:
    """The link in each invitation to the paper, by the recipient's address."""
    found = {}
    for path in sorted(outbox.glob("*.eml")):
        message = message_from_bytes(path.read_bytes(), EmailMessage, policy=policy.default)
        part = message.get_body(("plain",))
        link = search(r"^https?://\S+/s/\S+$", part.get_content() if part else "", MULTILINE)
        if link and slug in message["List-Id"] and message["Message-ID"].startswith("<invitation."):
            found[message["To"].addresses[0].addr_spec] = link[0]
    return found


# The demo's story, told through the same doors a user takes: from the Word file to the released PDF.

DATA = Path(__file__).parents[1] / "demo"
DEMO_ACTOR = "demo"
SayLine = Callable[..., None]  # a message of the catalogue, and the facts it names


@dataclass
class DemoRun:
    """An instance whose clock the story sets."""

    settings: Settings
    db: Database
    say: SayLine
    moment: datetime

    def __post_init__(self) -> None:
        self.tools: Services = replace(build_services(self.settings), clock=lambda: self.moment)
        self.app: Flask = create_app(self.settings, clock=lambda: self.moment)
        self.places = {member.id: member.name for member in store.members.list_all(self.db)}
        self.zone = store.association.get(self.db).zone

    def work(self) -> None:
        with Worker(self.settings, self.db, self.tools) as worker:
            worker.once()

    def answer(self, links: dict[str, str], email: str, fields: dict[str, str]) -> None:
        submit_answer(self.app, links[email], fields)


def run_demo(settings: Settings, db: Database, say: SayLine) -> tuple[Path, Release]:
    """The whole story; gives the released PDF and its release."""
    now = build_services(settings).clock()
    rows = read_members("members.csv", (DATA / "members.csv").read_bytes()).members
    actions.member_import.import_members(db, rows, DEMO_ACTOR, now)
    say("%(count)s Mitgliedskommunen aufgenommen", count=len(rows))
    story = DemoRun(settings, db, say, now)
    released = play_released_round(story, now)
    play_closed_round(story, now)
    play_open_round(story, now)
    return story.tools.archive.file(released.sha256), released


def play_released_round(story: DemoRun, now: datetime) -> Release:
    """From the Word file to the released PDF, co-signed through mailed links."""
    title = "Leitgedanken zu marginalisierten Gruppen im öffentlichen Raum"
    links = open_demo_round(
        story, "leitgedanken", "leitgedanken.docx", title, now - timedelta(days=70), days=56
    )
    story.say(
        "Word-Datei gelesen, Verfahren eröffnet, %(count)s Einladungen verschickt", count=len(links)
    )
    for number, email in enumerate(list_first_addresses(story, links)):
        place = get_member_name(story, email)
        story.moment += timedelta(hours=30)
        decided = format_date(story.moment - timedelta(days=3))
        note = NOTE if number == 3 else ""
        if number == 8:
            fields = build_decline_fields(place)
        elif number == 13:
            fields = build_not_competent_fields(place)
        elif number >= 19:
            continue
        else:
            fields = build_cosign_fields(place, number, decided, note)
        story.answer(links, email, fields)
    story.say("Rückmeldungen über die Links aus den E-Mails eingegangen")
    story.moment = now - timedelta(days=13)
    story.work()
    accept_undecided(story, "leitgedanken")
    story.work()
    round_id = get_latest_round(story.db, "leitgedanken").id
    release = actions.releases.release_paper(story.db, round_id, None, DEMO_ACTOR, story.moment)
    story.work()
    story.say("nach Fristende geschlossen, PDF gefertigt und veröffentlicht")
    return release


def play_closed_round(story: DemoRun, now: datetime) -> None:
    """Closed and waiting for its release."""
    links = open_demo_round(
        story,
        "bahnhoefe",
        "bahnhoefe.md",
        "Sicherheit rund um Bahnhöfe",
        now - timedelta(days=45),
        days=42,
    )
    for number, email in enumerate(list_first_addresses(story, links)):
        story.moment += timedelta(hours=20)
        decided = format_date(story.moment - timedelta(days=2))
        fields = build_cosign_fields(get_member_name(story, email), number + 1, decided)
        if number < 18:
            story.answer(links, email, fields)
    story.moment = now - timedelta(days=1)
    story.work()


def play_open_round(story: DemoRun, now: datetime) -> None:
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
    emails = list_first_addresses(story, links)
    story.moment += timedelta(days=2)
    for number, email in enumerate(emails[:12]):
        story.moment += timedelta(hours=25)
        place = get_member_name(story, email)
        sitting = format_date(now + timedelta(days=12 + 3 * number))
        if number % 4 == 3:
            fields = build_pending_fields(place, sitting)
        elif number == 5:
            fields = build_decline_fields(place)
        elif number == 9:
            fields = build_not_competent_fields(place)
        else:
            decided = format_date(story.moment - timedelta(days=1))
            fields = build_cosign_fields(place, number, decided, NOTE if number == 2 else "")
        if number == 4:
            fields["official_name"] = f"Hanse- und Universitätsstadt {place}"
        story.answer(links, email, fields)
    story.moment = now
    story.work()


def open_demo_round(
    story: DemoRun,
    slug: str,
    file: str,
    title: str,
    at: datetime,
    *,
    days: int,
    public: bool = False,
) -> dict[str, str]:
    """A paper taken in and its round opened ``at``; gives the mailed links by address."""
    story.moment = at
    taken = read_text(file, (DATA / file).read_bytes(), title)
    body, place = "27. Mitgliederversammlung", "Musterhausen"
    text = Text(title, taken.html, adopted_by=body, adopted_on=shift_day(at, -10), adopted_at=place)
    actions.papers.add_paper(story.db, slug, text, DEMO_ACTOR, at)
    opening = Opening(shift_day(at, days), (), Terms(public=public, progress="members"))
    actions.rounds.open_round(story.db, slug, opening, DEMO_ACTOR, at, texts_required=False)
    story.work()
    return list_invitation_links(story.settings.outbox, slug)


def accept_undecided(story: DemoRun, slug: str) -> None:
    """The office accepts the notes and names that wait for it."""
    round = get_latest_round(story.db, slug)
    for place in store.round_status.load(story.db, round).undecided:
        for what in place.undecided:
            actions.amendments.decide(
                story.db, place.invitation.id, what, True, DEMO_ACTOR, story.moment
            )


def list_first_addresses(story: DemoRun, links: dict[str, str]) -> list[str]:
    """One registered address of each member, in the order of the member list."""
    firsts = {
        each.member_id: each.email
        for each in reversed(store.members.list_representatives(story.db))
    }
    return [firsts[member_id] for member_id in story.places if firsts.get(member_id) in links]


def get_member_name(story: DemoRun, email: str) -> str:
    owner = {each.email: each.member_id for each in store.members.list_representatives(story.db)}
    return story.places[owner[email]]


def shift_day(at: datetime, days: int) -> date:
    return (at + timedelta(days=days)).date()


def format_date(at: datetime) -> str:
    return f"{at.day}.{at.month}.{at.year}"


DEMO_ASSOCIATION = Association(
    name="Städteforum Öffentlicher Raum e. V.",
    short_name="Städteforum Öffentlicher Raum",
    address="Musterstraße 1\n50667 Köln",
    email="mitzeichnung@staedteforum.example",
    telephone="0221 4710-128",
    hours="Mo–Do 9–16 Uhr, Fr 9–13 Uhr",
    contact="Geschäftsstelle, Mitgliederbetreuung",
)
ADMIN_EMAIL = "geschaeftsstelle@staedteforum.example"


@click.command(
    help=N_(
        "Eine Muster-Vereinigung bei der Arbeit zeigen: vom Word-Dokument bis zum veröffentlichten PDF."
    )
)
@click.option("--port", default=8000, show_default=True)
@click.option(
    "--no-serve", is_flag=True, help=N_("nach dem Rundgang enden, ohne einen Server zu starten")
)
@click.pass_obj
def demo(folder: Path, port: int, no_serve: bool) -> None:
    place = (
        folder
        if folder != Path("instance") or "SIGNOFF_INSTANCE" in os.environ
        else folder / "demo"
    )
    clear_folder(place)
    place.mkdir(mode=0o700, parents=True)
    base = f"http://localhost:{port}"
    (place / "signoff.toml").write_text(f'demo = true\nbase_url = "{base}"\n', encoding="utf-8")
    create_instance(place, DEMO_ASSOCIATION)
    context = open_context(place)
    password = secrets.token_urlsafe(15)
    actions.accounts.add(
        context.db,
        ADMIN_EMAIL,
        "Geschäftsstelle",
        Role.ADMIN,
        security.hash_password(password),
        ACTOR,
        context.now,
    )
    file, release = run_demo(
        context.settings,
        context.db,
        lambda message, **facts: click.echo(f"· {_(message, **facts)}"),
    )
    click.echo(
        "\n"
        + _(
            "Das veröffentlichte PDF: %(file)s\nPrüfsumme (SHA-256):      %(sha256)s",
            file=file,
            sha256=release.sha256,
        )
        + "\n"
    )
    if no_serve:
        return
    click.echo(_("Öffentliche Seite:        %(base)s/", base=base))
    click.echo(_("E-Mails der Vorführung:   %(base)s/demo/mail", base=base))
    click.echo(
        _(
            "Geschäftsstelle:          %(base)s/office/  (%(email)s, Passwort %(password)s)",
            base=base,
            email=ADMIN_EMAIL,
            password=password,
        )
    )
    serve.run_server(place, "127.0.0.1", port, 8)


def clear_folder(place: Path) -> None:
    """Make room for a new demo; nothing but an earlier demo is ever removed."""
    if not place.exists() or not any(place.iterdir()):
        shutil.rmtree(place, ignore_errors=True)
        return
    told = place / "signoff.toml"
    if not told.exists() or not tomllib.loads(told.read_text(encoding="utf-8")).get("demo"):
        raise click.UsageError(
            _(
                "%(place)s enthält schon etwas anderes als eine Vorführung; bitte --instance ändern.",
                place=place,
            )
        )
    shutil.rmtree(place)


COMMANDS = (demo,)
