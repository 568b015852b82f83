"""Draws the office's pages at 320 and 1280 px: ``python -m tests.office_pictures [folder] [part of a name …]``."""

import logging
import sys
import tempfile
import threading
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from playwright.sync_api import sync_playwright
from werkzeug.serving import make_server

from signoff import passwords
from signoff.actions import closing, staffing
from signoff.domain.answer import Answer, Kind
from signoff.domain.staff import Role
from tests.web.house import CONTACT, House, house, signing

WIDTHS = (320, 1280)
PASSWORD = "ein langer Satz als Passwort"
CITIES = "Augsburg Bonn Chemnitz Dresden Essen Freiburg Gießen Hanau Ingolstadt Jena Köln Lübeck Mainz Neuss Potsdam"
LONG = "Sankt Margarethen an der Nordrandschnellstraße"
NOTE = "Die Stadt versteht Leitgedanke 4 im Rahmen ihrer Haushaltsmittel.\nSie verweist auf den Ratsbeschluss."


def at_work(folder: Path) -> House:
    """One round in full swing, one to be released, one whose print failed, one released, one paper without a round."""
    office = house(folder)
    states = ("Bayern", "Nordrhein-Westfalen", "Sachsen")
    names = [(name, f"Stadt {name}", states[at % 3]) for at, name in enumerate(CITIES.split())]
    office.enrol([*names, (LONG, f"Verbandsgemeinde {LONG} und Umgebung", "Mecklenburg-Vorpommern")])
    for slug, title in PAPERS.items():
        office.draft(slug, title)
    office.lost = {"m00009@", "m00013@"}
    running = office.open()
    office.work()
    office.later(days=3, hours=2)
    for name in ("Augsburg", "Bonn", "Dresden", "Köln", "Mainz"):
        office.answer(running, name, signing(f"Stadt {name}"))
    office.answer(running, "Essen", Answer(Kind.PENDING, CONTACT, expected_on=date(2027, 2, 4), expected_body="Rat"))
    office.answer(running, "Jena", Answer(Kind.DECLINE, CONTACT, reason="Der Rat hat sich dagegen ausgesprochen."))
    office.answer(running, "Neuss", Answer(Kind.NOT_COMPETENT, CONTACT))
    office.answer(running, "Gießen", signing("Universitätsstadt Gießen", NOTE))
    office.later(minutes=9)
    office.answer(running, LONG, signing(f"Hanse- und Universitätsverbandsgemeinde {LONG} und Umgebung", "Wort " * 119))
    for slug in ("bahnhof", "licht"):
        office.answer(office.open(slug), "Bonn", signing("Stadt Bonn"))
        office.broken = "Die Schrift „Fira Sans“ fehlt auf diesem Rechner" if slug == "licht" else ""
        closing.close(office.db, slug, "staff/2", office.now)
        office.work()
    return office


PAPERS = {
    "hitzeschutz": "Hitzeschutz auf Plätzen und Schulhöfen",
    "licht": "Licht in der Stadt",
    "bahnhof": "Sicherheit rund um Bahnhöfe",
    "leitgedanken": "Leitgedanken zu marginalisierten Gruppen im öffentlichen Raum",
}


def scenes() -> Iterator[tuple[str, str]]:
    yield from (("overview", ""), ("round", "rounds/1"), ("round-none", "rounds/1?q=Nirgendwo"))
    yield from (("round-closed", "rounds/2"), ("invitation", "invitations/7"), ("invitation-long", "invitations/17"))
    yield from (("invitation-lost", "invitations/8"), ("closing", "rounds/1/closing"), ("account", "account"))
    yield from (("cancellation", "rounds/1/cancellation"), ("extension", "rounds/1/extension"))
    yield from (("release", "rounds/2/release"), ("release-failed", "rounds/3/release"), ("journal", "journal"))
    yield from (("reminders", "rounds/1/reminders"), ("mail", "mail"), ("preview", "mail/preview?kind=reminder"))
    yield from (("association", "association"), ("legal", "association/texts/imprint/de"))
    yield from (("check", "journal/check"), ("opening", "papers/hitzeschutz/open"))


def main(folder: Path, parts: list[str]) -> int:
    """Draw; say which page is wider than its window or had something refused by the content policy."""
    folder.mkdir(parents=True, exist_ok=True)
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    wrong = 0
    with tempfile.TemporaryDirectory() as instance, sync_playwright() as playwright:
        office = at_work(Path(instance))
        hash = passwords.hashed(PASSWORD)
        staffing.add_staff(office.db, "bild@forum.example", "Vorname Nachname", Role.ADMIN, hash, "cli", office.now)
        server = make_server("127.0.0.1", 0, office.app, threaded=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        home = f"http://localhost:{server.port}"
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        for width in WIDTHS:
            page = browser.new_page(viewport={"width": width, "height": 900})
            page.goto(f"{home}/login")
            page.fill("[name=email]", "bild@forum.example")
            page.fill("[name=password]", PASSWORD)
            page.click("main button[type=submit]")
            said: list[str] = []
            page.on("console", lambda message, said=said: said.append(message.text))
            page.on("requestfailed", lambda request, said=said: said.append(f"failed: {request.url}"))
            for name, path in scenes():
                if parts and not any(part in name for part in parts):
                    continue
                said.clear()
                page.goto(f"{home}/office/{path}", wait_until="load")
                wide = page.evaluate("document.documentElement.scrollWidth")
                if wide > width or said or "/login" in page.url:
                    wrong += 1
                    print(f"{name} at {width}: {wide} px wide", *said, sep="\n  ")
                page.screenshot(path=folder / f"office-{name}-{width}.png", full_page=True)
        browser.close()
        server.shutdown()
    return 1 if wrong else 0


if __name__ == "__main__":
    target, *wanted = sys.argv[1:] or ["tests/pictures"]
    sys.exit(main(Path(target), wanted))
