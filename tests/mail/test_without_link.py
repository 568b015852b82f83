"""Mail to town halls that cannot open mail with links: the short code stands in place of the address."""

from dataclasses import replace
from email.message import EmailMessage

import pytest

from signoff.domain.mail import MailContext, MailKind
from signoff.domain.rounds import Terms
from signoff.mail.compose import compose_message
from tests.factories import MEMBER, NOW, ROUND
from tests.mail.samples import BASE, CODE, TOKEN, all_mails, mail, part

SITE = BASE.removeprefix("https://")
QUIET = replace(MEMBER, mail_without_link="yes")
MAILS = {name: replace(context, member=QUIET) for name, context in all_mails().items()}


def composed(context: MailContext) -> EmailMessage:
    further = len(context.further_contexts)
    return compose_message(
        context,
        token=TOKEN,
        code=CODE,
        more=[TOKEN] * further,
        more_codes=["WXYA-WXYA"] * further,
        base_url=BASE,
        now=NOW,
    )


@pytest.mark.parametrize("language", ["de", "en"])
@pytest.mark.parametrize("name", MAILS)
def test_no_mail_contains_an_address(name: str, language: str) -> None:
    context = MAILS[name]
    context = replace(context, link=replace(context.link, language=language))
    message = composed(context)
    for content in (part(message, "plain"), part(message, "html"), str(message["Subject"])):
        assert "http" not in content.lower()
        assert "href" not in content
        assert TOKEN not in content
        assert f"{SITE}/" not in content


def test_the_invitation_names_the_site_and_the_code() -> None:
    text = " ".join(part(composed(MAILS["invitation"]), "plain").split())
    assert f"die Seite {SITE} und geben Sie dort den Kurzcode {CODE} ein." in text
    assert text.count(CODE) == 1
    assert "ihr Link" not in text


def test_an_introduction_keeps_its_words() -> None:
    words = "Näheres: https://verband.example/thema und hhttps://ttps://ort.example"
    introduced = replace(ROUND, terms=Terms(introductions={"de": words}))
    message = composed(replace(MAILS["invitation"], round=introduced))
    text = " ".join(part(message, "plain").split())
    assert "Näheres: verband.example/thema und ort.example" in text
    assert "http" not in message.as_string()


def test_a_reminder_about_several_papers_has_a_code_for_each() -> None:
    further = mail(MailKind.REMINDER)
    further = replace(further, round=replace(further.round, id=further.round.id + 1))
    text = part(composed(replace(MAILS["reminder"], further_contexts=(further,))), "plain")
    assert CODE in text
    assert "WXYA-WXYA" in text
    assert "http" not in text
