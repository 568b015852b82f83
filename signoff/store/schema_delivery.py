"""What delivery knows beyond one mail: a mail server that is down, and what came back later."""

DELIVERY = """
CREATE TABLE outage (
  id          INTEGER PRIMARY KEY CHECK (id = 1),
  failures    INTEGER NOT NULL CHECK (failures > 0),
  since       TEXT NOT NULL,
  next_try_at TEXT NOT NULL,
  words       TEXT NOT NULL
) STRICT;
ALTER TABLE outbox ADD COLUMN delayed_at TEXT;
ALTER TABLE outbox ADD COLUMN autoreplied_at TEXT;
CREATE INDEX outbox_sent ON outbox (sent_at) WHERE sent_at IS NOT NULL;
"""
