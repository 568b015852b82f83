"""What is kept of a mail opens nothing, however somebody has quoted a link in it."""

import re
from dataclasses import replace

import pytest

from signoff.domain.mail import MailKind, SentMail
from signoff.mail.compose import MailComposer
from signoff.mail.sent import DUMMY_CODE
from signoff.tokens import TokenPurpose, TokenSigner
from tests.factories import LINK, NOW
from tests.mail.samples import BASE, COLLEAGUE, mail, part

SIGNER = TokenSigner([b"k" * 32])
TOKEN = SIGNER.sign(TokenPurpose.INVITATION, LINK.public_id, LINK.generation)
ADDRESS = f"{BASE}/s/{TOKEN}/links"
MIDDLE = len(TOKEN) // 2
COMPOSER = MailComposer(SIGNER, BASE, None)


def delegate(words: str) -> tuple[str, SentMail]:
    """The text part of the mail that passes the task on with these words, and what is kept."""
    colleague = replace(COLLEAGUE, public_id="colleague", message=words)
    context = mail(MailKind.DELEGATION, link=colleague, delegated_link=colleague)
    message = COMPOSER.compose(context, NOW)
    return part(message, "plain"), COMPOSER.keep(context, message)


def test_an_address_that_somebody_quotes_stays_in_one_line() -> None:
    text, _ = delegate(f"Bitte hier antworten: {ADDRESS} (bis Freitag)")
    assert f"> {ADDRESS}" in text.splitlines()


@pytest.mark.parametrize(
    "words",
    [
        f"Bitte hier antworten: {ADDRESS} Danke!",
        f"{'x' * 300}{ADDRESS} Danke!",
        f"{'x' * 900}/{TOKEN}",
        f"{TOKEN[:MIDDLE]}\n{TOKEN[MIDDLE:]}\nDanke!",
        f"> {TOKEN[:-20]}\n> {TOKEN[-20:]}\n> Danke!",
        f"{TOKEN[:9]}\n{TOKEN[9:]} Danke!",
        f"{TOKEN[:9]}\n\n{TOKEN[9:]} Danke!",
    ],
)
def test_no_piece_of_a_quoted_token_is_kept(words: str) -> None:
    text, kept = delegate(words)
    assert find_pieces(text)
    assert not find_pieces(kept.text)
    assert not find_pieces(kept.html)
    assert "Danke!" in kept.text or "Danke!" not in words


def find_pieces(content: str) -> list[str]:
    """What of the token is in ``content``, in whatever lines."""
    joined = re.sub(r"\n(?:>|&gt;| )*", "", content)
    return [
        piece for start in range(len(TOKEN) - 8) if (piece := TOKEN[start : start + 8]) in joined
    ]


CODE = SIGNER.short_code(LINK.public_id, LINK.generation)


@pytest.mark.parametrize(
    "code", [CODE, CODE.lower(), CODE.replace("-", ""), CODE.replace("-", " "), " ".join(CODE)]
)
def test_the_code_of_who_passes_the_task_on_is_not_kept(code: str) -> None:
    text, kept = delegate(f"Der Kurzcode ist {code}.")
    assert code in text
    assert f"Der Kurzcode ist {DUMMY_CODE}." in kept.text
    assert code not in kept.html
