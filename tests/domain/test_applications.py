"""Applications: what a form takes, the limits of mail, and what the office is told."""

from dataclasses import replace
from datetime import timedelta

import pytest

from signoff.domain.applications import (
    LINK_LIFETIME,
    MAX_PER_DAY,
    MAX_PER_MAILBOX,
    Application,
    ApplicationForm,
    Doubt,
    get_mailbox,
    is_flooded,
    list_doubts,
    require_applications,
    require_confirmation,
    require_few,
)
from signoff.domain.errors import Reason, Refusal, Refusals
from signoff.domain.members import Representative
from signoff.domain.rounds import Terms
from tests.factories import DEADLINE, MEMBER, NOW, ROUND

FIELDS = {
    "official_name": "Große Kreisstadt Fremdstadt a.d. Saale",
    "kind": "Stadt",
    "state": "NRW",
    "contact_person": "Büro der Bürgermeisterin",
    "email": "rathaus@FREMDSTADT.example",
}
APPLICATION = Application(
    1, ROUND.id, "Stadt Fremdstadt", "Stadt", "", "a@fremdstadt.example", "Büro", "de", NOW
)
OPEN = replace(ROUND, terms=Terms(public=True, applications=True))


def refused(**changed: str) -> dict[str | None, Reason]:
    with pytest.raises(Refusals) as caught:
        ApplicationForm(FIELDS | changed).parse()
    return {refusal.field: refusal.reason for refusal in caught.value.refusals}


def test_an_application_is_read_as_the_member_list_is() -> None:
    fields = ApplicationForm(FIELDS).parse()

    assert (fields.state, fields.email) == ("Nordrhein-Westfalen", "rathaus@fremdstadt.example")
    assert ApplicationForm(FIELDS | {"state": ""}).parse().state == ""


def test_all_wrong_fields_are_named_at_once() -> None:
    empty = dict.fromkeys(FIELDS, "")

    assert refused(**empty) == dict.fromkeys(
        ("official_name", "kind", "contact_person", "email"), Reason.MISSING
    )
    assert refused(state="Atlantis", email="a@b@c") == {
        "state": Reason.NOT_A_STATE,
        "email": Reason.NOT_AN_ADDRESS,
    }


@pytest.mark.parametrize(
    "name",
    [
        "Gewinnen Sie auf www.beispiel.example",
        "https://beispiel.example",
        "beispiel.example",
        "ｂｅｉｓｐｉｅｌ．example",
        "Rufen Sie 0190 123456 an",
        "post@beispiel.example",
    ],
)
def test_a_name_is_no_advertisement(name: str) -> None:
    assert refused(official_name=name) == {"official_name": Reason.CONTACT_DATA}


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("Stadt \u202eFremdstadt", Reason.CONTROL_CHARACTERS),
        ("=?utf-8?q?Stadt?=", Reason.CONTROL_CHARACTERS),
        ("Stadt \U0001f600", Reason.UNPRINTABLE),
        ("Stadt " * 30, Reason.TOO_LONG),
        ("–", Reason.MISSING),
    ],
)
def test_a_name_can_be_mailed_and_printed(name: str, reason: Reason) -> None:
    assert refused(official_name=name) == {"official_name": reason}


def test_a_mailbox_is_one_however_its_address_is_written() -> None:
    assert get_mailbox("Rathaus+1@Ulm.example") == get_mailbox("rathaus@ulm.example")
    assert get_mailbox("a@ulm.example") != get_mailbox("b@ulm.example")


def test_variants_of_an_address_share_few_mails_and_leave_it_its_own() -> None:
    assert not is_flooded("rathaus+x@ulm.example", MAX_PER_MAILBOX - 1)
    assert is_flooded("Rathaus+x@ulm.example", MAX_PER_MAILBOX)
    assert not is_flooded("Rathaus@Ulm.example", MAX_PER_MAILBOX)


def test_an_address_gets_one_mail_a_day_until_it_is_confirmed() -> None:
    almost, day = timedelta(hours=23, minutes=59), timedelta(days=1)

    assert not APPLICATION.may_be_mailed(NOW + almost)
    assert APPLICATION.may_be_mailed(NOW + day)
    assert not replace(APPLICATION, confirmed_at=NOW).may_be_mailed(NOW + day)


def test_a_link_that_nobody_uses_expires() -> None:
    assert not APPLICATION.is_expired(NOW + LINK_LIFETIME - timedelta(seconds=1))
    assert APPLICATION.is_expired(NOW + LINK_LIFETIME)
    assert not replace(APPLICATION, confirmed_at=NOW).is_expired(NOW + LINK_LIFETIME)


def test_a_round_has_its_share_of_mails_to_strangers() -> None:
    require_few(MAX_PER_DAY - 1)
    with pytest.raises(Refusal, match=Reason.TOO_MANY_APPLICATIONS):
        require_few(MAX_PER_DAY)


def test_applications_are_taken_while_the_round_is_open_and_wants_them() -> None:
    require_applications(OPEN, NOW)
    for round, now in (
        (ROUND, NOW),
        (OPEN, DEADLINE),
        (replace(OPEN, closed_at=NOW), NOW),
        (replace(OPEN, cancelled_at=NOW), NOW),
        (replace(OPEN, announced_from=NOW + timedelta(minutes=1)), NOW),
    ):
        with pytest.raises(Refusal):
            require_applications(round, now)


def test_applications_need_the_public_draft() -> None:
    draft = replace(ROUND, opened_at=None, terms=Terms(applications=True))

    with pytest.raises(Refusal, match=Reason.DRAFT_NOT_PUBLIC):
        draft.open(DEADLINE, NOW)


def test_a_confirmation_repeats_the_name() -> None:
    require_confirmation(APPLICATION, "fremdstadt")
    for typed in ("", "x", "Stadt", "Andere Stadt"):
        with pytest.raises(Refusal):
            require_confirmation(APPLICATION, typed)


def test_an_application_is_decided_once() -> None:
    confirmed = replace(APPLICATION, confirmed_at=NOW)
    for settled in (APPLICATION, confirmed.accept(3, NOW), confirmed.refuse("Nein.", NOW)):
        with pytest.raises(Refusal, match=Reason.NOTHING_TO_DECIDE):
            settled.accept(4, NOW)


def test_the_office_is_told_what_may_be_wrong() -> None:
    person = Representative(7, MEMBER.id, "Büro", email="A@Fremdstadt.example")
    other = replace(APPLICATION, id=2, email="muster@gmx.de")

    def doubts(application: Application) -> dict[Doubt, list[str]]:
        return dict(list_doubts(application, [MEMBER], [person], [application, other]))

    assert doubts(APPLICATION) == {
        Doubt.KNOWN_ADDRESS: ["Stadt Musterhausen"],
        Doubt.SAME_NAME: ["muster@gmx.de"],
    }
    assert doubts(replace(other, official_name="Gemeinde Musterhausen")) == {
        Doubt.FREE_MAIL: ["gmx.de"],
        Doubt.KNOWN_NAME: ["Stadt Musterhausen"],
    }
