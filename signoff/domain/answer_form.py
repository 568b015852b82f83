"""From the typed fields of docs/interface.md to an answer, or every reason why not."""

from collections.abc import Mapping
from datetime import date

from signoff.domain.answer import Answer, Basis, Contact, Decision, Declaration, Kind, Signer
from signoff.domain.fields import NOTE_LENGTH, Fields
from signoff.domain.refusal import Reason, Refusal, Refusals

__all__ = ["FILLED_IN", "NOTE_LENGTH", "AnswerForm", "plausible_address"]

EARLIEST = date(2000, 1, 1)  # of a decision; before that the year is mistyped (202 for 2027)
FILLED_IN = ("filled_in_by", "filled_in_unit", "filled_in_email")


class AnswerForm(Fields):
    """Reads the fields of one form; collects every refusal instead of stopping at the first."""

    def __init__(self, fields: Mapping[str, str], *, today: date, notes_allowed: bool = True) -> None:
        super().__init__(fields)
        self.today = today
        self.notes_allowed = notes_allowed

    def step(self, name: str) -> list[Refusal]:
        """Why the step ``answer``, ``signer`` or ``publication`` cannot be left yet; empty where it can."""
        {"answer": self.first_step, "signer": self.signing, "publication": self.publication}[name]()
        return self.refused

    def answer(self) -> Answer:
        """The whole answer. Raises ``Refusals`` naming every field that is wrong, in the order of the form."""
        kind = self.kind()
        if kind is Kind.SIGN:
            declaration, contact = self.declaration(), self.contact()
            answer = Answer(kind, contact, declaration) if declaration else None
        else:
            answer = self.other(kind)
        if self.refused or answer is None:
            raise Refusals(self.refused)
        return answer

    def kind(self) -> Kind | None:
        """Step 1: which of the four answers."""
        return self.choice("answer", {kind.value: kind for kind in Kind if kind is not Kind.WITHDRAWN})

    def other(self, kind: Kind | None) -> Answer | None:
        """Step 1 of an answer that is no signature: its own fields and who filled it in."""
        expected_on, body = self.sitting() if kind is Kind.PENDING else (None, "")
        reason = self.text("reason", required=False) if kind is Kind.DECLINE else ""
        contact = self.contact() if kind else None
        return Answer(kind, contact, None, expected_on, body, reason) if kind and not self.refused else None

    def first_step(self) -> None:
        kind = self.kind()
        if kind is not Kind.SIGN:
            self.other(kind)

    def publication(self) -> None:
        """Step 3 of a signature."""
        self.note()
        self.contact()

    def declaration(self) -> Declaration | None:
        """Steps 2 and 3 of a signature without the contact."""
        signing, note = self.signing(), self.note()
        if signing is None or self.refused:
            return None
        official_name, signer, basis, decision = signing
        return Declaration(official_name, signer, basis, decision, bool(self.fields.get("publish_name")), note)

    def note(self) -> str:
        note = self.text("note", required=False)
        if note and not self.notes_allowed:
            self.refuse(Reason.NO_NOTES, "note")
        return note

    def signing(self) -> tuple[str, Signer, Basis, Decision | None] | None:
        """Step 2: the name in the list, the signer, the basis and the authority."""
        official_name, signer = self.named()
        basis = self.choice("basis", {basis.value: basis for basis in Basis})
        decision = self.decision() if basis and basis.rests_on_a_decision else None
        if not self.fields.get("authorised"):
            self.refuse(Reason.NOT_AUTHORISED, "authorised")
        if basis is None or self.refused:
            return None
        return official_name, signer, basis, decision

    def named(self) -> tuple[str, Signer]:
        """The name in the list, and who signs: what may be corrected without answering again."""
        official_name, title = self.text("official_name"), self.text("title", required=False)
        first, last, function = self.text("first_name"), self.text("last_name"), self.text("function")
        return official_name, Signer(first, last, function, title)

    def sitting(self) -> tuple[date | None, str]:
        """The day of the sitting and the body that meets; neither lies in the past when it is named."""
        expected_on = self.date("expected_on")
        if expected_on and expected_on < self.today:
            self.refuse(Reason.DATE_IN_PAST, "expected_on", day=expected_on)
        return expected_on, self.text("body", required=False)

    def decision(self) -> Decision | None:
        body, number = self.text("body"), self.text("decision_number", required=False)
        on = self.date("decision_date")
        if on and on > self.today:
            self.refuse(Reason.DATE_IN_FUTURE, "decision_date", day=on)
        if on and on < EARLIEST:
            self.refuse(Reason.DATE_TOO_EARLY, "decision_date", day=on)
        result = self.text("decision_result", required=False)
        return Decision(body, on, number, result) if on else None

    def contact(self) -> Contact:
        """Who filled the form in."""
        name, unit, email = (self.text(field) for field in FILLED_IN)
        if email and not plausible_address(email):
            self.refuse(Reason.NOT_AN_ADDRESS, "filled_in_email", text=email)
        return Contact(name, unit, email)


def plausible_address(email: str) -> bool:
    """Whether ``email`` could be one address; it is only shown to the office, never written to."""
    local, at, domain = email.rpartition("@")
    return bool(local and at and "." in domain.strip(".")) and not any(c.isspace() or c in ',;<>"' for c in email)
