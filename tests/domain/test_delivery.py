"""What refusals mean, and the time of the next attempt to send a mail."""

from datetime import UTC, datetime, timedelta

import pytest

from signoff.domain.delivery import (
    DAY,
    FAULTS_OF_ONE_MAIL,
    FAULTS_TO_CONFIRM,
    HOUR,
    MAX_RETRY_DELAY,
    MAX_RETRY_PERIOD,
    MINUTE,
    PAUSES,
    DeliveryError,
    Fault,
    RefusedMail,
    Stage,
    Verdict,
    classify,
    compute_next_attempt,
    extend_outage,
    have_same_words,
    is_policy,
)

NOW = datetime(2027, 1, 21, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("attempts", "minutes"), [(1, 1), (2, 5), (3, 15), (4, 60), (5, 60), (50, 60)]
)
def test_pauses_between_attempts_grow_to_one_hour(attempts: int, minutes: int) -> None:
    assert compute_next_attempt(attempts, NOW) == NOW + timedelta(minutes=minutes)


def test_delivery_ends_after_three_days() -> None:
    at, attempts = NOW, 1
    while later := compute_next_attempt(attempts, at):
        assert at < later <= at + MAX_RETRY_DELAY
        at, attempts = later, attempts + 1
    assert NOW + MAX_RETRY_PERIOD - MAX_RETRY_DELAY < at <= NOW + MAX_RETRY_PERIOD
    assert compute_next_attempt(attempts + 1, at) is None


def test_next_attempt_is_counted_from_the_last_attempt() -> None:
    assert compute_next_attempt(2, NOW + timedelta(days=30)) == NOW + timedelta(days=30, minutes=5)


def test_mail_without_an_attempt_has_no_next_attempt() -> None:
    with pytest.raises(ValueError, match="tried"):
        compute_next_attempt(0, NOW)


def test_answer_of_the_server_is_stored_in_one_line() -> None:
    failed = DeliveryError("550 5.1.1\r\n no such\x00 user" + "x" * 900, permanent=True)
    assert failed.diagnostic.startswith("550 5.1.1 no such user")
    assert len(failed.diagnostic) == 500
    assert failed.permanent
    assert not failed.server_unavailable


T, R = Stage.END_OF_DATA, Stage.RCPT_TO


@pytest.mark.parametrize(
    ("stage", "reply", "fault", "is_final", "pause"),
    [
        # Exchange Online
        (T, "554 5.2.252 SendAsDenied; a@b.example not allowed", Fault.SENDER, False, HOUR),
        (
            T,
            "550 5.7.60 SMTP; Client does not have permissions to send as",
            Fault.SENDER,
            False,
            HOUR,
        ),
        (T, "432 4.3.2 STOREDRV; concurrent connection limit", Fault.QUOTA, False, MINUTE),
        (
            T,
            "432 4.3.2 STOREDRV.ClientSubmit; sender thread limit exceeded",
            Fault.QUOTA,
            False,
            MINUTE,
        ),
        (
            T,
            "432 4.3.2 STOREDRV.Deliver; recipient thread limit exceeded",
            Fault.RECIPIENT,
            False,
            HOUR,
        ),
        (T, "450 4.5.127 Message rejected. Excessive rate", Fault.RECIPIENT, False, HOUR),
        (
            T,
            "550 5.2.121 recipient's per hour receive limit exceeded",
            Fault.RECIPIENT,
            False,
            HOUR,
        ),
        (T, "550 5.2.122 too many messages per hour", Fault.RECIPIENT, False, HOUR),
        (T, "550 5.1.90 Your message can't be sent", Fault.QUOTA, False, DAY),
        (
            T,
            "550 5.7.708 Service unavailable. Access denied, traffic not accepted",
            Fault.POLICY,
            False,
            HOUR,
        ),
        (
            T,
            "554 5.2.0 STOREDRV.Submission.Exception:SubmissionQuotaExceededException",
            Fault.QUOTA,
            False,
            DAY,
        ),
        (Stage.LOGIN, "535 5.7.139 Authentication unsuccessful", Fault.LOGIN, False, HOUR),
        (
            Stage.MAIL_FROM,
            "530 5.7.57 Client not authenticated to send mail",
            Fault.LOGIN,
            False,
            HOUR,
        ),
        # Gmail
        (
            T,
            "550 5.4.5 Daily user sending limit exceeded. o65sm25 - gsmtp",
            Fault.QUOTA,
            False,
            DAY,
        ),
        (T, "421 4.7.28 unusual rate of unsolicited mail from your IP", Fault.QUOTA, False, HOUR),
        (
            Stage.CONNECT,
            "421 4.7.0 Try again later, closing connection",
            Fault.TEMPORARY,
            False,
            None,
        ),
        (Stage.MAIL_FROM, "530 5.7.0 Authentication Required", Fault.LOGIN, False, HOUR),
        (
            R,
            "450 4.2.1 The user you are trying to contact is receiving mail too quickly",
            Fault.RECIPIENT,
            False,
            HOUR,
        ),
        (T, "550 5.7.26 Unauthenticated email from b.example: DMARC", Fault.SENDER, False, HOUR),
        # Postfix and its milters
        (
            R,
            "553 5.7.1 <a@b.example>: Sender address rejected: not owned by user c",
            Fault.SENDER,
            False,
            HOUR,
        ),
        (
            R,
            "451 4.7.1 Greylisting in action, please come back later",
            Fault.RECIPIENT,
            False,
            None,
        ),
        (R, "554 5.7.1 <a@b.example>: Relay access denied", Fault.LOGIN, False, HOUR),
        (R, "450 4.7.1 Error: too much mail from 192.0.2.1", Fault.QUOTA, False, HOUR),
        (
            R,
            "550 5.1.1 <a@b.example>: Recipient address rejected: User unknown",
            Fault.RECIPIENT,
            True,
            None,
        ),
        (Stage.MAIL_FROM, "452 4.3.1 Insufficient system storage", Fault.TEMPORARY, False, None),
        (T, "452 4.3.1 Insufficient system storage", Fault.TEMPORARY, False, None),
        # German providers
        (
            Stage.CONNECT,
            "554 IP=192.0.2.1 - A problem occurred. Ask your postmaster (BL)",
            Fault.POLICY,
            False,
            HOUR,
        ),
        (
            T,
            "450 Requested mail action not taken: mailbox unavailable 450 Mail send limit exceeded.",
            Fault.QUOTA,
            False,
            HOUR,
        ),
        (T, "550 5.7.1 Your mail limit has been reached.", Fault.QUOTA, False, HOUR),
        # one mailbox, one message
        (R, "452 4.2.2 Mailbox full", Fault.RECIPIENT, False, None),
        (T, "552 5.2.2 Over quota", Fault.RECIPIENT, True, None),
        (T, "552 5.3.4 Message size exceeds fixed limit", Fault.MESSAGE, True, None),
        (T, "554 5.7.1 Message rejected as spam", Fault.MESSAGE, True, None),
        (T, "451 4.3.0 Try again later", Fault.MESSAGE, False, None),
        # nothing but the place in the dialogue
        (Stage.CONNECT, "554 No", Fault.POLICY, False, HOUR),
        (Stage.LOGIN, "500 No", Fault.LOGIN, False, HOUR),
        (Stage.LOGIN, "454 4.7.0 Temporary authentication failure", Fault.TEMPORARY, False, None),
        (Stage.MAIL_FROM, "550 No", Fault.SENDER, False, HOUR),
        (Stage.MAIL_FROM, "550 5.1.1 User unknown", Fault.SENDER, False, HOUR),
        (R, "550 No", Fault.RECIPIENT, True, None),
        (Stage.DATA, "554 No", Fault.POLICY, False, HOUR),
        (T, "554 No", Fault.MESSAGE, True, None),
    ],
)
def test_a_refusal_is_classified_by_place_code_and_words(
    stage: Stage, reply: str, fault: Fault, is_final: bool, pause: timedelta | None
) -> None:
    verdict = classify(stage, reply)
    assert (verdict.fault, verdict.is_final) == (fault, is_final)
    if fault in FAULTS_OF_ONE_MAIL:
        assert verdict.pause == pause
    else:
        assert (verdict.pause or PAUSES.get(fault)) == pause


def test_the_address_of_a_recipient_says_nothing_about_the_server() -> None:
    for name in ("dmarc", "starttls", "rate-limit", "blacklist"):
        refusal = f"550 5.1.1 <{name}@ort.example>: User unknown, {name}@ort.example"
        assert classify(Stage.RCPT_TO, refusal) == Verdict(Fault.RECIPIENT, True)


@pytest.mark.parametrize(
    ("words", "pause"),
    [
        ("Rate limit reached, try again in 4 hours", 4 * HOUR),
        ("Rate limit reached, try again in 90 seconds", timedelta(seconds=90)),
        ("Daily limit reached, retry after 72 hours", DAY),
        ("Rate limit reached, retry in 5 seconds", MINUTE),
        ("Daily limit reached", DAY),
    ],
)
def test_a_pause_is_as_long_as_the_server_names_it(words: str, pause: timedelta) -> None:
    assert classify(Stage.END_OF_DATA, f"450 4.7.1 {words}").pause == pause


def test_refusals_are_identical_apart_from_addresses_and_numbers() -> None:
    one = "554 5.7.1 <a@b.example>: refused, id 4711 - o65sm25"
    assert have_same_words(one, "554 5.7.1 <c@d.example>: refused, id 815 - p7xy3")
    assert not have_same_words(one, "554 5.7.0 <a@b.example>: refused, id 4711 - o65sm25")
    assert not have_same_words(one, "554 5.7.1 <a@b.example>: unknown, id 4711 - o65sm25")


@pytest.mark.parametrize(
    ("emails", "expected"),
    [
        (["a@a.example", "b@b.example", "c@c.example"], True),
        (["a@a.example", "b@a.example", "c@c.example"], True),
        (["a@a.example", "b@a.example", "c@a.example"], False),
        (["a@a.example", "b@b.example", "B@b.example"], False),
    ],
)
def test_three_recipients_of_different_domains_make_a_policy(
    emails: list[str], expected: bool
) -> None:
    refused = [RefusedMail(i, email, True, "554 No") for i, email in enumerate(emails)]
    assert is_policy(refused) is expected


def test_a_login_or_a_quota_pauses_at_once_and_other_faults_at_the_second_mail() -> None:
    for fault in Fault:
        outage = extend_outage(None, "mail.example", DeliveryError("No", fault=fault), NOW)
        assert outage.is_suspected is (fault in FAULTS_TO_CONFIRM)
        again = extend_outage(outage, "mail.example", DeliveryError("No", fault=fault), NOW)
        assert again.next_try_at == NOW + PAUSES.get(fault, MINUTE)


def test_a_pause_set_by_a_clock_that_ran_fast_is_over() -> None:
    full = DeliveryError("Daily limit", fault=Fault.QUOTA, pause=DAY)
    assert extend_outage(None, "", full, NOW).is_active(NOW)
    assert not extend_outage(None, "", full, NOW + HOUR).is_active(NOW)
