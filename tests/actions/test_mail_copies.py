"""Copies of sent mail for the office's own records."""

from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest

from signoff import actions, store
from signoff.domain.delivery import RateLimit
from signoff.domain.mail import Bounce, BounceType, MailAttachment, MailKind
from signoff.domain.round_status import MailState
from signoff.mail.compose import parse_message_ids
from signoff.mail.sent import DUMMY_TOKEN
from signoff.mail.transport import FolderTransport
from signoff.store.connection import IntegrityError
from tests.factories import MAYOR
from tests.world import World

RECORDS = "akte@verband.example"
OTHER = "archiv@verband.example"


def want_copies(world: World, *addresses: str) -> None:
    copies = [(MailKind.INVITATION, address) for address in addresses]
    attached = [(MailKind.INVITATION, MailAttachment.CALENDAR)]
    actions.mail_texts.choose_attachments(world.db, attached, copies, "staff/1", world.now)


def deliver(world: World) -> dict[str, list[EmailMessage]]:
    """What the folder holds once everything is delivered, by address."""
    world.work(send_mail=FolderTransport(world.settings.outbox))
    mails: dict[str, list[EmailMessage]] = {}
    for path in sorted(world.settings.outbox.glob("*.eml")):
        mail = message_from_bytes(path.read_bytes(), policy=policy.default)
        mails.setdefault(mail["To"].addresses[0].addr_spec, []).append(mail)
    return mails


def read(mail: EmailMessage, subtype: str) -> str:
    body = mail.get_body((subtype,))
    assert body
    return " ".join(body.get_content().split())


def names_as_recipient(copy: EmailMessage, email: str) -> bool:
    return email in read(copy, "plain").partition(" vom ")[0]


def list_copies(world: World) -> list[tuple[int, str, str]]:
    return [
        tuple(row)
        for row in world.db.conn.execute(
            "SELECT copy_of, email, sent_at FROM outbox WHERE kind = 'copy' ORDER BY id"
        )
    ]


def test_a_copy_of_each_mail_goes_to_each_address_with_a_masked_link(world: World) -> None:
    want_copies(world, RECORDS, OTHER)
    world.opened()
    mails = deliver(world)
    (invitation,) = mails.pop(MAYOR)
    assert len(mails[RECORDS]) == len(mails[OTHER]) == 4
    (copy,) = (mail for mail in mails[RECORDS] if names_as_recipient(mail, MAYOR))
    assert copy["Subject"] == f"Kopie: {invitation['Subject']}"
    assert copy["From"] == invitation["From"]
    assert copy["Auto-Submitted"] == "auto-generated"
    link = world.links()[MAYOR]
    code = world.services.token_signer.short_code(
        world.access().link.public_id, world.access().link.generation
    )
    for subtype in ("plain", "html"):
        text = read(copy, subtype)
        assert "Links und Codes sind unkenntlich" in text
        assert "frist.ics" in text
        assert link not in text
        assert code not in text
        assert DUMMY_TOKEN in text
        assert link in read(invitation, subtype)
    assert read(copy, "plain").startswith("Kopie der E-Mail an ")
    assert list(invitation.iter_attachments())
    assert not list(copy.iter_attachments())
    assert not copy.defects
    ids = [mail["Message-ID"] for mail in mails[RECORDS] + mails[OTHER]]
    assert len(set(ids)) == len(ids)
    assert not any(map(parse_message_ids, ids))


def test_a_copy_is_no_mail_of_a_member_and_is_not_kept_itself(world: World) -> None:
    want_copies(world, RECORDS)
    world.opened()
    deliver(world)
    mails = store.outbox.list_for_invitation(world.db, world.access().invitation.id)
    assert {mail.kind for mail, _ in mails} == {MailKind.INVITATION}
    kept = world.db.conn.execute(
        "SELECT DISTINCT kind FROM sent_mails JOIN outbox ON outbox.id = message_id"
    ).fetchall()
    assert [row["kind"] for row in kept] == ["invitation"]


def test_without_an_address_nothing_is_copied(world: World) -> None:
    want_copies(world)
    world.opened()
    assert set(deliver(world)) == {*filter(None, world.links())}
    assert list_copies(world) == []


def test_a_crash_between_mail_and_copy_neither_loses_nor_doubles_it(world: World) -> None:
    class Killed(BaseException):
        pass

    folder = FolderTransport(world.settings.outbox)

    def die_after_mail(message: EmailMessage) -> None:
        if RECORDS in str(message["To"]):
            raise Killed
        folder(message)

    def die_after_copy(message: EmailMessage) -> None:
        folder(message)
        if RECORDS in str(message["To"]):
            raise Killed

    want_copies(world, RECORDS)
    world.opened()
    with pytest.raises(Killed):
        world.work(send_mail=die_after_mail)
    assert [sent_at for _, _, sent_at in list_copies(world)] == [None] * 4
    with pytest.raises(Killed):  # accepted, but not recorded: repeated under the same Message-ID
        world.work(send_mail=die_after_copy)
    mails = deliver(world)
    assert {len(mails[address]) for address in filter(None, world.links())} == {1}
    assert len({mail["Message-ID"] for mail in mails[RECORDS]}) == 4 == len(list_copies(world))
    assert len(mails[RECORDS]) == 5


def test_a_mail_counts_as_sent_only_together_with_its_copy(world: World) -> None:
    want_copies(world, RECORDS)
    world.opened()
    world.db.conn.execute(
        "CREATE TRIGGER no_copies BEFORE INSERT ON outbox WHEN NEW.kind = 'copy' "
        "BEGIN SELECT RAISE(ABORT, 'no room'); END"
    )
    with pytest.raises(IntegrityError):
        deliver(world)
    assert store.outbox.count_totals(world.db) == {"owed": 4, "sent": 0, "failed": 0}
    world.db.conn.execute("DROP TRIGGER no_copies")
    mails = deliver(world)
    assert len(mails[RECORDS]) == 4
    for address in filter(None, world.links()):
        assert len({mail["Message-ID"] for mail in mails[address]}) == 1


def test_the_limit_for_a_domain_holds_for_copies(world: World) -> None:
    want_copies(world, RECORDS, OTHER)
    world.opened()
    with world.worker() as worker:
        worker.rate_limit = RateLimit(domain=4)
        worker.run_due_steps()
        assert len([sent_at for _, _, sent_at in list_copies(world) if sent_at]) == 4
        world.now += timedelta(minutes=2)
        worker.run_due_steps()
    assert all(sent_at for _, _, sent_at in list_copies(world))


def test_what_comes_back_to_a_copy_is_not_held_against_the_member(world: World) -> None:
    want_copies(world, RECORDS)
    world.opened()
    deliver(world)
    (copy, *_) = world.db.conn.execute("SELECT id FROM outbox WHERE kind = 'copy'").fetchone()
    bounce = Bounce(BounceType.BOUNCE, message_id=copy, diagnostic="550 5.1.1")
    assert actions.mail.record_bounce(world.db, bounce, world.now)
    assert world.invitation_status().mail is MailState.SENT
    assert world.entries()[-1].subject == "association"


def test_a_copy_that_waits_goes_with_the_data_of_the_person(world: World) -> None:
    want_copies(world, RECORDS)
    world.opened()

    def refuse_copies(message: EmailMessage) -> None:
        if RECORDS in str(message["To"]):
            raise AssertionError
        world.post(message)

    with pytest.raises(AssertionError):
        world.work(send_mail=refuse_copies)
    digests = world.services.token_signer.address_digests
    actions.privacy.erase_person(world.db, MAYOR, digests, "office", world.now)
    mails = deliver(world)
    assert len(mails[RECORDS]) == 2, "a colleague's mail names the person, too"
    assert not any(MAYOR in read(mail, "plain") for mail in mails[RECORDS])
