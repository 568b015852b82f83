"""Mail about signing after the release: what happens next, and who may still sign."""

from dataclasses import replace

import pytest

from signoff.domain.answers import AnswerKind
from signoff.domain.mail import MailKind
from signoff.domain.rounds import Terms
from tests.mail.samples import TOKEN, composed, late, mail, part


def text_of(context) -> str:
    return " ".join(part(composed(context), "plain").split())


def test_receipt_of_a_late_signature_says_that_the_office_reviews_it_first() -> None:
    context = late(mail(MailKind.RECEIPT, AnswerKind.COSIGN))
    assert "Nachzeichnung eingegangen" in composed(context)["Subject"]
    text = text_of(context)
    assert "Die Geschäftsstelle prüft sie jetzt" in text
    assert "In der ersten Ausgabe des Dokuments steht sie nicht" in text
    assert "Frist" not in text
    assert "Sie müssen nichts mehr tun" not in text


def test_release_mail_invites_only_members_that_can_still_sign() -> None:
    silent = late(mail(MailKind.RELEASED))
    assert "Sie können sich dem Papier noch anschließen" in text_of(silent)
    assert TOKEN in text_of(silent)
    for kind in (AnswerKind.COSIGN, AnswerKind.DECLINE, AnswerKind.NOT_COMPETENT):
        answered = late(mail(MailKind.RELEASED, kind))
        assert "anschließen" not in text_of(answered)
        # Behind the link there is material for those who signed.
        assert (TOKEN in text_of(answered)) == (kind is AnswerKind.COSIGN)
    strict = replace(silent, round=replace(silent.round, terms=Terms()))
    assert "anschließen" not in text_of(strict)
    assert TOKEN not in text_of(strict)


@pytest.mark.parametrize(
    ("note_accepted", "words"),
    [(True, "ist mit veröffentlicht"), (False, "ist nicht mit veröffentlicht")],
)
def test_acceptance_mail_says_whether_the_note_is_published(
    note_accepted: bool, words: str
) -> None:
    context = mail(MailKind.LATE_ACCEPTED, AnswerKind.COSIGN)
    context = replace(context, review=replace(context.review, note_accepted=note_accepted))
    assert words in text_of(context)


def test_refusal_mail_quotes_the_reason_and_says_that_nothing_was_published() -> None:
    text = part(composed(mail(MailKind.LATE_REFUSED, AnswerKind.COSIGN)), "plain")
    assert "> Bitte reichen Sie den Beschluss nach." in text
    assert "Davon ist nichts veröffentlicht" in " ".join(text.split())


def test_mail_about_a_late_withdrawal_announces_a_dated_entry() -> None:
    text = text_of(late(mail(MailKind.WITHDRAWAL, AnswerKind.WITHDRAWN)))
    assert "mit Datum vermerkt" in text
    assert "Was veröffentlicht ist, ändert sich nicht mehr" in text
