"""The published list as docs/interface.md promises it, in JSON and CSV."""

from collections.abc import Sequence
from datetime import datetime

from signoff.domain.paper import Edition
from signoff.domain.standing import Signatory
from signoff.export.sheets import as_csv

FIELDS = (
    "name",
    "sort_name",
    "kind",
    "state",
    "country",
    "key",
    "signer",
    "function",
    "basis",
    "decided_on",
    "signed_on",
    "note",
)


def as_json(edition: Edition, as_of: datetime, signatories: Sequence[Signatory]) -> dict[str, object]:
    """The promised document; a field that is not published is absent."""
    return {
        "paper": edition.slug,
        "title": edition.text.title,
        "edition": edition.number,
        "edition_digest": edition.digest,
        "as_of": as_of.isoformat(),
        "count": len(signatories),
        "signatories": [{name: value for name, value in told(each).items() if value} for each in signatories],
    }


def list_csv(signatories: Sequence[Signatory]) -> bytes:
    """The same list as a table, one line a signatory."""
    return as_csv(FIELDS, ([told(each)[name] for name in FIELDS] for each in signatories))


def told(each: Signatory) -> dict[str, str]:
    days = {name: day.isoformat() for name in ("decided_on", "signed_on") if (day := getattr(each, name))}
    return {name: days.get(name) or str(getattr(each, name) or "") for name in FIELDS}
