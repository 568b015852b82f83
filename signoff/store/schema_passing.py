"""What passing on, objections and short codes need. Applied once; never edited after its release."""

LINKS = """
ALTER TABLE links ADD COLUMN passed_on_by INTEGER REFERENCES links(id);
ALTER TABLE links ADD COLUMN unit TEXT NOT NULL DEFAULT '';
ALTER TABLE links ADD COLUMN message TEXT NOT NULL DEFAULT '' CHECK (length(message) <= 1000);
CREATE UNIQUE INDEX one_link_a_colleague ON links (invitation_id, lower(email))
WHERE passed_on_by IS NOT NULL AND ended_at IS NULL;
"""

OBJECTIONS = """
CREATE TABLE objections (
  id            INTEGER PRIMARY KEY,
  invitation_id INTEGER NOT NULL REFERENCES invitations(id),
  answer_id     INTEGER NOT NULL REFERENCES answers(id),
  link_id       INTEGER NOT NULL REFERENCES links(id),
  words         TEXT NOT NULL CHECK (length(words) <= 1000),
  objected_at   TEXT NOT NULL,
  entry         INTEGER NOT NULL REFERENCES audit(seq),
  settled_at    TEXT,
  settled_by    TEXT NOT NULL DEFAULT '',
  CHECK ((settled_at IS NULL) = (settled_by = ''))
) STRICT;
CREATE UNIQUE INDEX one_open_objection_an_answer ON objections (answer_id) WHERE settled_at IS NULL;
CREATE INDEX objections_of_an_invitation ON objections (invitation_id);
"""

# Only a keyed digest of a code is kept: without the instance's keys no code can be made from it.
CODES = """
CREATE TABLE short_codes (
  link_id    INTEGER NOT NULL REFERENCES links(id),
  generation INTEGER NOT NULL,
  key        TEXT NOT NULL,
  digest     TEXT NOT NULL CHECK (length(digest) = 64),
  PRIMARY KEY (link_id, generation, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX short_codes_by_digest ON short_codes (digest);
"""
