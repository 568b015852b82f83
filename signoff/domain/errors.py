"""A rule said no. The words for people stand at the edge (``signoff.words.refusals``)."""

from collections.abc import Iterable
from enum import StrEnum

# What can go wrong while printing.


class PrintError(Exception):
    """The printer says why it cannot print; ``str()`` is meant for the office."""


class PrinterBusy(Exception):
    """Too many ask for a print at this moment; asking again a little later is of use."""


class Reason(StrEnum):
    """Every reason for which a rule refuses; each has words in ``signoff.i18n.errors``."""

    # a field of a form or of a file
    MISSING = "missing"
    TOO_LONG = "too_long"
    NOT_A_CHOICE = "not_a_choice"
    NOT_A_DATE = "not_a_date"
    DATE_IN_FUTURE = "date_in_future"
    DATE_IN_PAST = "date_in_past"
    DATE_TOO_EARLY = "date_too_early"
    NOT_A_TIME = "not_a_time"
    NO_SUCH_TIME = "no_such_time"
    NOT_AN_ADDRESS = "not_an_address"
    NOT_A_WEB_ADDRESS = "not_a_web_address"
    CONTROL_CHARACTERS = "control_characters"
    NOT_AUTHORISED = "not_authorised"
    NOT_THE_NAME = "not_the_name"
    NOT_THE_SLUG = "not_the_slug"
    NOT_A_SLUG = "not_a_slug"
    NO_NOTES = "no_notes"
    ADOPTED_LATER = "adopted_later"
    # a paper
    EDITED_MEANWHILE = "edited_meanwhile"
    TEXT_FROZEN = "text_frozen"
    NOT_A_PDF = "not_a_pdf"
    TOO_MANY_ANNEXES = "too_many_annexes"
    # a round
    NO_SUCH_PAPER = "no_such_paper"
    SLUG_TAKEN = "slug_taken"
    NO_ROUND = "no_round"
    ALREADY_OPEN = "already_open"
    OTHER_ROUND = "other_round"
    TEXT_CHANGED = "text_changed"
    NONE_PICKED = "none_picked"
    NOBODY_ASKED = "nobody_asked"
    NOBODY_CHOSEN = "nobody_chosen"
    DEADLINE_PAST = "deadline_past"
    DEADLINE_NOT_LATER = "deadline_not_later"
    NOT_STEPS = "not_steps"
    NOT_OPEN = "not_open"
    NOT_YET_CLOSED = "not_yet_closed"
    ALREADY_CLOSED = "already_closed"
    ALREADY_RELEASED = "already_released"
    CANCELLED = "cancelled"
    UNDECIDED = "undecided"
    NOT_PRINTED = "not_printed"
    PRINT_FAILED = "print_failed"
    OTHER_PRINT = "other_print"
    RELEASE_PAST = "release_past"
    RELEASE_PLANNED = "release_planned"
    SECOND_NEEDED = "second_needed"
    SAME_PERSON = "same_person"
    NOTHING_TO_CONFIRM = "nothing_to_confirm"
    NOT_RELEASED = "not_released"
    ALREADY_WITHDRAWN = "already_withdrawn"
    TEXTS_UNEDITED = "texts_unedited"
    NOT_AN_AIM = "not_an_aim"
    AIM_CHANGED = "aim_changed"
    NOT_LATE = "not_late"
    LATE_ENDED = "late_ended"
    NOTHING_NEW = "nothing_new"
    NOT_YET_RELEASED = "not_yet_released"
    # an invitation and its answer
    NO_SUCH_MEMBER = "no_such_member"
    ALREADY_INVITED = "already_invited"
    OTHER_EDITION = "other_edition"
    LINK_ENDED = "link_ended"
    NOTHING_TO_WITHDRAW = "nothing_to_withdraw"
    NOTHING_TO_DECIDE = "nothing_to_decide"
    NOTHING_TO_CORRECT = "nothing_to_correct"
    NO_SITTING = "no_sitting"
    ANSWER_CHANGED = "answer_changed"
    SETTLED = "settled"
    NO_SUCH_OBJECTION = "no_such_objection"
    NO_SUCH_LINK = "no_such_link"
    NOT_YOURS_TO_END = "not_yours_to_end"
    TOO_MANY_LINKS = "too_many_links"
    HAS_A_LINK = "has_a_link"
    FORM_STALE = "form_stale"
    UNKNOWN_CODE = "unknown_code"
    ADDRESS_IN_USE = "address_in_use"
    FOR_INFORMATION = "for_information"
    # the member list
    KEY_TAKEN = "key_taken"
    IN_OPEN_ROUND = "in_open_round"
    NOT_A_COUNTRY = "not_a_country"
    REPRESENTATIVE_KNOWN = "representative_known"
    SECOND_BY_LETTER = "second_by_letter"
    LIST_CHANGED = "list_changed"
    # what the office does about an answer
    RECEIVED_IN_FUTURE = "received_in_future"
    RECEIVED_TOO_EARLY = "received_too_early"
    RECEIVED_TOO_LATE = "received_too_late"
    DECIDED_AFTER_RECEIPT = "decided_after_receipt"
    SITTING_BEFORE_RECEIPT = "sitting_before_receipt"
    AUTHORITY_UNSEEN = "authority_unseen"
    NO_EVIDENCE = "no_evidence"
    NOT_A_SCAN = "not_a_scan"
    SCAN_TOO_LARGE = "scan_too_large"
    NOT_REPLACING = "not_replacing"
    NOTHING_TO_VOID = "nothing_to_void"
    NOTHING_CORRECTED = "nothing_corrected"
    NO_REASON = "no_reason"
    SENT_LATELY = "sent_lately"
    NOBODY_TO_SEND_TO = "nobody_to_send_to"
    # the office
    CHANGED_MEANWHILE = "changed_meanwhile"
    NOT_A_TIME_ZONE = "not_a_time_zone"
    EMAIL_TAKEN = "email_taken"
    NO_SUCH_STAFF = "no_such_staff"
    WRONG_LOGIN = "wrong_login"
    WRONG_PROOF = "wrong_proof"
    WRONG_FACTOR = "wrong_factor"
    LOGIN_OVER = "login_over"
    LAST_FACTOR = "last_factor"
    NO_FACTOR = "no_factor"
    OWN_ACCOUNT = "own_account"
    ROLE_CHANGED = "role_changed"
    ALREADY_SET_UP = "already_set_up"
    TOO_MANY_LOGINS = "too_many_logins"
    PASSWORD_TOO_SHORT = "password_too_short"
    PASSWORD_COMMON = "password_common"
    LAST_ADMIN = "last_admin"


class Refusal(Exception):
    """One rule said no: why, about which field (of a form) if any, and the facts its words need."""

    def __init__(self, reason: Reason, field: str | None = None, **facts: object) -> None:
        super().__init__(reason, field, facts)
        self.reason = reason
        self.field = field
        self.facts = facts

    def __str__(self) -> str:
        return f"{self.reason}{f' ({self.field})' if self.field else ''}{f' {self.facts}' if self.facts else ''}"


class Refusals(Exception):
    """Several fields of one form were refused together, in the order of the form."""

    def __init__(self, each: Iterable[Refusal]) -> None:
        self.each = tuple(each)
        super().__init__(self.each)
