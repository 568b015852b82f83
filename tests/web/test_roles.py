"""Who may what: the table of ``docs/roles.md``, and every line of it really asked by every person.

``python -m tests.web.test_roles`` prints the table as it is now, to be compared before it is taken over.
"""

import re
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from signoff import actions, store
from signoff.actions.late import ReviewDecision
from signoff.cli.context import get_latest_round
from signoff.config import static_folder
from signoff.domain.accounts import Role
from signoff.domain.answer_forms import Colleague
from signoff.domain.applications import ApplicationFields
from signoff.domain.approvals import PublicAct
from signoff.domain.association import Logo
from signoff.domain.mail import MailKind
from signoff.domain.papers import Picture
from signoff.domain.releases import PrintKind
from signoff.domain.rounds import Link, Round, Terms
from signoff.exports.docx import build_docx
from signoff.importers.uploads import read_annex
from signoff.storage import RenderCache
from signoff.tokens import TokenPurpose
from signoff.web.static_files import compute_fingerprint
from tests.factories import LAST_DAY, pending, sign
from tests.mail.test_replies import mail
from tests.web.office.office import Office
from tests.web.two_factor import EMAIL, PASSWORD, account, office_with_two_factor
from tests.world import FakeSeal, open_round

TABLE = Path(__file__).parents[2] / "docs" / "roles.md"
PERSONS = ("nobody", "of A", "of B", "viewer", "editor", "admin")
MAY, REFUSED, LOGIN, NOTHING = "may", "refused", "login", "nothing"
ROLES = {role.value: role for role in Role}


PNG = b"\x89PNG\r\n\x1a\n"
PDF = b"%PDF-1.7\n%%EOF"
LATE = {
    f"office.{name}"
    for name in (
        "list_follow_ups",
        "add_follow_up",
        "remove_follow_up",
        "show_late_signatures",
        "set_late_deadline",
        "enqueue_late_print",
        "show_late_proof",
        "release_late_print",
        "show_late_review",
        "review_late_signature",
    )
}
CAST = {"Musterhausen": "Stadt Musterhausen", "Beispielstadt": "Landeshauptstadt Beispielstadt"}


class Seal(FakeSeal):
    def export_certificates(self, association: str) -> bytes:
        return b"-----BEGIN CERTIFICATE-----"


@dataclass
class Stage:
    """One office with a running and a released paper; A has answered and passed on, B has not."""

    office: Office
    tokens: dict[str, str]
    closed: dict[str, str]  # the same persons' links to the paper that is released
    codes: dict[str, str]
    values: dict[str, str]
    set_up: str
    renewal: str

    def address(self, rule: Rule, person: str) -> str:
        """The address as this person would try it: about A's things, with the link in her own hand."""
        is_later = "certificate" in rule.rule or "/press/" in rule.rule
        tokens = self.closed if is_later else self.tokens
        values = {**self.values, "token": tokens.get(person, "muster-ohne-zugang")}
        if rule.rule.startswith("/login"):
            values["token"] = self.renewal if "/password/" in rule.rule else self.set_up
        if rule.rule.startswith("/calendar"):
            values["token"] = self.values["calendar"]
        if (
            rule.endpoint in ("office.show_opening_form", "office.open_round")
            or "/open" in rule.rule
        ):
            values["slug"] = "neues"
        if "/open/trial/" in rule.rule:
            values["id"] = self.values["trial"]
        if rule.rule.startswith("/papers"):
            values |= {
                "slug": "leitgedanken"
                if "entwurf" in rule.rule or "/application" in rule.rule
                else "altes",
                "name": "altes",
            }
        if rule.rule.startswith(("/office/accounts/", "/office/invitations/")):
            values["id"] = self.values["person" if "/accounts/" in rule.rule else "invitation"]
            values["link_id"] = self.values["link_id" if rule.rule.endswith("/end") else "own_link"]
        if rule.rule.startswith(("/office/approvals/", "/office/applications/")):
            values["id"] = "1"
        if rule.rule.startswith("/application/"):
            values["token"] = self.values["application"]
        if rule.rule.startswith("/office/mail/<"):
            values["id"] = self.values["mail"]
        if rule.rule.startswith("/office/members/"):
            values["person_id"] = values["id"]  # each member has one
        if "/annexes/" in rule.rule:
            values["digest"] = self.values["annex"]
        if rule.rule.startswith("/logo"):
            values["digest"] = self.values["logo"]
        if rule.rule.startswith("/pictures/"):
            values |= {"digest": self.values["picture"], "kind": "png"}
        if rule.endpoint in (
            "office.show_mail_text",
            "office.save_mail_text",
            "office.reset_mail_text",
        ):
            values |= {"kind": "invitation"}
        if rule.rule.startswith("/office/handbook/"):
            values |= {"chapter": "verfahren", "name": "verfahren.png"}
        if "/privacy/papers/" in rule.rule:
            values["name"] = "record"
        if rule.rule.endswith(("/proof.pdf", "/advance-copy.pdf")):
            values["id"] = self.values["closed"]
        if rule.endpoint == "office.show_account_action":
            values["action"] = "disable"
        if rule.endpoint == "office.delete_account":  # nobody deletes their own
            own = store.accounts.find_by_email(self.office.db, "admin@forum.example")
            values["id"] = str(own.id if own else 0)
        if rule.endpoint in LATE:
            values["id"] = self.values["late" if "/invitations/" in rule.rule else "released"]
        return re.sub(r"<(?:[^:>]+:)?(\w+)>", lambda found: values.get(found[1], "1"), rule.rule)

    def ask(self, person: str, method: str, rule: Rule) -> str:
        role = ROLES.get(person)
        client = self.office.browser(role).client if role else self.office.app.test_client()
        typed = {
            "login.log_in": {"email": EMAIL, "password": PASSWORD},
            "invitation.submit_code": {"code": self.codes.get(person, "MUST-ER00")},
            "office.save_paper": {"number": "1"},
            "office.add_edition": {"number": "1", "title": "Anders", "text": "Anders."},
        }
        data = typed.get(rule.endpoint, {})
        address = self.address(rule, person)
        answer = client.open(
            address, method=method, base_url="http://localhost", data=data, buffered=True
        )
        return classify(answer, rule)


def classify(answer: TestResponse, rule: Rule) -> str:
    """What an answer says about who asked. A form that is only refused as wrong was reached."""
    if answer.status_code >= 500:
        return answer.status  # never right: no line of the table says so
    if answer.status_code == 403:
        return REFUSED
    if answer.status_code in (404, 410):
        return NOTHING
    leads = urlsplit(answer.headers.get("Location", "")).path
    return (
        LOGIN
        if answer.status_code in (302, 303) and leads == "/login" and rule.rule != "/login"
        else MAY
    )


def stage(folder: Path, patch: pytest.MonkeyPatch) -> Stage:
    office = office_with_two_factor(folder, patch, second_factor=False)
    office.db.close()
    office = Office(replace(office.settings, demo=True))
    office.app.config["WTF_CSRF_ENABLED"] = (
        False  # each person's own token is another test's matter
    )
    instance = office.app.extensions["signoff"]
    cache = RenderCache(instance.settings.cache, {"pdf": lambda copy: b"%PDF", "docx": build_docx})
    office.app.extensions["signoff"] = replace(
        instance, services=replace(instance.services, render_cache=cache, sealing=Seal())
    )
    logo = Logo(sha256(PNG).hexdigest(), PNG, 10, 10)
    actions.association.set_logo(office.db, logo, "cli", office.now)
    picture = Picture(logo.sha256, "png", PNG)
    actions.papers.store_pictures(office.db, [picture], "cli", office.now)
    office.enrol()
    for slug in ("altes", "leitgedanken", "neues", "fertig"):
        office.draft(slug)
    annexed = [attached(office, slug) for slug in ("altes", "leitgedanken")]
    actions.papers.enqueue_trial_print(office.db, "leitgedanken", 1, "cli", office.now)
    old = open_round(
        office.db,
        "altes",
        actions.rounds.Opening(LAST_DAY, terms=Terms(late=True)),
        "cli",
        office.now,
    )
    at_old = [office.answer(old, name, sign(official)) for name, official in CAST.items()]
    actions.rounds.close(office.db, get_latest_round(office.db, "altes").id, "cli", office.now)
    office.work()
    release = actions.releases.release_paper(
        office.db, get_latest_round(office.db, "altes").id, None, "cli", office.now
    )
    waiting = joined_late(office, old)
    actions.approvals.request(
        office.db, PublicAct.FOUR_EYES_OFF, "association", {}, "cli", office.now
    )
    done = office.open("fertig")
    actions.rounds.close(office.db, get_latest_round(office.db, "fertig").id, "cli", office.now)
    opening = actions.rounds.Opening(LAST_DAY, terms=Terms(public=True, applications=True))
    round = open_round(office.db, "leitgedanken", opening, "cli", office.now)
    trial = actions.prints.order_trial_print(office.db, "neues", opening.trial, "cli", office.now)
    office.work()
    office.later(minutes=5)
    later = pending(date(2027, 2, 11), "Rat")
    at_a, at_b = (office.answer(round, name, later) for name in CAST)
    a, b = (next(iter(store.rounds.list_open_links(office.db, id))) for id in (at_a, at_b))
    reply_by_mail(office, a)
    access = store.access.find(office.db, a.public_id, a.generation)
    assert access
    colleague = Colleague("Fachamt", "Ordnungsamt", "fachamt@kommune.example")
    passed = actions.delegation.delegate(office.db, access, colleague, office.now)
    token = partial(office.services.token_signer.sign, TokenPurpose.INVITATION)
    open_links = {"of A": a, "of B": b}
    tokens = {who: token(link.public_id, link.generation) for who, link in open_links.items()}
    codes = {
        who: office.services.token_signer.short_code(link.public_id, link.generation)
        for who, link in open_links.items()
    }
    old_links = [next(iter(store.rounds.list_open_links(office.db, id))) for id in at_old]
    closed = {
        who: token(link.public_id, link.generation)
        for who, link in zip(tokens, old_links, strict=True)
    }
    place = next(
        each
        for each in store.round_status.load(office.db, round).invitations
        if each.invitation.id == at_a
    )
    assert place.version
    counting = place.version.id
    one = store.accounts.find_by_email(office.db, "viewer@forum.example")
    assert one
    _, generation = actions.accounts.reset(office.db, one.email, "cli", office.now)
    set_up = office.services.token_signer.sign(TokenPurpose.STAFF, str(one.id), generation)
    actions.short_codes.save_missing_codes(
        office.db,
        office.services.token_signer.key_name,
        office.services.token_signer.short_code_digest,
    )
    actions.login.request_password_reset(office.db, EMAIL, office.now)
    leader = account(office)
    renewal = office.services.token_signer.sign(
        TokenPurpose.PASSWORD, "1", store.accounts.get_generation(office.db, leader.id)
    )
    (folder / "outbox").mkdir(exist_ok=True)
    (folder / "outbox" / "1.eml").write_bytes(
        b"From: a@forum.example\nTo: b@forum.example\nSubject: Muster\n"
        b"Date: Thu, 21 Jan 2027 10:45:00 +0100\n\nText"
    )
    actions.accounts.renew_calendar(office.db, leader.id, office.now)
    receipt = store.outbox.find_latest(office.db, MailKind.RECEIPT, old_links[0].id)
    assert receipt
    applicant = ApplicationFields("Stadt Fremdstadt", "Stadt", "", "Büro", "rathaus@fremd.example")
    actions.applications.apply(office.db, round.id, applicant, "de", office.now)
    actions.applications.confirm(office.db, 1, applicant, office.now)
    values = {
        "application": office.services.token_signer.sign(TokenPurpose.APPLICATION, "1", round.id),
        "calendar": office.services.token_signer.sign(TokenPurpose.CALENDAR, str(leader.id), 1),
        "slug": "leitgedanken",
        "name": "1",
        "id": str(round.id),
        "closed": str(done.id),
        "link_id": str(passed.id),
        "what": "note",
        "answer_id": str(counting),
        "kind": "imprint",
        "lang": "de",
        "action": "sessions",
        "person": str(one.id),
        "invitation": str(at_a),
        "own_link": str(a.id),
        "filename": "icon.svg",
        "fingerprint": compute_fingerprint(static_folder()),
        "sha256": release.sha256,
        "digest": release.sha256,
        "logo": logo.sha256,
        "picture": picture.sha256,
        "annex": annexed[-1],
        "mail": str(receipt.id),
        "late": str(waiting),
        "released": str(old.id),
        "trial": str(trial.id),
    }
    return Stage(office, tokens, closed, codes, values, set_up, renewal)


def joined_late(office: Office, round: Round) -> int:
    """One late signature stands in an addendum that can be looked at; the invitation of another one, which waits."""
    office.work()
    first = office.answer(round, "Neudorf", sign("Gemeinde Neudorf"))
    actions.late.review_signature(
        office.db, first, ReviewDecision(accepted=True), "cli", office.now, version=1
    )
    actions.late.order_print(office.db, round.id, PrintKind.ADDENDUM, "cli", office.now)
    office.work()
    return office.answer(round, "Altdorf", sign("Markt Altdorf"))


def reply_by_mail(office: Office, link: Link) -> None:
    """A reply by mail with two files."""
    message = mail("Wir zeichnen mit.", sender=link.email)
    for name in ("erklärung.pdf", "beschluss.pdf"):
        message.add_attachment(PDF, maintype="application", subtype="pdf", filename=name)
    incoming = office.services.classify(message.as_bytes()).reply
    assert incoming
    keep, content = office.services.keep_reply, message.as_bytes()
    actions.replies.record_reply(office.db, link, incoming, content, keep, office.now)


def attached(office: Office, slug: str) -> str:
    annex = read_annex("plan.pdf", "Plan", PDF)
    office.services.archive.store_annex(PDF)
    actions.papers.attach(office.db, slug, 1, annex, "cli", office.now)
    return annex.sha256


def routes(stage: Stage) -> Iterator[tuple[str, str, Rule]]:
    """Every address with each of its methods, GET first: a POST may change what a GET finds."""
    rules = sorted(stage.office.app.url_map.iter_rules(), key=lambda rule: rule.rule)
    for method in ("GET", "POST"):
        yield from ((rule.rule, method, rule) for rule in rules if method in (rule.methods or ()))


def documented() -> dict[tuple[str, str], tuple[str, ...]]:
    lines = [
        line for line in TABLE.read_text(encoding="utf-8").splitlines() if line.startswith("| `")
    ]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return {(address.strip("`"), method): tuple(may) for address, method, *may in cells}


def printed(stage: Stage) -> str:
    lines = []
    for address, method, rule in routes(stage):
        may = [stage.ask(person, method, rule) for person in PERSONS]
        lines.append(f"| `{address}` | {method} | {' | '.join(may)} |\n")
    return "".join(sorted(lines))


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with pytest.MonkeyPatch.context() as patch:
        scene = stage(tmp_path_factory.mktemp("roles"), patch)
        yield scene
        scene.office.db.close()


def test_every_address_of_the_application_has_its_line_and_every_line_its_address(
    scene: Stage,
) -> None:
    there = {(address, method) for address, method, _rule in routes(scene)}
    assert sorted(there - set(documented())) == [], "say in docs/roles.md who may"
    assert sorted(set(documented()) - there) == [], "these are gone"


@pytest.mark.slow
def test_every_role_gets_the_documented_status(scene: Stage) -> None:
    told = documented()
    wrong = []
    for address, method, rule in routes(scene):
        for person, expected in zip(PERSONS, told.get((address, method), ()), strict=False):
            found = scene.ask(person, method, rule)
            if found != expected:
                wrong.append(f"{method} {address}, {person}: {found}, not {expected}")
    assert wrong == []


def test_the_table_grants_nothing_to_a_lower_role_that_a_higher_one_lacks() -> None:
    for (address, method), may in documented().items():
        viewer, editor, admin = (each == MAY for each in may[3:])
        assert viewer <= editor <= admin, f"{method} {address}"


def test_no_one_outside_the_office_may_anything_in_it() -> None:
    for (address, method), may in documented().items():
        if address.startswith("/office"):
            assert set(may[:3]) == {LOGIN if method == "GET" else REFUSED}, f"{method} {address}"


def test_a_viewer_only_reads_and_manages_their_own_account() -> None:
    """What a viewer may send concerns herself, or nobody."""
    posts = [
        address
        for (address, method), may in documented().items()
        if method == "POST" and may[3] == MAY
    ]
    office = [address for address in posts if address.startswith("/office")]
    assert all(address.startswith(("/office/account", "/office/reauth")) for address in office), (
        office
    )


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        made = stage(Path(folder), patch)
        sys.stdout.write(printed(made))
