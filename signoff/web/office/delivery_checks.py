"""The rehearsal of delivery: whether mail will arrive, as far as this can be known before."""

from flask import Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from signoff import delivery_checks
from signoff.delivery_checks import GATEKEEPERS, DomainCheck, DomainState
from signoff.domain.text import decode_domains
from signoff.i18n.catalogue import get_catalogue
from signoff.web.context import current_language, db, format_minute, now, settings
from signoff.web.downloads import send_csv
from signoff.web.listing import ListQuery, paginate
from signoff.web.office.access import blueprint

STATE_LABELS = {
    DomainState.REACHABLE: _l("nimmt E-Mails an"),
    DomainState.UNREACHABLE: _l("nimmt keine E-Mails an"),
    DomainState.UNKNOWN: _l("nicht geprüft"),
}


class DomainQuery(ListQuery):
    FILTERS = {
        "state": tuple(DomainState),
        "gatekeeper": tuple(gatekeeper.name for gatekeeper in GATEKEEPERS),
        "q": None,
    }

    def matches(self, check: DomainCheck) -> bool:
        gatekeeper = check.gatekeeper.name if check.gatekeeper else ""
        words = " ".join((decode_domains(check.domain), check.domain, *check.members)).casefold()
        return (
            self["state"] in ("", check.state)
            and self["gatekeeper"] in ("", gatekeeper)
            and self["q"].casefold() in words
        )


@blueprint.get("/mail/delivery")
def show_delivery_checks() -> str:
    """The last results and their time."""
    query = DomainQuery.from_args(request.args)
    checks = delivery_checks.list_domain_checks(db())
    matching = [check for check in checks if query.matches(check)]
    findings, checked_at = delivery_checks.load_own_findings(db())
    gettext = get_catalogue(current_language()).gettext
    return render_template(
        "office/mail/delivery.html",
        query=query,
        page=paginate(matching, query.page, len(checks)),
        findings=[finding.translate(gettext) for finding in findings],
        checked_at=checked_at,
        unreachable=[check for check in checks if check.state is DomainState.UNREACHABLE],
        unknown_count=sum(check.state is DomainState.UNKNOWN for check in checks),
        labels=STATE_LABELS,
        gatekeepers=GATEKEEPERS,
    )


@blueprint.post("/mail/delivery")
def run_delivery_checks() -> ResponseReturnValue:
    delivery_checks.run_checks(db(), settings(), now())
    return redirect(url_for("office.show_delivery_checks"), 303)


@blueprint.get("/mail/delivery.csv")
def download_delivery_checks() -> Response:
    """All domains that match the filter."""
    query, gettext = DomainQuery.from_args(request.args), get_catalogue(current_language()).gettext
    header = [
        _("Domain"),
        _("Mitglieder"),
        _("Status"),
        _("Mailserver"),
        _("Was zu wissen ist"),
        _("Geprüft"),
    ]
    rows = (
        (
            decode_domains(check.domain),
            ", ".join(check.members),
            str(STATE_LABELS[check.state]),
            ", ".join(check.hosts),
            gettext(check.gatekeeper.wants) if check.gatekeeper else "",
            format_minute(check.checked_at),
        )
        for check in delivery_checks.list_domain_checks(db())
        if query.matches(check)
    )
    return send_csv(header, rows, "zustellprobe.csv")
