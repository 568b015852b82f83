"""What papers need to be written and attached to in the office. Applied once; never edited after its release."""

EDITIONS = """
ALTER TABLE editions ADD COLUMN assembly TEXT NOT NULL DEFAULT '';
ALTER TABLE editions ADD COLUMN vote TEXT NOT NULL DEFAULT '';
ALTER TABLE editions ADD COLUMN contact TEXT NOT NULL DEFAULT '';
ALTER TABLE editions ADD COLUMN source TEXT NOT NULL DEFAULT '';
ALTER TABLE editions ADD COLUMN version INTEGER NOT NULL DEFAULT 1 CHECK (version > 0);
"""

ANNEXES = """
CREATE TABLE annexes (
  id         INTEGER PRIMARY KEY,
  edition_id INTEGER NOT NULL REFERENCES editions(id),
  name       TEXT NOT NULL CHECK (name <> ''),
  sha256     TEXT NOT NULL CHECK (length(sha256) = 64),
  size       INTEGER NOT NULL CHECK (size > 0),
  added_at   TEXT NOT NULL,
  UNIQUE (edition_id, sha256)
) STRICT;
CREATE TRIGGER annexes_are_frozen BEFORE INSERT ON annexes
WHEN EXISTS (SELECT 1 FROM rounds WHERE edition_id = NEW.edition_id AND opened_at IS NOT NULL)
BEGIN SELECT RAISE(ABORT, 'the text is frozen: its round has been opened'); END;
CREATE TRIGGER annexes_stay BEFORE UPDATE ON annexes
BEGIN SELECT RAISE(ABORT, 'an annex is added or removed, never changed'); END;
CREATE TRIGGER annexes_are_kept BEFORE DELETE ON annexes
WHEN EXISTS (SELECT 1 FROM rounds WHERE edition_id = OLD.edition_id AND opened_at IS NOT NULL)
BEGIN SELECT RAISE(ABORT, 'the text is frozen: its round has been opened'); END;
"""

# A print of the draft before a round is opened: like ``prints``, but of one text of an edition, named by its digest.
TRIALS = """
CREATE TABLE trials (
  id         INTEGER PRIMARY KEY,
  edition_id INTEGER NOT NULL REFERENCES editions(id),
  digest     TEXT NOT NULL CHECK (length(digest) = 64),
  owed_at    TEXT NOT NULL,
  claimed_by TEXT,
  printed_at TEXT,
  sha256     TEXT NOT NULL DEFAULT '',
  size       INTEGER NOT NULL DEFAULT 0,
  pages      INTEGER NOT NULL DEFAULT 0,
  failed_at  TEXT,
  error      TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX trials_of_an_edition ON trials (edition_id);
"""

# A test of an invitation before its round is opened: what it would be written from.
TESTS = "ALTER TABLE test_mails ADD COLUMN opening TEXT CHECK (json_valid(opening));"
