"""The last results of the checks before mail is sent, and the domains that mail goes to."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlite_utils import Database

from signoff.store.rows import execute_many, fetch_all

SAVE = """
INSERT OR REPLACE INTO delivery_checks (subject,  result,  checked_at)
VALUES                                (:subject, :result, :checked_at)
"""
LIST = "SELECT * FROM delivery_checks"
LIST_DOMAINS = """
SELECT lower(substr(email, instr(email, '@') + 1)) AS domain, members.official_name AS member
FROM representatives JOIN members ON members.id = member_id
WHERE email <> '' AND representatives.archived_at IS NULL AND members.archived_at IS NULL
GROUP BY 1, members.id ORDER BY 1, members.name
"""


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The findings about a subject, and when they were made."""

    result: object  # JSON
    checked_at: datetime


def save(db: Database, results: Mapping[str, object], now: datetime) -> None:
    """Keep the result (JSON) of each subject in place of the one before."""
    execute_many(
        db,
        SAVE,
        [
            {"subject": subject, "result": json.dumps(result), "checked_at": now}
            for subject, result in results.items()
        ],
    )


def load(db: Database) -> dict[str, CheckResult]:
    """The last result of each subject."""
    return {
        row["subject"]: CheckResult(
            json.loads(row["result"]), datetime.fromisoformat(row["checked_at"])
        )
        for row in fetch_all(db, LIST)
    }


def list_domains(db: Database) -> dict[str, list[str]]:
    """The domains of all representatives, each with the names of its members."""
    domains: dict[str, list[str]] = {}
    for row in fetch_all(db, LIST_DOMAINS):
        domains.setdefault(row["domain"], []).append(row["member"])
    return domains
