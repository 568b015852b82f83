"""The list of members, and the same as a table to download."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from werkzeug.exceptions import BadRequest

from signoff import actions, store
from signoff.domain.errors import Refusal
from signoff.domain.forms import FieldReader
from signoff.domain.members import MEMBER_COLUMNS, MEMBER_FIELDS, Member, format_fields
from signoff.domain.text import decode_domains, fold, sort_key
from signoff.i18n import errors
from signoff.importers.member_columns import COLUMNS, DOWNLOAD_HEADINGS
from signoff.importers.members import ROLES
from signoff.store.members import MemberSummary
from signoff.web.context import current_date, current_language, db, now
from signoff.web.downloads import send_csv, send_xlsx
from signoff.web.forms import BaseForm
from signoff.web.listing import ListQuery, Selection, paginate, report
from signoff.web.login import current_account, current_actor
from signoff.web.office.access import blueprint

REACHABILITY_LABELS = {
    "mail": _l("per E-Mail"),
    "lost": _l("E-Mail kam nicht an"),
    "letter": _l("nur per Brief"),
    "odd": _l("Adresse zu prüfen"),
}
STATUS_LABELS = {"": _l("aktive"), "archived": _l("archivierte"), "all": _l("alle")}
REACHABILITY_ORDER = ("lost", "letter", "mail")
SORT_KEYS: dict[str, Callable[[MemberSummary], Any]] = {
    "name": lambda summary: sort_key(summary.member.name),
    "state": lambda summary: (sort_key(summary.member.state), sort_key(summary.member.name)),
    "kind": lambda summary: (sort_key(summary.member.kind), sort_key(summary.member.name)),
    "reach": lambda summary: (
        REACHABILITY_ORDER.index(summary.reachability),
        not summary.odd_addresses,
        sort_key(summary.member.name),
    ),
}


class MemberQuery(ListQuery):
    FILTERS = {
        "q": None,
        "state": None,
        "kind": None,
        "tag": None,
        "reach": REACHABILITY_LABELS,
        "shown": STATUS_LABELS,
    }
    SORTS = SORT_KEYS
    COLUMNS = {
        "kind": _l("Art"),
        "state": _l("Bundesland"),
        "tags": _l("Schlagwörter"),
        "people": _l("Ansprechpersonen"),
        "reach": _l("Erreichbar"),
        "address": _l("Anschrift"),
        "inhabitants": _l("Einwohner"),
    }
    DEFAULT_COLUMNS = ("kind", "state", "tags", "people", "reach")


def filter_members(summaries: Iterable[MemberSummary], query: MemberQuery) -> list[MemberSummary]:
    """The members that match ``query``, in its order."""
    needle = fold(query["q"])
    matching = [summary for summary in summaries if matches_query(summary, query, needle)]
    return sorted(matching, key=SORT_KEYS[query.sort], reverse=query.descending)


def matches_query(summary: MemberSummary, query: MemberQuery, needle: str) -> bool:
    """``needle`` is the search text as ``fold`` spells it."""
    member, status, reach = summary.member, query["shown"], query["reach"]
    return (
        (status == "all" or (member.archived_at is not None) == (status == "archived"))
        and query["state"] in ("", member.state)
        and query["kind"] in ("", member.kind)
        and (not query["tag"] or query["tag"] in member.tags)
        and (
            not reach
            or (bool(summary.odd_addresses) if reach == "odd" else summary.reachability == reach)
        )
        and (not query["q"] or matches_text(summary, decode_domains(query["q"].casefold()), needle))
    )


def matches_text(summary: MemberSummary, text: str, needle: str) -> bool:
    """Whether names, key, people or addresses contain ``text``; names of members are compared
    without accents.
    """
    member = summary.member
    values = [member.key]
    for representative in summary.representatives:
        values += (decode_domains(representative.email), representative.name)
    if any(text in value.casefold() for value in values):
        return True
    return bool(needle) and needle in fold(f"{member.name} {member.official_name}")


def list_filter_options(summaries: Iterable[MemberSummary]) -> dict[str, dict[str, str]]:
    """The states, kinds and tags there are, each as a mapping of value to text."""
    states, kinds, tags = set[str](), set[str](), set[str]()
    for summary in summaries:
        states.add(summary.member.state)
        kinds.add(summary.member.kind)
        tags.update(summary.member.tags)
    values = {"states": states, "kinds": kinds, "tags": tags}
    return {
        name: {value: value for value in sorted(filter(None, options), key=sort_key)}
        for name, options in values.items()
    }


# The member list as a file, with the columns of an import and one row for each representative.

TEXT_COLUMNS = [MEMBER_COLUMNS[name].label for name in ("key", "postal_code")]  # with zeros
ROLE_WORDS = {may_answer: word for word, may_answer in ROLES.items()}
TEMPLATE_ROWS = (
    {
        "key": "05000001",
        "name": "Musterhausen",
        "official_name": "Stadt Musterhausen",
        "kind": "Stadt",
        "state": "Nordrhein-Westfalen",
        "country": "DE",
        "language": "de",
        "tags": "vollmitglied",
        "street": "Marktplatz 1",
        "postal_code": "01067",
        "representative": "Büro der Bürgermeisterin",
        "function": "Leitung",
        "email": "buero@musterhausen.example",
        "role": ROLE_WORDS[True],
    },
    {
        "key": "05000001",
        "name": "Musterhausen",
        "representative": "Pressestelle",
        "email": "presse@musterhausen.example",
        "role": ROLE_WORDS[False],
    },
)


def iter_rows(summaries: Iterable[MemberSummary]) -> Iterator[dict[str, str]]:
    """The rows of members such that importing them changes nothing.

    The first row of a member carries the member's own language, so a member whose first
    representative has another one gets a row without a representative.
    """
    for summary in summaries:
        member = format_fields(summary.member, MEMBER_FIELDS)
        if not summary.representatives or summary.representatives[0].language:
            yield member
        for representative in summary.representatives:
            yield member | {
                "language": representative.language or summary.member.language,
                "representative": representative.name,
                "function": representative.function,
                "email": decode_domains(representative.email),
                "role": ROLE_WORDS[representative.may_answer],
            }


def order_cells(rows: Iterable[Mapping[str, str]]) -> Iterator[list[str]]:
    """Rows by column as lists of cells."""
    return ([row.get(column, "") for column in COLUMNS] for row in rows)


class UploadMembersForm(BaseForm):
    file = FileField()


@blueprint.get("/members")
def list_members() -> str:
    summaries, query = store.members.list_summaries(db()), MemberQuery.from_args(request.args)
    return render_template(
        "office/members/list.html",
        form=UploadMembersForm(),
        query=query,
        page=paginate(filter_members(summaries, query), query.page, len(summaries)),
        reachability=REACHABILITY_LABELS,
        statuses=STATUS_LABELS,
        views=store.saved_views.list_for_account(db(), "members", current_account().id),
        **list_filter_options(summaries),
    )


@blueprint.get("/members.csv")
def download_members_csv() -> Response:
    """All members that match the filter, in the format of an import."""
    rows = order_cells(iter_rows(load_filtered_members()))
    return send_csv(DOWNLOAD_HEADINGS, rows, f"mitglieder-{current_date().isoformat()}.csv")


@blueprint.get("/members.xlsx")
def download_members_xlsx() -> Response:
    rows = order_cells(iter_rows(load_filtered_members()))
    return send_xlsx(
        DOWNLOAD_HEADINGS,
        rows,
        f"mitglieder-{current_date().isoformat()}.xlsx",
        text_columns=TEXT_COLUMNS,
    )


@blueprint.get("/members/template.csv")
def download_template_csv() -> Response:
    """A file to fill in."""
    return send_csv(DOWNLOAD_HEADINGS, order_cells(TEMPLATE_ROWS), "mitglieder-vorlage.csv")


@blueprint.get("/members/template.xlsx")
def download_template_xlsx() -> Response:
    rows = order_cells(TEMPLATE_ROWS)
    return send_xlsx(DOWNLOAD_HEADINGS, rows, "mitglieder-vorlage.xlsx", text_columns=TEXT_COLUMNS)


def load_filtered_members() -> list[MemberSummary]:
    return choose_members(Selection.from_args(request.args))


# What is done with selected members.


def choose_members(selection: Selection) -> list[MemberSummary]:
    summaries = store.members.list_summaries(db())
    matching = filter_members(summaries, MemberQuery.from_args(selection.args))
    return selection.choose(summaries, matching, lambda summary: summary.member.id)


@blueprint.post("/members/selection")
def act_on_members() -> ResponseReturnValue:
    """Do one thing with the selected members, and say whom it did not reach and why."""
    selection, action = Selection.from_form(request.form), request.form.get("do", "")
    members = [summary.member for summary in choose_members(selection)]
    if not members:
        flash(_("Bitte wählen Sie zuerst Mitglieder aus."), "warning")
    elif action == "export":
        return redirect(url_for("office.download_members_xlsx", **selection.file_args), 303)
    elif action in ("tag", "untag"):
        change_tags(members, action)
    elif action == "archive":
        refused = actions.members.archive_members(
            db(), [member.id for member in members], current_actor(), now()
        )
        report_refusals(_("Archiviert"), members, refused)
    else:
        raise BadRequest
    return redirect(url_for("office.list_members", **selection.list_args), 303)


def change_tags(members: list[Member], action: str) -> None:
    """Add the tag of the form to the members (``tag``), or remove it (``untag``)."""
    reader = FieldReader(request.form.to_dict())
    tag = reader.text("tag")
    if reader.refusals:
        flash(errors.describe_refusal(reader.refusals[0], current_language()), "warning")
        return
    refused = actions.members.change_tags(
        db(),
        [member.id for member in members],
        tag if action == "tag" else "",
        tag if action == "untag" else "",
        current_actor(),
        now(),
    )
    what = _("Mit dem Schlagwort „%(tag)s“", tag=tag)
    report_refusals(
        what if action == "tag" else _("Ohne das Schlagwort „%(tag)s“", tag=tag), members, refused
    )


def report_refusals(what: str, members: list[Member], refused: Mapping[int, Refusal]) -> None:
    missed = (
        (member.name, errors.describe_refusal(refused[member.id], current_language()))
        for member in members
        if member.id in refused
    )
    report(what, len(members), missed)
