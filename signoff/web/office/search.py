"""One search over members, representatives, papers, rounds, reference numbers and mail."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flask import render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from signoff import store
from signoff.domain.text import decode_domains, fold
from signoff.i18n.labels import MAIL_KIND
from signoff.store.members import MemberSummary
from signoff.web.context import db, now
from signoff.web.filters import format_round_phase, format_short_date
from signoff.web.listing import get_text
from signoff.web.office.access import blueprint
from signoff.web.office.member_list import MemberQuery, filter_members

MAX_HITS = 5  # of each kind


@dataclass(frozen=True, slots=True)
class Hit:
    """One result: what it is called, where it is, and what else tells it apart."""

    name: str
    url: str
    about: str = ""


@dataclass(frozen=True, slots=True)
class Hits:
    """The first results of one kind; ``url`` leads to the list that shows all of them."""

    label: str
    hits: list[Hit]
    total: int
    url: str = ""


@blueprint.get("/search")
def search() -> str:
    q = get_text(request.args, "q")
    groups = [group for group in iter_groups(q) if group.hits] if q else []
    return render_template("office/search.html", q=q, groups=groups)


def iter_groups(q: str) -> Iterator[Hits]:
    yield find_references(q)
    summaries = store.members.list_summaries(db())
    args: dict[str, Any] = {"q": q, "shown": "all"}
    members = filter_members(summaries, MemberQuery.from_args(MultiDict(args)))
    yield Hits(
        _("Mitglieder"),
        [
            Hit(each.member.official_name, member_url(each), each.member.key)
            for each in members[:MAX_HITS]
        ],
        len(members),
        url_for("office.list_members", **args),
    )
    yield find_people(summaries, q)
    yield from find_papers_and_rounds(q)
    yield find_mail(q)


def member_url(summary: MemberSummary) -> str:
    return url_for("office.show_member", id=summary.member.id)


def find_references(q: str) -> Hits:
    found = store.rounds.find_references(db(), q, MAX_HITS + 1)
    hits = [
        Hit(
            row["reference"],
            url_for("office.show_invitation", id=row["id"]),
            f"{row['official_name']}, {row['title']}",
        )
        for row in found
    ]
    return Hits(_("Vorgänge"), hits[:MAX_HITS], len(hits))


def find_people(summaries: list[MemberSummary], q: str) -> Hits:
    text = decode_domains(q.casefold())
    found = [
        (person, summary)
        for summary in summaries
        for person in summary.representatives
        if text in f"{person.name} {person.function} {decode_domains(person.email)}".casefold()
    ]
    hits = [
        Hit(
            person.name or decode_domains(person.email),
            member_url(summary) + "#personen",
            ", ".join(
                filter(None, (person.function, decode_domains(person.email), summary.member.name))
            ),
        )
        for person, summary in found[:MAX_HITS]
    ]
    return Hits(_("Ansprechpersonen"), hits, len(found))


def find_papers_and_rounds(q: str) -> Iterator[Hits]:
    needle, editions = fold(q), store.papers.get_editions_by_id(db())
    matching = {
        id: edition
        for id, edition in editions.items()
        if needle and needle in fold(f"{edition.text.title} {edition.slug}")
    }
    papers = {edition.slug: edition.text.title for edition in matching.values()}
    yield Hits(
        _("Positionspapiere"),
        [Hit(title, url_for("office.show_paper", slug=slug)) for slug, title in papers.items()][
            :MAX_HITS
        ],
        len(papers),
        url_for("office.list_papers", q=q),
    )
    rounds = [round for round in store.rounds.list_all(db()) if round.edition_id in matching]
    yield Hits(
        _("Verfahren"),
        [
            Hit(
                matching[round.edition_id].text.title,
                url_for("office.show_round", id=round.id),
                f"{format_round_phase(round, now())}, {format_short_date(round.opened_at)}"
                if round.opened_at
                else "",
            )
            for round in rounds[:MAX_HITS]
        ],
        len(rounds),
    )


def find_mail(q: str) -> Hits:
    wanted: dict[str, Any] = {"kind": "", "state": "", "q": q}
    messages = store.outbox.list_messages(db(), **wanted, most=MAX_HITS, skip=0)
    hits = [
        Hit(
            _(MAIL_KIND[each.message.kind]),
            url_for("office.show_mail", id=each.message.id),
            ", ".join(filter(None, (decode_domains(each.email), each.member, each.reference))),
        )
        for each in messages
    ]
    total = store.outbox.count_messages(db(), **wanted) if hits else 0
    return Hits(_("E-Mails"), hits, total, url_for("office.list_mail", q=q))
