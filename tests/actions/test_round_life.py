"""The whole life of a round, as hypothesis makes it up, against a model of plain values."""

from collections import Counter
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from io import BytesIO
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as some
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from signoff import actions, backups, store
from signoff.actions.late import ReviewDecision
from signoff.domain.answer_forms import Colleague
from signoff.domain.answers import Answer
from signoff.domain.dates import end_of_day
from signoff.domain.errors import Reason, Refusal
from tests.factories import (
    BERLIN,
    HESITANT,
    MAYOR,
    OFFICE,
    UNWILLING,
    decline,
    not_competent,
    pending,
    sign,
)
from tests.world import DEADLINE, KEYS, LAST_DAY, NOW, World, new_world

pytestmark = pytest.mark.soak

INVITED = {"01": (MAYOR, OFFICE), "02": (HESITANT,), "03": (UNWILLING,), "04": ()}
KEYS_OF_MEMBERS = some.sampled_from(["01", "02", "03"])
ANSWERS = some.sampled_from(
    [sign(), sign(), sign(note="Wir bitten um Beteiligung."), decline(), pending(), not_competent()]
)


@dataclass
class Version:
    """What a member has answered."""

    kind: str
    by: str  # the address of the link
    note: str = ""
    late: bool = False
    void: bool = False
    accepted: bool | None = None  # by the office, if it is late

    @property
    def counts(self) -> bool:
        """Whether the member signs with it."""
        return self.kind == "sign" and not self.void and bool(not self.late or self.accepted)


@dataclass
class Model:
    now: datetime = NOW
    deadline: datetime = DEADLINE
    last_day: date = LAST_DAY
    closed: bool = False
    released: bool = False
    answers: dict[str, list[Version]] = field(default_factory=lambda: {key: [] for key in INVITED})
    links: dict[str, list[str]] = field(
        default_factory=lambda: {key: list(emails) for key, emails in INVITED.items()}
    )
    decided: dict[tuple[str, str], bool] = field(default_factory=dict)
    printed: set[tuple[str, str]] = field(default_factory=set)
    answered: int = 0  # how often somebody has answered or withdrawn by a link

    @property
    def open(self) -> bool:
        return not self.closed and self.now < self.deadline

    def current(self, key: str) -> Version | None:
        """The last version, unless it is void."""
        last = self.answers[key][-1] if self.answers[key] else None
        return None if last is None or last.void else last

    def may_answer(self, key: str) -> bool:
        last = self.current(key)
        settled = last and last.kind not in ("withdrawn", "pending") and not last.late
        settled = settled or (last and last.late and last.kind in ("decline", "not_competent"))
        settled = settled or (last and last.late and last.kind == "sign" and last.accepted)
        return self.open or (self.released and not settled)

    def may_withdraw(self, key: str) -> bool:
        last = self.current(key)
        if last is None or last.kind == "withdrawn":
            return False
        return self.open or (self.released and (last.late or last.kind == "sign"))

    def signatories(self) -> set[tuple[str, str]]:
        """Who is printed at the release: keys and accepted notes."""
        found = set()
        for key in self.answers:
            last = self.current(key)
            if last and last.kind == "sign":
                found.add((key, last.note if self.decided.get((key, last.note)) else ""))
        return found

    def is_decided(self) -> bool:
        return all(
            (key, last.note) in self.decided
            for key in self.answers
            if (last := self.current(key)) and last.kind == "sign" and last.note
        )


class RoundLife(RuleBasedStateMachine):
    """Each step runs in the instance and in the model; both accept it, or both refuse."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory(dir="/dev/shm" if Path("/dev/shm").is_dir() else None)
        self.numbers = count()
        self.model = Model()
        self.ended: list[tuple[str, object]] = []  # access through links that have ended
        self.backup: tuple[bytes, Model] | None = None

    @initialize()
    def open(self) -> None:
        self.world = new_world(Path(self.folder.name))
        self.world.opened(late=True, public=True)
        self.world.work()

    def teardown(self) -> None:
        self.world.db.close()
        self.folder.cleanup()

    def attempt(self, allowed: bool, act, *arguments, **options) -> object:
        """Run an action; it is accepted exactly if the model says so."""
        try:
            result = act(self.world.db, *arguments, **options)
        except Refusal:
            if allowed:
                raise
            return None
        assert allowed
        return result

    def access(self, email: str):
        return self.world.access(email)

    def invitation_id(self, key: str) -> int:
        return self.world.invitation_status(key).invitation.id

    # by link

    def choose(self, key: str, draw: int) -> str:
        links = self.model.links[key]
        return links[draw % len(links)]

    @rule(key=KEYS_OF_MEMBERS, link=some.integers(0, 3), answer=ANSWERS, blind=some.booleans())
    def answer(self, key: str, link: int, answer: Answer, blind: bool) -> None:
        model, email = self.model, self.choose(key, link)
        access, last = self.access(email), model.current(key)
        if answer.declaration:
            name = access.member.official_name
            declaration = replace(answer.declaration, official_name=name)
            answer = replace(answer, declaration=declaration)
        overtaken = blind and last and last.kind != "withdrawn" and last.by != email
        seen = access.version.id if access.version and not blind else None
        self.attempt(
            model.may_answer(key) and not overtaken,
            actions.answers.submit,
            access,
            answer,
            edition_digest=access.edition.digest,
            seen=seen,
            form_key=f"form {next(self.numbers)}",
            now=model.now,
        )
        if model.may_answer(key) and not overtaken:
            note = answer.declaration.note if answer.declaration else ""
            model.answers[key].append(Version(answer.kind, email, note, late=model.released))
            model.answered += 1

    @rule(key=KEYS_OF_MEMBERS, link=some.integers(0, 3))
    def withdraw(self, key: str, link: int) -> None:
        email, allowed = self.choose(key, link), self.model.may_withdraw(key)
        form = f"form {next(self.numbers)}"
        access = self.access(email)
        self.attempt(allowed, actions.answers.withdraw, access, form_key=form, now=self.model.now)
        if allowed:
            withdrawn = Version("withdrawn", email, late=self.model.released)
            self.model.answers[key].append(withdrawn)

    @rule(key=KEYS_OF_MEMBERS, link=some.integers(0, 3))
    def correct(self, key: str, link: int) -> None:
        model, email = self.model, self.choose(key, link)
        access, last = self.access(email), model.current(key)
        allowed = model.open and last is not None and last.kind == "sign"
        number = next(self.numbers)
        signer = replace(sign().declaration.signer, first_name=f"Vorname {'abc'[number % 3]}")
        name, form = access.member.official_name, f"form {number}"
        before = len(store.answers.list_versions(self.world.db, access.invitation.id))
        version = self.attempt(
            allowed,
            actions.answers.correct_names,
            access,
            name,
            signer,
            form_key=form,
            now=model.now,
        )
        if version and version.number > before:
            model.answers[key].append(replace(last, by=email))

    @rule(key=KEYS_OF_MEMBERS, number=some.integers(1, 2))
    def pass_on(self, key: str, number: int) -> None:
        email = f"kollege{number}@{key}.example"
        given = store.rounds.list_all_links(self.world.db, self.invitation_id(key))
        full = sum(bool(link.delegated_by) for link in given) >= 20
        known, colleague = email in self.model.links[key], Colleague("Kollege", "Amt", email)
        allowed = self.model.open and (known or not full)
        access = self.access(INVITED[key][0])
        self.attempt(allowed, actions.delegation.delegate, access, colleague, self.model.now)
        if allowed and not known:
            self.model.links[key].append(email)

    @rule(key=KEYS_OF_MEMBERS)
    def end_link(self, key: str) -> None:
        passed = [email for email in self.model.links[key] if email not in INVITED[key]]
        if passed:
            access = self.access(passed[0])
            actions.delegation.end_by_office(
                self.world.db, access.link.id, "office", self.model.now
            )
            self.model.links[key].remove(passed[0])
            self.ended.append((key, access))

    @precondition(lambda self: self.ended)
    @rule(answer=ANSWERS)
    def answer_by_an_ended_link(self, answer: Answer) -> None:
        _, access = self.ended[-1]
        with pytest.raises(Refusal) as refused:
            actions.answers.submit(
                self.world.db,
                access,
                answer,
                edition_digest=access.edition.digest,
                seen=None,
                form_key=f"form {next(self.numbers)}",
                now=self.model.now,
            )
        assert refused.value.reason is Reason.LINK_ENDED

    # the office

    @rule(days=some.integers(1, 30))
    def extend(self, days: int) -> None:
        model, day = self.model, self.model.last_day + timedelta(days=days)
        allowed, round_id = model.open, self.world.round().id
        self.attempt(allowed, actions.rounds.extend, round_id, day, "office", model.now)
        if allowed:
            model.last_day, model.deadline = day, end_of_day(day, BERLIN)

    @rule(days=some.integers(1, 25))
    def let_time_pass(self, days: int) -> None:
        self.model.now += timedelta(days=days)
        self.world.now = self.model.now

    @rule()
    def close(self) -> None:
        allowed, round_id = not self.model.closed, self.world.round().id
        self.attempt(allowed, actions.rounds.close, round_id, "office", self.model.now)
        self.model.closed = True

    @rule(key=KEYS_OF_MEMBERS, accepted=some.booleans())
    def decide_on_note(self, key: str, accepted: bool) -> None:
        model, last = self.model, self.model.current(key)
        allowed = not model.released and last and last.kind == "sign" and last.note
        self.attempt(
            bool(allowed),
            actions.amendments.decide,
            self.invitation_id(key),
            "note",
            accepted,
            "office",
            model.now,
        )
        if allowed:
            model.decided[key, last.note] = accepted

    @rule(key=KEYS_OF_MEMBERS)
    def declare_void(self, key: str) -> None:
        model, last, id = self.model, self.model.current(key), self.invitation_id(key)
        allowed = not model.released and last is not None and last.kind != "withdrawn"
        current = store.answers.find_current(self.world.db, id)
        number = current.id if current else 0
        self.attempt(
            allowed, actions.amendments.void_answer, id, number, "Irrtum", "office", model.now
        )
        if allowed:
            last.void = True

    @precondition(lambda self: not self.model.released)
    @rule()
    def release(self) -> None:
        model = self.model
        self.world.work()  # which closes what is due, and prints
        model.closed = model.closed or model.now >= model.deadline
        allowed, round_id = model.closed and model.is_decided(), self.world.round().id
        self.attempt(allowed, actions.releases.release_paper, round_id, None, "office", model.now)
        if allowed:
            model.released, model.printed = True, model.signatories()
            self.world.work()

    @precondition(lambda self: not self.model.released)
    @rule(accepted=some.booleans())
    def decide_close_and_release(self, accepted: bool) -> None:
        """The usual way: so that many lives go on after the release."""
        for key in self.model.answers:
            self.decide_on_note(key, accepted)
        self.close()
        self.release()

    @rule(key=KEYS_OF_MEMBERS, accepted=some.booleans())
    def review_late_signature(self, key: str, accepted: bool) -> None:
        model, last = self.model, self.model.current(key)
        possible = model.released and last and last.late and last.kind == "sign"
        allowed = possible and (accepted or not last.accepted)
        decision = ReviewDecision(accepted, reason="" if accepted else "Zu spät beschlossen.")
        current = store.answers.find_current(self.world.db, self.invitation_id(key))
        self.attempt(
            bool(allowed),
            actions.late.review_signature,
            self.invitation_id(key),
            decision,
            "office",
            model.now,
            version=current.number if current else 0,
        )
        if allowed:
            last.accepted = accepted

    # backups

    @rule()
    def back_up(self) -> None:
        file = BytesIO()
        backups.write(self.world.settings, self.world.db, file, "")
        self.backup = file.getvalue(), deepcopy(self.model)

    @precondition(lambda self: self.backup)
    @rule()
    def restore(self) -> None:
        content, model = self.backup
        folder = Path(self.folder.name, f"restored {next(self.numbers)}")
        folder.mkdir()
        backups.unpack(BytesIO(content), folder, "")
        backups.check_restored(folder)
        old = self.world
        old.db.close()
        now = max(old.now, model.now)  # a restored instance does not go back in time
        restored = replace(old.settings, instance=folder, keys=KEYS)
        for name in ("outbox", "cache", "workers"):
            (folder / name).mkdir(exist_ok=True)
        self.world = World(restored, now=now)
        self.model = deepcopy(model)
        self.model.now = now
        self.ended.clear()

    # what always holds

    @invariant()
    def counts_are_those_of_the_model(self) -> None:
        model, round = self.model, self.world.round()
        versions = model.answers.values()
        in_time = [[each for each in own if not each.late][-1:] for own in versions]
        kinds = Counter(
            None if each.void or each.kind == "withdrawn" else each.kind
            for own in in_time
            for each in own
        )
        kinds[None] += sum(not own for own in in_time)
        counts = store.round_status.load(self.world.db, round).counts
        assert {kind: number for kind, number in counts.items() if number} == +kinds
        signed = store.signatories.count(self.world.db, round.id)
        first = [bool(own and own[0].counts) for own in in_time]
        joined = [any(each.late and each.counts for each in own) for own in versions]
        stays = [bool(own and own[-1].counts) for own in versions]
        together = list(zip(first, joined, stays, strict=True))
        assert signed.invited == len(INVITED)
        assert signed.first == sum(first)
        assert signed.later == sum(late and not early for early, late, _ in together)
        assert signed.withdrawn == sum((early or late) and not now for early, late, now in together)

    @invariant()
    def open_links_are_those_of_the_model(self) -> None:
        assert sorted(filter(None, self.world.links())) == sorted(
            email for emails in self.model.links.values() for email in emails
        )

    @invariant()
    def every_answer_is_in_the_log_and_the_log_is_whole(self) -> None:
        assert store.audit.find_fault(self.world.db) is None
        assert self.world.events().count("answered") == self.model.answered

    @invariant()
    def what_is_published_is_what_was_decided(self) -> None:
        db, round = self.world.db, self.world.round()
        releases = store.releases.list_for_round(db, round.id)
        assert len(releases) == self.model.released
        for release in releases:
            assert self.world.services.archive.release_path(release.sha256).exists()
            status = store.round_status.load(db, round)
            listed = {(each.key, each.note) for each in status.signatories(BERLIN)}
            assert listed == self.model.printed


def test_lives_of_a_round() -> None:
    run_state_machine_as_test(
        RoundLife,
        settings=settings(
            max_examples=60,
            stateful_step_count=40,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
