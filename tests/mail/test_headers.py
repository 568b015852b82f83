"""Header fields with unusual input: names are kept, there is one recipient, and no line is added."""

from dataclasses import replace
from email import message_from_bytes, policy
from email.header import decode_header, make_header

import pytest

from signoff.domain.mail import MailKind, UnmailableError
from signoff.mail.message import build_address
from tests.factories import FORUM
from tests.mail.samples import composed, mail

EMAIL = "praevention@musterhausen.example"
NAMES = [
    "Stabsstelle Prävention",
    "Müller, Jürgen",
    'Büro der Oberbürgermeisterin, "Stab" (Prävention)',
    "x" * 120,
    "ä" * 120,
    ("Müller, " * 15).strip(),
    ('"quoted\\" name, ' * 8).strip(),
    ("Ελλάδα " * 17).strip(),
    ("a, b; c <x@y.example> " * 5).strip(),
    "Office, with commas, and, more, commas, and so many of them that the line has to be folded somewhere",
    "Київ, " + "Ж" * 110,
    "o'Neill & Söhne; @home: [x]",
    "Groß-Gerau Łódź Ñ 🏛",
    "",
]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("field", ["To", "From", "Reply-To"])
def test_any_name_is_kept_and_stays_one_address(name: str, field: str) -> None:
    base = mail(MailKind.INVITATION)
    named = replace(
        base,
        link=replace(base.link, name=name, email=EMAIL),
        association=replace(FORUM, name=name, contact=name, email=EMAIL),
    )
    raw = composed(named).as_bytes()
    assert max(map(len, raw.partition(b"\r\n\r\n")[0].split(b"\r\n"))) <= 998
    raw.partition(b"\r\n\r\n")[0].decode("ascii")
    (address,) = message_from_bytes(raw, policy=policy.default)[field].addresses
    assert address.addr_spec == EMAIL
    spelt = str(message_from_bytes(raw, policy=policy.compat32)[field])
    phrase = str(make_header(decode_header("".join(spelt.rpartition("<")[0].splitlines()).strip())))
    if name.isascii():
        phrase = address.display_name
    assert phrase.strip() == name


@pytest.mark.parametrize("name", [name for name in NAMES if name])
def test_any_name_is_kept_in_the_subject(name: str) -> None:
    base = mail(MailKind.INVITATION)
    raw = composed(replace(base, member=replace(base.member, official_name=name))).as_bytes()
    assert str(message_from_bytes(raw, policy=policy.default)["Subject"]).endswith(f"({name})")


@pytest.mark.parametrize(
    "sign",
    ["\r", "\n", "\r\n", "\x00", "\x0b", "\x7f", "\x85", "\u2028", "\u2029", "\u202e", "\ud800"],
)
def test_control_and_direction_characters_in_a_field_are_refused(sign: str) -> None:
    base, forged = mail(MailKind.INVITATION), f"Amt{sign}Bcc: x@y.example"
    forgeries = [
        replace(base, link=replace(base.link, name=forged)),
        replace(base, link=replace(base.link, email=f"a@b.example{sign}")),
        replace(base, link=replace(base.link, email=f"a{sign}@b.example")),
        replace(base, member=replace(base.member, official_name=forged)),
        replace(base, association=replace(FORUM, name=forged)),
        replace(base, association=replace(FORUM, contact=forged)),
    ]
    for forgery in forgeries:
        with pytest.raises(UnmailableError):
            composed(forgery)


@pytest.mark.parametrize(
    "email",
    [
        "a@x.example, b@y.example",
        "a@x.example;b@y.example",
        "a@x.example b@y.example",
        "<a@x.example>",
        "a@x.example>",
        "A <a@x.example>",
        "a@b@x.example",
        '"a,b"@x.example',
        "a@x",
        "@x.example",
        "a@",
        "",
        "a..b@x.example",
        "ä@x.example",
        "a@-x.example",
        "a@x..example",
        "a@x.example(comment)",
        "a@[127.0.0.1]",
        "a" * 65 + "@x.example",
        "a@" + "x." * 130 + "example",
        "a\t@x.example",
    ],
)
def test_recipient_that_is_not_exactly_one_address_is_refused(email: str) -> None:
    with pytest.raises(UnmailableError):
        build_address("Amt", email)


def test_domain_with_an_umlaut_is_encoded() -> None:
    assert build_address("", "amt@müllheim.example").addr_spec == "amt@xn--mllheim-n2a.example"
    assert build_address("", "amt@gießen.example").addr_spec == "amt@xn--gieen-nqa.example"


def test_encoded_word_in_a_name_is_refused() -> None:
    with pytest.raises(UnmailableError):
        build_address("=?utf-8?q?Amt=2C?=", EMAIL)
