"""Takes pictures of every page of the office: ``python -m tests.office_pictures FOLDER [--state …] [--width …] …``.

The states are a fresh instance (``empty``), an association at work (``usual``), 11,084 members (``full``) and every
form sent empty (``wrong``). It reports pages that are wider than the window, that log errors, or that cost much time.
"""

import sys
import tempfile
import time
from argparse import ArgumentParser, Namespace
from base64 import b64encode
from contextlib import ExitStack
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from playwright.sync_api import Browser, Page

from signoff import actions, security, store
from signoff.actions.rounds import Opening
from signoff.cli.context import get_latest_round
from signoff.cli.instance import create_instance
from signoff.config import Settings, load_settings
from signoff.domain.accounts import Role
from signoff.domain.answer_forms import Colleague, RecordedAnswer, Scan
from signoff.domain.answers import Channel, Signer
from signoff.domain.applications import ApplicationFields
from signoff.domain.association import STARTER
from signoff.domain.members import Representative
from signoff.domain.papers import Annex
from signoff.domain.releases import FailedRenewal
from signoff.domain.rounds import Round, Terms
from signoff.importers.member_columns import guess_layout
from signoff.importers.members import UploadedList, dump_uploaded_list, inspect_members
from signoff.importers.papers import read_editor_source
from signoff.importers.sheets import read_sheets
from signoff.store.connection import transaction
from signoff.store.members import StoredMemberFile
from tests.chromium import PATIENCE, Watch, launch_chromium, sideways
from tests.factories import LAST_DAY, decline, not_competent, pending, sign
from tests.importers.test_uploads import PDF
from tests.server import listening
from tests.web.office.large_round import DAYS, large_round
from tests.web.office.office import Office, member, new_office
from tests.web.office.test_replies import office_address, receive
from tests.web.office.walk import walk
from tests.world import KEYS, add_edition, open_round

WIDTHS = (375, 1024, 1280)
THEMES = ("light", "dark")
MEMBERS = 11_084
SLOW = 1.0  # seconds of processor time for one page
EMAIL, PASSWORD = "bild@forum.example", "ein langer Satz als Passwort"
CITIES = "Augsburg Bonn Chemnitz Dresden Essen Freiburg Gießen Hanau Ingolstadt Jena Köln Lübeck Mainz Neuss Potsdam"
LONG = "Sankt Margarethen an der Nordrandschnellstraße"
NOTE = "Die Stadt versteht Leitgedanke 4 im Rahmen ihrer Haushaltsmittel.\nSie verweist auf den Ratsbeschluss."


def at_work(folder: Path) -> Office:
    """An open round, one to be released, one whose print failed, one released, and a paper without a round."""
    office = new_office(folder)
    states = ("Bayern", "Nordrhein-Westfalen", "Sachsen")
    names = [(name, f"Stadt {name}", states[at % 3]) for at, name in enumerate(CITIES.split())]
    office.enrol(
        [*names, (LONG, f"Verbandsgemeinde {LONG} und Umgebung", "Mecklenburg-Vorpommern")]
    )
    for slug, title in PAPERS.items():
        office.draft(slug, title)
    office.unknown_mailboxes = {"m00009", "m00013"}
    running = office.open()
    office.work()
    office.later(days=3, hours=2)
    for name in ("Augsburg", "Bonn", "Dresden", "Köln", "Mainz"):
        office.answer(running, name, sign(f"Stadt {name}"))
    office.answer(
        running,
        "Essen",
        pending(date(2027, 2, 4), "Rat"),
    )
    office.answer(
        running,
        "Jena",
        decline("Der Rat hat sich dagegen ausgesprochen."),
    )
    office.answer(running, "Neuss", not_competent())
    office.answer(running, "Gießen", sign("Universitätsstadt Gießen", NOTE))
    office.later(minutes=9)
    office.answer(
        running,
        LONG,
        sign(f"Hanse- und Universitätsverbandsgemeinde {LONG} und Umgebung", "Wort " * 119),
    )
    disputed(office, running)
    for slug in ("bahnhof", "licht"):
        office.answer(office.open(slug), "Bonn", sign("Stadt Bonn"))
        office.print_error = (
            "Die Schrift „Fira Sans“ fehlt auf diesem Rechner" if slug == "licht" else ""
        )
        actions.rounds.close(office.db, get_latest_round(office.db, slug).id, "staff/2", office.now)
        office.work()
    write(office)
    look_at_list(office)
    office.print_error = ""
    for slug in ("spielplatz", "kameras", "nacht"):
        office.answer(office.open(slug), "Bonn", sign("Stadt Bonn"))
        actions.rounds.close(office.db, get_latest_round(office.db, slug).id, "staff/2", office.now)
        office.work()
        at = office.now + timedelta(days=5) if slug == "spielplatz" else None
        actions.releases.release_paper(
            office.db, get_latest_round(office.db, slug).id, at, "staff/2", office.now
        )
    actions.releases.retract_release(
        office.db,
        5,
        "Ein Gericht hat es angeordnet.",
        "https://verband.example/neu",
        "staff/2",
        office.now,
    )
    actions.member_import.import_members(
        office.db, [member(99, "Spätheim", "Stadt Spätheim", "Hessen")], "cli", office.now
    )
    wait_for_the_office(office)
    return office


def wait_for_the_office(office: Office) -> None:
    """A late signature, a reply by mail, an accepted name, a request, an invited person, an opening to recall."""

    for account in store.accounts.list_all(office.db)[:2]:
        actions.accounts.set_password(office.db, account.id, 1, "hash", account.created_at)
    invited = ("neue.person@forum.example", "Neue Person", Role.EDITOR, "")
    actions.accounts.add(office.db, *invited, "staff/1", office.now)

    opening = Opening(LAST_DAY, terms=Terms(late=True))
    late = open_round(office.db, "wege", opening, "cli", office.now)
    office.answer(late, "Bonn", sign("Stadt Bonn"))
    actions.rounds.close(office.db, late.id, "staff/2", office.now)
    office.work()
    actions.releases.release_paper(office.db, late.id, None, "staff/2", office.now)
    added = office.answer(late, "Köln", sign("Stadt Köln"))
    office.answer(late, "Mainz", sign("Stadt Mainz am Rhein", NOTE))
    editor = office.browser(Role.EDITOR)
    editor.open(f"/office/invitations/{added}/late").submit({"accepted": "yes"}, action="/late")
    editor.open(f"/office/rounds/{late.id}/late").submit({"kind": "addendum"}, action="/documents")
    office.work()
    actions.amendments.decide(office.db, 7, "name", True, "staff/2", office.now)
    receive(office, office_address(office), "Wir zeichnen mit.\n\nMit freundlichen Grüßen")
    actions.approvals.set_four_eyes(office.db, True, "staff/1", office.now)
    editor.open(f"/office/rounds/{late.id}/late").submit(action="/documents/release")
    kept = StoredMemberFile(FORMER, "frueher.csv", f'"{b64encode(HISTORY.encode()).decode()}"')
    actions.member_import.save_preview(office.db, kept, office.now)
    let_apply(office)
    fail_to_renew(office)
    office.draft("ufer", "Wege am Ufer")
    office.open("ufer")


def fail_to_renew(office: Office) -> None:
    """A released PDF whose timestamp runs out and could not be renewed."""
    problem = "die Zeitstempelstelle zeit.example ist nicht erreichbar"
    failed = FailedRenewal(1, office.now, office.now + timedelta(days=60), problem)
    with transaction(office.db):
        store.renewals.save_failure(office.db, failed)


def let_apply(office: Office) -> None:
    """A round that takes applications: one waits for the office, with every doubt, one is decided."""
    opening = Opening(LAST_DAY, terms=Terms(public=True, applications=True))
    round = open_round(office.db, "parken", opening, "cli", office.now)
    bodies = [
        ("Gemeinde Augsburg", "m00002@kommune.example"),
        ("Gemeinde Augsburg", "muster.gemeinde@web.de"),
        ("Stadt Fremdstadt", "rathaus@fremdstadt.example"),
    ]
    for number, (name, email) in enumerate(bodies, 1):
        fields = ApplicationFields(name, "Gemeinde", "Bayern", "Büro der Leitung", email)
        actions.applications.apply(office.db, round.id, fields, "de", office.now)
        actions.applications.confirm(office.db, number, fields, office.now)
    actions.applications.refuse(office.db, 3, "Bitte später.", "staff/2", office.now)


def look_at_list(office: Office) -> None:
    """A representative with an unusual address, an archived one, and an import preview."""
    for email in ("presse@kommunne.example", "frueher@kommune.example"):
        new = Representative(
            0, 2, "Presse- und Öffentlichkeitsarbeit", "Leitung", email, may_answer=False
        )
        id = actions.members.add_representative(office.db, new, "staff/2", office.now)
    actions.members.archive_representative(office.db, replace(new, id=id), "staff/2", office.now)
    for digest, text in ((PREVIEWED, LIST), (MAPPED, OWN_LIST)):
        sheets = read_sheets("mitglieder.csv", text.encode())
        layout = guess_layout(sheets, {})
        file = inspect_members(sheets, layout, known=store.members.list_all(office.db))
        kept = dump_uploaded_list(UploadedList(sheets, layout, (), file))
        actions.member_import.save_preview(
            office.db, StoredMemberFile(digest, "mitglieder.csv", kept), office.now
        )


def write(office: Office) -> None:
    """A paper with all its details, and one with a second edition."""
    annex = actions.papers.attach(
        office.db,
        "hitzeschutz",
        1,
        Annex("Lageplan der Plätze", office.services.archive.store_annex(PDF), 81_000),
        "cli",
        office.now,
    )
    about = {
        "adopted_by": "Mitgliederversammlung",
        "assembly": "27. Mitgliederversammlung",
        "adopted_at": "Mannheim",
    }
    vote, contact = "einstimmig bei 3 Enthaltungen", "Fachreferat, 0221 4710-129"
    text = replace(
        annex.text, subtitle="Ein Beitrag der Kommunen", vote=vote, contact=contact, **about
    )
    source = f"# Hitze\n\nSommer werden wärmer.\n\n{'| a ' * 7}|\n{'|---' * 7}|\n{'| b ' * 7}|"
    text = replace(text, html=read_editor_source(source, "").html, adopted_on=date(2026, 11, 12))
    actions.papers.revise(
        office.db, "hitzeschutz", 1, text, "cli", office.now, source=source, expected_version=1
    )
    actions.papers.enqueue_trial_print(office.db, "hitzeschutz", 1, "cli", office.now)
    office.work()
    second = add_edition(office.db, "licht", 1, "cli", office.now)
    changed = replace(
        second.text,
        html="<h2>Text</h2><p>Wort und Licht.</p><p>Ein neuer Absatz.</p>",
        subtitle="Neu",
    )
    actions.papers.revise(
        office.db, "licht", 2, changed, "cli", office.now, source="", expected_version=1
    )


PREVIEWED, MAPPED, FORMER = "0" * 64, "1" * 64, "2" * 64
LIST = """Schlüssel;Name;Bezeichnung;Art;Bundesland;Ansprechperson;E-Mail
00002;Augsburg;Fuggerstadt Augsburg;kreisfreie Stadt;Bayern;Ansprechperson;m00002@kommune.example
00003;Bonn;Stadt Bonn;Stadt;Nordrhein-Westfalen;Ansprechperson;m00003@kommune.example
00077;Neuberg am Rennsteig;Gemeinde Neuberg am Rennsteig;Gemeinde;Thüringen;Bürgermeisteramt;buero@neuberg.example
00078;Irrtum;;Stadt;Hessen;Büro;kein Postfach
00003;Bonn;;;;Stabsstelle;stab@komune.example
"""
OWN_LIST = """Mitglieder des Städteforums, Stand 1. Februar 2027
AGS;Kommune;Bundesland;Einwohner;Ansprechpartner/in;Dienststelle und Raum;E-Mail-Adresse
9761000;Augsburg;Bayern;303150;Ansprechperson;Rathaus, Zimmer 3;m00002@kommune.example
5314000;Bonn;NRW;335789;Büro der Oberbürgermeisterin;Stadthaus;m00003@kommune.example
16 0 52 001;Gera;Thüringen;93634;Stabsstelle für den öffentlichen Raum;Haus B;stab@gera.example
"""


def disputed(office: Office, running: Round) -> None:
    """Hanau: passed on twice, a letter, corrected, objected to, voided, and answered anew."""
    (link,) = store.rounds.list_open_links(office.db, 8)
    colleague = Colleague(
        "Vorname Nachname", "Ordnungsamt", "ordnungsamt@hanau.example", "Bitte übernehmen Sie."
    )
    colleague_link = actions.delegation.delegate(
        office.db, store.access.load(office.db, link), colleague, office.now
    )
    further = Colleague(
        "Abteilungsleitung", "Stabsstelle Prävention", f"{'praevention' * 5}@hanau.example"
    )
    actions.delegation.delegate(
        office.db, store.access.load(office.db, colleague_link), further, office.now
    )
    recorded_answer = RecordedAnswer(
        sign("Stadt Hanau"), Channel.LETTER, office.now.date(), "Brief vom 22. Januar"
    )
    arguments = {"actor": "staff/2", "now": office.now}
    scan = Scan(office.services.archive.store_scan(PDF, "pdf"), "pdf", len(PDF))
    actions.amendments.record_answer(
        office.db, 8, recorded_answer, scan, expected_version=0, form_key="a", **arguments
    )
    signer = Signer("Vorname", "Nachname-Berichtigt", "Oberbürgermeisterin", "Dr.")
    correction = actions.amendments.NameCorrection("Brüder-Grimm-Stadt Hanau", signer, "Anruf")
    actions.amendments.correct_names(
        office.db, 8, correction, expected_version=1, form_key="b", **arguments
    )
    counts = store.answers.find_current(office.db, 8)
    actions.amendments.void_answer(
        office.db,
        8,
        counts.id,
        "Die Büroleitung sagt, der Brief komme nicht von dort.",
        **arguments,
    )
    office.answer(running, "Hanau", sign("Stadt Hanau"))
    counts = store.answers.find_current(office.db, 8)
    actions.answers.object_to(
        office.db,
        store.access.load(office.db, link),
        counts.id,
        "Davon weiß hier niemand.",
        office.now,
    )


HISTORY = """Mitglied;Papier;Jahr;Ergebnis
Bonn;Charta des öffentlichen Raums;2019;mitgezeichnet
Köln;Charta des öffentlichen Raums;2019;nein
"""
PAPERS = {
    "hitzeschutz": "Hitzeschutz auf Plätzen und Schulhöfen",
    "licht": "Licht in der Stadt",
    "spielplatz": "Spielplätze für alle",
    "kameras": "Kameras im öffentlichen Raum",
    "nacht": "Die Stadt bei Nacht",
    "bahnhof": "Sicherheit rund um Bahnhöfe",
    "wege": "Wege zur Schule",
    "parken": "Parken in der Innenstadt",
    "leitgedanken": "Leitgedanken zu marginalisierten Gruppen im öffentlichen Raum",
}


# What no link leads to, pages of one state, and pages that a query changes.
STARTS = [
    "/office/",
    "/office/rounds/1/target",
    "/office/rounds/4/release/cancellation",
    "/office/rounds/6/retraction",
    "/office/invitations/8/links/17/end",
    "/office/papers/nacht/editions/new",
    "/office/papers/ufer/open/recall",
    f"/office/members/import/{PREVIEWED}",
    f"/office/members/import/{MAPPED}",
    f"/office/members/import/{MAPPED}/columns",
    f"/office/members/history/{FORMER}",
    "/office/members?q=Nirgendwo",
    "/office/rounds/1?q=Nirgendwo",
    "/office/rounds/1?todo=note",
    "/office/search?q=Bonn",
    "/office/search?q=Nirgendwo",
    "/office/audit?from=gestern",
    "/office/mail/preview?kind=reminder",
    "/login",
    "/login/forgotten",
]


def fresh(folder: Path) -> Office:
    """An instance directly after its first login."""
    create_instance(folder, STARTER)
    settings = load_settings(folder, {})
    return Office(replace(settings, base_url="http://localhost", second_factor=False))


def full(folder: Path) -> Office:
    """An open round of 11,084 members; it is made once if ``folder`` stays."""
    if not any(folder.iterdir()):
        return large_round(folder, MEMBERS)
    office = Office(Settings(folder, "http://localhost", KEYS, second_factor=False))
    office.later(days=DAYS)
    return office


STATES = {"empty": fresh, "usual": at_work, "full": full, "wrong": at_work}
# Empties the form and sends it as a browser does without its own checks.
SEND_EMPTY = """number => {
  const form = document.querySelectorAll("main form[method=post]")[number];
  for (const each of form.elements) {
    if (["radio", "checkbox"].includes(each.type)) each.checked = false;
    else if (each.matches("textarea, input:not([type=hidden], [type=submit], [type=file])")) each.value = "";
  }
  form.noValidate = true;
  form.requestSubmit(form.querySelector("button:not([formaction])"));
}"""
FIELDS = "textarea, select, input:not([type=hidden], [type=submit])"
FORMS = f"forms => forms.map(form => !!form.querySelector('{FIELDS}'))"


def log_in(browser: Browser, office: Office, home: str) -> Page:
    if not store.accounts.find_by_email(office.db, EMAIL):
        hashed = security.hash_password(PASSWORD)
        actions.accounts.add(
            office.db, EMAIL, "Vorname Nachname", Role.ADMIN, hashed, "cli", office.now
        )
    page = browser.new_context(base_url=home, reduced_motion="reduce").new_page()
    page.set_default_timeout(PATIENCE)
    page.goto("/login")
    page.fill("[name=email]", EMAIL)
    page.fill("[name=password]", PASSWORD)
    page.click("main button[type=submit]")
    page.wait_for_url("**/office/**")
    return page


def start_trial_round(page: Page) -> None:
    """Only who has started it sees what can be done in it."""
    page.goto("/office/papers/hitzeschutz/trial-round")
    page.click("main form button[type=submit]")
    page.wait_for_url("**/office/trial-round")


def take(page: Page, name: str, wanted: Namespace) -> None:
    """Pictures of the open page in each width and theme; tells what is too wide."""
    for width in wanted.width:
        page.set_viewport_size({"width": width, "height": 900})
        if problem := sideways(page):
            print(f"{name} at {width}: {problem}")
        for theme in wanted.theme:
            page.emulate_media(color_scheme=theme)
            page.screenshot(path=wanted.folder / f"{name}-{width}-{theme}.png", full_page=True)


def take_wrong(page: Page, name: str, wanted: Namespace) -> None:
    """Pictures of what answers each form of the open page, sent empty."""
    address = page.url
    for number, has_fields in enumerate(page.eval_on_selector_all("main form[method=post]", FORMS)):
        if not has_fields:
            continue
        page.goto(address)
        with page.expect_navigation() as navigation:
            page.evaluate(SEND_EMPTY, number)
        if navigation.value.status >= 400:
            take(page, f"{name}-{number}", wanted)


def take_steps(page: Page, wanted: Namespace) -> None:
    """The steps of opening a round, filled in and submitted, with a deadline that causes a warning."""
    page.goto("/office/papers/hitzeschutz/open")
    for name in ("who", "deadline", "cautions", "settings", "mail", "review"):
        if name == "deadline":
            page.fill("[name=deadline]", "gestern")
            page.click("text=Weiter zu den Einstellungen")
            take(page, "opening-error", wanted)
            page.fill("[name=deadline]", "27.12.2027")
        if name == "mail":
            page.fill("[name=introduction_de]", "Liebe Mitglieder,\n\nnun ist es so weit.")
            page.click("text=Gestaltete Ansicht anzeigen")
            page.frame_locator("iframe").locator("body").wait_for()
        take(page, f"opening-{name}", wanted)
        page.click("main form > .so-actions button >> nth=0") if name != "review" else None


def look_at(state: str, browser: Browser, wanted: Namespace) -> None:
    with ExitStack() as stack:
        folder = wanted.full if state == "full" and wanted.full else None
        office = STATES[state](folder or Path(stack.enter_context(tempfile.TemporaryDirectory())))
        home = stack.enter_context(listening(office.app))
        page = log_in(browser, office, home)
        watch = Watch(page.context, home)
        if state == "usual":
            start_trial_round(page)
        starts = STARTS if state in ("usual", "wrong") else STARTS[:1]
        before = time.process_time()
        for _endpoint in walk(page, office.app, starts, wanted.most):
            spent, address = time.process_time() - before, page.url.removeprefix(home)
            if spent > SLOW:
                print(f"{state}: {spent:.1f} s for {address}")
            name = f"{state}-{address.strip('/').replace('/', '_').replace('?', '-')}"
            if not wanted.part or any(part in address for part in wanted.part):
                (take_wrong if state == "wrong" else take)(page, name, wanted)
            before = time.process_time()
        if state == "usual" and (not wanted.part or "steps" in wanted.part):
            take_steps(page, wanted)
        print(*watch.problems, sep="\n")
        page.context.close()


def main() -> None:
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--state", action="append", choices=STATES)
    parser.add_argument("--width", action="append", type=int)
    parser.add_argument("--theme", action="append", choices=THEMES)
    parser.add_argument("--part", action="append", help="only addresses with this in them")
    parser.add_argument("--most", type=int, default=3, help="addresses of each page")
    parser.add_argument("--full", type=Path, help="keep the instance of 11,084 members here")
    wanted = parser.parse_args()
    wanted.width, wanted.theme = wanted.width or WIDTHS, wanted.theme or THEMES
    for folder in filter(None, (wanted.folder, wanted.full)):
        folder.mkdir(parents=True, exist_ok=True)
    with launch_chromium() as browser:
        for state in wanted.state or STATES:
            look_at(state, browser, wanted)


if __name__ == "__main__":
    sys.exit(main())
