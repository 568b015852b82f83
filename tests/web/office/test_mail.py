"""The office's pages about mail: planned reminders, the list of mail, previews."""

from dataclasses import replace
from datetime import date, datetime
from email.message import EmailMessage
from pathlib import Path

import pytest

from signoff import actions, store
from signoff.domain.accounts import Role
from signoff.domain.delivery import DeliveryError
from signoff.domain.mail import SAMPLE_KINDS
from signoff.domain.round_status import MailState
from tests.factories import BERLIN, decline, pending, sign
from tests.web.office.office import Office, new_office

FIRST = date(2027, 2, 5)  # three weeks before the deadline, a Friday


def set_time(office: Office, day: date, hour: int = 10) -> None:
    office.now = datetime(day.year, day.month, day.day, hour, tzinfo=BERLIN)


def enqueue_reminders(office: Office) -> int:
    actions.reminders.defer_unsent(office.db, office.services.calendar, office.now)
    return actions.reminders.enqueue_reminders(office.db, office.services.calendar, office.now)


def count_reminders(office: Office, state: str = "") -> int:
    return store.outbox.count_messages(office.db, kind="reminder", state=state, q="")


def test_reminders_are_sent_as_the_plan_shows(office: Office) -> None:
    page = office.browser().open("/office/rounds/1/reminders")
    assert "15 Nachrichten, falls niemand mehr antwortet" in page.text
    assert "Freitag, 5. Februar 2027" in page.text.replace("\u00a0", " ")
    set_time(office, FIRST, 8)
    assert enqueue_reminders(office) == 0
    set_time(office, FIRST, 9)
    assert enqueue_reminders(office) == 5
    assert enqueue_reminders(office) == 0
    office.work()
    assert count_reminders(office, "sent") == 5
    assert "10 Nachrichten" in office.browser().open("/office/rounds/1/reminders").text


def test_nobody_is_reminded_after_an_answer_even_by_a_pending_mail(
    office: Office,
) -> None:
    round = office.round(1)
    office.answer(round, "Neudorf", sign())
    set_time(office, FIRST)
    assert enqueue_reminders(office) == 4
    office.answer(round, "Altdorf", decline())
    office.work()
    assert (count_reminders(office), count_reminders(office, "sent")) == (3, 3)


def test_nobody_is_reminded_before_their_meeting(office: Office) -> None:
    office.answer(office.round(1), "Neudorf", pending(date(2027, 2, 15), "Rat"))
    set_time(office, FIRST)
    assert enqueue_reminders(office) == 4
    set_time(office, date(2027, 2, 16))
    assert (
        actions.reminders.enqueue_result_requests(office.db, office.services.calendar, office.now)
        == 1
    )
    office.work()
    set_time(office, date(2027, 2, 17))
    assert enqueue_reminders(office) == 0
    set_time(office, date(2027, 2, 19))
    assert enqueue_reminders(office) == 5


def test_a_person_with_three_open_papers_gets_one_mail(office: Office) -> None:
    for slug in ("licht", "bahnhof"):
        office.draft(slug, f"Papier {slug}")
        office.open(slug)
    office.work()
    set_time(office, FIRST)
    assert enqueue_reminders(office) == 5
    messages = []
    office.app.extensions["signoff"]
    services = replace(office.services, send_mail=messages.append)
    while actions.mail.deliver_batch(office.db, services, "w"):
        pass
    assert len(messages) == 5
    assert all(message.get_body(("plain",)).get_content().count("/s/") == 3 for message in messages)


def test_a_reminder_that_could_not_be_delivered_waits_over_the_weekend(office: Office) -> None:
    set_time(office, FIRST, 16)
    assert enqueue_reminders(office) == 5
    set_time(office, date(2027, 2, 6))
    enqueue_reminders(office)
    office.work()
    assert count_reminders(office, "owed") == 5
    set_time(office, date(2027, 2, 8), 9)
    enqueue_reminders(office)
    office.work()
    assert count_reminders(office, "sent") == 5


def test_a_reminder_the_server_refused_once_waits_over_the_weekend_too(office: Office) -> None:
    set_time(office, FIRST, 16)
    assert enqueue_reminders(office) == 5
    while actions.mail.deliver_batch(office.db, replace(office.services, send_mail=refuse), "w"):
        pass
    set_time(office, date(2027, 2, 6))
    enqueue_reminders(office)
    office.work()
    assert count_reminders(office, "owed") == 5
    set_time(office, date(2027, 2, 8), 9)
    enqueue_reminders(office)
    office.work()
    assert count_reminders(office, "sent") == 5


def refuse(message: EmailMessage) -> None:
    raise DeliveryError("450 try again later")


def test_a_skipped_reminder_is_never_sent_and_a_second_click_skips_nothing(office: Office) -> None:
    page = office.browser().open("/office/rounds/1/reminders")
    boxes = [
        field.get("value")
        for field in page.form("/skip").iter("input")
        if field.get("name") == "mail"
    ]
    for _ in range(2):
        page.client.post(
            "/office/rounds/1/reminders/skip",
            data={"mail": boxes[:2], "csrf_token": page.form("/skip").find("input").get("value")},
            headers={"Referer": "http://localhost/"},
            base_url="http://localhost",
        )
    assert "13 Nachrichten" in page.open("/office/rounds/1/reminders").text
    set_time(office, FIRST)
    assert enqueue_reminders(office) == 3


def test_reminding_now_follows_the_rules(office: Office) -> None:
    page = office.browser().open("/office/rounds/1/reminders")
    first = next(
        field.get("value")
        for field in page.form("/skip").iter("input")
        if field.get("name") == "mail"
    )
    fill = {"mail": first}
    press = "Ausgewählte jetzt erinnern"
    set_time(office, date(2027, 1, 22))
    refused = page_of(office).submit(fill, press=press, action="/skip", status=422)
    assert "Nachricht zu diesem Verfahren ging vor weniger als drei Tagen hinaus" in refused.text
    ticked = [
        box.get("value") for box in refused.root.iter("input") if box.get("checked") is not None
    ]
    assert ticked == [first]
    set_time(office, date(2027, 1, 25), 11)
    assert (
        "1 Erinnerung wird versandt."
        in page_of(office).submit(fill, press=press, action="/skip").text
    )
    refused = page_of(office).submit(fill, press=press, action="/skip", status=422)
    assert "Stadt Musterhausen: An diesem Tag ging schon eine Erinnerung hinaus." in refused.text
    unticked = page_of(office).submit(press=press, action="/skip", status=422)
    assert "Bitte wählen Sie aus, wer erinnert werden soll." in unticked.text
    set_time(office, date(2027, 1, 30))
    assert (
        "Bürozeit hinaus: Montag" in page_of(office).submit(fill, press=press, action="/skip").text
    )
    assert count_reminders(office) == 2


def test_several_people_are_reminded_after_a_page_that_says_how_many(office: Office) -> None:
    set_time(office, date(2027, 1, 25), 11)
    page, press = page_of(office), "Ausgewählte jetzt erinnern"
    ticks = [
        field.get("value")
        for field in page.form("/skip").iter("input")
        if field.get("name") == "mail"
    ][:2]
    page.submit({"mail": ticks}, press=press, action="/skip")
    assert page.page == "confirmation"
    assert "2 Erinnerungen gehen per E-Mail hinaus." in page.text
    assert count_reminders(office) == 0
    assert "2 Erinnerungen werden versandt." in page.submit(press="Erinnern", action="/now").text
    assert count_reminders(office) == 2


def page_of(office: Office):
    return office.browser().open("/office/rounds/1/reminders")


def test_viewers_see_the_plan_and_cannot_change_it(office: Office) -> None:
    page = office.browser(Role.VIEWER).open("/office/rounds/1/reminders")
    assert not [form for form in page.forms if "reminders" in (form.get("action") or "")]
    for action in ("rounds/1/reminders/skip", "rounds/1/reminders/now", "mail/test"):
        answer = page.client.post(
            f"/office/{action}",
            base_url="http://localhost",
            headers={"Referer": "http://localhost/"},
        )
        assert answer.status_code in (400, 403)
    assert count_reminders(office) == 0


def test_the_plan_and_the_mail_can_be_downloaded_as_tables(office: Office) -> None:
    page = office.browser()
    plan = (
        page.client.get("/office/rounds/1/reminders.csv", base_url="http://localhost")
        .get_data()
        .decode("utf-8-sig")
    )
    assert plan.splitlines()[1].startswith("2027-02-05 09:00;")
    assert len(plan.splitlines()) == 16
    listed = page.client.get(
        "/office/mail.csv?kind=invitation", base_url="http://localhost"
    ).get_data()
    assert len(listed.decode("utf-8-sig").splitlines()) == 6


def test_all_mail_is_listed_with_the_replies_of_the_server(office: Office) -> None:
    office.unknown_mailboxes = {"m00004"}
    set_time(office, FIRST)
    enqueue_reminders(office)
    office.work()
    page = office.browser().open("/office/mail")
    assert "10 Nachrichten" in page.text
    assert "550 5.1.1 kein solches Postfach" in page.open("/office/mail?state=failed").text
    assert "1 Nachricht" in page.text
    assert "Auf diese Auswahl passt keine Nachricht." in page.open("/office/mail?q=nirgendwo").text
    assert store.outbox.count_by_state(office.db)[MailState.FAILED] == 1


@pytest.mark.parametrize("kind", SAMPLE_KINDS)
@pytest.mark.parametrize("language", ["de", "en"])
def test_every_kind_of_mail_can_be_previewed_without_a_token(
    office: Office, kind: str, language: str
) -> None:
    page = office.browser().open(
        f"/office/mail/preview?kind={kind}&mail_language={language}&round=1"
    )
    html_part = page.client.get(
        f"/office/mail/preview/html?kind={kind}&mail_language={language}&round=1",
        base_url="http://localhost",
    )
    html = html_part.get_data(as_text=True)
    assert html_part.status_code == 200
    assert f'<html lang="{language}">' in html
    for link in list_tokens(office):
        assert link not in html
        assert link not in page.text
    policy = html_part.headers["Content-Security-Policy"]
    assert "sandbox" in policy
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "unsafe-inline" not in page.response.headers["Content-Security-Policy"]
    assert len(store.outbox.count_totals(office.db)) == 3


def list_tokens(office: Office) -> list[str]:
    from signoff import store
    from signoff.tokens import TokenPurpose

    (latest,) = store.rounds.list_all(office.db)
    links = store.rounds.list_links_of_round(office.db, latest.id)
    return [
        office.services.token_signer.sign(TokenPurpose.INVITATION, link.public_id, link.generation)
        for link in links
    ]


def test_a_test_mail_goes_to_its_sender_is_marked_and_has_no_valid_link(office: Office) -> None:
    page = office.browser().open("/office/mail/preview?kind=invitation&mail_language=de&round=1")
    assert (
        "Die Testnachricht geht an editor@forum.example." in page.submit(action="/mail/test").text
    )
    page.submit(action="/mail/test")
    messages = []
    actions.mail.deliver_batch(office.db, replace(office.services, send_mail=messages.append), "w")
    (message,) = messages
    assert message["To"].addresses[0].addr_spec == "editor@forum.example"
    assert str(message["Subject"]).startswith("[Test] Bis 26. Februar 2027")
    assert not any(token in message.as_string() for token in list_tokens(office))


def test_there_is_no_preview_before_anybody_is_invited(tmp_path: Path) -> None:
    page = new_office(tmp_path).browser().open("/office/mail/preview")
    assert "Eine Vorschau gibt es, sobald ein Mitglied eingeladen ist." in page.text
    page.open("/office/mail/preview?kind=nonsense", status=400)
