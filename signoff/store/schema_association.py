"""What the association's own page keeps: where mail comes from, and the logo. Applied once; never edited after its
release."""

ASSOCIATION = """
ALTER TABLE association ADD COLUMN sender TEXT NOT NULL DEFAULT '';
ALTER TABLE association ADD COLUMN logo TEXT NOT NULL DEFAULT '';
CREATE TABLE logos (
  sha256 TEXT PRIMARY KEY CHECK (length(sha256) = 64),
  png    BLOB NOT NULL,
  width  INTEGER NOT NULL CHECK (width > 0),
  height INTEGER NOT NULL CHECK (height > 0)
) STRICT;
"""
