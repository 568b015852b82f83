"""Nothing that a member gets while a round is open depends on what others do: no byte, no header, no
work of the database, by which a clock could tell.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from signoff import actions
from signoff.domain.answer_forms import Colleague, RecordedAnswer
from signoff.domain.answers import Answer, Channel, Signer
from tests.factories import HESITANT, MAYOR, UNWILLING, decline, not_competent, pending, sign
from tests.representative import RepresentativeClient
from tests.world import BASE, World, new_world

CLOCK = {"Date", "Expires"}  # of the request
RANDOM = re.compile(rb'name="(?:csrf_token|form_key)" value="[^"]*"')


def list_paths(client: RepresentativeClient) -> list[str]:
    """Every page and file below a link."""
    rules = client.client.application.url_map.iter_rules()
    return sorted(
        rule.rule.replace("<token>", client.token)
        for rule in rules
        if rule.rule.startswith("/s/<token>")
        and "GET" in (rule.methods or ())
        and len(rule.arguments) == 1
    )


def observe(client: RepresentativeClient, paths: Iterable[str]) -> dict[str, tuple[object, ...]]:
    """Of each page and file: status, headers, content, and how many steps SQLite took for it."""
    conn = client.client.application.extensions["signoff"].db().conn
    steps: list[int] = []
    found: dict[str, tuple[object, ...]] = {}
    for path in paths:
        steps.clear()
        conn.set_progress_handler(lambda: steps.append(1), 1)
        with client.client.get(path, base_url=BASE) as answer:
            conn.set_progress_handler(None, 1)
            headers = {name: value for name, value in answer.headers.items() if name not in CLOCK}
            content = RANDOM.sub(b"", answer.data)
            found[path] = answer.status, headers, content, len(steps)
    return found


LAST = "all mail has been sent"


def act(world: World) -> Iterator[str]:
    """Everything that other members, and the office about them, can do while a round is open."""

    def get(key: str) -> tuple[int, int, int]:
        status = world.invitation_status(key)
        version = status.version
        return status.invitation.id, version.id if version else 0, version.number if version else 0

    now = world.now
    world.answer(HESITANT, pending(), "a")
    yield "a sitting is announced"
    access, day = world.access(HESITANT), date(2027, 2, 25)
    actions.answers.move_meeting(world.db, access, day, "Rat", form_key="b", now=now)
    yield "the sitting is moved"
    colleague = Colleague("Sachgebiet", "Amt", "amt@beispielstadt.example")
    actions.delegation.delegate(world.db, access, colleague, now)
    yield "a link is passed on"
    world.answer(HESITANT, sign("Beispielstadt am Fluss", note="Unter Vorbehalt der Mittel."), "c")
    yield "somebody signs with a note and another name"
    name, signer = "Beispielstadt", Signer("Andere", "Person", "Erste Stadträtin")
    access = world.access(HESITANT)
    actions.answers.correct_names(world.db, access, name, signer, form_key="d", now=now)
    yield "the name is corrected"
    invitation, version, number = get("02")
    actions.amendments.decide(world.db, invitation, "note", False, "office", world.now, reason="-")
    yield "the office rejects the note"
    actions.answers.object_to(world.db, world.access(HESITANT), version, "Ich nicht.", world.now)
    yield "somebody objects to an answer"
    actions.amendments.void_answer(world.db, invitation, version, "Irrtum", "office", world.now)
    yield "the answer is declared void"
    world.answer(UNWILLING, decline("Vorbehalt"), "e")
    yield "somebody declines"
    actions.answers.withdraw(world.db, world.access(UNWILLING), form_key="f", now=world.now)
    yield "an answer is withdrawn"
    world.answer(UNWILLING, not_competent(), "g")
    yield "somebody is not competent"
    invitation, _version, number = get("04")
    actions.amendments.add_office_note(
        world.db, invitation, "Ruft zurück.", form_key="h", actor="office", now=now
    )
    yield "the office notes something"
    actions.amendments.record_answer(
        world.db,
        invitation,
        RecordedAnswer(sign("Gemeinde Briefdorf"), Channel.LETTER, now.date(), "Brief"),
        None,
        expected_version=number,
        form_key="i",
        actor="office",
        now=now,
    )
    yield "the office records a letter"
    world.work()
    yield LAST


@pytest.mark.parametrize("own", [None, sign(), pending()], ids=lambda own: own and own.kind)
def test_what_a_member_gets_while_the_round_is_open_does_not_depend_on_others(
    world: World, own: Answer | None
) -> None:
    client = RepresentativeClient(world, signing_dates=False)
    if own:
        world.answer(MAYOR, own)
    world.work()
    paths = list_paths(client)
    observe(client, paths)  # a connection reads about the tables once
    before = observe(client, paths)
    assert sum(status == "200 OK" for status, *_ in before.values()) > 8

    for what in act(world):
        if own == sign() or what == LAST:
            # The kits are large and about the text alone.
            after = observe(client, [path for path in paths if what == LAST or "/kit/" not in path])
            changed = [path for path in after if after[path] != before[path]]
            assert not changed, (what, [(before[path], after[path]) for path in changed])


# What differs between two instances that did the same.
DRAWN = re.compile(
    r"[0-9a-f]{32,64}|[A-Za-z0-9+/]{43}=|[A-Za-z0-9+/]{91}=|(?<=\"index\":)\s*\d+|(?<=/s/)[\w.-]+"
)


@pytest.mark.parametrize("path", ["receipt.json", "certificate.json", "/log/entries.json"])
def test_after_the_closing_nothing_tells_what_others_did_but_the_published_list(
    tmp_path: Path, path: str
) -> None:
    """Order, number and time of the answers of others are in no file of a member and in no log."""
    found = []
    for name in ("alone", "together"):
        (tmp_path / name).mkdir()
        world = new_world(tmp_path / name)
        client = RepresentativeClient(world, signing_dates=False)
        world.answer(MAYOR, sign())
        world.now += timedelta(hours=1)
        if name == "together":
            assert [*act(world)][-1] == LAST
        world.now += timedelta(hours=1)
        world.closed()
        where = path if path.startswith("/") else f"/s/{client.token}/{path}"
        found.append(DRAWN.sub("?", client.client.get(where, base_url=BASE).text))

    assert found[0] == found[1]
    assert "?" in found[0]
