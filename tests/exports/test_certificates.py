"""The certificate of the process: complete for the office, without the members that declined for others."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from signoff import store
from signoff.domain.audit import Event
from signoff.domain.text import canonical_json
from signoff.exports.receipts import build_certificate_copy, build_certificate_json
from signoff.exports.verify_signoff import Trust, check_receipt
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
    """The certificate, which its signature and its proofs hold, and what it states."""
    member = store.members.find_by_key(world.db, key) if key else None
    content = build_certificate_json(
        store.audit.build_certificate(world.db, world.round(), world.now, member),
        world.services.log_key,
    )
    report = check_receipt(content, Trust(world.services.log_key.verifier_key.encode()))
    assert report.verdict == "genuine", report
    return content, report.statement


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
    assert office["audit"] == entries[office["steps"][-1]["entry"]].root
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
    assert not [step for step in copy["steps"] if {"entry", "digest", "member", "name"} & set(step)]
    own = {"01": ["decline", "sign"], "03": ["decline"], "04": []}[key]
    assert [step["answer"] for step in copy["steps"] if "answer" in step] == own
    (signature,) = copy["signatories"]
    assert (signature["name"], signature.get("key")) == ("Stadt Musterhausen", None)


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
    assert "Veröffentlichte Mitzeichnungen" in flat
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
    copy = build_json(world, "03")[1]
    assert "signed_on" not in copy["signatories"][0]
    assert not [step for step in copy["steps"] if "answer" in step]


def test_certificate_proves_the_members_receipts_and_the_closing(closed_world: World) -> None:
    closed_world.released()
    content, copy = build_json(closed_world, "01")
    log = json.loads(content)["log"]
    version = closed_world.invitation_status("01").version
    assert version

    stated = [item["statement"].get("kind") or item["statement"]["answer"] for item in log]
    assert stated == ["closing", "release", "decline", "sign"]
    receipt = store.log.get_receipt(closed_world.db, version).statement
    assert log[-1]["statement"] == receipt
    assert len({item["proof"]["checkpoint"] for item in log if item != log[1]}) == 1
    assert json.loads(content)["statement"] == copy


def test_changed_certificate_is_detected(closed_world: World) -> None:
    content, copy = build_json(closed_world, "01")
    data = json.loads(content)
    assert content == canonical_json(data)
    foreign = json.loads(build_json(closed_world, "03")[0])
    for changed in (
        {**data, "statement": copy | {"title": "Andere"}},
        {**data, "log": data["log"][1:]},
        {**data, "log": [*data["log"], {**data["log"][0], "proof": data["log"][1]["proof"]}]},
        {**data, "statement": foreign["statement"]},
    ):
        report = check_receipt(canonical_json(changed), Trust(data["key"].encode()))
        assert report.verdict == "not_genuine", changed


def test_certificate_contains_nothing_of_another_round(closed_world: World) -> None:
    before = build_json(closed_world)[0]
    closed_world.paper("zweites", TEXT)
    closed_world.open("zweites")
    closed_world.answer(MAYOR, sign(), slug="zweites")
    closed_world.closed("zweites")
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
