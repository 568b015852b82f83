"""Mail about signing after the release: what happens next, and who may still sign."""

from dataclasses import replace

import pytest

from signoff.domain.answers import AnswerKind
from signoff.domain.mail import MailKind
from signoff.domain.rounds import Terms
from tests.mail.samples import TOKEN, composed, late, mail, part


def said(context) -> str:
    return " ".join(part(composed(context), "plain").split())


def test_the_receipt_of_a_late_signature_says_that_the_office_looks_at_it_first() -> None:
    context = late(mail(MailKind.RECEIPT, AnswerKind.COSIGN))
    assert "Nachzeichnung eingegangen" in composed(context)["Subject"]
    text = said(context)
    assert "Die Geschäftsstelle prüft sie jetzt" in text
    assert "In der ersten Ausgabe des Dokuments steht sie nicht" in text
    assert "Frist" not in text and "Sie müssen nichts mehr tun" not in text


def test_the_mail_about_the_release_invites_those_who_may_still_sign_and_nobody_else() -> None:
    silent = late(mail(MailKind.RELEASED))
    assert "Sie können sich dem Papier noch anschließen" in said(silent)
    assert TOKEN in said(silent)
    for kind in (AnswerKind.COSIGN, AnswerKind.DECLINE, AnswerKind.NOT_COMPETENT):
        answered = late(mail(MailKind.RELEASED, kind))
        assert "anschließen" not in said(answered) and TOKEN not in said(answered)
    strict = replace(silent, round=replace(silent.round, terms=Terms()))
    assert "anschließen" not in said(strict) and TOKEN not in said(strict)


@pytest.mark.parametrize(
    ("taken", "words"), [(True, "ist mit veröffentlicht"), (False, "ist nicht mit veröffentlicht")]
)
def test_an_acceptance_says_what_became_of_the_note(taken: bool, words: str) -> None:
    context = mail(MailKind.LATE_ACCEPTED, AnswerKind.COSIGN)
    context = replace(context, review=replace(context.review, note_accepted=taken))
    assert words in said(context)


def test_a_refusal_quotes_the_reason_and_says_that_nothing_was_published() -> None:
    text = part(composed(mail(MailKind.LATE_REFUSED, AnswerKind.COSIGN)), "plain")
    assert "> Bitte reichen Sie den Beschluss nach." in text
    assert "Veröffentlicht ist davon nichts" in " ".join(text.split())


def test_a_late_withdrawal_promises_a_dated_fact_and_no_silent_edit() -> None:
    text = said(late(mail(MailKind.WITHDRAWAL, AnswerKind.WITHDRAWN)))
    assert "an welchem Tag sie zurückgezogen wurde" in text
    assert "Was veröffentlicht ist, ändert sich nicht mehr" in text
