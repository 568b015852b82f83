"""Signing after the release, page by page and without JavaScript: the member, the office, the public."""

from datetime import timedelta
from io import BytesIO

import pytest
from lxml.etree import fromstring

from signoff import actions, store
from signoff.actions.late import ReviewDecision
from signoff.domain.releases import PrintKind
from tests.actions.test_late import AFTERWARDS, CITY, issued, joined, withdrawn
from tests.factories import HESITANT, MAYOR, SLUG, UNWILLING, decline, pending, sign
from tests.form_filling import CONTACT, DECLINE, PERSON, confirm
from tests.prepared import made_once
from tests.world import World

SIGNER = {**PERSON, "basis": "head", "authorised": True, "official_name": CITY}
PAPER = f"/papers/{SLUG}"


@pytest.fixture
@made_once
def stage(world: World) -> World:
    world.opened(late=True)
    world.answer(MAYOR, sign())
    world.answer(HESITANT, pending())
    world.answer(UNWILLING, decline())
    world.closed()
    world.released()
    world.now = AFTERWARDS
    return world


def link_path(stage: World, email: str = HESITANT) -> str:
    return f"/s/{stage.links()[email]}"


def late_signature(stage: World):
    clerk = stage.browser().open(link_path(stage))
    clerk.open(clerk.link("Nachzeichnen")).submit({"answer": "sign"})
    clerk.submit(SIGNER).submit({"publish_name": True, "note": "", **CONTACT})
    return clerk


# the member


def test_a_member_without_an_answer_can_sign_late(stage: World) -> None:
    clerk = stage.browser().open(link_path(stage))
    assert clerk.page == "closed"
    assert "kann sich noch anschließen" in clerk.text

    clerk = late_signature(stage)
    assert clerk.page == "review"
    assert "sobald die Geschäftsstelle die Nachzeichnung angenommen hat" in clerk.text
    assert "31. März" not in clerk.text
    confirm(clerk, "Beispielstadt")

    assert (clerk.page, clerk.path) == ("receipt", link_path(stage))
    assert "Die Nachzeichnung der Großen Kreisstadt Beispielstadt ist eingegangen" in clerk.text
    assert "Vorher wird nichts veröffentlicht" in clerk.text
    assert CITY not in stage.browser().open(PAPER).text


def test_a_get_request_changes_nothing_after_the_release(stage: World) -> None:
    before = stage.contents()
    browser = stage.browser()
    for path in ("", "/answer", "/withdraw", "/receipt.pdf"):
        browser.client.get(link_path(stage) + path, base_url="http://localhost:8000")
        browser.client.get(link_path(stage, MAYOR) + path, base_url="http://localhost:8000")
    assert stage.contents() == before


def test_a_member_that_declined_cannot_sign_late(stage: World) -> None:
    clerk = stage.browser().open(link_path(stage, UNWILLING))
    assert "anschließen" not in clerk.text
    assert clerk.open(link_path(stage, UNWILLING) + "/answer", status=409).page == "closed"


def test_an_answer_begun_in_time_and_sent_after_the_end_of_late_signing_is_not_lost(
    stage: World,
) -> None:
    clerk = late_signature(stage)
    actions.late.end_late_signing(
        stage.db, stage.round().id, stage.now + timedelta(hours=1), "office", stage.now
    )
    stage.now += timedelta(hours=1)
    confirm(clerk, "Beispielstadt", status=409)
    assert "Ihre Eingaben wurden nicht mehr angenommen" in clerk.text
    assert stage.invitation_status("02").version.number == 1


def test_a_late_refusal_is_stored_and_not_published(stage: World) -> None:
    clerk = stage.browser().open(link_path(stage) + "/answer").submit(DECLINE)
    confirm(clerk, "Beispielstadt")
    assert clerk.page == "receipt"
    assert "Beispielstadt" not in stage.browser().open(PAPER).text


def test_a_refused_signature_shows_the_reason_and_can_be_repeated(stage: World) -> None:
    joined(stage, ReviewDecision(False, reason="Bitte reichen Sie den Beschluss nach."))
    clerk = stage.browser().open(link_path(stage))
    assert "wurde nicht angenommen" in clerk.text
    assert "Bitte reichen Sie den Beschluss nach." in clerk.text
    clerk.open(clerk.link("Noch einmal abgeben"))
    assert clerk.page == "answer"


def test_an_accepted_signature_can_be_withdrawn_but_not_changed(stage: World) -> None:
    joined(stage)
    clerk = stage.browser().open(link_path(stage))
    assert "ist angenommen" in clerk.text
    assert "Nachzeichnung ändern" not in clerk.text
    assert clerk.open(link_path(stage) + "/answer", status=409).page == "closed"
    clerk.open(link_path(stage) + "/withdraw").submit({"confirm": "Beispielstadt"})
    assert "nach der Veröffentlichung zurückgenommen" in clerk.text
    reader = stage.browser().open(PAPER)
    assert "nachgezeichnet am 3. Mai 2027" in reader.text
    assert "zurückgenommen am 3. Mai 2027" in reader.text


def test_a_signatory_of_the_first_edition_withdraws_and_stays_named_as_withdrawn(
    stage: World,
) -> None:
    clerk = stage.browser().open(link_path(stage, MAYOR))
    clerk.open(clerk.link("Mitzeichnung zurücknehmen …"))
    assert "an welchem Tag die Mitzeichnung zurückgenommen wurde" in clerk.text
    clerk.submit({"confirm": "Musterhausen"})
    reader = stage.browser().open(PAPER)
    assert "Stadt Musterhausen" in reader.text
    assert "zurückgenommen am 3. Mai 2027" in reader.text


def test_a_withdrawal_after_the_release_survives_a_lost_cookie(stage: World) -> None:
    clerk = stage.browser().open(link_path(stage, MAYOR) + "/withdraw")
    clerk.client.delete_cookie("__Host-signoff", domain="localhost")
    clerk.submit({"confirm": "Musterhausen"}, status=400)
    assert clerk.page == "withdraw"
    assert "abgegeben ist nichts" in clerk.text
    clerk.submit({"confirm": "Musterhausen"})
    assert "zurückgenommen am 3. Mai 2027" in stage.browser().open(PAPER).text


def test_links_stay_valid_during_late_signing_and_expire_afterwards(stage: World) -> None:
    stage.now += timedelta(days=400)
    assert stage.browser().open(link_path(stage)).page == "closed"
    actions.late.end_late_signing(
        stage.db, stage.round().id, stage.now + timedelta(days=1), "office", stage.now
    )
    stage.now += timedelta(days=91)
    clerk = stage.browser().open(link_path(stage))
    assert clerk.page == "closed"
    assert "anschließen" not in clerk.text
    stage.now += timedelta(days=1)
    assert stage.browser().open(link_path(stage), status=404).page == "unknown"


def test_the_first_step_mentions_the_addendum_only_with_late_signing(world: World) -> None:
    for late in (True, False):
        slug = f"paper-{late}".lower()
        world.enrol() if late else None
        world.paper(slug)
        world.open(slug, late=late)
        clerk = world.browser().open(f"/s/{world.links(slug)[HESITANT]}/answer")
        assert ("Nachtrag" in clerk.text) is late


# the public


def test_the_page_lists_every_document_at_its_permanent_address(stage: World) -> None:
    first = store.releases.find_for_round(stage.db, stage.round().id)
    content = stage.browser().open(f"{PAPER}/{SLUG}.pdf").response.data
    joined(stage)
    addendum = issued(stage)
    withdrawn(stage)
    edition = issued(stage, PrintKind.EDITION)

    reader = stage.browser().open(PAPER)
    for text in (
        "1. Ausgabe (PDF",
        "1. Nachtrag (PDF",
        "2. Ausgabe (PDF",
        "(zuerst mitgezeichnet: 1, später nachgezeichnet: 1, zurückgenommen: 1)",
    ):
        assert text in reader.text
    stored = {
        document.number: stage.services.archive.release_path(document.sha256).read_bytes()
        for document in (first, addendum, edition)
    }
    for number, stored_content in stored.items():
        assert stage.browser().open(f"{PAPER}/{SLUG}-{number}.pdf").response.data == stored_content
    assert stage.browser().open(f"/files/{first.sha256}.pdf").response.data == content == stored[1]
    assert stage.browser().open(f"{PAPER}/{SLUG}.pdf").response.data == stored[3]
    for name in (f"{SLUG}-4", f"{SLUG}-0", f"{SLUG}-", "1", f"{SLUG}-01"):
        stage.browser().open(f"{PAPER}/{name}.pdf", status=404)


def test_the_published_list_contains_the_current_edition_and_later_changes(
    stage: World,
) -> None:
    client = stage.build_app().test_client()

    def get_list() -> dict:
        return client.get(f"{PAPER}/signatories.json", base_url="http://localhost:8000").json

    before = get_list()
    joined(stage)
    withdrawn(stage)
    now = get_list()
    assert {name: now[name] for name in before} == before
    assert [signatory["late_on"] for signatory in now["late_signatories"]] == ["2027-05-03"]
    assert now["withdrawals"] == [{"name": "Stadt Musterhausen", "withdrawn_on": "2027-05-03"}]
    assert now["counts"] == {"now": 1, "first": 1, "later": 1, "withdrawn": 1}

    issued(stage, PrintKind.EDITION)
    after = get_list()
    assert [signatory["name"] for signatory in after["signatories"]] == [CITY]
    assert after["count"] == 1
    assert after["as_of"] == "2027-05-03T10:00:00+02:00"
    assert "late_signatories" not in after
    table = client.get(f"{PAPER}/signatories.csv", base_url="http://localhost:8000").get_data(
        as_text=True
    )
    assert CITY in table
    assert "Nachgezeichnet am" in table


def test_verification_by_upload_recognises_an_addendum(stage: World) -> None:
    joined(stage)
    addendum = issued(stage)

    browser = stage.browser().open("/verify")
    content = stage.services.archive.release_path(addendum.sha256).read_bytes()
    browser.submit({"file": (BytesIO(content), "x.pdf")})
    assert "1. Nachtrag" in browser.text
    assert "Die Datei ist echt" in browser.text


def test_the_feed_says_that_something_has_changed_after_each_late_change(stage: World) -> None:
    def updated() -> list[str]:
        feed = fromstring(stage.browser().open("/feed.atom").response.data)
        return [element.text or "" for element in feed.iter("{*}updated")]

    seen = [updated()]
    stage.now += timedelta(days=1)
    actions.answers.withdraw(stage.db, stage.access(MAYOR), form_key="", now=stage.now)
    seen.append(updated())
    stage.now += timedelta(days=1)
    actions.releases.retract_release(stage.db, 1, "Auf Anordnung.", "", "office", stage.now)
    seen.append(updated())
    assert [len(moments) for moments in seen] == [2, 3, 2]
    feeds = [moments[0] for moments in seen]
    assert feeds == sorted(set(feeds))
    assert seen[1][1] > seen[0][1]


def test_after_the_retraction_nobody_signs_late_and_no_page_offers_it(stage: World) -> None:
    clerk = stage.browser().open(link_path(stage))
    address = clerk.link("Nachzeichnen")
    actions.releases.retract_release(stage.db, 1, "Auf Anordnung.", "", "office", stage.now)
    assert "anschließen" not in clerk.open(link_path(stage)).text
    assert clerk.open(address, 409).page == "closed"
