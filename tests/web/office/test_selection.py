"""Rows of a list are ticked, or everything the filter matches, and one thing is done with them."""

import io
from pathlib import Path

from openpyxl import load_workbook

from signoff import actions, store
from signoff.domain.accounts import Role
from signoff.domain.audit import Event
from signoff.domain.members import Member
from signoff.domain.rounds import Round
from tests.browser import Browser
from tests.factories import decline
from tests.web.office.large_round import large_round
from tests.web.office.office import Office
from tests.web.office.pages import count_events, count_mails, rows, visible_text

ROUND, MEMBERS = "/office/rounds/1", "/office/members"


def act(
    browser: Browser, list_address: str, do: str, picked: tuple[int, ...] = (), **data: str
) -> Browser:
    """Press a button of the selection; without ``picked``, "everything" is ticked."""
    browser.open(list_address)
    form = browser.form("/selection")
    sent = {
        field.get("name"): field.get("value")
        for field in form.iter("input")
        if field.get("type") == "hidden"
    }
    ticks = {"pick": [str(id) for id in picked]} if picked else {"all": "1"}
    return browser.request(
        "POST", form.get("action"), 200, data={**sent, **ticks, **data, "do": do}
    )


def downloaded_names(browser: Browser) -> list[str]:
    sheet = load_workbook(io.BytesIO(browser.response.data)).active
    return [row[1] for row in list(sheet.iter_rows(values_only=True))[1:]]


def confirm_reminders(browser: Browser) -> Browser:
    return browser.submit(press="Erinnern", action="/reminders/selection")


def test_everybody_who_is_missing_is_reminded_after_a_page_that_says_how_many(
    office: Office, round: Round
) -> None:
    office.answer(round, "Neudorf", decline())
    office.later(days=5)
    editor = office.browser()
    editor.open("/office/").follow("4 ohne Rückmeldung")
    assert len(rows(editor)) == 4
    editor.submit(press="Erinnern", action="/selection")
    assert editor.page == "confirmation"
    assert "4 Mitglieder erhalten eine Erinnerung per E-Mail." in editor.text
    assert count_mails(office, "reminder") == 0
    assert "Erinnert: 4 von 4." in visible_text(confirm_reminders(editor))
    assert count_mails(office, "reminder") == 4
    assert editor.url.endswith("?answer=none&page=1#mitglieder"), "back to the filtered list"


def test_only_the_ticked_members_are_reminded(office: Office) -> None:
    office.later(days=5)
    editor = office.browser()
    act(editor, f"{ROUND}?sort=-name", "remind", (2, 4))
    assert "2 Mitglieder erhalten eine Erinnerung per E-Mail." in editor.text
    assert "Erinnert: 2 von 2." in visible_text(confirm_reminders(editor))
    assert count_mails(office, "reminder") == 2
    act(editor, ROUND, "remind", (1,))  # a single one is not asked about
    assert count_mails(office, "reminder") == 3


def test_a_reminder_says_whom_it_did_not_reach_and_why(office: Office, round: Round) -> None:
    office.answer(round, "Neudorf", decline())
    office.later(days=1)
    editor = office.browser()
    text = visible_text(act(editor, ROUND, "remind"))
    assert "0 Mitglieder erhalten eine Erinnerung" in text
    assert "(Neudorf)" in text
    text = visible_text(confirm_reminders(editor))
    assert "Erinnert: 0 von 5." in text
    assert "Nicht dabei: 1. Es liegt schon eine Rückmeldung vor" in text
    assert "(Neudorf)" in text
    assert "Nicht dabei: 4. Die letzte Nachricht zu diesem Verfahren ging vor weniger" in text
    assert count_mails(office, "reminder") == 0


def test_the_link_is_sent_again_to_ticked_members_once(office: Office) -> None:
    office.later(hours=1)
    editor = office.browser()
    assert "Link gesandt: 2 von 2." in visible_text(act(editor, ROUND, "resend", (1, 3)))
    assert count_mails(office, "new_link") == 2
    text = visible_text(act(editor, ROUND, "resend", (1, 2)))
    assert "Link gesandt: 1 von 2." in text
    assert "(Musterhausen)" in text
    assert count_mails(office, "new_link") == 3
    assert count_events(office, Event.LINK_RESENT) == 3


def test_the_filter_decides_who_is_meant_by_everything(office: Office, editor: Browser) -> None:
    text = visible_text(act(editor, f"{ROUND}?state=Bayern", "tag", tag="Süd"))
    assert "Mit dem Schlagwort „Süd“: 2 von 2." in text
    assert editor.url.endswith("?state=Bayern&page=1#mitglieder")
    tagged = [each.name for each in store.members.list_all(office.db) if "Süd" in each.tags]
    assert sorted(tagged) == ["Beispielstadt", "Überlingen am Fluss"]
    assert count_events(office, Event.MEMBER_CHANGED) == 2
    act(editor, f"{MEMBERS}?tag=S%C3%BCd", "untag", tag="Süd")
    assert not [each for each in store.members.list_all(office.db) if "Süd" in each.tags]


def test_a_second_click_changes_nothing_and_an_empty_tag_is_refused(
    office: Office, editor: Browser
) -> None:
    for _ in range(2):
        act(editor, MEMBERS, "tag", (1,), tag="neu, wichtig")
    assert set(store.members.get(office.db, 1).tags) >= {"neu", "wichtig"}
    assert count_events(office, Event.MEMBER_CHANGED) == 1
    assert "Bitte geben Sie" in visible_text(act(editor, MEMBERS, "tag", (1,), tag=" "))


def test_members_are_archived_unless_a_round_asks_them(office: Office, editor: Browser) -> None:
    new = Member("77777", "Spätdorf", id=0)
    id = actions.members.add_member(office.db, new, "cli", office.now)
    text = visible_text(act(editor, MEMBERS, "archive"))
    assert "Archiviert: 1 von 6." in text
    assert "Nicht dabei: 5. Zu einem laufenden Verfahren ist dieses Mitglied eingeladen" in text
    assert [each.id for each in store.members.list_all(office.db) if each.archived_at] == [id]


def test_the_ticked_members_are_exported(office: Office, editor: Browser) -> None:
    act(editor, f"{ROUND}?answer=none", "export", (2, 4))
    assert downloaded_names(editor) == ["Beispielstadt", "Neudorf"]
    act(editor, f"{MEMBERS}?state=Hessen", "export")
    assert sorted(downloaded_names(editor)) == ["Altdorf", "Neudorf"]


def test_letters_say_who_has_no_address(office: Office, editor: Browser) -> None:
    text = visible_text(act(editor, ROUND, "letters", (1, 2)))
    assert "Briefe: 0 von 2." in text
    assert "Die Anschrift fehlt oder ist zu lang. (Beispielstadt, Musterhausen)" in text


def test_nothing_ticked_is_said_and_ticks_are_for_those_who_may_act(
    office: Office, editor: Browser, viewer: Browser
) -> None:
    editor.open(ROUND).submit(press="Erinnern", action="/selection")
    assert "Bitte wählen Sie zuerst Mitglieder aus." in visible_text(editor)
    for address in (ROUND, MEMBERS):
        assert "auswählen" not in viewer.open(address).text
    data = {"do": "remind", "all": "1"}
    for path in (f"{ROUND}/selection", f"{MEMBERS}/selection"):
        assert viewer.client.post(path, data=data, base_url="http://localhost").status_code in (
            400,
            403,
        )


def test_columns_are_chosen_and_stay_with_filter_and_sort_order(
    office: Office, editor: Browser
) -> None:
    editor.open(f"{ROUND}?columns=tags&columns=basis&columns=key;DROP")
    heads = [" ".join("".join(each.itertext()).split()) for each in editor.root.iter("th")]
    assert "Grundlage" in heads
    assert "Schlagwörter" in heads
    assert "Eingang" not in heads
    assert "columns=basis&columns=tags" in editor.link("Rückmeldung")


def test_everybody_is_selected_beyond_the_page(tmp_path: Path) -> None:
    office = large_round(tmp_path, 230)
    editor = office.browser(Role.EDITOR)
    text = visible_text(confirm_reminders(act(editor, f"{ROUND}?answer=none", "remind")))
    assert "Erinnert: 69 von 69." in text


def test_reasons_and_remarks_are_exported_for_those_who_work_with_them(
    office: Office, round: Round, editor: Browser, viewer: Browser
) -> None:
    id = office.answer(round, "Neudorf", decline("Der Rat sieht keinen Bedarf."))
    editor.open(f"/office/invitations/{id}").submit(
        {"remark": "Frau X ruft zurück."}, action="/notes"
    )
    for browser, sees in ((editor, True), (viewer, False)):
        answer = browser.client.get(f"{ROUND}/members.csv", base_url="http://localhost")
        text = answer.get_data(as_text=True)
        assert ("Der Rat sieht keinen Bedarf." in text) is sees
        assert ("Frau X ruft zurück." in text) is sees


def test_the_way_back_to_the_list_is_one_of_ours(office: Office, editor: Browser) -> None:
    foreign = "id=5&_external=1&_scheme=ftp&_anchor=x&state=Bayern"
    act(editor, ROUND, "tag", (1,), tag="neu", filter=foreign)
    assert editor.url.endswith("/office/rounds/1?state=Bayern#mitglieder")
