"""Our messages have the bytes that the library gives them, whoever was written to before."""

import random
import re
from dataclasses import replace
from email.message import EmailMessage
from hashlib import sha256

import pytest

from signoff.domain.mail import MailContext, MailText, UnmailableError
from signoff.mail import wording
from signoff.mail.compose import compose_message
from signoff.mail.markdown import PRIVATE_CHARS
from signoff.mail.message import MESSAGE_POLICY, ComposedMail, serialize_message
from tests.mail.samples import NOW, all_mails, composed

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


FRAGMENTS = (
    *("*a* _b_ `c`", "](<x>) [y](z)", "<b>&amp;\"'", "# h", "- i", ": d", "---", "\\", "x" * 80),
    *("%s %(title)s", "{mitglied} {0}", "{{ member }} {% if %}", "member:genitive", "\\1 \\g<0>"),
    *("\U00100000\U00100002reference\U00100001", "\U000f0000\U000f0001\U000f0002", "\U0010000a"),
    *("شهر القدس\u200f", "\u2028", "\n\n", "\t", "\xa0", "\u200b", "ß", "ǆ", "lang " * 40),
    *("https://a.example", "Große Kreisstadt", "Gemeinde", "\u202e", "=?utf-8?q?x?="),
)


def write_to(mark: str, context: MailContext, choose: random.Random) -> MailContext:
    """The mail to somebody whose values all contain ``mark``, most of them with odd characters."""

    def text(*words: str) -> str:
        odd = choose.choices(FRAGMENTS, k=choose.choice([0, 0, 1, 3]))
        return " ".join([*words, *odd, mark])

    other, more = context.delegated_link, choose.choice([(), (f"o{mark}@b.example",)])
    return replace(
        context,
        member=replace(
            context.member,
            official_name=text(choose.choice(["Stadt", "markt", "Amt"])),
            language=choose.choice(["de", "de", "en"]),
            mail_without_link=choose.random() < 0.1,
        ),
        invitation=replace(context.invitation, reference=text("MZ")),
        link=replace(
            context.link, name=text("Frau"), email=f"{mark}@a.example", public_id=f"{mark:-<22}"
        ),
        delegated_link=other and replace(other, message=text("Bitte\n")),
        explanation=context.explanation and text("Weil"),
        other_recipients=more,
        association=replace(
            context.association,
            name="Forum *x* \U000f0500",
            telephone=choose.choice(["0221 1", "0221 1", "0221 2"]),
        ),
    )


def test_nothing_of_one_recipient_is_in_the_mail_to_another(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    choose = random.Random(11)
    names = ("invitation", "reminder", "closed-sign", "delegation", "new_link", "voided")

    def compose(context: MailContext, mark: str) -> tuple[str, bytes]:
        try:
            message = compose_message(
                context,
                token=f"{mark}-token",
                code=f"{mark}-code",
                more=[f"{mark}-more" for _ in context.further_contexts],
                more_codes=[f"{mark}-more-code" for _ in context.further_contexts],
                base_url="https://staedteforum.example",
                now=NOW,
            )
        except UnmailableError as problem:
            return str(problem), b""
        assert "<b>" not in message.html
        assert not PRIVATE_CHARS.search(message.text + message.html)
        seen = f"{message['Subject']} {message['To']} {message.text} {message.html}"
        return seen, serialize_message(message)

    mails = []
    for number in range(200):
        mark = f"R{number:03}X"
        context = write_to(mark, MAILS[choose.choice(names)], choose)
        if choose.random() < 0.2:
            further = write_to(mark, context, choose)
            context = replace(context, further_contexts=(further,))
        mails.append((mark, context))
    made = [compose(context, mark) for mark, context in mails]
    for (mark, context), (seen, content) in zip(mails, made, strict=True):
        assert set(re.findall(r"R\d\d\dX", seen)) <= {mark}
        assert not content or mark in seen
        monkeypatch.setattr(wording, "kept_wordings", {})
        assert compose(context, mark) == (seen, content)
    assert sum(bool(content) for _, content in made) > 100
