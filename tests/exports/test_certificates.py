"""The certificate of the process: whole for the office, and telling no member who declined."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from signoff import store
from signoff.domain import audit
from signoff.domain.audit import Event
from signoff.domain.text import canonical_digest, canonical_json
from signoff.exports.receipts import build_certificate_copy, build_certificate_json
from signoff.i18n import events
from signoff.pdf.process import print_in_subprocess
from tests.factories import CAST, HESITANT, MAYOR, TEXT, UNWILLING, decline, pending, sign
from tests.pdf import reader
from tests.pdf.verapdf import validate
from tests.world import World

NAMED = ("entry", "digest", "event", "at", "day", "by", "member", "name", "answer", "facts")
DECLINED = {"03", "02"}
PRIVATE = (
    "Vorname",
    "Nachname",
    "Sachbearbeitung",
    "Hauptamt",
    "@",
    "link/",
    "staff/",
    "Modellversuch",
    "Vorbehalt",
)


@pytest.fixture
def ended(world: World) -> World:
    """Musterhausen signed after it had declined, Ähringen declined, Beispielstadt stays undecided; closed."""
    world.opened()
    minutes = iter(range(1, 60))
    for who, given in (
        (MAYOR, decline("Vorbehalt")),
        (UNWILLING, decline()),
        (HESITANT, pending()),
        (MAYOR, sign()),
    ):
        world.now += timedelta(minutes=7 * next(minutes))
        world.answer(who, given, form=f"{world.now}")
    world.now += timedelta(hours=3)
    world.closed()
    return world


def told(world: World, key: str | None = None) -> tuple[bytes, dict]:
    member = store.members.find_by_key(world.db, key) if key else None
    content = build_certificate_json(
        store.audit.build_certificate(world.db, world.round(), world.now, member)
    )
    return content, json.loads(content)


def secrets_of(world: World, but: str) -> dict[str, list[str]]:
    """Keys, names and moments of everybody who did not sign, but for one."""
    own = f"invitation/{world.invitation_status(but).invitation.id}"
    signed = world.invitation_status("01").version
    assert signed
    moments = [
        entry.at.isoformat(timespec="microseconds")
        for entry, _ in store.audit.iter_entries(world.db)
        if entry.subject.startswith("invitation/")
        and entry.subject != own
        and entry.seq != signed.entry
    ]
    others = [each for each in CAST if each.key in DECLINED and each.key != but]
    return {
        "key": [f'"{each.key}"' for each in others],
        "name": [each.name for each in others],
        "moment": moments,
    }


def test_the_offices_copy_tells_everything_in_order_and_nothing_about_persons(ended: World) -> None:
    content, office = told(ended)
    entries = {entry.seq: entry for entry, _ in store.audit.iter_entries(ended.db)}

    assert [step["entry"] for step in office["steps"]] == sorted(
        step["entry"] for step in office["steps"]
    )
    assert [(step["member"], step["answer"]) for step in office["steps"] if "answer" in step] == [
        ("01", "decline"),
        ("03", "decline"),
        ("02", "pending"),
        ("01", "sign"),
    ]
    assert {step["entry"]: step["digest"] for step in office["steps"]}.items() <= {
        seq: entry.commitment for seq, entry in entries.items()
    }.items()
    assert office["root"] == entries[office["steps"][-1]["entry"]].root
    assert not [word for word in PRIVATE if word in content.decode()]


@pytest.mark.parametrize("key", ["01", "03", "04"])
def test_a_members_copy_discloses_nobody_who_declined(ended: World, key: str) -> None:
    ended.now += timedelta(hours=1)
    ended.released()
    content, copy = told(ended, key)
    hidden = secrets_of(ended, key)

    assert all(hidden.values())
    shown = content.decode()
    assert not [word for words in hidden.values() for word in words if word in shown]
    assert not [word for word in PRIVATE if word in shown]
    for step in copy["steps"]:
        if "event" not in step:
            assert set(step) == {"entry", "digest"}
    assert [step["member"] for step in copy["steps"] if step.get("answer") == "sign"] == ["01"]


@pytest.mark.slow
def test_a_members_printed_copy_discloses_nobody_who_declined(ended: World, tmp_path: Path) -> None:
    ended.released()
    member = store.members.find_by_key(ended.db, "01")
    copy = build_certificate_copy(
        store.audit.build_certificate(ended.db, ended.round(), ended.now, member)
    )
    file = tmp_path / "certificate.pdf"
    file.write_bytes(print_in_subprocess(copy).content)
    flat = reader.words(file.read_bytes())

    assert (
        "Verlaufsbescheinigung" in flat
        and "Stadt Musterhausen" in flat
        and "nicht offengelegt" in flat
    )
    assert "mitgezeichnet" in flat
    for word in ("Beispielstadt", "Ähringen", "Gremium tagt noch", *PRIVATE):
        assert word not in flat, word
    for verdicts in validate(file).values():
        assert not [verdict.broken for verdict in verdicts if not verdict.passed]


def test_the_member_finds_all_versions_of_its_own_answer(ended: World) -> None:
    _, copy = told(ended, "01")
    assert [step["answer"] for step in copy["steps"] if "answer" in step] == ["decline", "sign"]
    assert all("at" in step for step in copy["steps"] if "answer" in step)


def test_before_the_release_a_member_learns_of_no_other_signature_and_of_no_planned_one(
    ended: World,
) -> None:
    ended.released(at=ended.now + timedelta(days=2))
    content, copy = told(ended, "03")

    assert "Musterhausen" not in content.decode()
    assert copy["released_at"] is None
    assert "released" not in {step.get("event") for step in copy["steps"]}

    ended.now += timedelta(days=2)
    ended.work()
    content, copy = told(ended, "03")
    assert "Stadt Musterhausen" in content.decode() and copy["steps"][-1]["event"] == "released"


def test_a_round_that_publishes_no_days_tells_no_member_the_days_of_others(world: World) -> None:
    world.opened(dates=False)
    world.answer(MAYOR, sign())
    world.closed()
    world.released()
    (signed,) = [step for step in told(world, "03")[1]["steps"] if step.get("answer")]
    assert "day" not in signed and "at" not in signed and "by" not in signed


def test_copies_agree_and_the_receipts_leaf_is_in_each(ended: World) -> None:
    ended.released()
    mine, theirs = told(ended, "01")[1], told(ended, "03")[1]
    office = told(ended)[1]
    assert mine["course"] == theirs["course"]
    digests = [(step["entry"], step["digest"]) for step in mine["steps"]]
    assert digests == [(step["entry"], step["digest"]) for step in office["steps"]][: len(digests)]

    version = ended.invitation_status("01").version
    assert version
    (step,) = [step for step in mine["steps"] if step["entry"] == version.entry]
    entry = store.audit.find(ended.db, version.entry)
    assert entry and audit.hash_leaf(step["entry"], step["digest"]) == entry.leaf


def test_the_file_is_canonical_and_a_change_in_it_is_found(ended: World) -> None:
    content, copy = told(ended, "01")
    assert content == canonical_json(copy)
    checksum = copy.pop("checksum")
    assert checksum == canonical_digest(copy)
    assert checksum != canonical_digest(copy | {"edition": 2})


def test_another_round_has_no_part_in_it(ended: World) -> None:
    before = told(ended)[0]
    ended.paper("zweites", TEXT)
    ended.open("zweites")
    ended.answer(MAYOR, sign(), slug="zweites")
    assert told(ended)[0] == before


def test_every_kind_of_entry_has_its_words() -> None:
    assert set(events.EVENT_LABELS) == set(events.EVENT_SENTENCES) == set(Event)


def test_a_title_cannot_smuggle_markup_into_it(world: World) -> None:
    world.enrol()
    world.paper(text=replace(TEXT, title="<img src=x> & „Titel“"))
    world.open()
    body = build_certificate_copy(
        store.audit.build_certificate(world.db, world.round(), world.now)
    ).body
    assert "<img" not in body and "&lt;img src=x&gt; &amp; „Titel“" in body
