"""The rehearsal of delivery: the sender in the DNS and at our server, and the recipients' domains."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller

from signoff import checks, delivery_checks, store
from signoff.checks import Grade
from signoff.config import Settings
from signoff.delivery_checks import DomainState, SpfEvaluator, find_gatekeeper, find_mail_hosts
from signoff.domain.accounts import Role
from tests.factories import FORUM
from tests.server import free_port
from tests.web.office.office import Office
from tests.world import KEYS

PATH = "/office/mail/delivery"
DOMAIN = FORUM.mail_from.rpartition("@")[2]
ZONE: dict[tuple[str, str], list[str] | None] = {
    ("mail.verband.example", "A"): ["192.0.2.7"],
    ("verband.example", "A"): ["192.0.2.1"],
    ("verband.example", "MX"): ["20 zwei.verband.example.", "10 mail.verband.example."],
    ("ip.example", "TXT"): ["v=spf1 ip4:192.0.2.0/29 -all"],
    ("fremd.example", "TXT"): ["v=spf1 ip4:198.51.100.1 -all", "google-site-verification=x"],
    ("weich.example", "TXT"): ["v=spf1 ip6:2001:db8::/32 ~all"],
    ("mx.example", "TXT"): ["v=spf1 mx:verband.example -all"],
    ("a.example", "TXT"): ["v=spf1 a:mail.verband.example -all"],
    ("include.example", "TXT"): ["v=spf1 include:fremd.example include:ip.example ?all"],
    ("weiter.example", "TXT"): ["v=spf1 redirect=ip.example"],
    ("kreis.example", "TXT"): ["v=spf1 include:kreis.example -all"],
    ("doppelt.example", "TXT"): ["v=spf1 -all", "v=spf1 mx -all"],
    ("microsoft.example", "TXT"): ["v=spf1 include:spf.protection.outlook.com -all"],
    ("stumm.example", "TXT"): None,
    ("stumm.example", "MX"): None,
    ("null.example", "MX"): ["0 ."],
    ("nur-a.example", "A"): ["192.0.2.9"],
}


def look_up(name: str, kind: str) -> list[str] | None:
    return ZONE.get((name.lower(), kind), [])


@pytest.mark.parametrize(
    ("domain", "result"),
    [
        ("ip.example", "pass"),
        ("fremd.example", "fail"),
        ("weich.example", "softfail"),
        ("mx.example", "pass"),
        ("a.example", "pass"),
        ("include.example", "pass"),
        ("weiter.example", "pass"),
        ("kreis.example", "fail"),
        ("doppelt.example", "permerror"),
        ("leer.example", "none"),
        ("stumm.example", "temperror"),
    ],
)
def test_spf_is_evaluated_for_the_sending_host(domain: str, result: str) -> None:
    assert SpfEvaluator(look_up, ["192.0.2.7"]).evaluate(domain) == result


def test_providers_are_recognised_by_what_the_record_includes() -> None:
    zone = ZONE | {("smtp.office365.com", "A"): ["203.0.113.1"]}

    def answer(name: str, kind: str) -> list[str] | None:
        return zone.get((name, kind), [])

    allowed = delivery_checks.check_spf("microsoft.example", "smtp.office365.com", answer)
    missing = delivery_checks.check_spf("ip.example", "smtp.office365.com", answer)
    assert (allowed.grade, missing.grade) == (Grade.OK, Grade.ERROR)
    assert "include:spf.protection.outlook.com" in missing.to_do


@pytest.mark.parametrize(
    ("record", "return_domain", "grade", "words"),
    [
        ("v=DMARC1; p=reject", "verband.example", Grade.OK, "p=reject"),
        ("v=DMARC1; p=reject", "bounces.verband.example", Grade.OK, "p=reject"),
        ("v=DMARC1; p=reject; aspf=s", "bounces.verband.example", Grade.WARNING, "allein DKIM"),
        ("v=DMARC1; p=none", "anbieter.example", Grade.WARNING, "anbieter.example gehört nicht"),
        ("", "verband.example", Grade.WARNING, "keinen DMARC-Eintrag"),
    ],
)
def test_dmarc_compares_the_return_path_with_the_sender(
    record: str, return_domain: str, grade: Grade, words: str
) -> None:
    def answer(name: str, kind: str) -> list[str] | None:
        return [record] if record and name == "_dmarc.verband.example" else []

    finding = delivery_checks.check_dmarc("verband.example", return_domain, answer)
    assert finding.grade is grade
    assert words in finding.found


def test_the_hosts_of_a_domain_are_its_mx_or_itself() -> None:
    assert find_mail_hosts("verband.example", look_up) == [
        "mail.verband.example",
        "zwei.verband.example",
    ]
    assert find_mail_hosts("nur-a.example", look_up) == ["nur-a.example"]
    assert find_mail_hosts("null.example", look_up) == []
    assert find_mail_hosts("leer.example", look_up) == []
    assert find_mail_hosts("stumm.example", look_up) is None


def test_gatekeepers_are_known_by_their_hosts() -> None:
    known = {
        "mx00.t-online.de": "T-Online",
        "mx-ha03.web.de": "GMX und WEB.DE",
        "stadt-de.mail.protection.outlook.com": "Microsoft 365",
        "aspmx.l.google.com": "Google",
        "mx01.hornetsecurity.com": "Hornetsecurity",
    }
    found = {host: find_gatekeeper([host]) for host in known}
    assert {host: keeper.name for host, keeper in found.items() if keeper} == known
    assert find_gatekeeper(["nicht-t-online.de"]) is None


class Refusing:
    """Refuses every sender but its own, and records what was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.received = 0

    async def handle_MAIL(self, server, session, envelope, address: str, options) -> str:
        self.asked.append(address)
        if address != FORUM.mail_from:
            return "550 5.7.60 SMTP; Client does not have permissions to send as this sender"
        envelope.mail_from = address
        return "250 OK"

    async def handle_DATA(self, server, session, envelope) -> str:
        self.received += 1
        return "250 OK"


@pytest.fixture
def smtp() -> Iterator[Controller]:
    controller = Controller(Refusing(), hostname="127.0.0.1", port=free_port())
    controller.start()
    yield controller
    controller.stop()


def test_our_server_is_asked_about_the_sender_and_nothing_is_sent(
    tmp_path: Path, smtp: Controller
) -> None:
    url = f"smtp://127.0.0.1:{smtp.port}"
    settings = Settings(tmp_path, "https://verband.example", KEYS, smtp_url=url)
    accepted = delivery_checks.check_own(FORUM, settings, look_up)[0]
    assert (accepted.grade, accepted.found) == (
        Grade.OK,
        f"127.0.0.1 nimmt {FORUM.mail_from} an",
    )
    elsewhere = Settings(
        tmp_path, "https://verband.example", KEYS, smtp_url=url, bounces_address="b@verband.example"
    )
    refused = delivery_checks.check_own(FORUM, elsewhere, look_up)[0]
    assert refused.grade is Grade.ERROR
    assert "5.7.60" in refused.found
    assert "Beim Anbieter erlauben" in refused.to_do
    assert smtp.handler.received == 0
    assert smtp.handler.asked[1].startswith("b+0-")


def test_findings_keep_their_language_open() -> None:
    nested = checks.error(checks.Sentence("Mailserver"), checks.Sentence("A: %%", c=3), "d")
    again = delivery_checks.deserialize(json.loads(json.dumps(delivery_checks.serialize(nested))))
    assert again == nested
    assert again.translate(str.swapcase).matter == "mAILSERVER"


# The page.


@pytest.fixture
def office(tmp_path: Path, empty_office: Office, monkeypatch: pytest.MonkeyPatch) -> Office:
    empty_office.enrol()
    monkeypatch.setattr(delivery_checks, "look_up", look_up)
    return empty_office


def test_the_page_names_the_members_of_a_dead_domain(office: Office) -> None:
    editor = office.browser(Role.EDITOR)
    assert "Noch nicht geprüft." in editor.open(PATH).text
    editor.submit({}, action="/mail/delivery")
    text = editor.text
    assert "Eine Domain nimmt keine E-Mails an" in text
    assert "kommune.example" in text
    assert "Stadt Musterhausen" in text
    assert "Geprüft:" in text
    assert "keiner eingestellt" in text
    assert "kommune.example" in editor.open(f"{PATH}?state=unreachable").text
    assert "Auf diese Auswahl passt keine Domain." in editor.open(f"{PATH}?state=reachable").text
    assert "kommune.example" in editor.open(f"{PATH}.csv").text_or_bytes()


def test_a_result_is_asked_again_after_a_day(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run() -> DomainState:
        delivery_checks.run_checks(office.db, office.settings, office.now)
        (check,) = delivery_checks.list_domain_checks(office.db)
        return check.state

    assert run() is DomainState.UNREACHABLE
    monkeypatch.setitem(ZONE, ("kommune.example", "MX"), ["10 mx00.t-online.de."])
    office.now += timedelta(hours=23)
    assert run() is DomainState.UNREACHABLE
    office.now += timedelta(hours=2)
    assert run() is DomainState.REACHABLE
    assert "Nimmt nur von Servern an" in office.browser(Role.VIEWER).open(PATH).text


def test_a_silent_dns_keeps_the_last_result(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(ZONE, ("kommune.example", "MX"), None)
    delivery_checks.run_checks(office.db, office.settings, office.now)
    (check,) = delivery_checks.list_domain_checks(office.db)
    assert (check.state, check.checked_at) == (DomainState.UNKNOWN, None)
    assert "" in store.delivery_checks.load(office.db)


def test_viewers_do_not_run_the_checks(office: Office) -> None:
    viewer = office.browser(Role.VIEWER).open(PATH)
    assert "Jetzt prüfen" not in viewer.text.replace("„Jetzt prüfen“", "")
