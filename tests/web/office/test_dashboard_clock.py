"""A clock that has jumped closes and prints nothing before the office says that it is right."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from signoff import actions, checks, store
from signoff.domain.accounts import Role
from signoff.domain.releases import PrintKind
from signoff.domain.rounds import Round
from signoff.moments import BEAT, save_beat
from tests.factories import LAST_DAY
from tests.web.office.office import Office
from tests.web.office.pages import count_mails, plan_release, visible_text

QUESTION = "Geht die Uhr des Rechners richtig?"


def jump(office: Office, **duration: float) -> None:
    """Set the clock while no worker runs."""
    beat = office.now
    office.later(**duration)
    save_beat(office.settings.instance, beat)


def is_printed(office: Office, round: Round) -> bool:
    return store.releases.find_latest_print(office.db, round.id, PrintKind.FINAL) is not None


@pytest.mark.parametrize("days", [400, -2])
def test_after_a_jump_nothing_is_done_that_cannot_be_undone(
    office: Office, round: Round, days: int
) -> None:
    before, said = office.events(), []
    jump(office, days=days)
    worker = office.worker()
    worker.say = lambda message, **facts: said.append(message)
    with worker:
        worker.run_once()
        worker.run_once()
    assert office.events() == before
    assert office.round(round.id).closed_at is None
    assert not is_printed(office, round)
    assert [message[:12] for message in said] == ["Die Uhr zeig"], "once"


def test_the_deadline_can_still_be_extended_once_the_clock_is_set(
    office: Office, round: Round
) -> None:
    jump(office, days=400)
    office.work()
    office.later(days=-400)
    actions.rounds.extend(office.db, round.id, LAST_DAY + timedelta(days=7), "office", office.now)
    office.work()
    assert office.round(round.id).closed_at is None
    assert QUESTION not in office.browser().text


def test_the_office_says_that_the_clock_is_right(office: Office, round: Round) -> None:
    assert QUESTION not in office.browser().text
    jump(office, days=400)
    viewer, editor = office.browser(Role.VIEWER), office.browser()
    assert QUESTION in viewer.text
    assert [form for form in viewer.forms if form.get("action") == "/office/clock"] == []
    assert "2028" in editor.text
    editor.submit(action="/office/clock")
    assert QUESTION not in editor.text
    assert "Die Uhr ist bestätigt." in editor.text
    office.work()
    assert office.round(round.id).closed_at is not None
    assert is_printed(office, round)
    (entry,) = [entry for entry in office.entries() if entry.event == "clock_confirmed"]
    assert entry.actor == "staff/2"
    assert "Der letzte bekannte Zeitpunkt davor" in office.browser().open("/office/audit").text


def test_on_a_full_disk_nothing_is_confirmed(office: Office, round: Round) -> None:
    jump(office, days=400)
    full = office.settings.instance / "workers" / f"{BEAT}.new"
    full.mkdir()  # the moment cannot be written
    office.browser().submit(action="/office/clock", status=500)
    assert "clock_confirmed" not in office.events()
    office.work()
    assert office.round(round.id).closed_at is None
    full.rmdir()
    office.browser().submit(action="/office/clock")
    office.work()
    assert office.round(round.id).closed_at is not None


def test_no_mail_tells_of_a_planned_release_before_the_worker_publishes_it(ready: Office) -> None:
    plan_release(ready.browser())
    jump(ready, days=400)
    ready.postbox.clear()
    ready.work()
    assert ready.postbox == []
    page = ready.browser()
    assert "steht trotzdem ab ihrer Stunde auf den öffentlichen Seiten" in visible_text(page)
    page.submit(action="/office/clock")
    ready.work()
    assert len(ready.postbox) == count_mails(ready, "released") == 5


def test_a_worker_that_runs_is_never_asked(office: Office, round: Round) -> None:
    while office.round(round.id).closed_at is None:
        before = office.now
        jump(office, hours=20)
        office.work()
        assert office.now - before == timedelta(hours=20)
    assert "clock_confirmed" not in office.events()


def test_without_a_beat_the_newest_entry_of_the_log_counts(office: Office, round: Round) -> None:
    jump(office, days=400)
    (office.settings.instance / "workers" / BEAT).unlink()
    office.work()
    assert office.round(round.id).closed_at is None


def test_checks_say_that_the_worker_waits(office: Office) -> None:
    def findings(now: datetime) -> list[checks.Finding]:
        return list(checks.check_jump(office.settings, office.db, now))

    assert findings(office.now) == []
    jump(office, days=400)
    (finding,) = findings(office.now)
    assert (finding.grade, "--the-clock-is-right" in finding.to_do) == (checks.Grade.ERROR, True)
    answer = office.app.test_client().get("/health/ready", base_url="http://localhost")
    assert answer.get_json()["checks"]["clock"]["status"] == "error"


def test_the_command_line_says_it_too(
    office: Office, round: Round, monkeypatch: pytest.MonkeyPatch
) -> None:
    from signoff.cli import worker
    from signoff.cli.context import Context

    jump(office, days=400)
    context = Context(office.settings, office.db, office.services)
    monkeypatch.setattr(worker, "open_context", lambda folder: context)
    callback: Callable[..., None] = worker.work.callback.__wrapped__  # type: ignore[union-attr]
    callback(office.settings.instance, True, False)
    assert office.round(round.id).closed_at is None
    callback(office.settings.instance, True, True)
    assert office.round(round.id).closed_at is not None
