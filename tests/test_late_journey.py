"""A late signature from the release through answer, office and addendum to the second edition.

Server, worker, printer, seal and browser are real. The first edition keeps its bytes.
"""

import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from signoff import actions, security, store
from signoff.actions.rounds import Opening
from signoff.cli.context import get_latest_round, open_context
from signoff.cli.instance import create_instance
from signoff.domain.accounts import Role
from signoff.domain.releases import PrintKind
from signoff.domain.rounds import Terms
from tests.factories import BEISPIELSTADT, CAST, FORUM, HESITANT, MAYOR, SLUG, TEXT, sign
from tests.form_filling import CONTACT, PERSON
from tests.pdf import reader, verapdf
from tests.server import DAYS, PASSWORD, STAFF, Served, serving, until
from tests.visitor import Visitor
from tests.world import open_round

pytestmark = [pytest.mark.browser, pytest.mark.soak]
CITY = BEISPIELSTADT.official_name


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    """A released paper with late signing: Musterhausen has signed, Beispielstadt has not answered."""
    create_instance(tmp_path, FORUM)
    context, now = open_context(tmp_path), datetime.now(UTC)
    actions.member_import.import_members(context.db, CAST, "office", now)
    actions.papers.add_paper(context.db, SLUG, TEXT, "office", now)
    opening = Opening((now + timedelta(days=DAYS)).date(), ("voll",), Terms(late=True))
    round = open_round(context.db, SLUG, opening, "office", now, setup_required=False)
    actions.accounts.add(
        context.db, STAFF, "Leitung", Role.ADMIN, security.hash_password(PASSWORD), "cli", now
    )
    link = next(
        row for row in store.rounds.list_links_of_round(context.db, round.id) if row.email == MAYOR
    )
    access = store.access.load(context.db, link)
    actions.answers.submit(
        context.db,
        access,
        sign(),
        edition_digest=access.edition.digest,
        seen=None,
        form_key="",
        now=datetime.now(UTC),
    )
    actions.rounds.close(
        context.db, get_latest_round(context.db, SLUG).id, "office", datetime.now(UTC)
    )
    with serving(tmp_path) as running:
        until(
            lambda: (
                (done := store.releases.find_latest_print(context.db, round.id, PrintKind.FINAL))
                and done.printed_at
            )
        )
        actions.releases.release_paper(
            context.db, get_latest_round(context.db, SLUG).id, None, "office", datetime.now(UTC)
        )
        until(
            lambda: (
                releases_of(running)[0].is_public(datetime.now(UTC)) and HESITANT in running.links()
            )
        )
        yield running
    context.db.close()


def releases_of(served: Served) -> list:
    db = served.context.db
    releases = store.releases.list_for_round(db, 1)
    db.close()
    return releases


def fetched(person: Visitor, path: str) -> bytes:
    answer = person.context.request.get(person.served.base_url + path)
    assert answer.status == 200, path
    return answer.body()


def verified(served: Served, content: bytes, folder: Path) -> str:
    file = folder / f"{sha256(content).hexdigest()[:8]}.pdf"
    file.write_bytes(content)
    command = [
        sys.executable,
        "-m",
        "signoff",
        "verify",
        str(file),
        "--instance",
        str(served.folder),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def issued(office: Visitor, served: Served, kind: str) -> None:
    """The office orders the document, waits for it, and releases it."""
    number = len(releases_of(served))
    office.go("/office/rounds/1/late")
    office.page.locator(f"[name=kind][value={kind}]").check()
    office.page.get_by_role("button", name="PDF fertigen", exact=True).click()
    # The page loads itself again until the document is there.
    expect(office.page.get_by_role("button", name="Veröffentlichen")).to_be_visible()
    office.press("Veröffentlichen")
    assert len(releases_of(served)) == number + 1
    # ``signoff verify`` reads the record that the worker writes after the release.
    record = served.folder / f"archive/released/{releases_of(served)[-1].sha256}.json"
    until(record.exists)


def test_late_signature_is_published_and_the_first_edition_is_unchanged(
    chromium: Browser, served: Served, tmp_path: Path
) -> None:
    public = Visitor(chromium, served, script=True)
    public.go(f"/papers/{SLUG}")
    first = fetched(public, f"/papers/{SLUG}/{SLUG}.pdf")
    digest = sha256(first).hexdigest()

    # Beispielstadt opens its old link and signs.
    clerk = Visitor(chromium, served, script=True)
    clerk.go(served.links()[HESITANT])
    clerk.follow("Nachzeichnen")
    clerk.fill({"answer": "sign"})
    clerk.press("Weiter")
    clerk.fill({**PERSON, "basis": "head", "authorised": True})
    clerk.press("Weiter zu Schritt 3")
    clerk.fill({"publish_name": True, **CONTACT})
    clerk.press("Weiter zum Prüfen")
    clerk.fill({"confirm": "Beispielstadt"})
    clerk.press("Nachzeichnung abgeben")
    assert clerk.kind == "receipt"
    assert "ist eingegangen" in clerk.page.locator("h1").inner_text()
    public.reload()
    assert CITY not in public.page.locator("main").inner_text()

    # The office accepts; the public reads it with the next load.
    office = Visitor(chromium, served, script=True)
    office.go("/office/")
    office.fill({"email": STAFF, "password": PASSWORD})
    office.press("Anmelden")
    office.follow("Nachzeichnungen ansehen")
    office.page.get_by_role("link", name="Nachzeichnung prüfen").click()
    office.look()
    office.page.locator("[name=accepted][value=yes]").check()
    office.press("Entscheidung festhalten")
    public.reload()
    assert "nachgezeichnet am" in public.page.locator("main").inner_text()

    # The addendum: ordered, looked at, released.
    issued(office, served, "addendum")
    addendum = fetched(public, f"/papers/{SLUG}/{SLUG}-2.pdf")
    text = reader.words(addendum)
    assert "1. Nachtrag" in text
    assert CITY in text
    assert "Stadt Musterhausen" not in text
    assert digest in reader.strip_spaces(text)
    assert "1. Nachtrag" in verified(served, addendum, tmp_path)

    # Musterhausen withdraws; the second edition names it as withdrawn and lists who signs now.
    clerk.go(served.links()[MAYOR])
    clerk.follow("Mitzeichnung zurücknehmen …")
    clerk.fill({"confirm": "Musterhausen"})
    clerk.press("Mitzeichnung zurücknehmen")
    issued(office, served, "edition")
    edition = fetched(public, f"/papers/{SLUG}/{SLUG}.pdf")
    text = reader.words(edition)
    assert "2. Ausgabe" in text
    assert CITY in text
    assert "Stadt Musterhausen · zurückgenommen am" in text
    assert "2. Ausgabe der Liste mit 1 Mitzeichnungen" in verified(served, edition, tmp_path)

    # The first edition: same addresses, same bytes, still genuine; the page leads to all three.
    for path in (f"/papers/{SLUG}/{SLUG}-1.pdf", f"/files/{digest}.pdf"):
        assert fetched(public, path) == first
    assert "1. Ausgabe der Liste mit 1 Mitzeichnungen" in verified(served, first, tmp_path)
    public.reload()
    editions = public.page.locator("#ausgaben").inner_text()
    assert all(name in editions for name in ("1. Ausgabe", "1. Nachtrag", "2. Ausgabe"))

    for name, content in (("addendum", addendum), ("edition", edition)):
        (tmp_path / f"{name}.pdf").write_bytes(content)
    assert not verapdf.missing(), f"veraPDF needs {verapdf.missing()}: make test installs it"
    for verdicts in verapdf.validate(tmp_path / "addendum.pdf", tmp_path / "edition.pdf").values():
        assert all(verdict.passed for verdict in verdicts), verdicts
