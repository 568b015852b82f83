"""The receipt PDF of an answer that the office wrote down says so."""

from signoff import actions
from signoff.domain.answer_forms import RecordedAnswer
from signoff.domain.answers import Channel, Signer
from tests.representative import RepresentativeClient
from tests.world import World, sign


def test_the_receipt_says_how_the_answer_came_and_what_the_office_put_right(world: World) -> None:
    desk = RepresentativeClient(world)
    id, given = world.place("01").invitation.id, {"actor": "staff/1", "now": world.now}
    letter = RecordedAnswer(sign(), Channel.LETTER, world.now.date(), "Brief")
    actions.amendments.record_answer(
        world.db, id, letter, None, expected_version=0, form_key="a", **given
    )
    told = desk.copy("receipt.pdf").body
    assert "per Brief, von der Geschäftsstelle erfasst" in told
    assert "Zugangslink von" not in told

    signer = Signer("Vorname", "Nachnahme", "Bürgermeisterin")
    correction = actions.amendments.NameCorrection("Stadt Musterhausen", signer, "Anruf")
    actions.amendments.correct_names(
        world.db, id, correction, expected_version=1, form_key="b", **given
    )
    told = desk.copy("receipt.pdf").body
    assert "Nachnahme" in told and "von der Geschäftsstelle berichtigt" in told
