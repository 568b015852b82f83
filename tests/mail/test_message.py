"""Our messages have the bytes that the library gives them, whoever was written to before."""

from dataclasses import replace
from email.message import EmailMessage
from hashlib import sha256

import pytest

from signoff.domain.mail import MailContext, MailText
from signoff.mail import wording
from signoff.mail.message import MESSAGE_POLICY, ComposedMail, serialize_message
from tests.mail.samples import all_mails, composed

MAILS = all_mails()
LEFT_TO_THE_LIBRARY = ("mime-version", "content-type", "content-language")


def encode_by_library(message: ComposedMail) -> EmailMessage:
    """The same fields and parts, put together and encoded by the library."""
    made = EmailMessage(MESSAGE_POLICY)
    for name, value in message.items():
        if name.lower() not in LEFT_TO_THE_LIBRARY:
            made[name] = value
    made.set_content(message.text, cte="8bit")
    made.add_alternative(message.html, subtype="html", cte="quoted-printable")
    made.set_boundary(sha256(message["Message-ID"].encode()).hexdigest()[:32])
    made["Content-Language"] = message["Content-Language"]
    return made


def list_variants(context: MailContext) -> list[MailContext]:
    """The same mail to members, people and addresses of several kinds."""
    other = replace(
        context,
        member=replace(context.member, official_name="Gemeinde Öhringen am „Bach“ <b>*x*_y_ &amp;"),
        invitation=replace(context.invitation, reference="MZ-2027-0999"),
        link=replace(context.link, name='Frau Dr. Ähm, die "Erste"', email="amt@öhringen.example"),
    )
    long = replace(context.member, official_name="Kreisstadt " + "Langwort" * 14)
    text = MailText(
        context.message.kind,
        "de",
        "Betreff {mitglied} {titel}",
        "{anrede},",
        "wir bitten {mitglied_akkusativ} *sehr*\n\n- eins {vorgang}\n- zwei",
        "Gruß\n{telefon}",
    )
    return [
        context,
        other,
        replace(context, member=long, other_recipients=()),
        replace(other, link=replace(other.link, language="en", name="Herr X")),
        replace(other, member=replace(other.member, mail_without_link=True)),
        replace(context, link=replace(context.link, may_answer=False)),
        replace(other, texts=(text,)),
    ]


@pytest.mark.parametrize("name", MAILS)
def test_bytes_equal_those_of_the_library(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    contexts = list_variants(MAILS[name])
    after_others = [composed(context) for context in [*contexts, *contexts]]
    seven_bit = MESSAGE_POLICY.clone(cte_type="7bit")
    for context, message in zip([*contexts, *contexts], after_others, strict=True):
        by_library = encode_by_library(message)
        assert serialize_message(message) == message.as_bytes() == by_library.as_bytes()
        assert message.as_bytes(policy=seven_bit) == by_library.as_bytes(policy=seven_bit)
        monkeypatch.setattr(wording, "kept_wordings", {})
        assert serialize_message(composed(context)) == message.as_bytes()


def test_words_are_made_once_for_members_that_get_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(wording, "kept_wordings", {})
    contexts = list_variants(MAILS["invitation"])[:2]
    messages = [composed(context) for context in contexts]
    (kept,) = wording.kept_wordings.values()
    assert len(kept) == 1
    assert "Öhringen" in messages[1].text
    assert "Öhringen" not in messages[0].text
