"""The set-up of the instance: the checklist of the office, and what ``doctor`` checks."""

from collections.abc import Mapping

from flask import render_template, url_for

from signoff import checks, delivery_checks, store
from signoff.checks import Finding, Grade
from signoff.domain.setup import TEXT_KINDS, Setup, SetupLine
from signoff.i18n.catalogue import get_catalogue
from signoff.web.context import current_language, db, now, settings
from signoff.web.office.access import admin_required, blueprint, may_manage

# Where each line is settled: for administrators, and where everybody else sees it.
PAGES: Mapping[SetupLine, tuple[str, str]] = {
    SetupLine.MAIL: ("office.show_mail_setup", "office.list_mail"),
    SetupLine.RETURNED_MAIL: ("office.show_mail_setup", "office.list_mail"),
    SetupLine.SECOND_ACCOUNT: ("office.list_accounts", "office.show_association"),
    SetupLine.MEMBERS: ("office.list_members", "office.list_members"),
    SetupLine.TRIAL_ROUND: ("office.list_papers", "office.list_papers"),
}
ANCHORS = {
    SetupLine.LOGO: "logo-heading",
    SetupLine.TEXTS: "texts-heading",
    SetupLine.ACCESSIBILITY: "texts-heading",
}


def list_addresses(setup: Setup) -> dict[SetupLine, str]:
    return {line: get_setup_address(line, setup) for line in SetupLine}


def get_setup_address(line: SetupLine, setup: Setup) -> str:
    """The page where this line is settled; a text that is missing has its own."""
    if line in PAGES:
        return url_for(PAGES[line][not may_manage()])
    missing = setup.list_missing_texts(line) if line in TEXT_KINDS else []
    if missing and may_manage():
        kind, language = missing[0]
        return url_for("office.show_legal_text", kind=kind, lang=language)
    return url_for("office.show_association", _anchor=ANCHORS.get(line, str(line)))


def list_open_findings(setup: Setup) -> list[Finding]:
    """The checklist while it is the first task: until the first round it is one while any line is
    open, afterwards while one that matters is.
    """
    findings = list(checks.check_setup(setup, settings()))
    grades = {finding.grade for finding in findings}
    if Grade.ERROR not in grades and (setup.has_rounds or grades == {Grade.OK}):
        return []
    gettext = get_catalogue(current_language()).gettext
    return [finding.translate(gettext) for finding in findings]


def find_backup_problem() -> Finding | None:
    """The finding about the backups, if it is an error."""
    if not settings().backup:
        return None
    finding = checks.check_last_backup(settings(), now())
    gettext = get_catalogue(current_language()).gettext
    return finding.translate(gettext) if finding.grade is Grade.ERROR else None


@blueprint.get("/setup")
@admin_required
def show_setup() -> str:
    """The findings of ``doctor``; those about other machines are from the last delivery check."""
    gettext = get_catalogue(current_language()).gettext
    findings = [
        finding.translate(gettext)
        for finding in checks.iter_local_findings(db(), settings(), now())
    ]
    sender, checked_at = delivery_checks.load_own_findings(db())
    return render_template(
        "office/setup.html",
        lines=[finding for finding in findings if finding.line],
        addresses=list_addresses(store.setup.load(db())),
        findings=[finding for finding in findings if not finding.line],
        sender=[finding.translate(gettext) for finding in sender],
        checked_at=checked_at,
    )
