"""Schema changes, each applied once and in order. Never edit a released one."""

from sqlite_utils import Database, Migrations

# The tables as first released. Later changes are migrations of their own; this text is never edited again.

CREATE_INSTANCE = """
CREATE TABLE association (
  id         INTEGER PRIMARY KEY CHECK (id = 1),
  name       TEXT NOT NULL,
  short_name TEXT NOT NULL,
  address    TEXT NOT NULL,
  email      TEXT NOT NULL,
  telephone  TEXT NOT NULL,
  hours      TEXT NOT NULL,
  contact    TEXT NOT NULL,
  language   TEXT NOT NULL,
  time_zone  TEXT NOT NULL
) STRICT;
CREATE TABLE texts (
  kind      TEXT NOT NULL CHECK (kind IN ('imprint', 'privacy', 'accessibility')),
  language  TEXT NOT NULL,
  markdown  TEXT NOT NULL,
  edited_at TEXT,
  PRIMARY KEY (kind, language)
) STRICT;
"""

CREATE_MEMBERS = """
CREATE TABLE members (
  id            INTEGER PRIMARY KEY,
  key           TEXT NOT NULL UNIQUE CHECK (key <> ''),
  name          TEXT NOT NULL CHECK (name <> ''),
  official_name TEXT NOT NULL CHECK (official_name <> ''),
  kind          TEXT NOT NULL,
  state         TEXT NOT NULL,
  country       TEXT NOT NULL,
  language      TEXT NOT NULL,
  tags          TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(tags)),
  archived_at   TEXT
) STRICT;
CREATE TABLE representatives (
  id          INTEGER PRIMARY KEY,
  member_id   INTEGER NOT NULL REFERENCES members(id),
  name        TEXT NOT NULL,
  function    TEXT NOT NULL,
  email       TEXT NOT NULL,
  language    TEXT NOT NULL,
  archived_at TEXT,
  UNIQUE (member_id, email)
) STRICT;
"""

CREATE_PAPERS = """
CREATE TABLE papers (
  id         INTEGER PRIMARY KEY,
  slug       TEXT NOT NULL UNIQUE CHECK (slug <> ''),
  created_at TEXT NOT NULL
) STRICT;
CREATE TABLE editions (
  id         INTEGER PRIMARY KEY,
  paper_id   INTEGER NOT NULL REFERENCES papers(id),
  number     INTEGER NOT NULL CHECK (number > 0),
  title      TEXT NOT NULL CHECK (title <> ''),
  subtitle   TEXT NOT NULL,
  kind       TEXT NOT NULL,
  language   TEXT NOT NULL,
  adopted_by TEXT NOT NULL,
  adopted_on TEXT,
  adopted_at TEXT NOT NULL,
  html       TEXT NOT NULL CHECK (html <> ''),
  digest     TEXT NOT NULL CHECK (length(digest) = 64),
  created_at TEXT NOT NULL,
  UNIQUE (paper_id, number)
) STRICT;
CREATE TABLE rounds (
  id           INTEGER PRIMARY KEY,
  edition_id   INTEGER NOT NULL REFERENCES editions(id),
  opened_at    TEXT,
  deadline     TEXT,
  extensions   INTEGER NOT NULL DEFAULT 0,
  closed_at    TEXT,
  cancelled_at TEXT,
  terms        TEXT NOT NULL CHECK (json_valid(terms)),
  CHECK ((opened_at IS NULL) = (deadline IS NULL)),
  CHECK (deadline > opened_at),
  CHECK (closed_at IS NULL OR closed_at >= opened_at),
  CHECK (closed_at IS NULL OR cancelled_at IS NULL)
) STRICT;
CREATE UNIQUE INDEX one_round_an_edition ON rounds (edition_id) WHERE cancelled_at IS NULL;
CREATE TRIGGER editions_are_frozen BEFORE UPDATE ON editions
WHEN EXISTS (SELECT 1 FROM rounds WHERE edition_id = OLD.id AND opened_at IS NOT NULL)
BEGIN SELECT RAISE(ABORT, 'the text is frozen: its round has been opened'); END;
CREATE TRIGGER editions_are_kept BEFORE DELETE ON editions
WHEN EXISTS (SELECT 1 FROM rounds WHERE edition_id = OLD.id)
BEGIN SELECT RAISE(ABORT, 'the text is frozen: its round has been opened'); END;
"""

CREATE_INVITATIONS = """
CREATE TABLE invitations (
  id         INTEGER PRIMARY KEY,
  round_id   INTEGER NOT NULL REFERENCES rounds(id),
  member_id  INTEGER NOT NULL REFERENCES members(id),
  reference  TEXT NOT NULL UNIQUE,
  invited_at TEXT NOT NULL,
  UNIQUE (round_id, member_id)
) STRICT;
CREATE TABLE links (
  id                INTEGER PRIMARY KEY,
  invitation_id     INTEGER NOT NULL REFERENCES invitations(id),
  public_id         TEXT NOT NULL UNIQUE CHECK (length(public_id) = 22),
  generation        INTEGER NOT NULL DEFAULT 1 CHECK (generation > 0),
  representative_id INTEGER REFERENCES representatives(id),
  name              TEXT NOT NULL,
  email             TEXT NOT NULL,
  language          TEXT NOT NULL,
  created_at        TEXT NOT NULL,
  ended_at          TEXT
) STRICT;
CREATE INDEX links_of_an_invitation ON links (invitation_id);
CREATE TABLE answers (
  id              INTEGER PRIMARY KEY,
  invitation_id   INTEGER NOT NULL REFERENCES invitations(id),
  number          INTEGER NOT NULL CHECK (number > 0),
  kind            TEXT NOT NULL CHECK (kind IN ('sign', 'decline', 'not_competent', 'pending', 'withdrawn')),
  official_name   TEXT NOT NULL,
  basis           TEXT NOT NULL CHECK (basis IN ('', 'head', 'administration', 'council', 'both', 'urgent')),
  body            TEXT NOT NULL,
  decision_number TEXT NOT NULL,
  decision_on     TEXT,
  decision_result TEXT NOT NULL,
  publish_name    INTEGER NOT NULL CHECK (publish_name IN (0, 1)),
  note            TEXT NOT NULL CHECK (length(note) <= 600),
  expected_on     TEXT,
  received_at     TEXT NOT NULL,
  channel         TEXT NOT NULL CHECK (channel IN ('link', 'letter', 'telephone', 'assembly')),
  link_id         INTEGER REFERENCES links(id),
  form_key        TEXT NOT NULL,
  entry           INTEGER NOT NULL REFERENCES audit(seq),
  CHECK ((kind = 'sign') = (basis <> '')),
  CHECK ((kind = 'sign') = (official_name <> '')),
  CHECK ((kind = 'pending') = (expected_on IS NOT NULL)),
  CHECK ((channel = 'link') = (link_id IS NOT NULL)),
  UNIQUE (invitation_id, number),
  UNIQUE (invitation_id, form_key)
) STRICT;
CREATE TABLE answer_people (
  answer_id      INTEGER PRIMARY KEY REFERENCES answers(id),
  title          TEXT NOT NULL,
  first_name     TEXT NOT NULL,
  last_name      TEXT NOT NULL,
  function       TEXT NOT NULL,
  filled_in_by   TEXT NOT NULL,
  filled_in_unit TEXT NOT NULL,
  filled_in_email TEXT NOT NULL,
  reason         TEXT NOT NULL
) STRICT;
CREATE TABLE decisions (
  id            INTEGER PRIMARY KEY,
  invitation_id INTEGER NOT NULL REFERENCES invitations(id),
  what          TEXT NOT NULL CHECK (what IN ('note', 'name')),
  text          TEXT NOT NULL,
  accepted      INTEGER NOT NULL CHECK (accepted IN (0, 1)),
  decided_at    TEXT NOT NULL,
  entry         INTEGER NOT NULL REFERENCES audit(seq)
) STRICT;
CREATE INDEX decisions_of_an_invitation ON decisions (invitation_id, what);
CREATE TRIGGER answers_are_kept BEFORE DELETE ON answers
BEGIN SELECT RAISE(ABORT, 'answers are append-only'); END;
CREATE TRIGGER answers_stay_as_given BEFORE UPDATE ON answers
BEGIN SELECT RAISE(ABORT, 'answers are append-only'); END;
CREATE TRIGGER answers_count_up BEFORE INSERT ON answers
WHEN NEW.number <> 1 + COALESCE((SELECT MAX(number) FROM answers WHERE invitation_id = NEW.invitation_id), 0)
BEGIN SELECT RAISE(ABORT, 'answers are numbered without a gap'); END;
CREATE TRIGGER no_answer_to_a_frozen_round BEFORE INSERT ON answers
WHEN NEW.channel = 'link' AND EXISTS (
  SELECT 1 FROM rounds JOIN invitations ON invitations.round_id = rounds.id
  WHERE invitations.id = NEW.invitation_id
    AND (NEW.received_at >= deadline OR closed_at IS NOT NULL OR cancelled_at IS NOT NULL))
BEGIN SELECT RAISE(ABORT, 'the round takes no answers any more'); END;
"""

CREATE_OUTBOX = """
CREATE TABLE outbox (
  id          INTEGER PRIMARY KEY,
  kind        TEXT NOT NULL,
  link_id     INTEGER NOT NULL REFERENCES links(id),
  number      INTEGER NOT NULL,
  owed_at     TEXT NOT NULL,
  attempts    INTEGER NOT NULL DEFAULT 0,
  next_try_at TEXT NOT NULL,
  claimed_by  TEXT,
  sent_at     TEXT,
  failed_at   TEXT,
  bounced_at  TEXT,
  error       TEXT NOT NULL DEFAULT '',
  UNIQUE (kind, link_id, number)
) STRICT;
CREATE INDEX outbox_due ON outbox (next_try_at) WHERE sent_at IS NULL AND failed_at IS NULL;
CREATE INDEX outbox_of_a_link ON outbox (link_id, kind);
CREATE TABLE prints (
  id          INTEGER PRIMARY KEY,
  round_id    INTEGER REFERENCES rounds(id),
  edition_id  INTEGER REFERENCES editions(id), -- of a trial print, which has no round
  digest      TEXT NOT NULL DEFAULT '',        -- of the text a trial print shows
  kind        TEXT NOT NULL CHECK (kind IN ('trial', 'draft', 'final', 'addendum', 'edition')),
  number      INTEGER NOT NULL,
  entry       INTEGER NOT NULL REFERENCES audit(seq),
  owed_at     TEXT NOT NULL,
  attempts    INTEGER NOT NULL DEFAULT 0,
  next_try_at TEXT NOT NULL,
  claimed_by  TEXT,
  printed_at  TEXT,
  sha256      TEXT NOT NULL DEFAULT '',
  size        INTEGER NOT NULL DEFAULT 0,
  pages       INTEGER NOT NULL DEFAULT 0,
  failed_at   TEXT,
  error       TEXT NOT NULL DEFAULT '',
  UNIQUE (round_id, kind, number),
  UNIQUE (edition_id, number),
  CHECK ((kind = 'trial') = (round_id IS NULL)),
  CHECK ((kind = 'trial') = (edition_id IS NOT NULL)),
  CHECK ((kind = 'trial') = (length(digest) = 64))
) STRICT;
CREATE TABLE releases (
  id               INTEGER PRIMARY KEY,
  round_id         INTEGER NOT NULL REFERENCES rounds(id),
  number           INTEGER NOT NULL CHECK (number > 0),
  sha256           TEXT NOT NULL CHECK (length(sha256) = 64),
  size             INTEGER NOT NULL,
  pages            INTEGER NOT NULL,
  as_of            TEXT NOT NULL,
  released_at      TEXT NOT NULL,
  published_at     TEXT,
  withdrawn_at     TEXT,
  withdrawn_reason TEXT NOT NULL DEFAULT '',
  UNIQUE (round_id, number)
) STRICT;
CREATE TRIGGER releases_stay_as_they_are BEFORE UPDATE OF round_id, number, sha256, size, pages, as_of ON releases
BEGIN SELECT RAISE(ABORT, 'a released edition never changes'); END;
"""

CREATE_AUDIT = """
CREATE TABLE audit (
  seq            INTEGER PRIMARY KEY,
  at             TEXT NOT NULL,
  event          TEXT NOT NULL,
  actor          TEXT NOT NULL,
  subject        TEXT NOT NULL,
  details_digest TEXT NOT NULL,
  salt           BLOB NOT NULL,
  peaks          BLOB NOT NULL
) STRICT;
CREATE TABLE audit_details (
  seq     INTEGER PRIMARY KEY REFERENCES audit(seq),
  salt    BLOB NOT NULL,
  details TEXT NOT NULL CHECK (json_valid(details))
) STRICT;
CREATE TRIGGER audit_stays BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
CREATE TRIGGER audit_is_kept BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
CREATE TRIGGER audit_counts_up BEFORE INSERT ON audit
WHEN NEW.seq <> 1 + COALESCE((SELECT MAX(seq) FROM audit), 0)
BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
"""

CREATE_ACCOUNTS = """
CREATE TABLE staff (
  id            INTEGER PRIMARY KEY,
  email         TEXT NOT NULL UNIQUE,
  name          TEXT NOT NULL,
  role          TEXT NOT NULL CHECK (role IN ('viewer', 'editor', 'admin')),
  password_hash TEXT NOT NULL,
  generation    INTEGER NOT NULL DEFAULT 1,
  created_at    TEXT NOT NULL,
  disabled_at   TEXT
) STRICT;
CREATE TABLE sessions (
  id         TEXT PRIMARY KEY,
  staff_id   INTEGER NOT NULL REFERENCES staff(id),
  started_at TEXT NOT NULL,
  seen_at    TEXT NOT NULL,
  ended_at   TEXT
) STRICT, WITHOUT ROWID;
CREATE TABLE login_failures (
  email_digest TEXT PRIMARY KEY,
  failures     INTEGER NOT NULL,
  last_at      TEXT NOT NULL
) STRICT, WITHOUT ROWID;
"""


# How many signatures the office aims at in a round, and what makes looking for news cheap. Never edited later.

ADD_TARGET = """
ALTER TABLE rounds ADD COLUMN aim INTEGER CHECK (aim > 0);
CREATE INDEX outbox_failed ON outbox (failed_at) WHERE failed_at IS NOT NULL;
CREATE INDEX outbox_bounced ON outbox (bounced_at) WHERE bounced_at IS NOT NULL;
"""


# What the association's own page keeps: where mail comes from, and the logo. Applied once; never edited after its
# release.

ALTER_ASSOCIATION = """
ALTER TABLE association ADD COLUMN sender TEXT NOT NULL DEFAULT '';
ALTER TABLE association ADD COLUMN logo TEXT NOT NULL DEFAULT '';
CREATE TABLE logos (
  sha256 TEXT PRIMARY KEY CHECK (length(sha256) = 64),
  png    BLOB NOT NULL,
  width  INTEGER NOT NULL CHECK (width > 0),
  height INTEGER NOT NULL CHECK (height > 0)
) STRICT;
"""


# What the office's deeds about one invitation need. Applied once; never edited after its release.

# How an answer that came by letter, telephone or at the assembly is evidenced: a scan, or why there is none.
CREATE_RECORDINGS = """
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
CREATE_VOIDINGS = """
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

CREATE_OFFICE_NOTES = """
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
ADD_CORRECTIONS = """
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
CORRECTIONS_TRIGGER = "no_answer_to_a_frozen_round"
ALLOW_CORRECTIONS = (
    "WHEN NEW.channel = 'link' AND",
    "WHEN NEW.channel = 'link' AND NEW.corrects IS NULL AND",
)


# What delivery knows beyond one mail: a mail server that is down, and what came back later.

CREATE_OUTAGE = """
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


# What signing after the release needs. Applied once; never edited after its release.

# An answer after the release is a version like any other, marked: whatever stands in the first edition asks for those
# that are not.
CREATE_LATE_REVIEWS = """
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
FROZEN_ROUND_TRIGGER = "no_answer_to_a_frozen_round"
ALLOW_LATE_ANSWERS = (
    "EXISTS (\n  SELECT 1 FROM rounds",
    "NEW.late = 0 AND EXISTS (\n  SELECT 1 FROM rounds",
)
CREATE_LATE_ANSWER_TRIGGERS = """
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

# What is released after the first release: an addendum, or the list once more.
ADD_POST_RELEASE_PRINTS = """
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


# What the office's member list needs. Applied once; never edited after its release.

# Who is for information only reads and does not answer; the link remembers what its holder was when it was made.
ADD_MAY_ANSWER = """
ALTER TABLE representatives ADD COLUMN may_answer INTEGER NOT NULL DEFAULT 1 CHECK (may_answer IN (0, 1));
ALTER TABLE links ADD COLUMN may_answer INTEGER NOT NULL DEFAULT 1 CHECK (may_answer IN (0, 1));
"""

# A member as it was when its round ended: whatever the member list says later, list and PDF stay as they were.
CREATE_FROZEN_MEMBERS = """
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
CREATE_MEMBER_FILES = """
CREATE TABLE member_files (
  digest      TEXT PRIMARY KEY CHECK (length(digest) = 64),
  name        TEXT NOT NULL,
  content     TEXT NOT NULL CHECK (json_valid(content)),
  uploaded_at TEXT NOT NULL
) STRICT;
"""

CREATE_MEMBER_INDEXES = """
CREATE INDEX audit_of_a_subject ON audit (subject);
CREATE INDEX invitations_of_a_member ON invitations (member_id);
CREATE INDEX links_of_a_representative ON links (representative_id) WHERE representative_id IS NOT NULL;
CREATE INDEX outbox_lost ON outbox (link_id) WHERE bounced_at IS NOT NULL OR failed_at IS NOT NULL;
"""


# What papers need to be written and attached to in the office. Applied once; never edited after its release.

ALTER_EDITIONS = """
ALTER TABLE editions ADD COLUMN assembly TEXT NOT NULL DEFAULT '';
ALTER TABLE editions ADD COLUMN vote TEXT NOT NULL DEFAULT '';
ALTER TABLE editions ADD COLUMN contact TEXT NOT NULL DEFAULT '';
ALTER TABLE editions ADD COLUMN source TEXT NOT NULL DEFAULT '';
ALTER TABLE editions ADD COLUMN version INTEGER NOT NULL DEFAULT 1 CHECK (version > 0);
"""

CREATE_ANNEXES = """
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

# A test of an invitation before its round is opened: what it would be written from.
ALTER_TEST_MAILS = "ALTER TABLE test_mails ADD COLUMN opening TEXT CHECK (json_valid(opening));"


# What passing on, objections and short codes need. Applied once; never edited after its release.

ADD_DELEGATION = """
ALTER TABLE links ADD COLUMN passed_on_by INTEGER REFERENCES links(id);
ALTER TABLE links ADD COLUMN unit TEXT NOT NULL DEFAULT '';
ALTER TABLE links ADD COLUMN message TEXT NOT NULL DEFAULT '' CHECK (length(message) <= 1000);
CREATE UNIQUE INDEX one_link_a_colleague ON links (invitation_id, lower(email))
WHERE passed_on_by IS NOT NULL AND ended_at IS NULL;
"""

CREATE_OBJECTIONS = """
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
CREATE_SHORT_CODES = """
CREATE TABLE short_codes (
  link_id    INTEGER NOT NULL REFERENCES links(id),
  generation INTEGER NOT NULL,
  key        TEXT NOT NULL,
  digest     TEXT NOT NULL CHECK (length(digest) = 64),
  PRIMARY KEY (link_id, generation, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX short_codes_by_digest ON short_codes (digest);
"""


# What a second factor, forgotten passwords and a look at one's own sessions need. Applied once; never edited later.
#
# No secret lies here: that of an authenticator app is derived from the instance's keys and ``nonce``, a recovery code
# is kept as its digest, a passkey as its public key.

ALTER_SESSIONS = """
ALTER TABLE sessions ADD COLUMN proved_at TEXT;
ALTER TABLE sessions ADD COLUMN device TEXT NOT NULL DEFAULT '';
CREATE INDEX sessions_of_staff ON sessions (staff_id, seen_at) WHERE ended_at IS NULL;
"""

# The password was right and the second factor is still to come: no session, so that it opens nothing.
CREATE_PENDING_LOGINS = """
CREATE TABLE half_logins (
  id         TEXT PRIMARY KEY,
  staff_id   INTEGER NOT NULL REFERENCES staff(id),
  started_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE challenges (
  login_id  TEXT PRIMARY KEY,
  challenge TEXT NOT NULL CHECK (challenge <> ''),
  made_at   TEXT NOT NULL
) STRICT, WITHOUT ROWID;
"""

CREATE_SECOND_FACTORS = """
CREATE TABLE passkeys (
  id            INTEGER PRIMARY KEY,
  staff_id      INTEGER NOT NULL REFERENCES staff(id),
  credential_id TEXT NOT NULL UNIQUE CHECK (credential_id <> ''),
  public_key    TEXT NOT NULL,
  sign_count    INTEGER NOT NULL,
  name          TEXT NOT NULL,
  added_at      TEXT NOT NULL,
  used_at       TEXT
) STRICT;
CREATE INDEX passkeys_of_staff ON passkeys (staff_id);
CREATE TABLE authenticators (
  staff_id  INTEGER PRIMARY KEY REFERENCES staff(id),
  nonce     TEXT NOT NULL CHECK (length(nonce) = 32),
  last_step INTEGER NOT NULL,
  added_at  TEXT NOT NULL
) STRICT;
CREATE TABLE recovery_codes (
  staff_id INTEGER NOT NULL REFERENCES staff(id),
  digest   TEXT NOT NULL CHECK (length(digest) = 64),
  made_at  TEXT NOT NULL,
  used_at  TEXT,
  PRIMARY KEY (staff_id, digest)
) STRICT, WITHOUT ROWID;
"""

CREATE_PASSWORD_RESET_REQUESTS = """
CREATE TABLE password_requests (
  id           INTEGER PRIMARY KEY,
  email_digest TEXT NOT NULL,
  staff_id     INTEGER REFERENCES staff(id),
  generation   INTEGER NOT NULL,
  asked_at     TEXT NOT NULL
) STRICT;
CREATE INDEX password_requests_of_an_address ON password_requests (email_digest, asked_at);
"""


# What planning, confirming and withdrawing a release need, and how far a print is. Applied once; never edited.

ADD_PRINT_PROGRESS = """
ALTER TABLE prints ADD COLUMN progress INTEGER NOT NULL DEFAULT 0 CHECK (progress >= 0);
"""

# A planned release may be called off until its record stands in the archive; every other one is kept.
ADD_PLANNED_RELEASES = """
ALTER TABLE releases ADD COLUMN planned_at TEXT;
DROP TRIGGER releases_are_kept;
CREATE TRIGGER releases_are_kept BEFORE DELETE ON releases
WHEN OLD.planned_at IS NULL OR OLD.published_at IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'a released edition never changes'); END;
"""

ADD_RELEASE_RETRACTION = """
ALTER TABLE releases ADD COLUMN successor TEXT NOT NULL DEFAULT '';
ALTER TABLE releases ADD COLUMN removed_at TEXT CHECK (removed_at IS NULL OR withdrawn_at IS NOT NULL);
CREATE TRIGGER withdrawals_stay BEFORE UPDATE OF withdrawn_at ON releases
WHEN OLD.withdrawn_at IS NOT NULL AND NEW.withdrawn_at IS NOT OLD.withdrawn_at
BEGIN SELECT RAISE(ABORT, 'a withdrawn release stays withdrawn'); END;
"""

CREATE_RELEASE_REQUESTS = """
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


# What reminders and mail to the office's people need. Applied once; never edited after its release.

CREATE_REMINDERS = """
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

CREATE_TEST_MAILS = """
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
LINK_ID_COLUMN = "link_id     INTEGER NOT NULL REFERENCES links(id)"
ADD_ACCOUNT_RECIPIENTS = f"""
PRAGMA writable_schema = ON;
UPDATE sqlite_schema SET sql = replace(sql, '{LINK_ID_COLUMN}', 'link_id     INTEGER REFERENCES links(id)')
WHERE type = 'table' AND name = 'outbox';
PRAGMA writable_schema = RESET;
ALTER TABLE outbox ADD COLUMN staff_id INTEGER REFERENCES staff(id) CHECK ((link_id IS NULL) <> (staff_id IS NULL));
CREATE UNIQUE INDEX outbox_of_staff ON outbox (staff_id, kind, number) WHERE staff_id IS NOT NULL;
"""


# What a print knows about its seal.

ADD_PRINT_SEALS = """
ALTER TABLE prints ADD COLUMN timestamp INTEGER NOT NULL DEFAULT 1 CHECK (timestamp IN (0, 1));
ALTER TABLE prints ADD COLUMN unsealed_sha256 TEXT NOT NULL DEFAULT '';
ALTER TABLE prints ADD COLUMN seal TEXT NOT NULL DEFAULT '' CHECK (seal IN ('', 'B-B', 'B-LTA'));
"""


# What is written once is not replaced either.
#
# ``INSERT OR REPLACE`` deletes the old row without firing its delete trigger on a connection that has not switched on
# recursive triggers; a trigger before the insertion closes that on every connection.

CREATE_IMMUTABILITY_TRIGGERS = """
CREATE TRIGGER answers_are_not_replaced BEFORE INSERT ON answers
WHEN EXISTS (SELECT 1 FROM answers WHERE id = NEW.id
             OR (invitation_id = NEW.invitation_id AND form_key = NEW.form_key))
BEGIN SELECT RAISE(ABORT, 'answers are append-only'); END;
CREATE TRIGGER editions_are_not_replaced BEFORE INSERT ON editions
WHEN EXISTS (SELECT 1 FROM editions WHERE id = NEW.id OR (paper_id = NEW.paper_id AND number = NEW.number))
BEGIN SELECT RAISE(ABORT, 'an edition is never replaced'); END;
CREATE TRIGGER releases_are_not_replaced BEFORE INSERT ON releases
WHEN EXISTS (SELECT 1 FROM releases WHERE id = NEW.id OR (round_id = NEW.round_id AND number = NEW.number))
BEGIN SELECT RAISE(ABORT, 'a released edition never changes'); END;
CREATE TRIGGER releases_are_kept BEFORE DELETE ON releases
BEGIN SELECT RAISE(ABORT, 'a released edition never changes'); END;
"""


migrations = Migrations("signoff")


@migrations()
def first_release(db: Database) -> None:
    for tables in (
        CREATE_INSTANCE,
        CREATE_AUDIT,
        CREATE_MEMBERS,
        CREATE_PAPERS,
        CREATE_INVITATIONS,
    ):
        db.executescript(tables)
    for tables in (CREATE_OUTBOX, CREATE_ACCOUNTS):
        db.executescript(tables)


@migrations()
def walls(db: Database) -> None:
    db.executescript(CREATE_IMMUTABILITY_TRIGGERS)


@migrations()
def seals(db: Database) -> None:
    db.executescript(ADD_PRINT_SEALS)


@migrations()
def passing_on(db: Database) -> None:
    for tables in (ADD_DELEGATION, CREATE_OBJECTIONS, CREATE_SHORT_CODES):
        db.executescript(tables)


@migrations()
def reminders(db: Database) -> None:
    for change in (CREATE_REMINDERS, CREATE_TEST_MAILS, ADD_ACCOUNT_RECIPIENTS):
        db.executescript(change)


@migrations()
def delivery(db: Database) -> None:
    db.executescript(CREATE_OUTAGE)


@migrations()
def association(db: Database) -> None:
    db.executescript(ALTER_ASSOCIATION)


@migrations()
def member_list(db: Database) -> None:
    for change in (
        ADD_MAY_ANSWER,
        CREATE_FROZEN_MEMBERS,
        CREATE_MEMBER_FILES,
        CREATE_MEMBER_INDEXES,
    ):
        db.executescript(change)


@migrations()
def deeds(db: Database) -> None:
    for change in (CREATE_RECORDINGS, CREATE_VOIDINGS, CREATE_OFFICE_NOTES, ADD_CORRECTIONS):
        db.executescript(change)
    # The trigger is changed in its own text, whatever other migrations have made of it.
    found = db.execute(
        "SELECT sql FROM sqlite_schema WHERE type = 'trigger' AND name = ?", [CORRECTIONS_TRIGGER]
    )
    (frozen,) = found.fetchone()
    loosened = frozen.replace(*ALLOW_CORRECTIONS)
    assert loosened != frozen, "the trigger no longer begins as it did"
    db.executescript(f"DROP TRIGGER {CORRECTIONS_TRIGGER}; {loosened};")


@migrations()
def aims(db: Database) -> None:
    db.executescript(ADD_TARGET)


@migrations()
def papers_from_the_office(db: Database) -> None:
    for change in (ALTER_EDITIONS, CREATE_ANNEXES, ALTER_TEST_MAILS):
        db.executescript(change)


@migrations()
def releasing(db: Database) -> None:
    tables = (ADD_PRINT_PROGRESS, ADD_PLANNED_RELEASES, ADD_RELEASE_RETRACTION)
    for change in (*tables, CREATE_RELEASE_REQUESTS):
        db.executescript(change)


@migrations()
def late_signing(db: Database) -> None:
    db.executescript(CREATE_LATE_REVIEWS)
    # The trigger is changed in its own text, whatever other migrations have made of it.
    (frozen,) = db.execute(
        "SELECT sql FROM sqlite_schema WHERE name = ?", [FROZEN_ROUND_TRIGGER]
    ).fetchone()
    loosened = frozen.replace(*ALLOW_LATE_ANSWERS)
    assert loosened != frozen, "the trigger no longer reads as it did"
    db.executescript(f"DROP TRIGGER {FROZEN_ROUND_TRIGGER}; {loosened};")
    for change in (CREATE_LATE_ANSWER_TRIGGERS, ADD_POST_RELEASE_PRINTS):
        db.executescript(change)


@migrations()
def people(db: Database) -> None:
    for tables in (
        ALTER_SESSIONS,
        CREATE_PENDING_LOGINS,
        CREATE_SECOND_FACTORS,
        CREATE_PASSWORD_RESET_REQUESTS,
    ):
        db.executescript(tables)


def migrate(db: Database) -> list[str]:
    """Apply what is pending; gives the names of what was applied."""
    names = list_pending(db)
    migrations.apply(db)
    return names


def list_pending(db: Database) -> list[str]:
    """The names of the changes this code needs and the database does not have yet."""
    return [migration.name for migration in migrations.pending(db)]
