"""The verdict about a file, from one table: each ground has its verdict, its sentence and its exit."""

from dataclasses import replace

import pytest

from signoff.cli.rounds import EXIT_STATUS
from signoff.domain.documents import (
    Ground,
    Verdict,
    VerificationCheck,
    VerificationReport,
)
from signoff.i18n.catalogue import LANGUAGES
from signoff.i18n.verification import describe_checks, describe_ground
from signoff.pdf import examination
from tests.factories import BERLIN

CHECKS = dict.fromkeys(VerificationCheck, True)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("ground", Ground)
def test_each_ground_has_a_verdict_a_sentence_and_an_exit(ground: Ground, language: str) -> None:
    report = VerificationReport(CHECKS | {VerificationCheck.SEAL: False}, holder="Forum")
    sentences = {describe_ground(each, report, language) for each in Ground}

    assert EXIT_STATUS[ground.verdict] == {"genuine": 0, "superseded": 0, "cannot_tell": 3}.get(
        ground.verdict, 1
    )
    assert len(sentences) == len(Ground)
    assert all(sentence.endswith(".") and "%" not in sentence for sentence in sentences)


def test_every_verdict_has_a_ground() -> None:
    assert {ground.verdict for ground in Ground} == set(Verdict)


@pytest.mark.parametrize(
    ("failed", "ground"),
    [
        ({}, Ground.SEALED),
        ({VerificationCheck.HOLDER}, Ground.OTHER_KEY),
        ({VerificationCheck.AUTHORITY}, Ground.OTHER_AUTHORITY),
        ({VerificationCheck.HOLDER, VerificationCheck.AUTHORITY}, Ground.OTHER_KEY),
        *(
            ({check}, Ground.CHECK_FAILED)
            for check in VerificationCheck
            if check
            not in (
                VerificationCheck.READABLE,
                VerificationCheck.HOLDER,
                VerificationCheck.AUTHORITY,
            )
        ),
        # Under a key that is not known here nothing else can be told.
        ({VerificationCheck.HOLDER, VerificationCheck.LIST}, Ground.OTHER_KEY),
        ({VerificationCheck.HOLDER, VerificationCheck.SEAL}, Ground.CHECK_FAILED),
        ({VerificationCheck.AUTHORITY, VerificationCheck.LIST}, Ground.CHECK_FAILED),
    ],
)
def test_what_a_file_shows_decides(failed: set[VerificationCheck], ground: Ground) -> None:
    report = VerificationReport(CHECKS | dict.fromkeys(failed, False))

    assert report.ground is ground
    assert report.genuine is (ground is Ground.SEALED)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("passed", [True, False, None])
def test_each_check_has_a_sentence_for_each_result(passed: bool | None, language: str) -> None:
    report = VerificationReport(dict.fromkeys(VerificationCheck, passed))
    results = list(describe_checks(report, BERLIN, language))

    assert [result.check for result in results] == list(VerificationCheck)
    assert all(result.sentence.endswith(".") for result in results)


def test_a_file_whose_examination_ran_out_of_time_is_not_judged(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    limits = replace(examination.choose_limits(0), wall_seconds=0.01)
    monkeypatch.setattr(examination, "choose_limits", lambda size: limits)
    report = examination.verify_in_subprocess(b"%PDF-1.7")

    assert report.ground is Ground.OUT_OF_TIME
    assert report.ground.verdict is Verdict.CANNOT_TELL
    assert "noch einmal" in describe_ground(report.ground, report, "de")


def test_an_own_copy_is_named_by_its_title() -> None:
    report = VerificationReport({}, copy_title="Kurzfassung: Leitgedanken")
    assert report.ground.verdict is Verdict.GENUINE
    assert "„Kurzfassung: Leitgedanken“" in describe_ground(report.ground, report, "de")


def test_an_unreadable_file_is_not_genuine() -> None:
    report = VerificationReport({VerificationCheck.READABLE: False})
    assert report.ground.verdict is Verdict.NOT_GENUINE
