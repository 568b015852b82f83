"""A walk through an instance whose language is French; ``test_third_language.py`` runs it in a copy of the project.

It is a separate program because the languages are found when the package is imported.
"""

import sys
from dataclasses import replace
from datetime import date
from pathlib import Path

from signoff import actions, security, store
from signoff.cli.demo import build_cosign_fields, submit_answer
from signoff.cli.language import gettext
from signoff.domain.accounts import Role
from signoff.holidays import HolidayCalendar
from signoff.i18n.catalogue import LANGUAGES
from signoff.pdf.process import print_in_subprocess
from tests.factories import CAST, MAYOR, TEXT
from tests.pdf import reader
from tests.world import BASE, new_world

MARK = "fr:"  # before every sentence of the test's French
PASSWORD = "ein langer Satz als Passwort"  # noqa: S105


def walk(folder: Path) -> None:
    assert LANGUAGES == ("de", "en", "fr")
    world = new_world(folder)
    association = replace(store.association.get(world.db), language="fr")
    actions.association.update(world.db, association, "test", world.now)
    world.enrol([replace(member, language="fr") for member in CAST])
    world.paper(text=replace(TEXT, language="fr"))
    world.open(public=True, introductions={"de": "Guten Tag.", "fr": "Bonjour à tous."})
    world.work()
    app = world.build_app()

    # The invitation
    (mail,) = world.messages_to(MAYOR)
    assert mail["Content-Language"] == "fr"
    text = mail.get_body(("plain",)).get_content()
    assert MARK in text
    assert "Bonjour à tous." in text
    assert "Guten Tag." not in text
    assert "mercredi" in text, "the deadline in French"
    assert "und" not in text.split()

    # The page behind the link, the answer and its receipt
    link = f"/s/{world.links()[MAYOR]}"
    page = world.browser(app).open(link)
    assert 'lang="fr"' in page.response.get_data(as_text=True)
    assert MARK in page.text
    assert {"Deutsch", "English"} <= set(page.text.split())
    fields = build_cosign_fields("Musterhausen", 1, "14.1.2027")
    receipt = submit_answer(app, f"{BASE}{link}", fields)
    assert 'lang="fr"' in receipt
    assert MARK in receipt
    world.work()
    confirmation = world.messages_to(MAYOR)[-1]
    assert MARK in confirmation["Subject"]

    # Files to take away
    motion = world.browser(app).open(f"{link}/kit/motion.pdf").response
    assert "motion.pdf" in motion.headers["Content-Disposition"]
    assert MARK in reader.words(motion.get_data())
    word = world.browser(app).open(f"{link}/kit/motion.docx").response
    assert word.status_code == 200

    # The paper itself
    (document,) = world.printed
    assert document.language == "fr"
    assert MARK in reader.words(print_in_subprocess(document).content)

    # The office and the public pages
    actions.accounts.add(
        world.db,
        "a@b.example",
        "A",
        Role.ADMIN,
        security.hash_password(PASSWORD),
        "test",
        world.now,
    )
    office = world.browser(app).open("/login?next=/office/")
    office.submit({"email": "a@b.example", "password": PASSWORD})
    for path in (
        "",
        f"rounds/{world.round().id}",
        "members",
        "members/new",
        "association",
        "papers",
        "mail",
        "mail/preview",
    ):
        office.open(f"/office/{path}")
        assert MARK in office.text, path
    world.paper("zweites")
    office.open("/office/papers/zweites/open")
    while office.root.find(".//textarea[@name='introduction_fr']") is None:
        office.submit(action="/open")
    office.submit({"introduction_fr": "Chers membres,"}, action="/open")
    assert "Introduction in Français" in office.text
    assert "Chers membres," in office.text
    assert "Français" in office.open("/office/members/new").text
    assert MARK in world.browser(app).open("/").text

    # Public holidays, which the library names in German where it has no French
    new_year = HolidayCalendar().list_holidays(date(2027, 1, 1), [("DE", "Hessen")], "fr")
    assert list(new_year.values()) == [["Hessen"]]

    # The command line
    assert gettext("Alle Konten.") == f"{MARK}All accounts."


if __name__ == "__main__":
    walk(Path(sys.argv[1]))
