"""What reminders and mail to the office's people need. Applied once; never edited after its release."""

REMINDERS = """
CREATE TABLE reminders (
  id         INTEGER PRIMARY KEY,
  link_id    INTEGER NOT NULL REFERENCES links(id),
  carrier_id INTEGER REFERENCES links(id),
  number     INTEGER NOT NULL,
  day        TEXT NOT NULL,
  through    TEXT NOT NULL,
  decided_at TEXT NOT NULL,
  CHECK ((carrier_id IS NULL) = (number = 0)),
  CHECK (through >= day)
) STRICT;
CREATE INDEX reminders_of_a_link ON reminders (link_id);
CREATE INDEX reminders_of_a_mail ON reminders (carrier_id, number);
"""

TESTS = """
CREATE TABLE test_mails (
  id       INTEGER PRIMARY KEY,
  staff_id INTEGER NOT NULL REFERENCES staff(id),
  kind     TEXT NOT NULL,
  language TEXT NOT NULL,
  round_id INTEGER REFERENCES rounds(id),
  asked_at TEXT NOT NULL
) STRICT;
"""

# A mail goes to the holder of a link or to one of the office's people. That a link may be missing is changed in the
# table's own text, as sqlite.org/lang_altertable.html describes for removing NOT NULL: no row is touched, and the
# columns other migrations add stay whatever they are.
LINK = "link_id     INTEGER NOT NULL REFERENCES links(id)"
RECIPIENTS = f"""
PRAGMA writable_schema = ON;
UPDATE sqlite_schema SET sql = replace(sql, '{LINK}', 'link_id     INTEGER REFERENCES links(id)')
WHERE type = 'table' AND name = 'outbox';
PRAGMA writable_schema = RESET;
ALTER TABLE outbox ADD COLUMN staff_id INTEGER REFERENCES staff(id) CHECK ((link_id IS NULL) <> (staff_id IS NULL));
CREATE UNIQUE INDEX outbox_of_staff ON outbox (staff_id, kind, number) WHERE staff_id IS NOT NULL;
"""
