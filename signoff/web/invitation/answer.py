"""The answer, in short steps of which only the last one stores anything, and its withdrawal."""

from collections.abc import Mapping, Sequence
from datetime import date

from flask import g, redirect, render_template, request
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as WerkzeugResponse

from signoff import actions, store
from signoff.domain.answer_forms import AnswerForm
from signoff.domain.answers import Answer, AnswerKind, Signer
from signoff.domain.errors import Reason, Refusal
from signoff.domain.text import decode_domains
from signoff.store.access import InvitationAccess
from signoff.web.context import create_form_key, current_date, current_form_key, db, now
from signoff.web.forms import format_input_date
from signoff.web.invitation.access import (
    blueprint,
    current_access,
    may_answer_now,
    may_withdraw_now,
)
from signoff.web.invitation.forms import (
    STEPS,
    WithdrawForm,
    parse_answer_form,
    parse_prepared,
    serialize_answer,
    serialize_signer,
)
from signoff.web.invitation.pages import (
    check_confirmed_name,
    check_edit_conflict,
    is_resubmission,
    list_receipt_recipients,
    preview_signatory,
    render_closed,
    render_form,
)
from signoff.web.listing import get_int
from signoff.web.static_files import build_url

OVERTAKEN = ("signed", "answered", "recorded")  # by an answer that the review did not show
COSIGN_STEPS = ("answer", "signer", "publication", "review")
OTHER_STEPS = ("answer", "review")


def prefill_answer(answer: Answer) -> dict[str, str]:
    """The current answer; after a committee's meeting what is known of its decision."""
    after_meeting = answer.expected_on and answer.expected_on < current_date()
    if answer.kind is AnswerKind.PENDING and (request.args.get("result") or after_meeting):
        return prefill_decision(answer, current_date())
    return serialize_answer(answer)


def prefill_decision(answer: Answer, today: date) -> dict[str, str]:
    """The known facts of a committee's decision; the kind of answer has to be chosen anew."""
    fields = serialize_answer(answer)
    fields.pop("answer", None)
    fields.pop("expected_on", None)
    if answer.expected_on and answer.expected_on <= today:
        fields["decision_date"] = format_input_date(answer.expected_on)
    return fields


def get_steps(fields: Mapping[str, str]) -> tuple[str, ...]:
    return COSIGN_STEPS if fields.get("answer") == AnswerKind.COSIGN else OTHER_STEPS


@blueprint.get("/<token>/answer")
def show_answer_form(token: str) -> str | tuple[str, int]:
    """Step 1, with the current answer if there is one."""
    access = current_access()
    if not may_answer_now(access):
        return render_closed(access), 409
    version = access.version if access.version and access.version.is_answer else None
    current = prefill_answer(version.answer) if version else {}
    prepared = parse_prepared(access.link)
    known = {"official_name": access.member.official_name, **list_known(access)}
    fields = {**known, **(prepared or current)}
    names_meeting = request.args.get("answer") == AnswerKind.PENDING
    if names_meeting:
        fields["answer"] = AnswerKind.PENDING
    reader = parse_answer_form(access, fields)
    if prepared and not names_meeting:  # what it lacks, else the review
        steps = (step for step in get_steps(fields) if step == "review" or reader.step(step))
        return render_step(access, next(steps), reader)
    return render_step(access, "answer", reader, focus="expected_on" if names_meeting else "")


def list_known(access: InvitationAccess) -> dict[str, str]:
    """The known fields of the link's holder. The name is asked, unless a colleague has named them:
    a registered address may be that of an office.
    """
    link, function = access.link, ""
    if link.representative_id:  # what the member list calls a function is often an office
        people = store.members.list_representatives(db(), access.member.id)
        function = next((each.function for each in people if each.id == link.representative_id), "")
    return {
        "filled_in_by": link.name if link.delegated_by else "",
        "filled_in_unit": link.unit or function,
        "filled_in_email": decode_domains(link.email),
    }


@blueprint.post("/<token>/answer")
def submit_answer_step(token: str) -> WerkzeugResponse | str | tuple[str, int]:
    """Check the steps up to the posted one; show the first wrong one or the next; store the answer
    after the last.
    """
    access = current_access()
    is_last_step = request.form.get("step") == "review"
    if not may_answer_now(access) and not (is_last_step and is_resubmission(access)):
        return render_closed(access), 409
    fields = collect_fields(access)
    reader, steps = parse_posted_steps(access, fields), get_steps(fields)
    if (back := request.args.get("back", "")) in COSIGN_STEPS:
        return render_step(access, back, reader)
    posted = fields.get("step", "answer")
    index = steps.index(posted) if posted in steps else 0
    for step in steps[: index + 1]:
        if refused := check_step(access, step, reader):
            return render_step(access, step, reader, refused), 422
    if steps[index] == "review":
        return submit_answer(access, reader)
    following = steps[index + 1 :]
    if fields.get("reviewing"):  # only to what the change makes necessary
        following = tuple(step for step in following if step == "review" or reader.step(step))
    return render_step(access, following[0], reader)


def collect_fields(access: InvitationAccess) -> dict[str, str]:
    """The posted fields, and those that the address or a prepared answer adds to them."""
    flags = {name: "1" for name in ("reviewing", "preparing") if name in request.args}
    fields = request.form.to_dict() | flags
    if "last" in request.args and (signer := find_last_signer(access)):
        fields |= serialize_signer(signer)
    if is_another_than_prepared(access, fields):
        fields |= list_known(access)
    if fields.get("authorised"):
        fields.pop("preparing", None)
    return fields


def is_another_than_prepared(access: InvitationAccess, fields: Mapping[str, str]) -> bool:
    """Whether an answer of another kind still names the colleague who has prepared one."""
    prepared = parse_prepared(access.link)
    return bool(prepared) and (
        fields.get("answer") != prepared["answer"]
        and fields.get("filled_in_by") == prepared["filled_in_by"]
    )


def parse_posted_steps(access: InvitationAccess, fields: Mapping[str, str]) -> AnswerForm:
    """Authority is required to submit an answer, but not to prepare it for somebody else."""
    is_last_step = fields.get("step") == "review"
    return parse_answer_form(access, fields if is_last_step else leave_authority_open(fields))


def leave_authority_open(fields: Mapping[str, str]) -> Mapping[str, str]:
    """``fields``, which lack no authority if an answer is only prepared."""
    return {**fields, "authorised": "y"} if fields.get("preparing") else fields


def find_last_signer(access: InvitationAccess) -> Signer | None:
    return store.answers.find_last_signer(db(), access.invitation.id)


def check_step(access: InvitationAccess, step: str, reader: AnswerForm) -> list[Refusal]:
    return check_confirmed_name(access, reader.fields) if step == "review" else reader.step(step)


def submit_answer(
    access: InvitationAccess, reader: AnswerForm
) -> WerkzeugResponse | tuple[str, int]:
    """Store the answer; a second request finds its receipt. Asks once before it replaces the answer
    of somebody else that the review did not show.
    """
    try:
        actions.answers.submit(
            db(),
            access,
            reader.answer(),
            edition_digest=reader.fields.get("edition_digest", ""),
            seen=get_int(request.form, "answer_id") or None,
            form_key=current_form_key(),
            now=now(),
        )
    except Refusal as refusal:
        if refusal.facts.get("what") not in OVERTAKEN:
            raise
        access = store.access.load(db(), access.link)
        return render_step(access, "review", reader, [refusal], replacing=True), 409
    return redirect(build_url("invitation.show_invitation", token=g.token), 303)


def render_step(
    access: InvitationAccess,
    step: str,
    reader: AnswerForm,
    refused: Sequence[Refusal] = (),
    **context: object,
) -> str:
    """One step with everything entered so far; the values of the other steps are hidden fields."""
    fields = dict(reader.fields)
    if fields.get("preparing"):
        fields.pop("authorised", None)
    form = STEPS[step](formdata=MultiDict(fields))
    form.add_errors(*refused)
    carried = form.list_carried(fields)
    kept = ("preparing",) if step == "review" else ("reviewing", "preparing")
    carried |= {name: "1" for name in kept if fields.get(name)}
    if step == "signer" and not form.last_name.data:
        context["last_signer"] = find_last_signer(access)
        if not context["last_signer"] and not form.errors:
            context["focus"] = "first_name"  # the name in the list, before it, is known
    if step == "review":
        answer = reader.answer()
        preview = None
        if answer.declaration:
            preview = preview_signatory(access, answer, now(), g.association.zone)
        context |= {
            "answer": answer,
            "preparing": "preparing" in carried,
            "preview": preview,
            "recipients": list_receipt_recipients(access),
        }
    return render_template(
        f"invitation/{step}.html",
        token=g.token,
        now=now(),
        access=access,
        form=form,
        carried=carried,
        form_key=create_form_key(reader.fields),
        **context,
    )


def redisplay_step(
    access: InvitationAccess, fields: Mapping[str, str], refused: Sequence[Refusal]
) -> str:
    """The posted step; an earlier one if it is wrong, the first one if the text has changed."""
    if not may_answer_now(access):
        return render_closed(access)
    reader, steps = parse_answer_form(access, leave_authority_open(fields)), get_steps(fields)
    same_text = fields.get("edition_digest") == access.edition.digest
    posted = fields.get("step", "answer") if same_text else "answer"
    index = steps.index(posted) if posted in steps else 0
    wrong = (step for step in steps[:index] if check_step(access, step, reader))
    return render_step(access, next(wrong, steps[index]), reader, refused)


@blueprint.get("/<token>/withdraw")
def show_withdrawal_form(token: str) -> str | tuple[str, int]:
    access = current_access()
    if not may_withdraw_now(access):
        return render_closed(access), 409
    return render_withdrawal_form(access, {})


@blueprint.post("/<token>/withdraw")
def submit_withdrawal(token: str) -> WerkzeugResponse | str | tuple[str, int]:
    access, fields = current_access(), request.form.to_dict()
    if not may_withdraw_now(access) and not is_resubmission(access):
        return render_closed(access), 409
    if refused := check_confirmed_name(access, fields):
        return render_withdrawal_form(access, fields, refused), 422
    if refused := check_edit_conflict(access, fields):
        return render_withdrawal_form(access, fields, refused), 409
    actions.answers.withdraw(db(), access, form_key=current_form_key(), now=now())
    return redirect(build_url("invitation.show_invitation", token=g.token), 303)


def render_withdrawal_form(
    access: InvitationAccess, fields: Mapping[str, str], refused: Sequence[Refusal] = ()
) -> str:
    if access.version is None or not access.version.is_answer:
        raise Refusal(Reason.NOTHING_TO_WITHDRAW)
    return render_form("withdraw", WithdrawForm, access, fields, refused)
