"""What the office's member list needs. Applied once; never edited after its release."""

# Who is for information only reads and does not answer; the link remembers what its holder was when it was made.
ROLES = """
ALTER TABLE representatives ADD COLUMN may_answer INTEGER NOT NULL DEFAULT 1 CHECK (may_answer IN (0, 1));
ALTER TABLE links ADD COLUMN may_answer INTEGER NOT NULL DEFAULT 1 CHECK (may_answer IN (0, 1));
"""

# A member as it was when its round ended: whatever the member list says later, list and PDF stay as they were.
FROZEN = """
CREATE TABLE frozen_members (
  invitation_id INTEGER PRIMARY KEY REFERENCES invitations(id),
  key           TEXT NOT NULL,
  name          TEXT NOT NULL,
  official_name TEXT NOT NULL,
  kind          TEXT NOT NULL,
  state         TEXT NOT NULL,
  country       TEXT NOT NULL
) STRICT;
CREATE VIEW invited_members AS
SELECT invitations.id AS invitation_id, members.id, COALESCE(frozen.key, members.key) AS key,
       COALESCE(frozen.name, members.name) AS name,
       COALESCE(frozen.official_name, members.official_name) AS official_name,
       COALESCE(frozen.kind, members.kind) AS kind, COALESCE(frozen.state, members.state) AS state,
       COALESCE(frozen.country, members.country) AS country, members.language, members.tags, members.archived_at
FROM invitations JOIN members ON members.id = invitations.member_id
LEFT JOIN frozen_members AS frozen ON frozen.invitation_id = invitations.id;
INSERT INTO frozen_members (invitation_id, key, name, official_name, kind, state, country)
SELECT invitation_id, key, name, official_name, kind, state, country FROM invited_members
WHERE invitation_id IN (SELECT invitations.id FROM invitations JOIN rounds ON rounds.id = round_id
                        WHERE closed_at IS NOT NULL);
CREATE TRIGGER closing_freezes_members AFTER UPDATE OF closed_at ON rounds
WHEN OLD.closed_at IS NULL AND NEW.closed_at IS NOT NULL
BEGIN
  INSERT INTO frozen_members (invitation_id, key, name, official_name, kind, state, country)
  SELECT invitation_id, key, name, official_name, kind, state, country FROM invited_members
  WHERE invitation_id IN (SELECT id FROM invitations WHERE round_id = NEW.id)
    AND invitation_id NOT IN (SELECT invitation_id FROM frozen_members);
END;
CREATE TRIGGER frozen_members_stay BEFORE UPDATE ON frozen_members
BEGIN SELECT RAISE(ABORT, 'the list of a closed round never changes'); END;
CREATE TRIGGER frozen_members_are_kept BEFORE DELETE ON frozen_members
BEGIN SELECT RAISE(ABORT, 'the list of a closed round never changes'); END;
CREATE TRIGGER frozen_members_are_not_replaced BEFORE INSERT ON frozen_members
WHEN EXISTS (SELECT 1 FROM frozen_members WHERE invitation_id = NEW.invitation_id)
BEGIN SELECT RAISE(ABORT, 'the list of a closed round never changes'); END;
"""

# A member list that was uploaded and is being looked at. Gone once it is taken in, or a day later.
FILES = """
CREATE TABLE member_files (
  digest      TEXT PRIMARY KEY CHECK (length(digest) = 64),
  name        TEXT NOT NULL,
  content     TEXT NOT NULL CHECK (json_valid(content)),
  uploaded_at TEXT NOT NULL
) STRICT;
"""

INDEXES = """
CREATE INDEX audit_of_a_subject ON audit (subject);
CREATE INDEX invitations_of_a_member ON invitations (member_id);
CREATE INDEX links_of_a_representative ON links (representative_id) WHERE representative_id IS NOT NULL;
CREATE INDEX outbox_lost ON outbox (link_id) WHERE bounced_at IS NOT NULL OR failed_at IS NOT NULL;
"""
