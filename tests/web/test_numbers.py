"""Every place that says how many sign says the same, whatever has happened to the list."""

import json
import re
from csv import DictReader
from dataclasses import dataclass, field
from datetime import timedelta
from io import StringIO
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from xml.etree.ElementTree import fromstring

from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st

from signoff import actions, store
from signoff.actions.late import ReviewDecision
from signoff.cli.rounds import format_status_lines, serialize_status
from signoff.domain.errors import Refusal
from signoff.domain.members import MemberRow
from signoff.domain.releases import PrintKind
from signoff.domain.round_status import InvitationStatus
from signoff.domain.rounds import Round
from signoff.domain.signatories import SignatureCounts
from signoff.i18n.formatting import describe_counts
from tests.factories import BERLIN, ROOT, SLUG, decline, member, pending, sign
from tests.page_checks import text_of
from tests.web.office.office import Office, new_office
from tests.world import add_edition

FORMS = count()
PAPER = f"/papers/{SLUG}"
MEMBERS: tuple[MemberRow, ...] = tuple(
    member(f"{n:02d}", f"Ort {n}", f"Stadt Ort {n}", f"rathaus@ort{n}.example") for n in range(5)
)
ANSWERS = {"sign": sign, "decline": decline, "pending": pending}
YES, NO = ReviewDecision(True), ReviewDecision(False, reason="Der Beschluss fehlt.")


@dataclass
class History:
    """One round with what it must say: who signed first, who joined, and who signs now."""

    office: Office
    first: set[str] = field(default_factory=set)
    joined: set[str] = field(default_factory=set)
    standing: set[str] = field(default_factory=set)

    @property
    def round(self) -> Round:
        round = store.rounds.find_by_slug(self.office.db, SLUG)
        assert round
        return round

    @property
    def counts(self) -> SignatureCounts:
        everybody = self.first | self.joined
        later, withdrawn = self.joined - self.first, everybody - self.standing
        return SignatureCounts(len(MEMBERS), len(self.first), len(later), len(withdrawn))

    @property
    def sentence(self) -> str:
        return describe_counts(self.counts, "de")

    def open(self, answers: tuple[str, ...], **terms: bool) -> None:
        office = self.office
        super(Office, office).open(
            SLUG, (office.now + timedelta(days=30)).date(), (), keys=True, **terms
        )
        for row, kind in zip(MEMBERS, answers, strict=True):
            if kind in ANSWERS:
                self.answer(row.key, kind)
        self.first = {row.key for row, kind in zip(MEMBERS, answers, strict=True) if kind == "sign"}
        self.standing = set(self.first)

    def release(self) -> None:
        office = self.office
        office.now = self.round.deadline
        office.work()
        actions.releases.release_paper(office.db, self.round.id, None, "office", office.now)
        office.work()

    def invitation(self, key: str) -> InvitationStatus:
        statuses = store.round_status.load(self.office.db, self.round).invitations
        return next(status for status in statuses if status.member.key == key)

    def access(self, key: str):
        id = self.invitation(key).invitation.id
        link = store.rounds.list_open_links(self.office.db, id)[0]
        return store.access.find(self.office.db, link.public_id, link.generation)

    def answer(self, key: str, kind: str):
        answer = sign(f"Stadt Ort {int(key)}") if kind == "sign" else ANSWERS[kind]()
        return self.office.submit(self.access(key), answer, f"form-{next(FORMS)}")

    def take(self, step: str, key: str) -> None:
        """What a member or the office does after the release; what is refused changes nothing."""
        office = self.office
        office.later(hours=1)
        try:
            if step in ("addendum", "edition"):
                self.issue(PrintKind(step))
            elif step == "withdraw":
                form = f"form-{next(FORMS)}"
                actions.answers.withdraw(office.db, self.access(key), form_key=form, now=office.now)
                self.standing.discard(key)
            else:
                self.join(key, step)
        except Refusal:
            return

    def join(self, key: str, step: str) -> None:
        office, version = self.office, self.answer(key, "sign")
        if step != "wait":
            actions.late.review_signature(
                office.db,
                version.invitation_id,
                YES if step == "accept" else NO,
                "office",
                office.now,
                version=version.number,
            )
        if step == "accept":
            self.joined.add(key)
            self.standing.add(key)

    def issue(self, kind: PrintKind) -> None:
        office, id = self.office, self.round.id
        actions.late.order_print(office.db, id, kind, "office", office.now)
        office.work()
        printed = store.releases.find_latest_post_release_print(office.db, id)
        assert printed
        actions.late.release_print(office.db, id, printed.sha256, "office", office.now)
        office.work()
        if kind is PrintKind.EDITION:
            assert {item.key for item in office.printed[-1].signatories} == self.standing

    # what the places say

    def check(self) -> None:
        """Every place that shows a number agrees with what has happened."""
        office, round = self.office, self.round
        assert store.signatories.count(office.db, round.id) == self.counts
        self.check_files()
        self.check_status()
        reader = office.browser(None)
        now = self.counts.now
        kommunen = "1 Kommune" if now == 1 else f"{now} Kommunen"
        assert re.findall(r"· (\d+ Kommunen?)", reader.open("/").text) == [kommunen]
        reader.open(PAPER)
        (number,) = (
            item.findtext("dd")
            for item in reader.root.iterfind(".//dl[@class='so-numbers']/div")
            if "dieses Papier" in text_of(item)
        )
        assert number == str(now)
        assert (self.sentence in reader.text) == self.counts.have_changed
        clerk = office.browser()
        ratio = f"{self.counts.first} von {len(MEMBERS)} mitgezeichnet"
        said = self.sentence if self.counts.have_changed else ratio
        assert said in clerk.open("/office/").text
        clerk.open(f"/office/rounds/{round.id}")
        verb = "hat" if self.counts.first == 1 else "haben"
        assert f"{self.counts.first} von {len(MEMBERS)} {verb} mitgezeichnet" in clerk.text
        assert (self.sentence in clerk.text) == self.counts.have_changed
        assert self.sentence in clerk.open(f"/office/rounds/{round.id}/late").text

    def check_files(self) -> None:
        data = json.loads(self.get(f"{PAPER}/signatories.json"))
        assert data["count"] == len(data["signatories"])
        keys = {
            name: {item["key"] for item in data.get(name, ())}
            for name in ("signatories", "late_signatories", "withdrawals")
        }
        everybody = keys["signatories"] | keys["late_signatories"]
        assert everybody - keys["withdrawals"] == self.standing
        assert len(keys["withdrawals"]) == self.counts.withdrawn
        numbers = data.get("counts", {"now": data["count"], "first": data["count"]})
        assert (numbers["now"], numbers["first"]) == (self.counts.now, self.counts.first)
        lines = list(DictReader(StringIO(self.get(f"{PAPER}/signatories.csv")), delimiter=";"))
        assert sorted(line["Schlüssel"] for line in lines) == sorted(self.standing)
        feed = fromstring(self.get("/feed.atom"))
        summary = next(feed.iterfind("{*}entry/{*}summary"))  # further entries are withdrawals
        assert self.sentence in summary.text

    def check_status(self) -> None:
        office, round = self.office, self.round
        edition = store.papers.get_edition(office.db, round.edition_id)
        status = store.round_status.load(office.db, round)
        counts = store.signatories.count(office.db, round.id)
        document = serialize_status(edition, status, counts, office.now, BERLIN)
        assert document["signatures"] == {
            "now": self.counts.now,
            "first": self.counts.first,
            "later": self.counts.later,
            "withdrawn": self.counts.withdrawn,
        }
        assert document["signed"] == self.counts.first
        lines = list(format_status_lines(edition, status, counts, office.now, BERLIN))
        assert (self.sentence in lines) == self.counts.have_changed

    def get(self, path: str, status: int = 200) -> str:
        answer = self.office.app.test_client().get(path, base_url="http://localhost")
        assert answer.status_code == status, path
        return answer.get_data().decode("utf-8-sig")


def start(folder: str) -> Office:
    office = new_office(Path(folder))
    super(Office, office).enrol(MEMBERS)
    office.draft()
    return office


answers = st.tuples(*(st.sampled_from(("sign", "decline", "pending", "")) for _ in MEMBERS))
steps = st.lists(
    st.tuples(
        st.sampled_from(("accept", "refuse", "wait", "withdraw", "addendum", "edition")),
        st.sampled_from([row.key for row in MEMBERS]),
    ),
    max_size=8,
)


# A first signatory returns, a late one goes again, one withdraws what was never accepted.
@example(
    answers=("sign", "sign", "pending", "", "decline"),
    steps=[("withdraw", "00"), ("addendum", "00"), ("accept", "00"), ("accept", "02")]
    + [("edition", "00"), ("withdraw", "02"), ("wait", "03"), ("withdraw", "03")],
    retracted=True,
    again=("", "sign", "", "", ""),
    further=[("accept", "00"), ("withdraw", "01"), ("edition", "00"), ("accept", "01")],
)
@settings(
    max_examples=12,
    derandomize=True,
    deadline=None,
    database=None,
    phases=(Phase.explicit, Phase.generate),
)
@given(answers=answers, steps=steps, retracted=st.booleans(), again=answers, further=steps)
def test_every_place_shows_the_same_numbers(
    answers: tuple[str, ...],
    steps: list[tuple[str, str]],
    retracted: bool,
    again: tuple[str, ...],
    further: list[tuple[str, str]],
) -> None:
    with TemporaryDirectory() as folder:
        office = start(folder)
        history = History(office)
        history.open(answers, late=True)
        history.release()
        for step in steps:
            history.take(*step)
        history.check()
        if retracted:
            retract(history)
        add_edition(office.db, SLUG, 1, "office", office.now)
        history = History(office)
        history.open(again, late=True, public=True)
        history.release()
        for step in further:
            history.take(*step)
        history.check()
        office.db.close()


def retract(history: History) -> None:
    office = history.office
    actions.releases.retract_release(
        office.db, history.round.id, "Gericht", "", "office", office.now
    )
    office.work()


# Amounts from a thousand on are written with the separator of the language.


def test_texts_of_pages_write_amounts_with_separators(tmp_path: Path) -> None:
    app = new_office(tmp_path).app
    texts = {
        "{% trans count=n %}{{ count }} Ort{% pluralize %}{{ count }} Orte{% endtrans %}": "11.084 Orte",
        "{% trans found=n, total=n %}{{ found }} von {{ total }}{% endtrans %}": "11.084 von 11.084",
        "{{ ngettext('%(num)s Brief', '%(num)s Briefe', n) }}": "11.084 Briefe",
        "{{ _('Zurzeit %(count)s', count=n) }}": "Zurzeit 11.084",
        "{% trans number=n %}Eintrag {{ number }}{% endtrans %}": "Eintrag 11084",
    }
    with app.test_request_context("/?lang=de"):
        assert {text: app.jinja_env.from_string(text).render(n=11_084) for text in texts} == texts


def test_no_template_writes_a_bare_amount() -> None:
    bare = re.compile(
        r"<(?:dd|b|td class=\"num\"[^>]*)>\{\{-? *[\w.\[\]]*(?:counts?\b[\w.\[\]]*|\|length) *-?\}\}"
    )
    found = [
        f"{path}: {match[0]}"
        for path in (ROOT / "templates").rglob("*.html")
        for match in bare.finditer(path.read_text(encoding="utf-8"))
    ]
    assert not found
