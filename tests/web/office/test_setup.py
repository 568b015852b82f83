"""The checklist: measured, the same on all pages, and a condition for real recipients."""

from dataclasses import replace
from pathlib import Path

import pytest

from signoff import actions, checks, store
from signoff.checks import Grade
from signoff.config import Settings
from signoff.domain.accounts import Role
from signoff.domain.association import STARTER
from signoff.domain.setup import SetupLine
from signoff.store.connection import transaction
from tests.factories import FORUM
from tests.web.office.office import Office, new_office

TASK = "Punkten offen"


@pytest.fixture
def fresh(tmp_path: Path) -> Office:
    """An office at its first start."""
    office = new_office(tmp_path)
    actions.association.update(office.db, replace(STARTER, language="de"), "cli", office.now)
    with transaction(office.db):
        office.db.conn.execute("UPDATE legal_texts SET edited_at = NULL, markdown = '[Vorlage]'")
    return office


def grade(office: Office, line: SetupLine) -> Grade:
    findings = checks.check_setup(store.setup.load(office.db), office.settings)
    return next(finding.grade for finding in findings if finding.line == line)


def test_the_first_page_after_the_first_start_is_the_checklist(fresh: Office) -> None:
    page = fresh.browser(Role.ADMIN).open("/office/")
    assert f"Einrichtung: noch 13 von 13 {TASK}" in page.text
    assert "Im Augenblick ist nichts zu tun." not in page.text
    hrefs = {link.get("href") for link in page.root.findall(".//table//a")}
    assert hrefs == {
        "/office/association#name",
        "/office/association#address",
        "/office/association#telephone",
        "/office/association#email",
        "/office/association#responsible",
        "/office/association#logo-heading",
        "/office/association/texts/imprint/de",
        "/office/association/texts/accessibility/de",
        "/office/mail/setup",
        "/office/accounts",
        "/office/members",
        "/office/papers",
    }
    for href in sorted(hrefs - {"/office/mail/setup"}):  # asks for the password first
        anchor = href.partition("#")[2]
        page.open(href)
        assert not anchor or page.root.find(f".//*[@id='{anchor}']") is not None


def test_every_line_is_measured(fresh: Office) -> None:
    fresh.enrol()
    assert grade(fresh, SetupLine.MEMBERS) is Grade.OK
    actions.association.update(
        fresh.db, replace(FORUM, responsible="Leitung", logo="0" * 64), "cli", fresh.now
    )
    for line in ("name", "address", "telephone", "email", "responsible", "logo"):
        assert grade(fresh, SetupLine(line)) is Grade.OK
    for kind in ("imprint", "privacy"):
        assert grade(fresh, SetupLine.TEXTS) is Grade.WARNING
        actions.association.edit_text(fresh.db, kind, "de", "Text", "cli", fresh.now)
    assert grade(fresh, SetupLine.TEXTS) is Grade.OK
    with transaction(fresh.db):
        fresh.db.conn.execute("UPDATE accounts SET password_hash = 'x' WHERE role <> 'viewer'")
    assert grade(fresh, SetupLine.SECOND_ACCOUNT) is Grade.OK
    with transaction(fresh.db):
        fresh.db.conn.execute("UPDATE accounts SET role = 'viewer' WHERE role = 'editor'")
    assert grade(fresh, SetupLine.SECOND_ACCOUNT) is Grade.WARNING
    fresh.settings = replace(fresh.settings, bounces_address="bounces@forum.example")
    assert grade(fresh, SetupLine.RETURNED_MAIL) is Grade.OK


def test_only_a_mail_that_a_server_accepted_and_that_stayed_counts(fresh: Office) -> None:
    account = actions.accounts.get_by_email(fresh.db, "admin@forum.example")
    assert grade(fresh, SetupLine.MAIL) is Grade.WARNING
    with transaction(fresh.db):
        store.outbox.enqueue_for_accounts(fresh.db, "test", [account.id], 1, fresh.now)
    for change, expected in (
        ("sent_at = enqueued_at", Grade.WARNING),
        ("server = 'mail.forum.example'", Grade.OK),
        ("bounced_at = enqueued_at", Grade.WARNING),
    ):
        with transaction(fresh.db):
            fresh.db.conn.execute(f"UPDATE outbox SET {change}")  # noqa: S608 (constants)
        assert grade(fresh, SetupLine.MAIL) is expected


def test_a_mail_that_was_accepted_counts_after_its_account_is_deleted(fresh: Office) -> None:
    deleted = actions.accounts.get_by_email(fresh.db, "editor@forum.example")
    with transaction(fresh.db):
        store.outbox.enqueue_for_accounts(fresh.db, "test", [deleted.id], 1, fresh.now)
        fresh.db.conn.execute("UPDATE outbox SET sent_at = enqueued_at, server = 'mail.example'")
    actions.accounts.delete(fresh.db, deleted.email, "cli", fresh.now)
    assert not list(fresh.db["outbox"].rows)
    assert grade(fresh, SetupLine.MAIL) is Grade.OK


def test_after_the_first_round_only_what_matters_is_a_task(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert TASK not in office.browser().open("/office/").text
    monkeypatch.setattr(Settings, "has_real_recipients", True)
    actions.association.update(
        office.db, replace(FORUM, telephone=STARTER.telephone), "cli", office.now
    )
    assert TASK in office.browser().open("/office/").text


def test_the_page_of_the_set_up_shows_the_lines_of_doctor(fresh: Office) -> None:
    page = fresh.browser(Role.ADMIN).open("/office/association")
    page.open("/office/setup")
    findings = checks.iter_local_findings(fresh.db, fresh.settings, fresh.now)
    for finding in findings:
        assert finding.matter in page.text
    assert "Zweites Konto" in page.text
    assert "Platz" in page.text
    fresh.browser(Role.EDITOR).open("/office/setup", 403)
