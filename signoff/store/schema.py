"""The tables as first released. Later changes are migrations of their own; this text is never edited again."""

INSTANCE = """
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

MEMBERS = """
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

PAPERS = """
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

INVITATIONS = """
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

OWED = """
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
  round_id    INTEGER NOT NULL REFERENCES rounds(id),
  kind        TEXT NOT NULL CHECK (kind IN ('draft', 'final')),
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
  UNIQUE (round_id, kind, number)
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

AUDIT = """
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

STAFF = """
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
