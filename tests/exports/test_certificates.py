"""The certificate of the process: complete for the office, without the members that declined for others."""

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
def closed_world(world: World) -> World:
    """A closed round: Musterhausen signed after declining, Ähringen declined, Beispielstadt is pending."""
    world.opened()
    minutes = iter(range(1, 60))
    for email, answer in (
        (MAYOR, decline("Vorbehalt")),
        (UNWILLING, decline()),
        (HESITANT, pending()),
        (MAYOR, sign()),
    ):
        world.now += timedelta(minutes=7 * next(minutes))
        world.answer(email, answer, form=f"{world.now}")
    world.now += timedelta(hours=3)
    world.closed()
    return world


def build_json(world: World, key: str | None = None) -> tuple[bytes, dict]:
    member = store.members.find_by_key(world.db, key) if key else None
    content = build_certificate_json(
        store.audit.build_certificate(world.db, world.round(), world.now, member)
    )
    return content, json.loads(content)


def secrets_of(world: World, except_key: str) -> dict[str, list[str]]:
    """Keys, names and times of all members that did not sign, except ``except_key``."""
    own = f"invitation/{world.invitation_status(except_key).invitation.id}"
    signed = world.invitation_status("01").version
    assert signed
    moments = [
        entry.at.isoformat(timespec="microseconds")
        for entry in world.entries()
        if entry.subject.startswith("invitation/")
        and entry.subject != own
        and entry.seq != signed.entry
    ]
    others = [member for member in CAST if member.key in DECLINED and member.key != except_key]
    return {
        "key": [f'"{member.key}"' for member in others],
        "name": [member.name for member in others],
        "moment": moments,
    }


def test_office_certificate_contains_all_entries_but_no_personal_data(closed_world: World) -> None:
    content, office = build_json(closed_world)
    entries = {
        each.seq: store.audit.get(closed_world.db, each.seq) for each in closed_world.entries()
    }

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
def test_member_certificate_does_not_disclose_who_declined(closed_world: World, key: str) -> None:
    closed_world.now += timedelta(hours=1)
    closed_world.released()
    content, copy = build_json(closed_world, key)
    hidden = secrets_of(closed_world, key)

    assert all(hidden.values())
    text = content.decode()
    assert not [word for words in hidden.values() for word in words if word in text]
    assert not [word for word in PRIVATE if word in text]
    for step in copy["steps"]:
        if "event" not in step:
            assert set(step) == {"entry", "digest"}
    (signature,) = (step for step in copy["steps"] if step.get("answer") == "sign")
    own_key = (
        "01" if key == "01" else None
    )  # other members' keys are published if they are official
    assert (signature["name"], signature.get("member")) == ("Stadt Musterhausen", own_key)


@pytest.mark.slow
def test_printed_member_certificate_does_not_disclose_who_declined(
    closed_world: World, tmp_path: Path
) -> None:
    closed_world.released()
    member = store.members.find_by_key(closed_world.db, "01")
    copy = build_certificate_copy(
        store.audit.build_certificate(
            closed_world.db, closed_world.round(), closed_world.now, member
        )
    )
    file = tmp_path / "certificate.pdf"
    file.write_bytes(print_in_subprocess(copy).content)
    flat = reader.words(file.read_bytes())

    assert "Verlaufsbescheinigung" in flat
    assert "Stadt Musterhausen" in flat
    assert "nicht offengelegt" in flat
    assert "mitgezeichnet" in flat
    for word in ("Beispielstadt", "Ähringen", "Gremium tagt noch", *PRIVATE):
        assert word not in flat, word
    for verdicts in validate(file).values():
        assert not [verdict.broken for verdict in verdicts if not verdict.passed]


def test_member_certificate_contains_all_versions_of_its_answer(closed_world: World) -> None:
    _, copy = build_json(closed_world, "01")
    assert [step["answer"] for step in copy["steps"] if "answer" in step] == ["decline", "sign"]
    assert all("at" in step for step in copy["steps"] if "answer" in step)


def test_member_certificate_before_the_release_names_no_other_signature_and_no_planned_release(
    closed_world: World,
) -> None:
    closed_world.released(at=closed_world.now + timedelta(days=2))
    content, copy = build_json(closed_world, "03")

    assert "Musterhausen" not in content.decode()
    assert copy["released_at"] is None
    assert "released" not in {step.get("event") for step in copy["steps"]}

    closed_world.now += timedelta(days=2)
    closed_world.work()
    content, copy = build_json(closed_world, "03")
    assert "Stadt Musterhausen" in content.decode()
    assert copy["steps"][-1]["event"] == "released"


def test_certificate_hides_dates_of_others_if_the_round_does_not_publish_them(world: World) -> None:
    world.opened(signing_dates=False)
    world.answer(MAYOR, sign())
    world.closed()
    world.released()
    (signed,) = [step for step in build_json(world, "03")[1]["steps"] if step.get("answer")]
    assert "day" not in signed
    assert "at" not in signed
    assert "by" not in signed


def test_certificates_agree_and_contain_the_leaf_of_the_receipt(closed_world: World) -> None:
    closed_world.released()
    own, foreign = build_json(closed_world, "01")[1], build_json(closed_world, "03")[1]
    office = build_json(closed_world)[1]
    assert own["course"] == foreign["course"]
    digests = [(step["entry"], step["digest"]) for step in own["steps"]]
    assert digests == [(step["entry"], step["digest"]) for step in office["steps"]][: len(digests)]

    version = closed_world.invitation_status("01").version
    assert version
    (step,) = [step for step in own["steps"] if step["entry"] == version.entry]
    entry = store.audit.find(closed_world.db, version.entry)
    assert entry
    assert audit.hash_leaf(step["entry"], step["digest"]) == entry.leaf


def test_certificate_is_canonical_json_and_changes_are_detected(closed_world: World) -> None:
    content, copy = build_json(closed_world, "01")
    assert content == canonical_json(copy)
    checksum = copy.pop("checksum")
    assert checksum == canonical_digest(copy)
    assert checksum != canonical_digest(copy | {"edition": 2})


def test_certificate_contains_nothing_of_another_round(closed_world: World) -> None:
    before = build_json(closed_world)[0]
    closed_world.paper("zweites", TEXT)
    closed_world.open("zweites")
    closed_world.answer(MAYOR, sign(), slug="zweites")
    assert build_json(closed_world)[0] == before


def test_every_event_has_a_description() -> None:
    assert set(events.EVENT_LABELS) == set(events.EVENT_SENTENCES) == set(Event)


def test_title_is_escaped_in_the_certificate(world: World) -> None:
    world.enrol()
    world.paper(text=replace(TEXT, title="<img src=x> & „Titel“"))
    world.open()
    body = build_certificate_copy(
        store.audit.build_certificate(world.db, world.round(), world.now)
    ).body
    assert "<img" not in body
    assert "&lt;img src=x&gt; &amp; „Titel“" in body
