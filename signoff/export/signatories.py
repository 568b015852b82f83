"""The published list as docs/interface.md promises it, in JSON and CSV."""

from collections.abc import Sequence
from datetime import datetime

from signoff.domain.addendum import Withdrawal
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


def as_json(
    edition: Edition,
    as_of: datetime,
    signatories: Sequence[Signatory],
    withdrawals: Sequence[Withdrawal] = (),
    **more: object,
) -> dict[str, object]:
    """The promised document; a field that is not published is absent, and so is what there is nothing of."""
    return {
        "paper": edition.slug,
        "title": edition.text.title,
        "edition": edition.number,
        "edition_digest": edition.digest,
        "as_of": as_of.isoformat(),
        "count": len(signatories),
        "signatories": [line(each) for each in signatories],
        **({"withdrawals": [gone(each) for each in withdrawals]} if withdrawals else {}),
        **{name: value for name, value in more.items() if value},
    }


def line(each: Signatory) -> dict[str, str]:
    """One signatory; ``late_on`` only where it signed after the release."""
    return {name: value for name, value in told(each).items() if value}


def gone(each: Withdrawal) -> dict[str, str]:
    late_on = {"late_on": each.late_on.isoformat()} if each.late_on else {}
    return {"name": each.name, "key": each.key, **late_on, "withdrawn_on": each.on.isoformat()}


def list_csv(signatories: Sequence[Signatory]) -> bytes:
    """The same list as a table, one line a signatory; with a column ``late_on`` where somebody signed late."""
    columns = (*FIELDS, "late_on") if any(each.late_on for each in signatories) else FIELDS
    return as_csv(columns, ([told(each)[name] for name in columns] for each in signatories))


def told(each: Signatory) -> dict[str, str]:
    days = {name: day.isoformat() for name in ("decided_on", "signed_on", "late_on") if (day := getattr(each, name))}
    return {name: days.get(name) or str(getattr(each, name) or "") for name in (*FIELDS, "late_on")}
