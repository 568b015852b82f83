"""What the office's deeds about one invitation need. Applied once; never edited after its release."""

# How an answer that came by letter, telephone or at the assembly is evidenced: a scan, or why there is none.
RECORDINGS = """
CREATE TABLE recordings (
  answer_id   INTEGER PRIMARY KEY REFERENCES answers(id),
  recorded_at TEXT NOT NULL,
  recorded_by TEXT NOT NULL CHECK (recorded_by <> ''),
  reason      TEXT NOT NULL CHECK (length(reason) <= 2000),
  scan_sha256 TEXT NOT NULL CHECK (length(scan_sha256) IN (0, 64)),
  scan_type   TEXT NOT NULL CHECK (scan_type IN ('', 'pdf', 'jpg', 'png')),
  scan_size   INTEGER NOT NULL,
  CHECK ((scan_sha256 = '') = (scan_type = '')),
  CHECK (reason <> '' OR scan_sha256 <> '')
) STRICT;
CREATE TRIGGER recordings_stay BEFORE UPDATE ON recordings
BEGIN SELECT RAISE(ABORT, 'answers are append-only'); END;
CREATE TRIGGER recordings_are_kept BEFORE DELETE ON recordings
BEGIN SELECT RAISE(ABORT, 'answers are append-only'); END;
CREATE TRIGGER recordings_are_not_replaced BEFORE INSERT ON recordings
WHEN EXISTS (SELECT 1 FROM recordings WHERE answer_id = NEW.answer_id)
BEGIN SELECT RAISE(ABORT, 'answers are append-only'); END;
CREATE TRIGGER only_what_came_otherwise_is_recorded BEFORE INSERT ON recordings
WHEN NOT EXISTS (SELECT 1 FROM answers WHERE id = NEW.answer_id AND channel <> 'link')
BEGIN SELECT RAISE(ABORT, 'an answer through a link evidences itself'); END;
CREATE TRIGGER what_is_recorded_came_in_time BEFORE INSERT ON answers
WHEN NEW.channel <> 'link' AND EXISTS (
  SELECT 1 FROM rounds JOIN invitations ON invitations.round_id = rounds.id
  WHERE invitations.id = NEW.invitation_id
    AND (opened_at IS NULL OR NEW.received_at >= deadline OR cancelled_at IS NOT NULL))
BEGIN SELECT RAISE(ABORT, 'what was not received in time is not recorded'); END;
"""

# A voided answer counts nowhere any more, and no earlier version does in its place: all that count ask this table.
VOIDINGS = """
CREATE TABLE voidings (
  answer_id     INTEGER PRIMARY KEY REFERENCES answers(id),
  invitation_id INTEGER NOT NULL REFERENCES invitations(id),
  reason        TEXT NOT NULL CHECK (reason <> '' AND length(reason) <= 2000),
  voided_at     TEXT NOT NULL,
  voided_by     TEXT NOT NULL CHECK (voided_by <> ''),
  entry         INTEGER NOT NULL REFERENCES audit(seq)
) STRICT;
CREATE INDEX voidings_of_an_invitation ON voidings (invitation_id);
CREATE TRIGGER voidings_stay BEFORE UPDATE ON voidings
BEGIN SELECT RAISE(ABORT, 'voidings are append-only'); END;
CREATE TRIGGER voidings_are_kept BEFORE DELETE ON voidings
BEGIN SELECT RAISE(ABORT, 'voidings are append-only'); END;
CREATE TRIGGER voidings_are_not_replaced BEFORE INSERT ON voidings
WHEN EXISTS (SELECT 1 FROM voidings WHERE answer_id = NEW.answer_id)
BEGIN SELECT RAISE(ABORT, 'voidings are append-only'); END;
CREATE TRIGGER only_the_last_answer_is_voided BEFORE INSERT ON voidings
WHEN NOT EXISTS (
  SELECT 1 FROM answers WHERE id = NEW.answer_id AND invitation_id = NEW.invitation_id
  AND number = (SELECT MAX(number) FROM answers AS other WHERE other.invitation_id = NEW.invitation_id))
BEGIN SELECT RAISE(ABORT, 'only the answer that counts is voided'); END;
"""

REMARKS = """
CREATE TABLE remarks (
  id            INTEGER PRIMARY KEY,
  invitation_id INTEGER NOT NULL REFERENCES invitations(id),
  words         TEXT NOT NULL CHECK (words <> '' AND length(words) <= 2000),
  author        TEXT NOT NULL CHECK (author <> ''),
  written_at    TEXT NOT NULL,
  form_key      TEXT NOT NULL,
  UNIQUE (invitation_id, form_key)
) STRICT;
"""

# A correction by the office is a version of its own that names the one it corrects. It may come after the closing
# (a slip seen in the proof), and the last trigger holds it to names: what was declared, when and how stays.
CORRECTIONS = """
ALTER TABLE answers ADD COLUMN corrects INTEGER REFERENCES answers(id);
ALTER TABLE decisions ADD COLUMN reason TEXT NOT NULL DEFAULT '';
CREATE TRIGGER corrections_change_names_alone BEFORE INSERT ON answers
WHEN NEW.corrects IS NOT NULL AND NOT EXISTS (
  SELECT 1 FROM answers AS before
  WHERE before.id = NEW.corrects AND before.invitation_id = NEW.invitation_id AND before.number = NEW.number - 1
    AND before.kind = 'sign' AND NEW.kind = 'sign' AND before.basis = NEW.basis AND before.body = NEW.body
    AND before.decision_number = NEW.decision_number AND before.decision_on IS NEW.decision_on
    AND before.decision_result = NEW.decision_result AND before.publish_name = NEW.publish_name
    AND before.note = NEW.note AND before.received_at = NEW.received_at AND before.channel = NEW.channel
    AND before.link_id IS NEW.link_id
    AND NOT EXISTS (SELECT 1 FROM voidings WHERE answer_id = before.id))
BEGIN SELECT RAISE(ABORT, 'a correction changes names alone'); END;
"""
FROZEN = "no_answer_to_a_frozen_round"
UNLESS = ("WHEN NEW.channel = 'link' AND", "WHEN NEW.channel = 'link' AND NEW.corrects IS NULL AND")
