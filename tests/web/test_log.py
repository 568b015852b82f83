"""The public log as everybody sees it, and what it keeps to itself."""

import json
from datetime import timedelta
from io import BytesIO
from itertools import pairwise

import pytest

from signoff import actions, store
from signoff.exports import verify_signoff
from signoff.storage import Slots
from signoff.web import log as log_pages
from tests.browser import Browser
from tests.factories import HESITANT, MAYOR, UNWILLING, decline, pending, sign
from tests.representative import RepresentativeClient
from tests.world import BASE, World


@pytest.fixture
def representative(world: World) -> RepresentativeClient:
    client = RepresentativeClient(world, signing_dates=False)
    world.answer(MAYOR, sign())
    return client


def get(representative: RepresentativeClient, path: str) -> bytes:
    answer = representative.client.get(path, base_url=BASE)
    assert answer.status_code == 200, path
    return answer.data


def post_file(representative: RepresentativeClient, content: bytes, status: int = 200) -> Browser:
    browser = Browser(representative.client, BASE).open("/verify")
    return browser.submit({"file": (BytesIO(content), "nachweis.json")}, status=status)


def answer_otherwise(world: World) -> None:
    """Others answer in every kind, change their answers and take them back."""
    for number, (email, answer) in enumerate(
        (
            (HESITANT, pending()),
            (UNWILLING, decline("Vorbehalt")),
            (HESITANT, sign("Beispielstadt")),
            (UNWILLING, sign("Markt Ähringen")),
        )
    ):
        world.answer(email, answer, form=f"other-{number}")
    actions.answers.withdraw(world.db, world.access(UNWILLING), form_key="w", now=world.now)


def test_checkpoints_entries_and_proofs_agree(representative: RepresentativeClient) -> None:
    world = representative.world
    assert "Noch ist kein Verfahren geschlossen" in get(representative, "/log").decode()
    world.now += timedelta(hours=1)
    world.closed()
    early = json.loads(get(representative, "/log/entries.json"))
    world.now += timedelta(hours=1)
    world.released()

    key = get(representative, "/log/key").decode()
    assert key == f"{world.services.log_key.verifier_key}\n"
    content = get(representative, "/log/entries.json")
    log, data = verify_signoff.open_log(content), json.loads(content)
    notes = get(representative, "/log/checkpoints").decode()
    assert notes == "".join(f"{note}\n" for note in data["checkpoints"])
    assert [stated["kind"] for _index, stated in log.statements] == ["closing", "release"]
    assert early["statements"] == [], "a round is not named before its paper is public"
    assert data["leaves"][: len(early["leaves"])] == early["leaves"]
    assert data["checkpoints"][:1] == early["checkpoints"]

    receipt = json.loads(representative.get("receipt.json").data)
    (_index, closing), _release = log.statements
    assert receipt["proof"]["checkpoint"] == data["checkpoints"][0]
    release = store.releases.find_for_round(world.db, world.round().id)
    assert release
    assert log.statements[1][1]["sha256"] == release.sha256
    assert closing["edition_digest"] == world.access().edition.digest
    page = get(representative, "/log").decode()
    assert "Schließung des Verfahrens" in page
    assert world.services.log_key.digest[:8] in page


def test_printed_document_opens_the_closing(representative: RepresentativeClient) -> None:
    world = representative.world
    world.closed()
    world.work()
    (final,) = [each for each in world.printed if each.log]
    (checkpoint,) = store.log.list_checkpoints(world.db)

    assert final.log
    assert final.log.statement == checkpoint.statement
    assert final.log.checkpoint == world.services.log_key.sign_checkpoint(checkpoint)


def test_decision_after_the_closing_amends_the_list_once(world: World) -> None:
    representative = RepresentativeClient(world)
    world.answer(MAYOR, sign(note="Im Rahmen der Mittel."))
    world.closed()
    world.work()
    actions.amendments.decide(
        world.db, world.invitation_status().invitation.id, "note", True, "office", world.now
    )
    world.work()
    world.now += timedelta(hours=1)
    actions.prints.reprint(world.db, world.round().id, True, "office", world.now)
    world.work()
    kinds = [each.kind for each in store.log.list_checkpoints(world.db)]

    assert kinds == ["closing", "amendment"]
    assert world.events().count("checkpoint_given") == 1
    assert store.audit.find_fault(world.db) is None
    assert representative.get("receipt.json").json["proof"]


def test_the_log_before_the_closing_does_not_depend_on_answers(
    representative: RepresentativeClient,
) -> None:
    paths = ("/log", "/log/entries.json", "/log/checkpoints")
    before = [get(representative, path) for path in paths]
    answer_otherwise(representative.world)

    assert [get(representative, path) for path in paths] == before


@pytest.mark.parametrize("others", [True, False])
def test_log_reveals_neither_number_nor_order_of_the_answers(
    representative: RepresentativeClient, others: bool
) -> None:
    world = representative.world
    if others:
        answer_otherwise(world)
    world.now += timedelta(hours=1)
    world.closed()
    leaves = json.loads(get(representative, "/log/entries.json"))["leaves"]
    steps = representative.get("certificate.json").json["statement"]["steps"]

    assert len(leaves) == 32
    assert all(first < second for first, second in pairwise(leaves))
    assert [step["event"] for step in steps] == [
        *("paper_added", "round_opened", "answered", "round_closed"),
    ]


def test_verify_page_knows_receipts(
    representative: RepresentativeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = representative.world
    world.now += timedelta(hours=1)
    world.closed()
    receipt = representative.get("receipt.json").data

    page = post_file(representative, receipt)
    assert "Die Datei ist echt" in page.text
    assert "steht im Prüfverzeichnis" in page.text
    assert world.access().invitation.reference in page.text
    forged = receipt.replace(b'"answer": "sign"', b'"answer": "decline"', 1)
    assert "Die Datei ist nicht echt" in post_file(representative, forged).text
    assert "Die Datei ist nicht echt" in post_file(representative, b"{}").text
    for bound in ("MAX_COMMAS", "MAX_SIGNED_FILE"):
        monkeypatch.setattr(log_pages, bound, 5)
        assert "wird hier nicht geprüft" in post_file(representative, receipt).text
        monkeypatch.undo()


def test_receipts_are_examined_one_after_the_other(
    representative: RepresentativeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_pages, "EXAMINING", Slots(1, waiting=0, timeout=0.0))
    with log_pages.EXAMINING.acquire():
        page = post_file(representative, b"{}", 503)
    assert page.response.headers["Retry-After"] == "60"
    assert "in einer Minute noch" in page.text
    assert "Die Datei ist nicht echt" in post_file(representative, b"{}").text


def test_verify_page_names_a_receipt_that_was_left_out(
    representative: RepresentativeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    world, receipt = representative.world, representative.get("receipt.json").data
    monkeypatch.setattr(store.log, "list_unlogged_receipts", lambda *given: [])
    world.now += timedelta(hours=1)
    world.closed()

    page = post_file(representative, receipt)
    assert "in seinem Prüfverzeichnis ausgelassen" in page.text
    assert page.root.find(".//*[@role='alert']") is not None
