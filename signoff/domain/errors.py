"""Errors that the domain raises: refusals by a rule, failures of the printer, and no free turn."""

from collections.abc import Iterable
from enum import StrEnum, auto
from http import HTTPStatus
from typing import Self


class PrintError(Exception):
    """Printing a PDF failed; ``str()`` is a message for the office."""


# What is wrong is not the document, but the time or the memory it was given.
PRINT_INTERRUPTED = (
    "die Fertigung dauerte zu lange, brauchte zu viel Speicher oder wurde abgebrochen"
)


class Busy(Exception):
    """Every turn at something costly is taken; the caller may retry shortly."""


class Reason(StrEnum):
    """Why a rule refuses, with the ``status`` of the web response.

    The sentences are in ``signoff.i18n.errors``.
    """

    status: HTTPStatus

    def __new__(cls, value: str, status: HTTPStatus = HTTPStatus.CONFLICT) -> Self:
        member = str.__new__(cls, value)
        member._value_ = value
        member.status = status
        return member

    # changed by somebody else meanwhile; the fact ``what`` says what
    STALE = auto()
    # a field of a form or file
    MISSING = auto()
    NOT_CHOSEN = auto()
    NO_FILE = auto()
    TOO_LONG = auto()
    NOT_A_CHOICE = auto()
    NOT_A_DATE = auto()
    DATE_IN_FUTURE = auto()
    DATE_IN_PAST = auto()
    DATE_TOO_EARLY = auto()
    DATE_TOO_FAR = auto()
    NO_YEAR = auto()
    NO_SUCH_MONTH = auto()
    NO_SUCH_DAY = auto()
    OTHER_WEEKDAY = auto()
    NOT_A_TIME = auto()
    NO_SUCH_TIME = auto()
    NOT_AN_ADDRESS = auto()
    NOT_A_WEB_ADDRESS = auto()
    NOT_A_PERIOD = auto()
    CONTROL_CHARACTERS = auto()
    UNPRINTABLE = auto()
    UNKNOWN_PLACEHOLDER = auto()
    NO_REFERENCE = auto()
    NOT_AUTHORISED = auto()
    NOT_THE_NAME = auto()
    NOT_THE_WORD = auto()
    NOT_A_SLUG = auto()
    NO_NOTES = auto()
    ADOPTED_LATER = auto()
    # a paper
    TEXT_FROZEN = auto()
    EDITION_USED = auto()
    EDITION_UNCHANGED = auto()
    NOT_A_PDF = auto()
    TOO_MANY_ANNEXES = auto()
    # a round
    NO_SUCH_PAPER = auto(), HTTPStatus.NOT_FOUND
    SLUG_TAKEN = auto()
    NO_ROUND = auto(), HTTPStatus.NOT_FOUND
    ALREADY_OPEN = auto()
    OTHER_ROUND = auto()
    NONE_PICKED = auto()
    NOBODY_ASKED = auto()
    TRIAL_MISSING = auto()
    TRIAL_FAILED = auto()
    TRIAL_INTERRUPTED = auto()
    NOBODY_CHOSEN = auto()
    DEADLINE_PAST = auto()
    DEADLINE_TOO_FAR = auto()
    DEADLINE_NOT_LATER = auto()
    MAIL_LEFT = auto()
    NOT_REMINDER_STEPS = auto()
    NOT_OPEN = auto()
    NOT_YET_CLOSED = auto()
    STILL_OPEN = auto()
    ALREADY_CLOSED = auto()
    ALREADY_RELEASED = auto()
    CANCELLED = auto()
    UNDECIDED = auto()
    NOT_PRINTED = auto()
    PRINT_FAILED = auto()
    RELEASE_PAST = auto()
    RELEASE_PLANNED = auto()
    APPROVAL_REQUIRED = auto()
    APPROVAL_PENDING = auto()
    SAME_PERSON = auto()
    NOTHING_TO_CONFIRM = auto()
    NOT_RELEASED = auto()
    ALREADY_RETRACTED = auto()
    SETUP_OPEN = auto()
    GAPS_LEFT = auto()
    NO_MAIL_SERVER = auto()
    MAIL_REFUSED = auto()
    NO_SUCH_PICTURE = auto()
    PICTURE_UNDESCRIBED = auto()
    NOT_A_TARGET = auto()
    NOT_LATE = auto()
    LATE_ENDED = auto()
    NOTHING_NEW = auto()
    NOT_YET_RELEASED = auto()
    # an invitation and its answer
    NO_SUCH_MEMBER = auto(), HTTPStatus.NOT_FOUND
    ALREADY_INVITED = auto()
    LINK_ENDED = auto(), HTTPStatus.NOT_FOUND
    NOTHING_TO_WITHDRAW = auto()
    NOTHING_TO_DECIDE = auto()
    NOTHING_TO_CORRECT = auto()
    NO_MEETING = auto()
    SETTLED = auto()
    NO_SUCH_OBJECTION = auto(), HTTPStatus.NOT_FOUND
    NO_SUCH_LINK = auto(), HTTPStatus.NOT_FOUND
    NOT_YOURS_TO_END = auto(), HTTPStatus.FORBIDDEN
    TOO_MANY_LINKS = auto()
    HAS_A_LINK = auto()
    FORM_STALE = auto()
    FILE_LOST = auto()
    UNKNOWN_CODE = auto()
    ADDRESS_IN_USE = auto()
    FOR_INFORMATION = auto(), HTTPStatus.FORBIDDEN
    # an application to sign
    NO_APPLICATIONS = auto()
    TOO_MANY_APPLICATIONS = auto(), HTTPStatus.TOO_MANY_REQUESTS
    CONTACT_DATA = auto()
    DRAFT_NOT_PUBLIC = auto()
    # the member list
    KEY_TAKEN = auto()
    IN_OPEN_ROUND = auto()
    NOT_A_COUNTRY = auto()
    NOT_A_STATE = auto()
    NOT_INHABITANTS = auto()
    NOT_YES_OR_NO = auto()
    NOT_A_POSTING_DAY = auto()
    NOBODY_TICKED = auto()
    NO_LETTER = auto()
    NO_POSTAL_ADDRESS = auto()
    REPRESENTATIVE_KNOWN = auto()
    REPRESENTATIVE_INVITED = auto()
    SECOND_BY_LETTER = auto()
    # the office's work on an answer
    RECEIVED_IN_FUTURE = auto()
    RECEIVED_TOO_EARLY = auto()
    RECEIVED_TOO_LATE = auto()
    DECIDED_AFTER_RECEIPT = auto()
    MEETING_BEFORE_RECEIPT = auto()
    AUTHORITY_UNSEEN = auto()
    NO_EVIDENCE = auto()
    NOT_A_SCAN = auto()
    SCAN_TOO_LARGE = auto()
    NOT_REPLACING = auto()
    NOTHING_TO_VOID = auto()
    NOTHING_CORRECTED = auto()
    NO_REASON = auto()
    SENT_RECENTLY = auto()
    NOBODY_TO_SEND_TO = auto()
    # accounts and settings
    NOT_A_TIME_ZONE = auto()
    EMAIL_TAKEN = auto()
    NO_SUCH_ACCOUNT = auto(), HTTPStatus.NOT_FOUND
    WRONG_LOGIN = auto(), HTTPStatus.FORBIDDEN
    REAUTH_FAILED = auto(), HTTPStatus.FORBIDDEN
    WRONG_SECOND_FACTOR = auto(), HTTPStatus.FORBIDDEN
    LOGIN_OVER = auto(), HTTPStatus.FORBIDDEN
    NO_STAFF_GROUP = auto(), HTTPStatus.FORBIDDEN
    EMAIL_NOT_VERIFIED = auto(), HTTPStatus.FORBIDDEN
    LINKED_OTHERWISE = auto(), HTTPStatus.FORBIDDEN
    ACCOUNT_DISABLED = auto(), HTTPStatus.FORBIDDEN
    OTHER_PERSON = auto(), HTTPStatus.FORBIDDEN
    NOT_LOGGED_IN_AGAIN = auto(), HTTPStatus.FORBIDDEN
    LAST_SECOND_FACTOR = auto()
    NO_SECOND_FACTOR = auto()
    OWN_ACCOUNT = auto()
    ALREADY_SET_UP = auto()
    TOO_MANY_LOGINS = auto(), HTTPStatus.TOO_MANY_REQUESTS
    LOGIN_BUSY = auto(), HTTPStatus.TOO_MANY_REQUESTS
    PASSWORD_TOO_SHORT = auto()
    PASSWORD_COMMON = auto()
    LAST_ADMIN = auto()
    # data protection
    PERSON_UNKNOWN = auto(), HTTPStatus.NOT_FOUND
    ACCOUNT_IN_USE = auto()


class Refusal(Exception):
    """A rule refused, with the form field concerned (if any) and the facts for its sentence."""

    def __init__(self, reason: Reason, field: str | None = None, **facts: object) -> None:
        super().__init__(reason, field, facts)
        self.reason = reason
        self.field = field
        self.facts = facts

    def __str__(self) -> str:
        field = f" ({self.field})" if self.field else ""
        return f"{self.reason}{field}{f' {self.facts}' if self.facts else ''}"


class Refusals(Exception):
    """Several refused fields of one form, in the order of the form."""

    def __init__(self, refusals: Iterable[Refusal]) -> None:
        self.refusals = tuple(refusals)
        super().__init__(self.refusals)
