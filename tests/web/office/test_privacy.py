"""The administrators' page about data protection, and the ZIP file of a round."""

import io
import json
import zipfile
from email import message_from_bytes, policy
from hashlib import sha256

import docx
import pytest

from signoff import store
from signoff.domain.accounts import Role
from signoff.domain.privacy import DataKind
from tests.factories import sign
from tests.web.office.office import Office

PERSON = "m00002@kommune.example"


def test_administrators_set_the_periods_and_see_what_is_due(office: Office) -> None:
    browser = (
        office.browser(Role.ADMIN)
        .open("/office/association")
        .follow("Datenschutz: Fristen, Auskunft, Löschung und Unterlagen")
    )
    assert "Gründe einer Ablehnung" in browser.text
    browser.submit({"reasons": "6", "log": ""}, action="/periods")
    assert "Die Fristen sind gespeichert" in browser.text
    retention = store.privacy.get_retention(office.db)
    assert retention[DataKind.REASONS] == 6
    assert retention[DataKind.LOG] is None
    assert office.events()[-1] == "retention_changed"


@pytest.mark.parametrize("months", ["0", "121", "bald", "-3", "1,5", "٣"])
def test_what_is_no_number_of_months_is_refused_by_name(office: Office, months: str) -> None:
    before = office.contents()
    browser = office.browser(Role.ADMIN).open("/office/privacy")
    browser.submit({"reasons": months}, action="/periods", status=422)
    assert "keine Zahl von Monaten" in browser.text
    assert office.contents()["retention"] == before["retention"]


def test_a_person_is_found_exported_and_erased(office: Office) -> None:
    office.work()
    browser = office.browser(Role.ADMIN).open("/office/privacy")
    browser.submit({"email": PERSON.upper()}, action="/person")
    assert "Das würde gelöscht" in browser.text
    browser.submit(action="/export")
    package = zipfile.ZipFile(io.BytesIO(browser.response.get_data()))
    data = json.loads(package.read("data.json"))
    assert data["data"]["representatives"][0]["email"] == PERSON
    assert data["data"]["outbox"][0]["mail"]["text"]
    browser.open("/office/privacy").submit({"email": PERSON}, action="/person")
    browser.submit(action="/erasure", status=422)
    assert store.privacy.collect(office.db, PERSON).is_known
    browser.submit({"sure": True}, action="/erasure")
    assert "Die Daten sind gelöscht" in browser.text
    assert not store.privacy.collect(office.db, PERSON).is_known
    browser.open("/office/audit")
    assert PERSON not in browser.text
    browser.open("/office/privacy").submit({"email": PERSON}, action="/person", status=422)
    assert "nichts gespeichert" in browser.text


@pytest.mark.parametrize("lang", ["de", "en"])
@pytest.mark.parametrize("name", ["record", "measures", "processing"])
def test_papers_for_the_officer_say_how_this_instance_is_set(
    office: Office, name: str, lang: str
) -> None:
    browser = office.browser(Role.ADMIN).open(f"/office/privacy/papers/{name}.docx?lang={lang}")
    document = docx.Document(io.BytesIO(browser.response.get_data()))
    text = "\n".join(node.text or "" for node in document.element.body.iter() if node.text)
    assert store.association.get(office.db).name in text
    assert "[" in text  # blanks
    if name != "processing":
        assert "36" in text


def test_the_zip_file_of_a_round_has_everything_under_its_digest(office: Office) -> None:
    round = office.round(1)
    office.answer(round, "Musterhausen", sign())
    office.work()
    browser = office.browser().open(f"/office/rounds/{round.id}")
    browser.follow("Das ganze Verfahren herunterladen (ZIP)")
    package = zipfile.ZipFile(io.BytesIO(browser.response.get_data()))
    assert package.testzip() is None
    names = set(package.namelist())
    for line in package.read("SHA256SUMS").decode().splitlines():
        digest, name = line.split("  ", 1)
        assert sha256(package.read(name)).hexdigest() == digest
        names.remove(name)
    assert names == {"SHA256SUMS"}
    found = "\n".join(package.namelist())
    for part in ("text/text.html", "signatories.csv", "pdf/draft-", "receipt-1.json", ".eml"):
        assert part in found
    assert "certificate.json" in found
    mail = next(name for name in package.namelist() if name.endswith(".eml"))
    message = message_from_bytes(package.read(mail), policy=policy.default)
    assert message["Subject"]
    assert "@" in message["To"]
    body = message.get_body(("plain",))
    assert body
    assert "Leitgedanken" in body.get_content()
    assert any(entry["event"] == "answered" for entry in json.loads(package.read("log/log.json")))


def test_viewers_get_neither(office: Office) -> None:
    round = office.round(1)
    browser = office.browser(Role.VIEWER)
    browser.open(f"/office/rounds/{round.id}/files.zip", status=403)
    for role in (Role.VIEWER, Role.EDITOR):
        office.browser(role).open("/office/privacy", status=403)
