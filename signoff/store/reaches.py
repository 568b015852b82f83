"""Who holds the links of a member, and when it was last reminded: for the rows a table shows."""

import json
from collections.abc import Iterable

from sqlite_utils import Database

from signoff.domain.reach import Holder, Reach
from signoff.store.rows import Row, moment, rows

OF = """
WITH wanted AS (SELECT value AS id FROM json_each(:ids))
SELECT links.invitation_id,
       json_group_array(json_array(links.name, links.email, links.passed_on_by IS NOT NULL) ORDER BY links.id)
         FILTER (WHERE links.ended_at IS NULL) AS holders,
       MAX((SELECT MAX(sent_at) FROM reminders
            JOIN outbox ON outbox.link_id = reminders.carrier_id AND outbox.number = reminders.number
              AND outbox.kind = 'reminder'
            WHERE reminders.link_id = links.id)) AS reminded_at
FROM wanted JOIN links ON links.invitation_id = wanted.id
GROUP BY links.invitation_id
"""


def of(db: Database, invitation_ids: Iterable[int]) -> dict[int, Reach]:
    """By invitation, in one query; an invitation without any link is missing."""
    found = rows(db, OF, {"ids": json.dumps(list(invitation_ids))})
    return {each["invitation_id"]: reach_of(each) for each in found}


def reach_of(found: Row) -> Reach:
    holders = json.loads(found["holders"] or "[]")
    return Reach(
        tuple(Holder(name, email, bool(passed_on)) for name, email, passed_on in holders), moment(found["reminded_at"])
    )
