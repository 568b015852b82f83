"""What planning, confirming and withdrawing a release need, and how far a print is. Applied once; never edited."""

PROGRESS = """
ALTER TABLE prints ADD COLUMN progress INTEGER NOT NULL DEFAULT 0 CHECK (progress >= 0);
"""

# A planned release may be called off until its record stands in the archive; every other one is kept.
PLANS = """
ALTER TABLE releases ADD COLUMN planned_at TEXT;
DROP TRIGGER releases_are_kept;
CREATE TRIGGER releases_are_kept BEFORE DELETE ON releases
WHEN OLD.planned_at IS NULL OR OLD.published_at IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'a released edition never changes'); END;
"""

WITHDRAWALS = """
ALTER TABLE releases ADD COLUMN successor TEXT NOT NULL DEFAULT '';
ALTER TABLE releases ADD COLUMN removed_at TEXT CHECK (removed_at IS NULL OR withdrawn_at IS NOT NULL);
CREATE TRIGGER withdrawals_stay BEFORE UPDATE OF withdrawn_at ON releases
WHEN OLD.withdrawn_at IS NOT NULL AND NEW.withdrawn_at IS NOT OLD.withdrawn_at
BEGIN SELECT RAISE(ABORT, 'a withdrawn release stays withdrawn'); END;
"""

FOUR_EYES = """
ALTER TABLE association ADD COLUMN four_eyes INTEGER NOT NULL DEFAULT 0 CHECK (four_eyes IN (0, 1));
CREATE TABLE release_requests (
  id       INTEGER PRIMARY KEY,
  round_id INTEGER NOT NULL REFERENCES rounds(id),
  sha256   TEXT NOT NULL CHECK (length(sha256) = 64),
  at       TEXT,
  asked_by TEXT NOT NULL,
  asked_at TEXT NOT NULL,
  ended_at TEXT
) STRICT;
CREATE UNIQUE INDEX one_request_waits ON release_requests (round_id) WHERE ended_at IS NULL;
"""
