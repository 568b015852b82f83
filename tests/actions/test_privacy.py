"""Data go when their period has ended or their person asks, and the audit log still verifies."""

import json
import re
import zlib
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest

from signoff import actions, store
from signoff.domain.accounts import Role
from signoff.domain.answer_forms import Colleague, RecordedAnswer, Scan
from signoff.domain.answers import Answer, AnswerKind, Channel, Submitter
from signoff.domain.errors import Reason, Refusal
from signoff.domain.mail import MailKind, SentMail
from signoff.domain.privacy import (
    DEFAULT_RETENTION,
    DataKind,
    Remainder,
    subtract_months,
)
from signoff.domain.replies import IncomingReply
from signoff.domain.text import mentions
from signoff.store.connection import read_compressed, transaction
from signoff.store.privacy import PLACES, REMAINDERS
from tests.factories import BERLIN, HESITANT, MAYOR, OFFICE, SLUG, TEXT, UNWILLING, decline, sign
from tests.world import World

DECLINED = Answer(
    AnswerKind.DECLINE,
    Submitter("Büro Ähringen", "Hauptamt", UNWILLING),
    reason="Der Rat hat andere Vorhaben.",
)


def read(world: World, sql: str) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in world.db.conn.execute(sql)]


def dump(world: World) -> str:
    """All that is stored, to look for what must not be there."""
    return "\n".join(repr(row) for rows in world.contents().values() for row in rows)


def answered_round(world: World) -> None:
    """Musterhausen signs, Ähringen declines with a reason; mail is out and a reply came."""
    world.opened()
    world.work()
    world.answer(MAYOR, sign())
    world.answer(UNWILLING, DECLINED)
    world.work()
    reply = IncomingReply(UNWILLING, "Büro Ähringen", "Re: Einladung", "Wir lehnen ab.")
    actions.replies.record_reply(
        world.db,
        world.access(UNWILLING).link,
        reply,
        b"From: <markt@aehringen.example>",
        world.services.keep_reply,
        world.now,
    )
    world.now += timedelta(days=60)
    world.closed()
    world.released()


def after(world: World, months: int) -> None:
    world.now = subtract_months(world.now, -months) + timedelta(days=1)


def due(world: World) -> dict[DataKind, int]:
    counts = store.privacy.count_due(world.db, world.now)
    return {kind: count for kind, count in counts.items() if count}


def test_a_month_has_28_days_at_least() -> None:
    assert subtract_months(datetime(2027, 3, 31, 9, tzinfo=BERLIN), 1) == datetime(
        2027, 2, 28, 9, tzinfo=BERLIN
    )
    assert subtract_months(datetime(2027, 1, 15, tzinfo=BERLIN), 13) == datetime(
        2025, 12, 15, tzinfo=BERLIN
    )


def test_nothing_is_due_within_the_periods(world: World) -> None:
    answered_round(world)
    after(world, 11)
    assert due(world) == {}
    events = world.events()
    world.work()
    assert world.events() == events


def test_the_worker_removes_what_is_due_and_says_so_in_the_log(world: World) -> None:
    answered_round(world)
    after(world, 12)
    expected = due(world)
    assert set(expected) == {
        DataKind.REASONS,
        DataKind.SUBMITTERS,
        DataKind.MAIL,
        DataKind.REPLIES,
    }
    ((digest,),) = read(world, "SELECT sha256 FROM replies")
    assert world.services.archive.scan_path(digest, "eml").exists()
    world.work()
    stored = dump(world)
    for text in ("andere Vorhaben", "Hauptamt", "Wir lehnen ab"):
        assert text not in stored
    assert not world.services.archive.scan_path(digest, "eml").exists()
    (entry,) = (entry for entry in world.entries() if entry.event == "data_expired")
    removed = (entry.details or {})["removed"]
    assert isinstance(removed, dict)
    assert {kind: count for kind, count in removed.items() if count} == expected
    assert store.audit.find_fault(world.db) is None
    assert due(world) == {}


def test_answers_and_the_list_stay_as_they_were(world: World) -> None:
    answered_round(world)
    before = world.round_status().counts, read(world, "SELECT * FROM answers")
    names = read(world, "SELECT first_name, last_name FROM answer_people")
    after(world, 12)
    world.work()
    assert (world.round_status().counts, read(world, "SELECT * FROM answers")) == before
    assert read(world, "SELECT first_name, last_name FROM answer_people") == names


def test_what_an_administrator_keeps_is_kept(world: World) -> None:
    answered_round(world)
    keep = {**DEFAULT_RETENTION, DataKind.REASONS: None, DataKind.SUBMITTERS: 24}
    actions.privacy.set_retention(world.db, keep, "office", world.now)
    after(world, 12)
    world.work()
    assert "andere Vorhaben" in dump(world)
    after(world, 12)
    world.work()
    assert "andere Vorhaben" in str(read(world, "SELECT reason FROM answer_people"))
    assert "Hauptamt" not in dump(world)


def test_a_reason_leaves_the_log_too_where_its_author_is_kept(world: World) -> None:
    answered_round(world)
    keep = {**DEFAULT_RETENTION, DataKind.SUBMITTERS: None}
    actions.privacy.set_retention(world.db, keep, "office", world.now)
    after(world, 12)
    world.work()
    assert "andere Vorhaben" not in dump(world)
    assert "Hauptamt" in dump(world)


def test_periods_of_a_round_with_late_signatures_begin_when_these_end(world: World) -> None:
    world.opened(late=True)
    world.answer(UNWILLING, DECLINED)
    world.now += timedelta(days=60)
    world.closed()
    world.released()
    after(world, 24)
    assert due(world) == {}
    until = world.now + timedelta(hours=1)
    actions.late.end_late_signing(world.db, world.round().id, until, "office", world.now)
    after(world, 11)
    assert DataKind.REASONS not in due(world)
    after(world, 2)
    assert DataKind.REASONS in due(world)


def test_an_archived_contact_goes_and_the_history_stays_readable(world: World) -> None:
    answered_round(world)
    (person,) = (
        person
        for person in store.members.list_representatives(world.db)
        if person.email == UNWILLING
    )
    actions.members.archive_representative(world.db, person, "office", world.now)
    after(world, 12)
    world.work()
    assert not read(world, f"SELECT 1 FROM representatives WHERE email = '{UNWILLING}'")
    assert not read(world, f"SELECT 1 FROM links WHERE email = '{UNWILLING}'")
    assert world.round_status().counts[AnswerKind.DECLINE] == 1


def record_with_scan(world: World, key: str, digest: str, slug: str = SLUG) -> None:
    scan = Scan(digest, "pdf", 8)
    recorded = RecordedAnswer(decline(), Channel.LETTER, world.now.date(), "Brief vom Rathaus")
    actions.amendments.record_answer(
        world.db,
        world.invitation_status(key, slug).invitation.id,
        recorded,
        scan,
        expected_version=0,
        form_key="",
        actor="office",
        now=world.now,
    )


def test_a_scan_goes_after_its_period_unless_it_proves_a_later_answer(world: World) -> None:
    world.opened()
    shared = world.services.archive.store_scan(b"%PDF-1.7 zwei", "pdf")
    single = world.services.archive.store_scan(b"%PDF-1.7 eins", "pdf")
    record_with_scan(world, "03", shared)
    record_with_scan(world, "04", single)
    world.now += timedelta(days=80)
    world.closed()
    actions.rounds.end_unpublished(world.db, world.round().id, "Kein Ergebnis", "office", world.now)
    after(world, 36)
    world.paper("zweites")
    world.open("zweites", (world.now + timedelta(days=60)).date())
    record_with_scan(world, "03", shared, "zweites")
    assert due(world)[DataKind.EVIDENCE] == 1
    world.work()
    assert world.services.archive.scan_path(shared, "pdf").exists()
    assert not world.services.archive.scan_path(single, "pdf").exists()
    (record,) = store.answers.list_answer_records(
        world.db, world.invitation_status("04").invitation.id
    ).values()
    assert record.evidence.scan is None
    # the same file again is kept
    world.services.archive.store_scan(b"%PDF-1.7 eins", "pdf")
    record_with_scan(world, "04", single, "zweites")
    assert not store.privacy.list_files_to_remove(world.db)
    world.work()
    assert world.services.archive.scan_path(single, "pdf").exists()


def test_a_person_is_erased_everywhere_and_the_chain_verifies(world: World) -> None:
    answered_round(world)
    data = actions.privacy.erase_person(
        world.db,
        UNWILLING.upper(),
        world.services.token_signer.address_digests,
        "office",
        world.now,
    )
    actions.privacy.remove_files(world.db, world.services.archive.remove_scan, world.now)
    assert data.names == ("Büro Ähringen",)
    assert UNWILLING not in dump(world)
    assert "Büro Ähringen" not in dump(world)
    assert not list(world.services.archive.scans.iterdir())
    assert store.audit.find_fault(world.db) is None
    assert world.events()[-1] == "person_erased"
    assert world.round_status().counts[AnswerKind.DECLINE] == 1
    assert MAYOR in dump(world)
    with pytest.raises(Refusal) as refused:
        actions.privacy.erase_person(
            world.db, UNWILLING, world.services.token_signer.address_digests, "office", world.now
        )
    assert refused.value.reason is Reason.PERSON_UNKNOWN


def test_mail_to_others_that_names_an_erased_person_is_not_kept(world: World) -> None:
    world.opened()
    named = "Kanzlei „A & B“ der Stadt Musterhausen"
    with transaction(world.db):
        for table in ("links", "representatives"):
            world.db.conn.execute(f"UPDATE {table} SET name = ? WHERE email = ?", (named, OFFICE))
        store.outbox.enqueue(
            world.db, MailKind.EXTENDED, [world.access(MAYOR).link.id], 1, world.now
        )
    colleague = Colleague(
        "Bauamt", "Amt", "bauamt@musterhausen.example", f"Siehe Liste von {named}."
    )
    actions.delegation.delegate(world.db, world.access(MAYOR), colleague, world.now)
    world.work()
    words = "Auskunft: X <buero@musterhausen.example>"
    with transaction(world.db):
        world.db.conn.execute("UPDATE outbox SET error = ? WHERE email = ?", (words, HESITANT))
    kept = read_kept(world)
    about = {id for id, text in kept.items() if OFFICE in text or "Kanzlei" in text}
    assert {
        mail.email for mail in map(partial(store.outbox.find_summary, world.db), about) if mail
    } == {OFFICE, MAYOR, "bauamt@musterhausen.example"}
    actions.privacy.erase_person(
        world.db, OFFICE, world.services.token_signer.address_digests, "office", world.now
    )
    assert set(read_kept(world)) == set(kept) - about
    assert OFFICE not in dump(world)


def test_mail_that_writes_an_erased_address_with_its_umlauts_is_not_kept(world: World) -> None:
    world.opened()
    world.work()
    first = min(read_kept(world))
    shown = SentMail(MAYOR, (), "Auch an rathaus@großmünster.example.", "", ())
    email = "rathaus@xn--gromnster-i1a43a.example"
    with transaction(world.db):
        store.sent_mails.add(world.db, {first: shown})
        world.db.conn.execute("UPDATE links SET email = ? WHERE email = ?", (email, HESITANT))
    actions.privacy.erase_person(
        world.db, email, world.services.token_signer.address_digests, "office", world.now
    )
    assert first not in read_kept(world)


def test_nobody_waits_while_kept_mail_is_read_for_an_export_or_an_erasure(world: World) -> None:
    answered_round(world)
    locked = []

    def read_and_look(content: bytes) -> str:
        locked.append(world.db.conn.in_transaction)
        return read_compressed(content)

    world.db.conn.create_function("read_compressed", 1, read_and_look, deterministic=True)
    actions.privacy.export_person(world.db, UNWILLING, "office", world.now)
    actions.privacy.erase_person(
        world.db, UNWILLING, world.services.token_signer.address_digests, "office", world.now
    )
    assert locked
    assert not any(locked)


def test_mail_that_is_kept_while_others_are_read_is_searched_too(world: World) -> None:
    world.opened()
    world.work()
    (late, *_) = read_kept(world)
    with transaction(world.db):
        world.db.conn.execute("DELETE FROM sent_mails WHERE message_id = ?", (late,))
    mails = store.privacy.search_mails(world.db, UNWILLING)
    named = SentMail(MAYOR, (), f"Auch an {UNWILLING}.", "", ())
    with transaction(world.db):
        store.sent_mails.add(world.db, {late: named})
        store.privacy.erase(world.db, UNWILLING, world.now, mails)
    assert late not in read_kept(world)


def test_an_address_that_only_kept_mail_names_is_found_when_an_erasure_is_repeated(
    world: World,
) -> None:
    world.opened()
    world.work()
    email = "frueher@rathaus.example"
    first = min(read_kept(world))
    with transaction(world.db):
        shown = SentMail(MAYOR, (), f"Auskunft: Amt\n{email}", "", ())
        store.sent_mails.add(world.db, {first: shown})
    assert email in store.privacy.list_addresses(world.db)


def read_kept(world: World) -> dict[int, str]:
    """The mails that are kept, as stored."""
    found = read(world, "SELECT message_id, content FROM sent_mails")
    return {id: zlib.decompress(content).decode() for id, content in found}


def test_an_address_that_is_part_of_another_one_is_somebody_else(world: World) -> None:
    answered_round(world)
    for email in ("arkt@aehringen.example", "markt@aehringen.exampl"):
        with pytest.raises(Refusal) as refused:
            actions.privacy.export_person(world.db, email, "office", world.now)
        assert refused.value.reason is Reason.PERSON_UNKNOWN
    assert not mentions("a.markt@aehringen.example", UNWILLING)
    assert mentions("<markt@aehringen.example>.", UNWILLING)


def test_an_open_link_of_an_erased_person_ends(world: World) -> None:
    world.opened()
    token = world.links()[HESITANT]
    actions.privacy.erase_person(
        world.db, HESITANT, world.services.token_signer.address_digests, "office", world.now
    )
    world.work()
    assert not world.messages_to(HESITANT)
    world.browser().open(f"/s/{token}", status=404)
    assert MAYOR in world.links()


def test_a_published_name_and_a_running_signature_stay_and_are_named(world: World) -> None:
    world.opened()
    answer = sign()
    assert answer.declaration
    signer = answer.declaration.signer
    name = f"{signer.first_name} {signer.last_name}"
    with transaction(world.db):
        world.db.conn.execute("UPDATE links SET name = ? WHERE email = ?", (name, MAYOR))
    world.answer(MAYOR, answer)
    running = store.privacy.collect(world.db, MAYOR)
    assert Remainder.RUNNING in {item.why for item in running.remaining}
    world.now += timedelta(days=60)
    world.closed()
    world.released()
    data = actions.privacy.erase_person(
        world.db, MAYOR, world.services.token_signer.address_digests, "office", world.now
    )
    kept = {item.why for item in data.remaining}
    left = read(world, "SELECT last_name FROM answer_people")
    published = answer.declaration.publish_name
    assert (Remainder.RELEASED in kept) is published
    assert (left == [(signer.last_name,)]) is published


def test_an_account_in_use_is_not_erased(world: World) -> None:
    email = "mitarbeit@staedteforum.example"
    for address, role in (("leitung@staedteforum.example", Role.ADMIN), (email, Role.EDITOR)):
        actions.accounts.add(world.db, address, "Mitarbeit", role, "hash", "cli", world.now)
    with pytest.raises(Refusal) as refused:
        actions.privacy.erase_person(
            world.db, email, world.services.token_signer.address_digests, "cli", world.now
        )
    assert refused.value.reason is Reason.ACCOUNT_IN_USE
    actions.accounts.disable(world.db, email, "cli", world.now)
    actions.privacy.erase_person(
        world.db, email, world.services.token_signer.address_digests, "cli", world.now
    )
    assert email not in dump(world)
    assert "leitung@staedteforum.example" in dump(world)


def test_a_disabled_account_goes_after_its_period_and_its_number_is_not_given_again(
    world: World,
) -> None:
    email = "mitarbeit@staedteforum.example"
    actions.accounts.add(world.db, email, "", Role.EDITOR, "hash", "cli", world.now)
    ((id,),) = read(world, "SELECT id FROM accounts")
    actions.accounts.disable(world.db, email, "cli", world.now)
    after(world, 12)
    assert due(world)[DataKind.ACCOUNTS] == 1
    world.work()
    assert not read(world, "SELECT 1 FROM accounts")
    actions.accounts.add(world.db, email, "", Role.EDITOR, "hash", "cli", world.now)
    assert read(world, "SELECT id FROM accounts") == [(id + 1,)]


def test_a_locked_account_of_a_provider_stays_so_that_it_is_not_made_anew(world: World) -> None:
    email = "mitarbeit@staedteforum.example"
    added = actions.accounts.add(world.db, email, "", Role.EDITOR, "", "cli", world.now)
    with transaction(world.db):
        known = replace(added, oidc_issuer="https://sso.example", oidc_subject="42")
        store.accounts.save(world.db, known)
    actions.accounts.disable(world.db, email, "cli", world.now)
    after(world, 12)
    assert due(world).get(DataKind.ACCOUNTS, 0) == 0
    world.work()
    assert read(world, "SELECT email FROM accounts") == [(email,)]


def test_an_export_has_everything_and_changes_nothing_but_the_log(world: World) -> None:
    answered_round(world)
    before = world.contents()
    data = actions.privacy.export_person(world.db, UNWILLING, "office", world.now)
    changed = {name for name, rows in world.contents().items() if rows != before[name]}
    assert changed == {"audit", "audit_details"}
    text = json.dumps(data.rows, default=str, ensure_ascii=False)
    for expected in ("Hauptamt", "Re: Einladung", "Büro Ähringen", "Einladung"):
        assert expected in text
    assert any(entry["event"] == "answered" for entry in data.entries)
    assert MAYOR not in text
    assert UNWILLING not in str(world.entries()[-1].details)


def test_a_person_is_found_and_erased_in_addresses_searches_and_tests(world: World) -> None:
    colleague, email = "leitung@staedteforum.example", "frueher+1@staedteforum.example"
    added = actions.accounts.add(world.db, colleague, "", Role.ADMIN, "hash", "cli", world.now)
    with transaction(world.db):
        for sql in (
            "INSERT INTO address_changes (account_id, before, email, requested_at) VALUES (:id, :email, 'x', :now)",
            "INSERT INTO saved_views (list, name, query) "
            "VALUES ('members', 'Wer?', 'q=frueher%2B1%40Staedteforum.example&page=1')",
            "INSERT INTO saved_views (list, name, query) VALUES ('members', 'Ich', 'q=leitung%40staedteforum.example')",
            "INSERT INTO test_mails (account_id, kind, language, requested_at, opening) "
            "VALUES (:id, 'invitation', 'de', :now, json_object('introduction', 'Fragen an ' || :email))",
        ):
            world.db.conn.execute(sql, {"id": added.id, "email": email, "now": str(world.now)})
    data = actions.privacy.erase_person(
        world.db, email, world.services.token_signer.address_digests, "office", world.now
    )
    assert all(
        len(data.rows[name]) == 1 for name in ("address_changes", "saved_views", "test_mails")
    )
    assert email not in dump(world)
    for table, count in (("address_changes", 0), ("saved_views", 1), ("test_mails", 1)):
        assert world.db[table].count == count


def test_free_texts_of_the_office_that_name_a_person_are_said_to_stay(world: World) -> None:
    world.opened()
    email = "sekretariat@rathaus.example"
    with transaction(world.db):
        for sql in (
            "UPDATE rounds SET ending_reason = 'siehe ' || :email, cancelled_at = opened_at, closed_at = opened_at",
            "INSERT INTO approvals (act, subject, payload, requested_by, requested_at) "
            "VALUES ('retraction', 'round/1', json_object('reason', :email), 'staff/1', :now)",
            "UPDATE legal_texts SET markdown = 'Fragen an ' || :email WHERE kind = 'imprint' AND language = 'de'",
        ):
            world.db.conn.execute(sql, {"email": email, "now": str(world.now)})
    data = actions.privacy.find_person(world.db, email)
    assert [(each.why, each.where) for each in data.remaining] == [
        (Remainder.NOTE, TEXT.title),
        (Remainder.NOTE, "round/1"),
        (Remainder.SETTINGS, "imprint"),
    ]


# Text columns in which no person is looked for, because they hold no words about one: moments, digests, kinds,
# numbers and states are told by their names, the others are these.
SAFE_NAMES = re.compile(
    r".*(_at|_on|_by|sha256|digest|_hash|_key|_type|_id)|at|day|kind|type|language|event|actor|subject|"
    r"claimed_by|list|topic|frequency|channel|field|role|state|country|nonce|challenge|public_key|id|"
    r"as_of|since|deadline|deadline_before|announced_from|late_until|covered_until|device"
)
SAFE_COLUMNS = {
    "association": "name short_name hours telephone time_zone logo licence",  # of the association itself
    "members": "key name official_name district tags inhabitants street postal_code city mail_without_link",
    "frozen_members": "key name official_name district tags inhabitants",
    "past_answers": "title",
    "checkpoints": "statement",
    "member_headings": "heading",
    "papers": "slug",
    "annexes": "name",  # of a file, published
    "bound_rows": "name key",  # of tables and their rows
    "editions": "adopted_by adopted_at assembly vote source",  # source is what html was made from
    "answers": "official_name basis body decision_number decision_result",
    "settled_names": "name",
    "short_codes": "key",
    "invitations": "reference",
    "digests": "entries",  # numbers
    "accounts": "oidc_issuer oidc_subject",  # go with the account
    "passkeys": "name",
    "office_notes": "author",
    "outbox": "server",
    "replies": "text attachments",  # parts of whole_text
    "mailbox_reading": "problem facts",
    "outages": "server fault stage diagnostic",
    "refusals": "server diagnostic",
    "delivery_checks": "result",  # domains
    "mail_attachments": "attachment",
    "prints": "opening error seal",
    "webhooks": "url",  # of a program
    "approvals": "act",
    "releases": "successor",  # an address of ours
    "failed_renewals": "valid_until error",  # of an authority
    "audit": "details_digest",
}
# Free texts: what an erasure names as staying.
KEPT = {
    "office_notes": "text",
    "voidings": "reason",
    "office_decisions": "text reason",
    "answers": "note",
    "answer_records": "reason",
    "late_reviews": "reason",
    "rounds": "closing_reason ending_reason terms",
    "releases": "retraction_reason",
    "approvals": "payload",
    "follow_ups": "text",
    "editions": "title subtitle contact summary html",
    "association": "email sender address contact responsible",
    "legal_texts": "markdown",
    "mail_texts": "subject greeting opening signature",
    "mail_copies": "email",
}


def test_every_column_of_text_is_searched_for_a_person_or_cannot_name_one(world: World) -> None:
    searched = {
        (place.table, column) for place in PLACES for column in re.findall(r"\w+", place.shown)
    }
    searched |= {
        ("replies", "sender_name"),
        ("audit_details", "details"),
        ("member_files", "content"),
    }
    for columns in (KEPT, SAFE_COLUMNS):
        searched |= {(table, column) for table in columns for column in columns[table].split()}
    unknown = [
        f"{table}.{column.name}"
        for table in world.db.table_names()
        for column in world.db[table].columns
        if column.type == "TEXT"
        and not table.startswith("_")
        and not SAFE_NAMES.fullmatch(column.name)
        and (table, column.name) not in searched
    ]
    assert unknown == [], "search them in store/privacy.py, or list them as safe"
    statements = " ".join(REMAINDERS.values())
    for table, columns in KEPT.items():
        assert all(re.search(rf"\b{word}\b", statements) for word in (table, *columns.split()))


def test_a_prepared_answer_goes_with_the_person_whose_data_it_has(world: World) -> None:
    world.opened()
    clerk = "hauptamt@rathaus.example"
    with transaction(world.db):
        prepared = json.dumps({"filled_in_email": clerk})
        store.rounds.prepare_answer(world.db, world.access().link.id, prepared, "")
    actions.privacy.erase_person(
        world.db, clerk, world.services.token_signer.address_digests, "office", world.now
    )
    assert world.access().link.prepared == ""
    assert world.access().link.email == MAYOR
