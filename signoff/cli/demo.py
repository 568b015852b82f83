"""``demo``: a sample association at work, in a folder of its own."""

import json
import os
import secrets
import shutil
import sys
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import partial
from html.parser import HTMLParser
from pathlib import Path
from re import MULTILINE, Match, search
from urllib.parse import urlsplit

import click
from flask import Flask
from flask.testing import FlaskClient
from sqlite_utils import Database

from signoff import actions, security, store
from signoff.actions.rounds import Opening
from signoff.app import create_app
from signoff.cli.context import ACTOR, get_latest_round, open_context
from signoff.cli.instance import create_instance, load_starter_texts
from signoff.cli.language import gettext as _
from signoff.config import Settings
from signoff.domain.accounts import Role
from signoff.domain.association import BRACKETS, Association
from signoff.domain.papers import Text
from signoff.domain.releases import Release
from signoff.domain.rounds import Terms
from signoff.i18n.catalogue import gettext_noop as N_
from signoff.importers.members import read_members
from signoff.importers.papers import read_text
from signoff.moments import save_beat
from signoff.services import Services, build_services
from signoff.worker import Worker

# The answers of the sample municipalities.

CONTACT_FIELDS = {"filled_in_by": "Sachbearbeitung", "filled_in_unit": "Büro der Verwaltungsspitze"}
FUNCTIONS = ("Oberbürgermeisterin", "Oberbürgermeister", "Bürgermeisterin", "Bürgermeister")
BASES = ("head", "council", "both", "administration", "urgent")
NOTE = "Die Stadt versteht Leitgedanke 4 im Rahmen der verfügbaren Haushaltsmittel."


def build_cosign_fields(name: str, number: int, decided_on: str, note: str = "") -> dict[str, str]:
    """A signature; basis, function and consent vary with ``number``."""
    basis, function = BASES[number % len(BASES)], FUNCTIONS[number % len(FUNCTIONS)]
    fields = {
        "answer": "sign",
        "title": "Dr." if number % 4 == 0 else "",
        "first_name": "Vorname",
        "last_name": "Nachname",
        "function": function,
        "basis": basis,
        "body": function if basis == "urgent" else "Rat der Stadt",
        "decision_number": f"{100 + number}/2026",
        "decision_date": decided_on,
        "decision_result": "einstimmig" if number % 3 else "mit Mehrheit",
        "authorised": "y",
        "note": note,
        "confirm": name,
        **build_contact_fields(),
    }
    return fields | ({"publish_name": "y"} if number % 3 else {})


def build_decline_fields(name: str) -> dict[str, str]:
    reason = "Der Rat möchte zuerst das Ergebnis des Modellversuchs abwarten."
    return {"answer": "decline", "reason": reason, "confirm": name, **build_contact_fields()}


def build_not_competent_fields(name: str) -> dict[str, str]:
    return {"answer": "not_competent", "confirm": name, **build_contact_fields()}


def build_pending_fields(name: str, meeting: str) -> dict[str, str]:
    return {
        "answer": "pending",
        "body": "Rat der Stadt",
        "expected_on": meeting,
        "confirm": name,
        **build_contact_fields(),
    }


def build_contact_fields() -> dict[str, str]:
    return {**CONTACT_FIELDS, "filled_in_email": "sachbearbeitung@rathaus.example"}


# A representative of the demo, who opens the mailed link and fills in the pages.

MAX_STEPS = 6  # more pages than any answer has


class PageForm(HTMLParser):
    """The POST form of a page: its address, the values it holds and the fields left to fill in."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.action = ""
        self.values: dict[str, str] = {}
        self.empty_fields: set[str] = set()
        self.in_form = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        if tag == "form" and attributes.get("method", "").lower() == "post":
            self.in_form, self.action = True, attributes.get("action", "")
        name = attributes.get("name")
        if not self.in_form or not name or tag not in ("input", "textarea", "select"):
            return
        kind = attributes.get("type", "text")
        if kind in ("radio", "checkbox") and "checked" not in attributes:
            self.empty_fields.add(name)
        elif kind == "hidden" or attributes.get("value"):
            self.values[name] = attributes.get("value", "")
        else:
            self.empty_fields.add(name)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.in_form = False


def submit_answer(app: Flask, link: str, fields: Mapping[str, str]) -> str:
    """Go from the link to the receipt like a browser without JavaScript; returns the last page."""
    client, path = app.test_client(), urlsplit(link).path
    page = get_page(client, app, path)
    page = get_page(client, app, f"{path}/answer")
    for _step in range(MAX_STEPS):
        if 'data-page="receipt"' in page:
            return page
        form = PageForm(page)
        data = form.values | {
            name: value
            for name, value in fields.items()
            if name in form.empty_fields | set(form.values)
        }
        response = client.post(
            form.action, data=data, base_url=get_base_url(app), follow_redirects=True
        )
        page = response.get_data(as_text=True)
    raise RuntimeError(f"the answer was not accepted: {page[:2000]}")


def get_page(client: FlaskClient, app: Flask, path: str) -> str:
    return client.get(path, base_url=get_base_url(app)).get_data(as_text=True)


def get_base_url(app: Flask) -> str:
    url: str = app.extensions["signoff"].settings.base_url
    return url


def list_invitation_links(outbox: Path, slug: str) -> dict[str, str]:
    """The link of each invitation to co-sign the paper, by the address of the recipient."""
    links = {}
    for path in sorted(outbox.glob("*.eml")):
        message = message_from_bytes(path.read_bytes(), EmailMessage, policy=policy.default)
        part = message.get_body(("plain",))
        link = search(r"^https?://\S+/s/\S+$", part.get_content() if part else "", MULTILINE)
        if link and slug in message["List-Id"] and message["Message-ID"].startswith("<invitation."):
            links[message["To"].addresses[0].addr_spec] = link[0]
    return links


# The demo itself, from the Word file to the released PDF, through the same actions and pages as in
# use.

DATA = Path(__file__).parents[1] / "demo"
DEMO_ACTOR = "demo"
# What the papers want, by their short names; German, like their texts.
SUMMARIES = {
    "leitgedanken": (
        "Öffentliche Räume gehören allen. Die Mitglieder wollen Sicherheit und Teilhabe zusammen "
        "stärken, die Ämter an belasteten Orten gemeinsam handeln lassen und Betroffene vor "
        "Veränderungen fragen. Verdrängung bleibt das letzte Mittel. Vorgesehen sind ein "
        "jährliches Lagebild und mehrjährig finanzierte aufsuchende Arbeit. Die Leitgedanken sind "
        "rechtlich nicht bindend."
    ),
    "bahnhoefe": (
        "Für Bahnhof und Vorplatz sind mehrere Stellen zuständig. Das Papier empfiehlt eine "
        "gemeinsame Stelle vor Ort, ein gemeinsames Lagebild, das jährlich veröffentlicht wird, und "
        "aufsuchende Sozialarbeit auch am Gleis. Die Stadt trägt davon ein Drittel oder die Hälfte. "
        "Die Empfehlungen sind rechtlich nicht bindend."
    ),
    "hitzeschutz": (
        "Plätze und Schulhöfe gehören zu den heißesten Orten einer Stadt. Das Papier empfiehlt, bei "
        "jedem neuen Platz die Hälfte der Sitzplätze zu beschatten, Trinkwasser kostenlos "
        "anzubieten und Schulhöfe in den Ferien für das Viertel zu öffnen. Die Empfehlungen sind "
        "rechtlich nicht bindend."
    ),
}
SayLine = Callable[..., None]  # a message of the catalogue, and the facts it names


@dataclass
class DemoRun:
    """An instance whose clock follows the demo."""

    settings: Settings
    db: Database
    say: SayLine
    now: datetime

    def __post_init__(self) -> None:
        self.services: Services = replace(build_services(self.settings), clock=lambda: self.now)
        self.app: Flask = create_app(self.settings, clock=lambda: self.now)
        self.member_names = {member.id: member.name for member in store.members.list_all(self.db)}
        self.zone = store.association.get(self.db).zone
        self.assembly_on = shift_day(self.now, -80)  # which adopted all papers

    def work(self) -> None:
        # The time of the demo passes as if a worker had run all along.
        save_beat(self.settings.instance, self.now)
        with Worker(self.settings, self.db, self.services) as worker:
            worker.run_once()

    def answer(self, links: dict[str, str], email: str, fields: dict[str, str]) -> None:
        submit_answer(self.app, links[email], fields)


def run_demo(settings: Settings, db: Database, say: SayLine) -> tuple[Path, Release]:
    """Play all rounds; returns the released PDF and its release."""
    now = build_services(settings).clock()
    publish_legal_texts(db, now)
    rows = read_members("members.csv", (DATA / "members.csv").read_bytes()).members
    actions.member_import.import_members(db, rows, DEMO_ACTOR, now)
    say("%(count)s Mitgliedskommunen aufgenommen", count=len(rows))
    run = DemoRun(settings, db, say, now)
    released = play_released_round(run, now)
    play_closed_round(run, now)
    play_open_round(run, now)
    return run.services.archive.release_path(released.sha256), released


def publish_legal_texts(db: Database, now: datetime) -> None:
    """Fill in the starter texts; a blank without a filling is left out."""
    fillings = json.loads((DATA / "legal.json").read_text(encoding="utf-8"))

    def fill(blank: Match[str], choices: Mapping[str, str]) -> str:
        return next((words for start, words in choices.items() if blank[1].startswith(start)), "")

    for text in load_starter_texts():
        words = partial(fill, choices=fillings.get(text.language, {}))
        markdown = BRACKETS.sub(words, text.markdown).replace(" .", ".")
        actions.association.edit_text(db, text.kind, text.language, markdown, DEMO_ACTOR, now)


def play_released_round(run: DemoRun, now: datetime) -> Release:
    """From the Word file to the released PDF, co-signed through mailed links."""
    title = "Leitgedanken zu marginalisierten Gruppen im öffentlichen Raum"
    links = open_demo_round(
        run, "leitgedanken", "leitgedanken.docx", title, now - timedelta(days=70), days=56
    )
    run.say(
        "Word-Datei gelesen, Verfahren eröffnet, %(count)s Einladungen verschickt", count=len(links)
    )
    for number, email in enumerate(list_first_addresses(run, links)):
        name = get_member_name(run, email)
        run.now += timedelta(hours=30)
        decided = format_date(run.now - timedelta(days=3))
        note = NOTE if number == 3 else ""
        if number == 8:
            fields = build_decline_fields(name)
        elif number == 13:
            fields = build_not_competent_fields(name)
        elif number >= 19:
            continue
        else:
            fields = build_cosign_fields(name, number, decided, note)
        run.answer(links, email, fields)
    run.say("Rückmeldungen über die Links aus den E-Mails eingegangen")
    run.work()
    run.now = now - timedelta(days=13)
    run.work()
    accept_undecided(run, "leitgedanken")
    run.work()
    round_id = get_latest_round(run.db, "leitgedanken").id
    release = actions.releases.release_paper(run.db, round_id, None, DEMO_ACTOR, run.now)
    run.work()
    run.say("nach Fristende geschlossen, PDF gefertigt und veröffentlicht")
    return release


def play_closed_round(run: DemoRun, now: datetime) -> None:
    """A closed round that waits for its release."""
    links = open_demo_round(
        run,
        "bahnhoefe",
        "bahnhoefe.md",
        "Sicherheit rund um Bahnhöfe",
        now - timedelta(days=45),
        days=42,
    )
    for number, email in enumerate(list_first_addresses(run, links)):
        run.now += timedelta(hours=20)
        decided = format_date(run.now - timedelta(days=2))
        fields = build_cosign_fields(get_member_name(run, email), number + 1, decided)
        if number < 18:
            run.answer(links, email, fields)
    run.work()
    run.now = now - timedelta(days=1)
    run.work()


def play_open_round(run: DemoRun, now: datetime) -> None:
    """An open round with answers of each kind, a note and a corrected name to decide on."""
    title = "Hitzeschutz auf Plätzen und Schulhöfen"
    links = open_demo_round(
        run,
        "hitzeschutz",
        "hitzeschutz.md",
        title,
        now - timedelta(days=20),
        days=63,
        public=True,
    )
    emails = list_first_addresses(run, links)
    run.now += timedelta(days=2)
    for number, email in enumerate(emails[:12]):
        run.now += timedelta(hours=25)
        name = get_member_name(run, email)
        meeting = format_date(now + timedelta(days=12 + 3 * number))
        if number % 4 == 3:
            fields = build_pending_fields(name, meeting)
        elif number == 5:
            fields = build_decline_fields(name)
        elif number == 9:
            fields = build_not_competent_fields(name)
        else:
            decided = format_date(run.now - timedelta(days=1))
            fields = build_cosign_fields(name, number, decided, NOTE if number == 2 else "")
        if number == 4:
            fields["official_name"] = f"Hanse- und Universitätsstadt {name}"
        run.answer(links, email, fields)
    run.now = now
    run.work()


def open_demo_round(
    run: DemoRun,
    slug: str,
    file: str,
    title: str,
    opened_at: datetime,
    *,
    days: int,
    public: bool = False,
) -> dict[str, str]:
    """Add a paper and open its round at ``opened_at``; returns the mailed links by address."""
    run.now = opened_at
    imported = read_text(file, (DATA / file).read_bytes(), title)
    meeting, place = "27. Mitgliederversammlung", "Musterhausen"
    text = Text(
        title,
        imported.html,
        adopted_by=meeting,
        adopted_on=run.assembly_on,
        adopted_at=place,
        summary=SUMMARIES[slug],
    )
    actions.papers.add_paper(run.db, slug, text, DEMO_ACTOR, opened_at)
    opening = Opening(shift_day(opened_at, days), (), Terms(public=public, progress="members"))
    actions.prints.order_trial_print(run.db, slug, opening.trial, DEMO_ACTOR, opened_at)
    run.work()
    actions.rounds.open_round(run.db, slug, opening, DEMO_ACTOR, opened_at, setup_required=False)
    run.work()
    return list_invitation_links(run.settings.outbox, slug)


def accept_undecided(run: DemoRun, slug: str) -> None:
    """Accept the notes and corrected names that wait for a decision."""
    round = get_latest_round(run.db, slug)
    for status in store.round_status.load(run.db, round).undecided:
        for what in status.undecided:
            actions.amendments.decide(run.db, status.invitation.id, what, True, DEMO_ACTOR, run.now)


def list_first_addresses(run: DemoRun, links: dict[str, str]) -> list[str]:
    """One registered address of each member, in the order of the member list."""
    first_addresses = {
        representative.member_id: representative.email
        for representative in reversed(store.members.list_representatives(run.db))
    }
    return [
        first_addresses[member_id]
        for member_id in run.member_names
        if first_addresses.get(member_id) in links
    ]


def get_member_name(run: DemoRun, email: str) -> str:
    owner = {
        representative.email: representative.member_id
        for representative in store.members.list_representatives(run.db)
    }
    return run.member_names[owner[email]]


def shift_day(moment: datetime, days: int) -> date:
    """That many days later, or the Friday before if this is a Saturday or Sunday."""
    day = (moment + timedelta(days=days)).date()
    return day - timedelta(days=max(0, day.weekday() - 4))


def format_date(moment: datetime) -> str:
    day = shift_day(moment, 0)
    return f"{day.day}.{day.month}.{day.year}"


DEMO_ASSOCIATION = Association(
    name="Städteforum Öffentlicher Raum e. V.",
    short_name="Städteforum Öffentlicher Raum",
    address="Musterstraße 1\n50667 Köln",
    email="mitzeichnung@staedteforum.example",
    telephone="0221 4710-128",
    hours="Mo–Do 9–16 Uhr, Fr 9–13 Uhr",
    contact="Geschäftsstelle, Mitgliederbetreuung",
    responsible="Geschäftsführung",
)
ADMIN_EMAIL = "geschaeftsstelle@staedteforum.example"


@click.command
@click.option("--port", default=8000, show_default=True)
@click.option(
    "--no-serve", is_flag=True, help=N_("nach dem Rundgang enden, ohne einen Server zu starten")
)
@click.pass_obj
def demo(folder: Path, port: int, no_serve: bool) -> None:
    demo_folder = (
        folder
        if folder != Path("instance") or "SIGNOFF_INSTANCE" in os.environ
        else folder / "demo"
    )
    clear_folder(demo_folder)
    demo_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    demo_folder.chmod(0o700)
    base = f"http://localhost:{port}"
    (demo_folder / "signoff.toml").write_text(
        f'demo = true\nbase_url = "{base}"\n', encoding="utf-8"
    )
    create_instance(demo_folder, DEMO_ASSOCIATION)
    context = open_context(demo_folder)
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
    # A new program: SQLite forbids that the processes of the server inherit open connections.
    arguments = ("serve", "--instance", str(demo_folder), "--port", str(port), "--threads", "8")
    os.execv(sys.executable, (sys.executable, "-m", "signoff", *arguments))  # noqa: S606 (ourselves)


def clear_folder(folder: Path) -> None:
    """Empty the folder of an earlier demo; refuses to remove anything else."""
    if not folder.exists() or not any(folder.iterdir()):
        return
    settings = folder / "signoff.toml"
    if not settings.exists() or (
        tomllib.loads(settings.read_text(encoding="utf-8")).get("demo") is not True
    ):
        raise click.UsageError(
            _(
                "%(place)s enthält schon etwas anderes als eine Vorführung; bitte --instance ändern.",
                place=folder,
            )
        )
    for path in folder.iterdir():  # the folder stays: somebody may stand in it
        shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()


COMMANDS = (demo,)
