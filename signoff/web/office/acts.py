"""The guards of each form of the office: role, re-authentication, a second person.

The guards in ``access`` and ``reauth`` read this table; a form without a line is refused.
"""

from dataclasses import dataclass
from enum import Enum, auto

from signoff.domain.accounts import Role
from signoff.domain.approvals import PublicAct


class Reauth(Enum):
    """When the password (or a second factor) is asked for again, after some minutes without."""

    NEVER = auto()
    FIRST = auto()  # before the view
    WHEN_VALID = auto()  # by the view, once everything else is right: ``require_reauth``


@dataclass(frozen=True, slots=True)
class Asks:
    """``second_person``: the act that another person confirms where four eyes are required."""

    role: Role = Role.EDITOR
    reauth: Reauth = Reauth.NEVER
    second_person: PublicAct | None = None


OWN = Asks(Role.VIEWER)  # one's own account
OWN_FACTOR = Asks(Role.VIEWER, Reauth.FIRST)
EDITING = Asks()  # can be changed back, and reaches nobody
# Reaches members, changes who answers or what counts, or cannot be undone.
SERIOUS = Asks(reauth=Reauth.FIRST)
SERIOUS_WHEN_VALID = Asks(reauth=Reauth.WHEN_VALID)
MANAGING = Asks(Role.ADMIN, Reauth.FIRST)
MANAGING_WHEN_VALID = Asks(Role.ADMIN, Reauth.WHEN_VALID)

# By the name of the view.
ACTS = {
    # one's own account
    "reauthenticate": OWN,
    "create_reauth_challenge": OWN,
    "change_own_password": OWN,  # asks for the present one itself
    "change_profile": Asks(Role.VIEWER, Reauth.WHEN_VALID),  # only a new address
    "change_subscriptions": OWN,
    "renew_calendar": OWN,
    "end_own_session": OWN,
    "create_own_passkey_challenge": OWN,
    "add_own_authenticator": OWN_FACTOR,
    "add_own_passkey": Asks(Role.VIEWER, Reauth.WHEN_VALID),
    "remove_own_second_factor": OWN_FACTOR,
    "renew_own_recovery_codes": OWN_FACTOR,
    # accounts, association, mail
    "invite_account": MANAGING_WHEN_VALID,
    "change_account_role": MANAGING,
    "change_account": MANAGING,
    "delete_account": MANAGING,
    "update_association": MANAGING,
    "update_logo": Asks(Role.ADMIN),
    "save_legal_text": MANAGING_WHEN_VALID,
    "set_four_eyes": Asks(Role.ADMIN, Reauth.FIRST, PublicAct.FOUR_EYES_OFF),
    "save_mail_setup": MANAGING,
    "send_setup_test": Asks(Role.ADMIN),
    "choose_mail_attachments": EDITING,
    "save_mail_text": EDITING,
    "reset_mail_text": EDITING,
    "send_test_mail": EDITING,
    "run_delivery_checks": EDITING,
    "confirm_clock": SERIOUS,
    # data protection
    "save_periods": MANAGING,
    "find_person": Asks(Role.ADMIN),  # only reads
    "export_person": MANAGING,
    "erase_person": MANAGING,
    # views of lists
    "save_view": EDITING,
    "delete_view": EDITING,
    # members
    "add_member": EDITING,
    "change_member": EDITING,
    "archive_member": EDITING,
    "restore_member": EDITING,
    "add_representative": EDITING,
    "change_representative": SERIOUS_WHEN_VALID,  # only a new address while a round is open
    "archive_representative": EDITING,
    "restore_representative": EDITING,
    "delete_representative": EDITING,
    "act_on_members": EDITING,
    "upload_members": EDITING,
    "choose_keys": EDITING,
    "choose_import_columns": EDITING,
    "import_members": SERIOUS,
    "upload_history": EDITING,
    "import_history": EDITING,
    "remove_history": EDITING,
    "settle_names": EDITING,
    # papers
    "add_paper": EDITING,
    "save_paper": EDITING,
    "preview_paper": EDITING,
    "add_edition": EDITING,
    "delete_edition": EDITING,
    "enqueue_trial_print": EDITING,
    "start_trial_round": EDITING,
    "put_trial_round_forward": EDITING,
    "delete_trial_round": EDITING,
    "add_annex": EDITING,
    "remove_annex": EDITING,
    # rounds
    "open_round": EDITING,
    "preview_opening_mail": EDITING,
    "recall_opening": EDITING,
    "invite_members": EDITING,
    "set_target": EDITING,
    "extend_round": SERIOUS,
    "recall_extension": EDITING,
    "close_round": SERIOUS_WHEN_VALID,
    "cancel_round": SERIOUS_WHEN_VALID,
    "end_round": SERIOUS_WHEN_VALID,
    "record_letters": EDITING,
    "act_on_round_members": EDITING,
    "remind_members": EDITING,
    "remind_now": EDITING,
    "skip_reminders": EDITING,
    # answers and links
    "decide_note_or_name": EDITING,
    "correct_names": SERIOUS,
    "settle_objection": EDITING,
    "record_answer": SERIOUS,
    "void_answer": SERIOUS_WHEN_VALID,
    "add_office_note": EDITING,
    "delete_office_note": EDITING,
    "settle_reply": EDITING,
    "correct_address": SERIOUS,
    "end_link": EDITING,
    "resend_links": EDITING,
    # what becomes public
    "retry_print": EDITING,
    "release_paper": Asks(Role.EDITOR, Reauth.WHEN_VALID, PublicAct.RELEASE),
    "cancel_release": EDITING,
    "retract_release": Asks(Role.ADMIN, Reauth.WHEN_VALID, PublicAct.RETRACTION),
    "set_late_deadline": EDITING,
    "enqueue_late_print": EDITING,
    "release_late_print": Asks(Role.EDITOR, Reauth.FIRST, PublicAct.LATE_DOCUMENT),
    "review_late_signature": Asks(Role.EDITOR, Reauth.WHEN_VALID, PublicAct.LATE_SIGNATURE),
    "decide_application": Asks(Role.EDITOR, Reauth.WHEN_VALID, PublicAct.APPLICATION),
    "add_follow_up": Asks(Role.EDITOR, Reauth.WHEN_VALID, PublicAct.FOLLOW_UP),
    "remove_follow_up": EDITING,
    "confirm_approval": SERIOUS,
    "call_off_approval": EDITING,
}
