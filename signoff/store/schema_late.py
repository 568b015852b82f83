"""What signing after the release needs. Applied once; never edited after its release."""

# An answer after the release is a version like any other, marked: whatever stands in the first edition asks for those
# that are not.
LATE = """
ALTER TABLE answers ADD COLUMN late INTEGER NOT NULL DEFAULT 0 CHECK (late IN (0, 1));
ALTER TABLE rounds ADD COLUMN late_until TEXT;
CREATE TABLE verdicts (
  id            INTEGER PRIMARY KEY,
  answer_id     INTEGER NOT NULL REFERENCES answers(id),
  accepted      INTEGER NOT NULL CHECK (accepted IN (0, 1)),
  note_accepted INTEGER NOT NULL CHECK (note_accepted IN (0, 1)),
  name_accepted INTEGER NOT NULL CHECK (name_accepted IN (0, 1)),
  reason        TEXT NOT NULL CHECK (length(reason) <= 1000),
  decided_at    TEXT NOT NULL,
  entry         INTEGER NOT NULL REFERENCES audit(seq),
  CHECK (accepted = 1 OR reason <> ''),
  CHECK (accepted = 1 OR (note_accepted = 0 AND name_accepted = 0))
) STRICT;
CREATE INDEX verdicts_of_an_answer ON verdicts (answer_id);
CREATE TRIGGER verdicts_are_on_late_signatures BEFORE INSERT ON verdicts
WHEN NOT EXISTS (SELECT 1 FROM answers WHERE id = NEW.answer_id AND late = 1 AND kind = 'sign')
BEGIN SELECT RAISE(ABORT, 'only a late signature is accepted or refused'); END;
CREATE TRIGGER what_was_accepted_stays BEFORE INSERT ON verdicts
WHEN EXISTS (SELECT 1 FROM verdicts WHERE id = NEW.id OR (answer_id = NEW.answer_id AND accepted = 1))
BEGIN SELECT RAISE(ABORT, 'a late signature that was accepted stays'); END;
CREATE TRIGGER verdicts_stay BEFORE UPDATE ON verdicts
BEGIN SELECT RAISE(ABORT, 'verdicts are append-only'); END;
CREATE TRIGGER verdicts_are_kept BEFORE DELETE ON verdicts
BEGIN SELECT RAISE(ABORT, 'verdicts are append-only'); END;
"""

# The wall around a frozen round lets late answers through; the next one says when there may be any, and the last that
# nothing else comes once the release is recorded.
FROZEN = "no_answer_to_a_frozen_round"
UNLESS = ("EXISTS (\n  SELECT 1 FROM rounds", "NEW.late = 0 AND EXISTS (\n  SELECT 1 FROM rounds")
WALLS = """
CREATE TRIGGER late_answers_follow_the_release BEFORE INSERT ON answers
WHEN NEW.late = 1 AND NOT EXISTS (
  SELECT 1 FROM invitations JOIN rounds ON rounds.id = invitations.round_id
  JOIN releases ON releases.round_id = rounds.id AND releases.number = 1
  WHERE invitations.id = NEW.invitation_id AND json_extract(terms, '$.late') = 1
    AND NEW.received_at >= released_at AND withdrawn_at IS NULL
    AND (late_until IS NULL OR NEW.received_at < late_until))
BEGIN SELECT RAISE(ABORT, 'the round takes no late answers'); END;
CREATE TRIGGER only_late_answers_follow_the_release BEFORE INSERT ON answers
WHEN NEW.late = 0 AND EXISTS (
  SELECT 1 FROM invitations JOIN releases ON releases.round_id = invitations.round_id
  WHERE invitations.id = NEW.invitation_id)
BEGIN SELECT RAISE(ABORT, 'the released list never changes'); END;
"""

# What is printed after the release: an addendum, or the list once more. The kinds are changed in the table's own text,
# as sqlite.org/lang_altertable.html describes for a CHECK: no row is touched.
PRINTS = """
PRAGMA writable_schema = ON;
UPDATE sqlite_schema
SET sql = replace(sql, '(''draft'', ''final'')', '(''draft'', ''final'', ''addendum'', ''edition'')')
WHERE type = 'table' AND name = 'prints';
PRAGMA writable_schema = RESET;
ALTER TABLE releases ADD COLUMN kind TEXT NOT NULL DEFAULT 'final' CHECK (kind IN ('final', 'addendum', 'edition'));
ALTER TABLE releases ADD COLUMN entry INTEGER NOT NULL DEFAULT 0;
CREATE TRIGGER the_first_release_is_final BEFORE INSERT ON releases WHEN (NEW.number = 1) <> (NEW.kind = 'final')
BEGIN SELECT RAISE(ABORT, 'the first release is the final paper, and no other'); END;
CREATE TRIGGER releases_count_up BEFORE INSERT ON releases
WHEN NEW.number > 1 + COALESCE((SELECT MAX(number) FROM releases WHERE round_id = NEW.round_id), 0)
BEGIN SELECT RAISE(ABORT, 'releases are numbered without a gap'); END;
CREATE TRIGGER what_a_release_is_stays BEFORE UPDATE OF kind, entry ON releases
BEGIN SELECT RAISE(ABORT, 'a released edition never changes'); END;
"""
