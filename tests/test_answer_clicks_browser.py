"""What an answer costs in clicks and keys, from the opened link to the receipt, in a browser without scripts.

Each field that does not have the focus costs a click, each character a key; everything that is required is filled in,
with short words. The member of ``LAST_TIME`` has signed the round before. The table is printed.
"""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser

from tests.factories import member, sign
from tests.server import Served, listening
from tests.visitor import Visitor
from tests.world import World

pytestmark = pytest.mark.browser

MEMBERS = [
    member(f"{number:02}", "Musterau", "Gemeinde Musterau", f"rathaus@au{number}.example")
    for number in range(1, 8)
]


class Hand(Visitor):
    """A visitor who counts what they click and type."""

    def __init__(self, chromium: Browser, served: Served) -> None:
        super().__init__(chromium, served, script=False)
        self.clicks = self.keys = 0

    def follow(self, words: str) -> None:
        self.clicks += 1
        super().follow(words)

    def press(self, words: str) -> None:
        self.clicks += 1
        super().press(words)

    def choose(self, name: str, value: str = "y") -> None:
        self.clicks += 1
        self.page.locator(f"[name={name}][value={value}]").click()

    def type(self, name: str, text: str) -> None:
        if not self.page.locator(f"[name={name}]:focus").count():
            self.clicks += 1
            self.page.locator(f"[name={name}]").click()
        self.keys += len(text)
        self.page.keyboard.type(text)

    def finish(self, words: str) -> None:
        self.type("confirm", "Musterau")
        self.press(words)
        assert self.kind == "receipt"


def name_sitting(hand: Hand) -> None:
    hand.follow("Sitzungstermin mitteilen")
    hand.type("expected_on", "1.2.27")
    hand.type("filled_in_by", "Amt 1")
    hand.press("Weiter")
    hand.finish("Sitzungstermin mitteilen")


def answer_shortly(hand: Hand, kind: str) -> None:
    hand.follow("Rückmeldung abgeben")
    hand.choose("answer", kind)
    hand.type("filled_in_by", "Amt 1")
    hand.press("Weiter")
    hand.finish("Rückmeldung abgeben")


def not_competent(hand: Hand) -> None:
    answer_shortly(hand, "not_competent")


def decline(hand: Hand) -> None:
    answer_shortly(hand, "decline")


def type_signer(hand: Hand) -> None:
    hand.type("first_name", "Vor")
    hand.type("last_name", "Nach")
    hand.type("function", "Bürgermeisterin")


def press_last(hand: Hand) -> None:
    hand.press("Wie zuletzt: Vorname Nachname, Bürgermeisterin")


def sign_paper(hand: Hand, name_signer: Callable[[Hand], None], basis: str) -> None:
    hand.follow("Rückmeldung abgeben")
    hand.choose("answer", "sign")
    hand.press("Weiter")
    name_signer(hand)
    hand.choose("basis", basis)
    if basis == "council":
        hand.type("body", "Rat")
        hand.type("decision_date", "4.1.27")
    hand.choose("authorised")
    hand.press("Weiter zu Schritt 3")
    hand.type("filled_in_by", "Amt 1")
    hand.press("Weiter zum Prüfen")
    hand.finish("Mitzeichnung abgeben")


LAST_TIME = ("as last time, by its head", "as last time, by decision")
# What is done, and the most clicks and keys that it may cost.
ANSWERS: dict[str, tuple[Callable[[Hand], None], int, int]] = {
    "names a sitting": (name_sitting, 5, 20),
    "is not competent": (not_competent, 6, 25),
    "declines": (decline, 6, 20),
    "as last time, by its head": (lambda hand: sign_paper(hand, press_last, "head"), 12, 40),
    "as last time, by decision": (lambda hand: sign_paper(hand, press_last, "council"), 14, 60),
    "signs first, by its head": (lambda hand: sign_paper(hand, type_signer, "head"), 12, 40),
    "signs first, by decision": (lambda hand: sign_paper(hand, type_signer, "council"), 14, 60),
}


@pytest.fixture
def links(world: World) -> Iterator[dict[str, str]]:
    """By what is done, the link of a member of its own."""
    world.opened("hitzeschutz", MEMBERS)
    emails = dict(zip(ANSWERS, (row.representatives[0].email for row in MEMBERS), strict=True))
    for answer in LAST_TIME:
        world.answer(emails[answer], sign("Gemeinde Musterau"), slug="hitzeschutz")
    world.paper()
    world.open()
    tokens = world.links()
    with listening(world.build_app()) as address:
        yield {answer: f"{address}/s/{tokens[email]}" for answer, email in emails.items()}


def test_no_answer_costs_more_clicks_and_keys_than_it_should(
    chromium: Browser, links: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    measured = {}
    for answer, (give, _, _) in ANSWERS.items():
        address = links[answer]
        hand = Hand(chromium, Served(None, address.partition("/s/")[0], None))
        hand.go(address)
        give(hand)
        measured[answer] = (hand.clicks, hand.keys)
        hand.context.close()
    with capsys.disabled():
        print()
        for answer, (clicks, keys) in measured.items():
            _, most_clicks, most_keys = ANSWERS[answer]
            print(f"{answer:26} {clicks:3}/{most_clicks} clicks {keys:3}/{most_keys} keys")
    too_much = {
        answer: cost
        for answer, cost in measured.items()
        if cost[0] > ANSWERS[answer][1] or cost[1] > ANSWERS[answer][2]
    }
    assert too_much == {}
