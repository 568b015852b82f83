"""Data protection for administrators: periods, the data of one person, papers to begin with.

An address is posted and not part of a page's address, so that no log contains it.
"""

from collections.abc import Iterator
from urllib.parse import urlsplit

from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.exceptions import NotFound
from wtforms import StringField

from signoff import actions, store
from signoff.domain.documents import WorkingCopy
from signoff.domain.errors import Refusal, Refusals
from signoff.domain.privacy import (
    ALWAYS_REMAINING,
    PERIODS,
    DataKind,
    PersonalData,
    RetentionForm,
)
from signoff.domain.replies import EVIDENCE_TYPE
from signoff.exports.kit import MIME_TYPES
from signoff.exports.zip_files import Entry, build_json, iter_zip
from signoff.i18n.catalogue import SOURCE_LANGUAGE, choose_language
from signoff.i18n.labels import DATA_KIND, PERIOD_START, REMAINDER
from signoff.web.context import current_date, current_language, db, now, services, settings
from signoff.web.downloads import send_bytes
from signoff.web.forms import BaseForm
from signoff.web.login import current_actor
from signoff.web.office.access import admin_required, blueprint
from signoff.web.office.forms import AddressForm, ConfirmForm

# Papers to begin with, by their names in addresses.
PAPERS = {
    "record": _l("Verzeichnis der Verarbeitungstätigkeiten (Art. 30 DSGVO)"),
    "measures": _l("Technische und organisatorische Maßnahmen (Art. 32 DSGVO)"),
    "processing": _l("Anlage zum Vertrag zur Auftragsverarbeitung (Art. 28 DSGVO)"),
}


class PeriodsForm(BaseForm):
    """The months of each kind; an empty field keeps it."""


for kind in DataKind:
    setattr(PeriodsForm, kind, StringField(_l(DATA_KIND[kind])))


class ErasureForm(AddressForm, ConfirmForm):
    """The address, and the box that confirms."""


@blueprint.get("/privacy")
@admin_required
def show_privacy() -> str:
    return render_privacy(build_periods_form(), AddressForm(None))


@blueprint.post("/privacy/periods")
def save_periods() -> ResponseReturnValue:
    form = PeriodsForm()
    try:
        retention = RetentionForm(request.form).parse()
    except Refusals as refusals:
        form.add_errors(refusals)
        return render_privacy(form, AddressForm(None)), 422
    actions.privacy.set_retention(db(), retention, current_actor(), now())
    flash(_("Die Fristen sind gespeichert. Gelöscht wird einmal am Tag."))
    return redirect(url_for("office.show_privacy"), 303)


@blueprint.post("/privacy/person")
def find_person() -> ResponseReturnValue:
    """Show everything stored about a person. Nothing changes."""
    form = AddressForm()
    try:
        data = actions.privacy.find_person(db(), form.email.data or "")
    except Refusal as refusal:
        form.add_errors(refusal)
        return render_privacy(build_periods_form(), form), 422
    return render_person(data, ErasureForm(None, email=data.email))


@blueprint.post("/privacy/export")
def export_person() -> ResponseReturnValue:
    """A ZIP file with everything about the person, and the mails they have sent."""
    form = AddressForm()
    try:
        data = actions.privacy.export_person(db(), form.email.data or "", current_actor(), now())
    except Refusal as refusal:
        form.add_errors(refusal)
        return render_privacy(build_periods_form(), form), 422
    content = b"".join(iter_zip(iter_export(data), now().astimezone(g.association.zone)))
    return send_bytes(content, "application/zip", f"auskunft-{current_date().isoformat()}.zip")


@blueprint.post("/privacy/erasure")
def erase_person() -> ResponseReturnValue:
    form = ErasureForm()
    try:
        if not form.is_confirmed():
            data = actions.privacy.find_person(db(), form.email.data or "")
            return render_person(data, form), 422
        digests = services().token_signer.address_digests
        data = actions.privacy.erase_person(
            db(), form.email.data or "", digests, current_actor(), now()
        )
    except Refusal as refusal:
        search = AddressForm()
        search.add_errors(refusal)
        return render_privacy(build_periods_form(), search), 422
    actions.privacy.remove_files(db(), services().archive.remove_scan, now())
    services().render_cache.clear()
    return render_person(data, None)


@blueprint.get("/privacy/papers/<name>.docx")
@admin_required
def download_privacy_paper(name: str) -> ResponseReturnValue:
    """A paper for the data-protection officer, filled from the settings."""
    if name not in PAPERS:
        raise NotFound
    language = choose_language(current_language())
    title = str(PAPERS[name])
    body = render_template(
        [f"texts/{name}.{language}.html", f"texts/{name}.{SOURCE_LANGUAGE}.html"],
        title=title,
        **build_facts(),
    )
    copy = WorkingCopy(
        title=title,
        body=body,
        language=language,
        mark=_("Entwurf, von der oder dem Datenschutzbeauftragten zu prüfen"),
        foot=g.association.name,
        association=g.association,
        created=now(),
    )
    content = services().render_cache(copy, "docx")
    return send_bytes(content, MIME_TYPES["docx"], f"{name}-{current_date().isoformat()}.docx")


def build_periods_form() -> PeriodsForm:
    retention = store.privacy.get_retention(db())
    return PeriodsForm(
        None, data={str(kind): str(months or "") for kind, months in retention.items()}
    )


def render_privacy(periods: PeriodsForm, search: AddressForm) -> str:
    return render_template(
        "office/privacy/show.html",
        periods=periods,
        search=search,
        due=store.privacy.count_due(db(), now()),
        kinds=[
            (kind, PERIOD_START[period.start], period.months) for kind, period in PERIODS.items()
        ],
        papers=PAPERS,
    )


def render_person(data: PersonalData, form: ErasureForm | None) -> str:
    """What there is about the person, or without a form what there was."""
    return render_template(
        "office/privacy/person.html",
        data=data,
        form=form,
        kinds=DATA_KIND,
        remainders=REMAINDER,
        always=ALWAYS_REMAINING,
    )


def iter_export(data: PersonalData) -> Iterator[Entry]:
    yield "data.json", build_json(data.to_dict())
    for row in data.rows["replies"]:
        path = services().archive.scan_path(str(row["sha256"]), EVIDENCE_TYPE)
        yield f"{row['sha256']}.{EVIDENCE_TYPE}", path


def build_facts() -> dict[str, object]:
    """The facts about this instance in the data-protection papers."""
    saved = settings()
    retention = store.privacy.get_retention(db())
    return {
        "association": g.association,
        "address": saved.base_url,
        "mail_hosts": [host for url in saved.smtp_url.split() if (host := urlsplit(url).hostname)],
        "mailbox_host": urlsplit(saved.imap_url).hostname,
        "time_stamp_host": urlsplit(saved.tsa_url).hostname,
        "second_factor": saved.second_factor,
        "reauth_minutes": saved.reauth_minutes,
        "link_days": saved.link_lifetime_days,
        "periods": [
            (DATA_KIND[kind], PERIOD_START[period.start], retention[kind])
            for kind, period in PERIODS.items()
        ],
        "today": current_date(),
    }
