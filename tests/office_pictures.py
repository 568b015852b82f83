"""Draws the office's pages at 320 and 1280 px: ``python -m tests.office_pictures [folder] [part of a name …]``."""

import logging
import sys
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from playwright.sync_api import Page, Request, sync_playwright
from werkzeug.serving import make_server

from signoff import actions, security, store
from signoff.cli.context import get_latest_round
from signoff.domain.accounts import Role
from signoff.domain.answer_forms import Colleague, RecordedAnswer, Scan
from signoff.domain.answers import Channel, Signer
from signoff.domain.members import Representative
from signoff.domain.papers import Annex
from signoff.domain.rounds import Round
from signoff.importers.member_columns import guess_layout
from signoff.importers.members import UploadedList, dump_uploaded_list, inspect_members
from signoff.importers.papers import read_editor_source
from signoff.importers.sheets import read_sheets
from signoff.store.members import StoredMemberFile
from tests.chromium import OWN
from tests.factories import decline, not_competent, pending, sign
from tests.importers.test_uploads import PDF
from tests.web.office.office import Office, member, new_office
from tests.world import add_edition

WIDTHS = (320, 1280)
PASSWORD = "ein langer Satz als Passwort"
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
    return office


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
        Annex("Lageplan der Plätze", "a" * 64, 81_000),
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


PREVIEWED, MAPPED = "0" * 64, "1" * 64
LIST = """key;name;official_name;kind;state;representative;email
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


PAPERS = {
    "hitzeschutz": "Hitzeschutz auf Plätzen und Schulhöfen",
    "licht": "Licht in der Stadt",
    "spielplatz": "Spielplätze für alle",
    "kameras": "Kameras im öffentlichen Raum",
    "nacht": "Die Stadt bei Nacht",
    "bahnhof": "Sicherheit rund um Bahnhöfe",
    "leitgedanken": "Leitgedanken zu marginalisierten Gruppen im öffentlichen Raum",
}


def scenes() -> Iterator[tuple[str, str]]:
    yield from (("overview", ""), ("round", "rounds/1"), ("round-none", "rounds/1?q=Nirgendwo"))
    yield from (
        ("round-closed", "rounds/2"),
        ("invitation", "invitations/7"),
        ("invitation-long", "invitations/16"),
    )
    yield from (
        ("invitation-lost", "invitations/12"),
        ("closing", "rounds/1/closing"),
        ("account", "account"),
    )
    yield from (("cancellation", "rounds/1/cancellation"), ("extension", "rounds/1/extension"))
    yield ("ending", "rounds/2/ending")
    yield from (
        ("release", "rounds/2/release"),
        ("release-failed", "rounds/3/release"),
        ("journal", "audit"),
    )
    yield from (
        ("reminders", "rounds/1/reminders"),
        ("mail", "mail"),
        ("preview", "mail/preview?kind=reminder"),
        ("mail-texts", "mail/texts"),
        ("mail-text", "mail/texts/invitation/de"),
    )
    yield from (
        ("aim", "rounds/1/target"),
        ("journal-wrong", "audit?from=gestern"),
        ("filtered", "rounds/1?todo=note"),
    )
    yield from (("association", "association"), ("legal", "association/texts/imprint/de"))
    yield from (("release-planned", "rounds/4/release"), ("release-withdrawn", "rounds/5/release"))
    yield from (("withdrawal", "rounds/6/retraction"), ("addition", "rounds/1/members"))
    yield from (
        ("check", "audit/check"),
        ("opening", "papers/hitzeschutz/open"),
        ("members", "members"),
    )
    yield from (
        ("members-none", "members?q=Nirgendwo"),
        ("member", "members/2"),
        ("member-edit", "members/16/edit"),
    )
    yield from (("member-new", "members/new"), ("representative", "members/2/representatives/2"))
    yield from (
        ("member-import", "members/import"),
        ("member-preview", f"members/import/{PREVIEWED}"),
        ("member-columns", f"members/import/{MAPPED}/columns"),
        ("member-mends", f"members/import/{MAPPED}"),
    )
    yield from (("invitation-disputed", "invitations/8"), ("recording", "invitations/2/recording"))
    yield from (
        ("recording-empty", "invitations/3/recording"),
        ("end-link", "invitations/8/links/17/end"),
    )
    yield from (
        ("correction", "invitations/16/correction"),
        ("voiding", "invitations/16/answers/10/voiding"),
    )
    yield from (
        ("recording-wrong", "invitations/3/recording!"),
        ("correction-wrong", "invitations/2/correction!"),
    )
    yield from (
        ("sending", "invitations/8/resend"),
        ("voiding-wrong", "invitations/2/answers/2/voiding!"),
        ("check", "audit/check"),
        ("opening", "papers/hitzeschutz/open"),
    )
    yield from (("password", "account/password"),)
    yield from (
        ("people", "accounts"),
        ("people-none", "accounts?q=Nirgendwo"),
        ("person", "accounts/2"),
    )
    yield from (
        ("person-own", "accounts/4"),
        ("invite", "accounts/invite"),
        ("second", "account/second"),
    )
    yield from (
        ("papers", "papers"),
        ("papers-none", "papers?q=nirgends"),
        ("paper-new", "papers/new"),
    )
    yield from (("paper", "papers/hitzeschutz"), ("paper-edit", "papers/hitzeschutz/edit"))
    yield from (("paper-edition", "papers/licht"), ("compare", "papers/licht/compare"))


def steps(page: Page, home: str, folder: Path, width: int) -> int:
    """The steps of opening a round, filled in and submitted, with a deadline that causes a warning."""
    wrong = 0
    page.goto(f"{home}/office/papers/hitzeschutz/open")
    for name in ("who", "deadline", "cautions", "settings", "mail", "review"):
        if name == "deadline":
            page.fill("[name=deadline]", "gestern")
            page.click("text=Weiter zu den Einstellungen")
            page.screenshot(path=folder / f"office-opening-steps-error-{width}.png", full_page=True)
            page.fill("[name=deadline]", "27.12.2027")
        if name == "mail":
            page.fill("[name=introduction_de]", "Liebe Mitglieder,\n\nnun ist es so weit.")
            page.click("text=Gestaltete Ansicht anzeigen")
            page.frame_locator("iframe").locator("body").wait_for()
        wide = page.evaluate("document.documentElement.scrollWidth")
        if wide > width:
            wrong += 1
            print(f"opening, {name} at {width}: {wide} px wide")
        page.screenshot(path=folder / f"office-opening-steps-{name}-{width}.png", full_page=True)
        page.click("main form > .so-actions button >> nth=0") if name != "review" else None
    return wrong


def lost(request: Request) -> list[str]:
    """Failed requests, apart from those interrupted while the browser's viewer loads a PDF."""
    own = request.url.startswith(OWN) or request.url.endswith(".pdf")
    return [] if own else [f"failed: {request.url}"]


def main(folder: Path, parts: list[str]) -> int:
    """Take the pictures and report pages that are too wide or violate the content security policy."""
    folder.mkdir(parents=True, exist_ok=True)
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    wrong = 0
    with tempfile.TemporaryDirectory() as instance, sync_playwright() as playwright:
        office = at_work(Path(instance))
        password_hash = security.hash_password(PASSWORD)
        actions.accounts.add(
            office.db,
            "bild@forum.example",
            "Vorname Nachname",
            Role.ADMIN,
            password_hash,
            "cli",
            office.now,
        )
        server = make_server("127.0.0.1", 0, office.app, threaded=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        home = f"http://localhost:{server.port}"
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox"]
        )
        for width in WIDTHS:
            page = browser.new_page(viewport={"width": width, "height": 900})
            page.goto(f"{home}/login")
            page.fill("[name=email]", "bild@forum.example")
            page.fill("[name=password]", PASSWORD)
            page.click("main button[type=submit]")
            messages: list[str] = []
            page.on("console", lambda message, messages=messages: messages.append(message.text))
            page.on(
                "requestfailed", lambda request, messages=messages: messages.extend(lost(request))
            )
            for name, path in scenes():
                if parts and not any(part in name for part in parts):
                    continue
                messages.clear()
                page.goto(f"{home}/office/{path.rstrip('!')}", wait_until="load")
                if path.endswith("!"):  # sent as it is
                    page.click("main form .kern-btn--primary")
                    messages.clear()  # the browser reports the 422 of the page
                wide = page.evaluate("document.documentElement.scrollWidth")
                if wide > width or messages or "/login" in page.url:
                    wrong += 1
                    print(f"{name} at {width}: {wide} px wide", *messages, sep="\n  ")
                page.screenshot(path=folder / f"office-{name}-{width}.png", full_page=True)
            if not parts or any(part in "opening-steps" for part in parts):
                wrong += steps(page, home, folder, width)
        browser.close()
        server.shutdown()
    return 1 if wrong else 0


if __name__ == "__main__":
    target, *selected = sys.argv[1:] or ["tests/pictures"]
    sys.exit(main(Path(target), selected))
