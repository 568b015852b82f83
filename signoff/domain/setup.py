"""The checklist of an association before it invites its members."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum, auto

from signoff.domain.association import Association, LegalText

MIN_EDITORS = 2  # one of them confirms what the other releases


class SetupLine(StrEnum):
    """The lines of the checklist, in their order."""

    NAME = auto()
    ADDRESS = auto()
    TELEPHONE = auto()
    EMAIL = auto()
    RESPONSIBLE = auto()
    LOGO = auto()
    TEXTS = auto()  # imprint and privacy notice
    ACCESSIBILITY = auto()
    MAIL = auto()
    RETURNED_MAIL = auto()
    SECOND_ACCOUNT = auto()
    MEMBERS = auto()
    TRIAL_ROUND = auto()


# Without these no round for real recipients opens.
REQUIRED_LINES = (
    SetupLine.NAME,
    SetupLine.ADDRESS,
    SetupLine.TELEPHONE,
    SetupLine.EMAIL,
    SetupLine.TEXTS,
    SetupLine.MAIL,
    SetupLine.MEMBERS,
)
# The lines of what is entered at the association, by the fields.
FIELD_LINES = {
    SetupLine.NAME: "name",
    SetupLine.ADDRESS: "address",
    SetupLine.TELEPHONE: "telephone",
    SetupLine.EMAIL: "email",
    SetupLine.RESPONSIBLE: "responsible",
    SetupLine.LOGO: "logo",
}
TEXT_KINDS = {
    SetupLine.TEXTS: ("imprint", "privacy"),
    SetupLine.ACCESSIBILITY: ("accessibility",),
}


@dataclass(frozen=True, slots=True)
class Setup:
    """The measured state of an association's set-up."""

    association: Association
    languages: tuple[str, ...]  # of the association and of the members' representatives
    texts: tuple[LegalText, ...]
    has_sent_mail: bool  # a mail server has accepted one, and it has not come back
    mail_refused: str  # what a server says that does not take our mail
    editor_count: int  # accounts that may edit and have a password
    member_count: int
    has_rounds: bool  # one was opened before
    trial_held_at: datetime | None  # the last trial round that was answered, closed and deleted

    def list_missing_texts(self, line: SetupLine) -> list[tuple[str, str]]:
        """Kind and language of each text of this line that is not public."""
        public = {
            (text.kind, text.language) for text in self.texts if text.is_public(self.association)
        }
        wanted = [(kind, language) for kind in TEXT_KINDS[line] for language in self.languages]
        return [text for text in wanted if text not in public]

    def is_done(self, line: SetupLine) -> bool:
        """Whether nothing is left to do; what only the settings know counts as done."""
        if line in FIELD_LINES:
            return self.association.has(FIELD_LINES[line])
        if line in TEXT_KINDS:
            return not self.list_missing_texts(line)
        return {
            SetupLine.MAIL: self.has_sent_mail and not self.mail_refused,
            SetupLine.SECOND_ACCOUNT: self.editor_count >= MIN_EDITORS,
            SetupLine.MEMBERS: self.member_count > 0,
            SetupLine.TRIAL_ROUND: self.trial_held_at is not None,
        }.get(line, True)

    def list_missing(self, lines: Iterable[SetupLine] = REQUIRED_LINES) -> list[SetupLine]:
        return [line for line in lines if not self.is_done(line)]
