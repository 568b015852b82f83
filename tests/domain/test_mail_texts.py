"""What the office may write into a mail, and which faults are named where they are."""

import pytest

from signoff.domain.errors import Reason, Refusals
from signoff.domain.mail import MailKind
from signoff.domain.mail_texts import EDITABLE_KINDS, MailTextReader

SUBJECT = "{vorgang}: {titel}"


def read(**fields: str):
    return MailTextReader(fields).parse(MailKind.INVITATION, "de")


@pytest.mark.parametrize(
    ("fields", "field", "reason", "facts"),
    [
        (
            {"opening": "Guten Tag\n\nam {tag} ist"},
            "opening",
            Reason.UNKNOWN_PLACEHOLDER,
            {"placeholder": "{tag}", "line": 3},
        ),
        (
            {"greeting": "Guten Tag {name"},
            "greeting",
            Reason.UNKNOWN_PLACEHOLDER,
            {"placeholder": "{", "line": 1},
        ),
        ({"signature": "{ name }"}, "signature", Reason.UNKNOWN_PLACEHOLDER, {}),
        ({"subject": "Ihre Rückmeldung"}, "subject", Reason.NO_REFERENCE, {}),
        ({"subject": SUBJECT + " =?utf-8?q?x?="}, "subject", Reason.UNPRINTABLE, {}),
        ({"subject": SUBJECT + "x" * 200}, "subject", Reason.TOO_LONG, {"limit": 160}),
        ({"opening": "\ue000"}, "opening", Reason.UNPRINTABLE, {}),
    ],
)
def test_a_fault_is_named_with_its_place(
    fields: dict[str, str], field: str, reason: Reason, facts: dict[str, object]
) -> None:
    with pytest.raises(Refusals) as refused:
        read(**fields)
    (refusal,) = refused.value.refusals
    assert (refusal.field, refusal.reason) == (field, reason)
    assert facts.items() <= refusal.facts.items()


def test_placeholders_have_german_and_english_names() -> None:
    text = read(subject="{reference}, {titel}", opening="{mitglied_dativ} {member}")
    assert text.subject == "{reference}, {titel}"
    assert not text.is_empty
    assert read().is_empty


def test_mail_to_the_office_and_to_accounts_is_not_editable() -> None:
    assert MailKind.RECEIPT in EDITABLE_KINDS
    assert not {MailKind.DIGEST, MailKind.TEST} & set(EDITABLE_KINDS)
