"""What the office reads about mail servers that are left alone."""

from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest

from signoff import actions, store
from signoff.domain.accounts import Role
from signoff.domain.delivery import (
    DeliveryError,
    Fault,
    ServerLimit,
    Stage,
    build_limit_outage,
    extend_outage,
)
from signoff.i18n import labels
from signoff.store.connection import transaction
from tests.web.office.office import Office, new_office

NEXT = "der nächste Versuch ist am Donnerstag, 21. Januar 2027"


@pytest.fixture
def office(tmp_path: Path) -> Office:
    office = new_office(tmp_path)
    office.enrol([(f"Ort {n:03d}", f"Stadt Ort {n:03d}", "Hessen") for n in range(4)])
    office.draft()
    office.open()
    return office


def read(office: Office, address: str) -> str:
    return office.browser(Role.VIEWER).open(address).text.replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("fault", "reason", "advice"),
    [
        (
            Fault.SENDER,
            "Der Mailserver lässt die Absenderadresse nicht zu.",
            "Bitte lassen Sie beim Anbieter zu, dass das angemeldete Postfach",
        ),
        (Fault.LOGIN, "Der Mailserver verweigert die Anmeldung.", "„signoff doctor“"),
        (
            Fault.QUOTA,
            "Der Mailserver nimmt zurzeit nicht mehr E-Mails von Ihnen an.",
            "Sie brauchen",
        ),
        (
            Fault.POLICY,
            "ohne dass es an den Empfängern liegt.",
            "Bitte fragen Sie mit dem Wortlaut",
        ),
        (
            Fault.TEMPORARY,
            "Der Mailserver ist gestört oder nicht zu erreichen.",
            "länger als einen Tag",
        ),
    ],
)
def test_page_and_dashboard_say_what_is_paused_why_and_what_to_do(
    office: Office, fault: Fault, reason: str, advice: str
) -> None:
    def refuse(message: EmailMessage) -> None:
        raise DeliveryError("554 5.9.9 So nicht", fault=fault)

    services = replace(office.services, send_mail=refuse)
    while actions.mail.deliver_batch(office.db, services, "w"):
        pass
    assert reason in read(office, "/office/members")
    for address in ("/office/mail", "/office/"):
        text = read(office, address)
        assert text.count(reason) == 1
        assert "554 5.9.9 So nicht" in text
        assert advice in text
        assert NEXT in text
        assert "Es geht keine E-Mail verloren." in text
    assert store.outbox.count_totals(office.db)["failed"] == 0
    office.later(days=2)
    office.work()
    assert reason not in read(office, "/office/members")
    assert reason not in read(office, "/office/mail")
    assert reason not in read(office, "/office/")


def test_each_paused_server_is_named(office: Office) -> None:
    now = office.now
    wrong = DeliveryError("certificate verify failed", server=True, stage=Stage.TLS)
    suspected = extend_outage(None, "eins.example", wrong, now)
    with transaction(office.db):
        store.outbox.save_outage(office.db, extend_outage(suspected, "eins.example", wrong, now))
        limit = ServerLimit("zwei.example", per_day=100)
        until = now + timedelta(hours=2)
        store.outbox.save_outage(office.db, build_limit_outage(limit, until, now))
    text = read(office, "/office/mail")
    assert "Der Versand über eins.example ruht seit Donnerstag, 21. Januar 2027" in text
    assert (
        "ob der Name des Servers auf der Seite „E-Mail einrichten“ zu seinem Zertifikat passt"
        in text
    )
    assert "Der Versand über zwei.example ruht seit Donnerstag, 21. Januar 2027" in text
    assert "Die eingestellte Höchstzahl für 24 Stunden ist erreicht." in text
    assert "per_day=100" not in text


def test_every_fault_of_a_server_has_words() -> None:
    assert set(labels.OUTAGE) == set(Fault) - {Fault.RECIPIENT, Fault.MESSAGE}
