-- The schema of an instance. Once released, this file never changes: later changes are numbered files beside it.
--
-- Moments are TEXT in UTC with microseconds ('2026-11-22T23:00:00.000000+00:00'), so that they sort as text; dates are
-- 'YYYY-MM-DD'. Flags are 0 or 1. "entry" is the number of the audit entry that records the change. Triggers named
-- "…_are_kept", "…_stay" and "…_are_not_replaced" make rows immutable. The last kind is needed because INSERT OR
-- REPLACE deletes the old row without firing its delete trigger on a connection without recursive triggers.


-- -------------------------------------------------------------------------------------------------
-- Association
-- -------------------------------------------------------------------------------------------------

-- The association that runs the instance: exactly one row. four_eyes: what becomes public needs the
-- confirmation of a second account.
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
  time_zone  TEXT NOT NULL,
  sender     TEXT NOT NULL DEFAULT '',
  logo       TEXT NOT NULL DEFAULT '',
  four_eyes  INTEGER NOT NULL DEFAULT 0 CHECK (four_eyes IN (0, 1)),
  responsible TEXT NOT NULL DEFAULT '',
  licence    TEXT NOT NULL DEFAULT ''
) STRICT;

-- Logos by their digest. A replaced logo stays, so that what was printed with it can be printed
-- again.
CREATE TABLE logos (
  sha256 TEXT PRIMARY KEY CHECK (length(sha256) = 64),
  png    BLOB NOT NULL,
  width  INTEGER NOT NULL CHECK (width > 0),
  height INTEGER NOT NULL CHECK (height > 0)
) STRICT;

-- Imprint, privacy notice and accessibility statement; edited_at is NULL as long as it is the
-- shipped template.
CREATE TABLE legal_texts (
  kind      TEXT NOT NULL CHECK (kind IN ('imprint', 'privacy', 'accessibility')),
  language  TEXT NOT NULL,
  markdown  TEXT NOT NULL,
  edited_at TEXT,
  PRIMARY KEY (kind, language)
) STRICT;


-- -------------------------------------------------------------------------------------------------
-- Audit log
-- -------------------------------------------------------------------------------------------------
-- Append-only. Details have a table of their own because they may hold personal data and can be
-- erased; the entry keeps their salted digest.

-- One entry for each change. peaks: of the Merkle tree up to and including this entry.
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
CREATE INDEX audit_of_a_subject ON audit (subject);
CREATE TRIGGER audit_stays BEFORE UPDATE ON audit WHEN OLD.peaks <> x'' -- empty until the end of its transaction
BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
CREATE TRIGGER audit_is_kept BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
CREATE TRIGGER audit_counts_up BEFORE INSERT ON audit
WHEN NEW.seq <> 1 + COALESCE((SELECT MAX(seq) FROM audit), 0)
BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;

-- The details of an entry as canonical JSON, as long as they have not been erased.
CREATE TABLE audit_details (
  seq     INTEGER PRIMARY KEY REFERENCES audit(seq),
  salt    BLOB NOT NULL,
  details TEXT NOT NULL CHECK (json_valid(details))
) STRICT;

-- The rows that an entry binds: salted digests of the rows that its transaction has written. name, key: of the
-- table, and of the row as JSON. salt: NULL once a later entry binds the row.
CREATE TABLE bound_rows (
  seq    INTEGER NOT NULL REFERENCES audit(seq),
  name   TEXT NOT NULL,
  key    TEXT NOT NULL,
  salt   BLOB,
  digest BLOB NOT NULL,
  PRIMARY KEY (seq, name, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX bound_rows_by_key ON bound_rows (name, key);
CREATE TRIGGER bound_rows_stay BEFORE UPDATE OF seq, name, key, digest ON bound_rows
BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
CREATE TRIGGER bound_rows_are_kept BEFORE DELETE ON bound_rows
BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;

-- The public log (docs/verify.md): the leaves of its tree, counted from 0. They are digests, or random.
CREATE TABLE log_leaves (
  position INTEGER PRIMARY KEY,
  leaf     BLOB NOT NULL UNIQUE CHECK (length(leaf) = 32)
) STRICT;
CREATE TRIGGER log_leaves_stay BEFORE UPDATE ON log_leaves
BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
CREATE TRIGGER log_leaves_are_kept BEFORE DELETE ON log_leaves
BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
CREATE TRIGGER log_leaves_count_up BEFORE INSERT ON log_leaves
WHEN NEW.position <> 1 + COALESCE((SELECT MAX(position) FROM log_leaves), -1)
BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;


-- -------------------------------------------------------------------------------------------------
-- Accounts of the office
-- -------------------------------------------------------------------------------------------------
-- No secret is stored: that of an authenticator app is derived from the instance's keys and its
-- nonce, a recovery code is stored as a digest, a passkey as its public key.

-- An account of the office. generation: of the password links; setting a password increments it,
-- which ends the links sent before. invited_at: when the last set-up link was made. language: empty for
-- that of the association. calendar: generation of the secret address of its calendar; 0 as long as it
-- has none. oidc_issuer, oidc_subject: the person at an OpenID provider whom the account belongs to;
-- empty without one. A number is never given again, as the audit log names accounts by it.
CREATE TABLE accounts (
  id            INTEGER PRIMARY KEY AUTOINCREMENT,
  email         TEXT NOT NULL UNIQUE,
  name          TEXT NOT NULL,
  role          TEXT NOT NULL CHECK (role IN ('viewer', 'editor', 'admin')),
  password_hash TEXT NOT NULL,
  generation    INTEGER NOT NULL DEFAULT 1,
  created_at    TEXT NOT NULL,
  invited_at    TEXT,
  disabled_at   TEXT,
  language      TEXT NOT NULL DEFAULT '',
  calendar      INTEGER NOT NULL DEFAULT 0,
  oidc_issuer   TEXT NOT NULL DEFAULT '',
  oidc_subject  TEXT NOT NULL DEFAULT '',
  CHECK ((oidc_issuer = '') = (oidc_subject = ''))
) STRICT;
CREATE UNIQUE INDEX accounts_of_a_provider ON accounts (oidc_issuer, oidc_subject) WHERE oidc_subject <> '';

-- A login session. reauthenticated_at: when the account last confirmed its identity again.
CREATE TABLE sessions (
  id                 TEXT PRIMARY KEY,
  account_id         INTEGER NOT NULL REFERENCES accounts(id),
  started_at         TEXT NOT NULL,
  seen_at            TEXT NOT NULL,
  ended_at           TEXT,
  reauthenticated_at TEXT,
  device             TEXT NOT NULL DEFAULT ''
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_of_an_account ON sessions (account_id, seen_at) WHERE ended_at IS NULL;

-- A login whose password was right and the second factor is still missing. Not a session, so it
-- grants nothing.
CREATE TABLE pending_logins (
  id         TEXT PRIMARY KEY,
  account_id INTEGER NOT NULL REFERENCES accounts(id),
  started_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- The challenge a login has sent to a passkey. It is used once.
CREATE TABLE passkey_challenges (
  login_id   TEXT PRIMARY KEY,
  challenge  TEXT NOT NULL CHECK (challenge <> ''),
  created_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- A passkey of an account, as second factor.
CREATE TABLE passkeys (
  id            INTEGER PRIMARY KEY,
  account_id    INTEGER NOT NULL REFERENCES accounts(id),
  credential_id TEXT NOT NULL UNIQUE CHECK (credential_id <> ''),
  public_key    TEXT NOT NULL,
  sign_count    INTEGER NOT NULL,
  name          TEXT NOT NULL,
  added_at      TEXT NOT NULL,
  used_at       TEXT
) STRICT;
CREATE INDEX passkeys_of_an_account ON passkeys (account_id);

-- The authenticator app (TOTP) of an account. last_step: the last time step used, so that no code
-- is accepted twice.
CREATE TABLE authenticators (
  account_id INTEGER PRIMARY KEY REFERENCES accounts(id),
  nonce      TEXT NOT NULL CHECK (length(nonce) = 32),
  last_step  INTEGER NOT NULL,
  added_at   TEXT NOT NULL
) STRICT;

-- Digests of the recovery codes of an account.
CREATE TABLE recovery_codes (
  account_id INTEGER NOT NULL REFERENCES accounts(id),
  digest     TEXT NOT NULL CHECK (length(digest) = 64),
  created_at TEXT NOT NULL,
  used_at    TEXT,
  PRIMARY KEY (account_id, digest)
) STRICT, WITHOUT ROWID;

-- Failed logins, by digest of the address, so that unknown addresses are throttled without being
-- stored, and by who guesses. cause: a known device, a session, or the keyed digest of a network.
CREATE TABLE login_failures (
  email_digest TEXT NOT NULL,
  cause        TEXT NOT NULL,
  failures     INTEGER NOT NULL,
  last_at      TEXT NOT NULL,
  PRIMARY KEY (email_digest, cause)
) STRICT, WITHOUT ROWID;

-- What an account has chosen to be told about a topic; frequency is NULL where it gets what its role
-- gets. last_entry: the last audit entry that a digest has dealt with.
CREATE TABLE subscriptions (
  account_id INTEGER NOT NULL REFERENCES accounts(id),
  topic      TEXT NOT NULL,
  frequency  TEXT CHECK (frequency IN ('at_once', 'daily', 'weekly', 'never')),
  last_entry INTEGER NOT NULL,
  PRIMARY KEY (account_id, topic)
) STRICT, WITHOUT ROWID;

-- The addresses of other programs (settings) that are told what happens. last_entry: the last audit entry
-- that such an address was told about; attempts: failed ones, of the next entry.
CREATE TABLE webhooks (
  url         TEXT PRIMARY KEY,
  last_entry  INTEGER NOT NULL,
  attempts    INTEGER NOT NULL DEFAULT 0,
  next_try_at TEXT
) STRICT, WITHOUT ROWID;

-- A mail to an account about what has happened: the audit entries it is about, as JSON, and whether it
-- shows where the rounds stand. Its row in the outbox has its id as number.
CREATE TABLE digests (
  id          INTEGER PRIMARY KEY,
  account_id  INTEGER NOT NULL REFERENCES accounts(id),
  frequency   TEXT NOT NULL CHECK (frequency IN ('at_once', 'daily', 'weekly')),
  entries     TEXT NOT NULL CHECK (json_valid(entries)),
  with_rounds INTEGER NOT NULL CHECK (with_rounds IN (0, 1)),
  created_at  TEXT NOT NULL
) STRICT;
CREATE INDEX digests_of_an_account ON digests (account_id, frequency, created_at);

-- A request to change the address of an account. It counts once the new address has confirmed it.
-- A number is never given again, as the mailed link names the request by it.
CREATE TABLE address_changes (
  id           INTEGER PRIMARY KEY AUTOINCREMENT,
  account_id   INTEGER NOT NULL REFERENCES accounts(id),
  before       TEXT NOT NULL,
  email        TEXT NOT NULL CHECK (email <> ''),
  requested_at TEXT NOT NULL,
  confirmed_at TEXT
) STRICT;
CREATE INDEX address_changes_of_an_account ON address_changes (account_id);

-- A request to reset a forgotten password. Requests for unknown addresses are stored too (without
-- an account): the limit must not tell the two apart.
-- A number is never given again, as the mailed link names the request by it.
CREATE TABLE password_reset_requests (
  id           INTEGER PRIMARY KEY AUTOINCREMENT,
  email_digest TEXT NOT NULL,
  account_id   INTEGER REFERENCES accounts(id),
  generation   INTEGER NOT NULL,
  requested_at TEXT NOT NULL
) STRICT;
CREATE INDEX password_reset_requests_of_an_address ON password_reset_requests (email_digest, requested_at);


-- -------------------------------------------------------------------------------------------------
-- Members and their representatives
-- -------------------------------------------------------------------------------------------------

-- A municipality or another member. key: its official key, or any other unique one. street, postal_code
-- and city: for letters; an empty city means the name. mail_without_link: its mail contains no address.
CREATE TABLE members (
  id            INTEGER PRIMARY KEY,
  key           TEXT NOT NULL UNIQUE CHECK (key <> ''),
  name          TEXT NOT NULL CHECK (name <> ''),
  official_name TEXT NOT NULL CHECK (official_name <> ''),
  kind          TEXT NOT NULL,
  state         TEXT NOT NULL,
  district      TEXT NOT NULL DEFAULT '',
  country       TEXT NOT NULL,
  language      TEXT NOT NULL,
  tags          TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(tags)),
  inhabitants   TEXT NOT NULL DEFAULT '' CHECK (inhabitants NOT GLOB '*[^0-9]*'),
  street        TEXT NOT NULL DEFAULT '',
  postal_code   TEXT NOT NULL DEFAULT '',
  city          TEXT NOT NULL DEFAULT '',
  mail_without_link TEXT NOT NULL DEFAULT '' CHECK (mail_without_link IN ('', 'yes')),
  archived_at   TEXT
) STRICT;

-- A person who represents a member. may_answer: representatives for information only can read, but
-- not answer.
CREATE TABLE representatives (
  id          INTEGER PRIMARY KEY,
  member_id   INTEGER NOT NULL REFERENCES members(id),
  name        TEXT NOT NULL,
  function    TEXT NOT NULL,
  email       TEXT NOT NULL,
  language    TEXT NOT NULL,
  archived_at TEXT,
  may_answer  INTEGER NOT NULL DEFAULT 1 CHECK (may_answer IN (0, 1)),
  UNIQUE (member_id, email)
) STRICT;

-- An answer in a round before this instance: history that counts in no round. kind: NULL if there was none.
CREATE TABLE past_answers (
  member_id INTEGER NOT NULL REFERENCES members(id),
  title     TEXT NOT NULL CHECK (title <> ''),
  year      INTEGER NOT NULL,
  kind      TEXT CHECK (kind IN ('sign', 'decline', 'not_competent')),
  PRIMARY KEY (member_id, title, year)
) STRICT, WITHOUT ROWID;

-- An uploaded file in preview: a member list, or answers of former rounds. Deleted once it is imported, or a day later.
CREATE TABLE member_files (
  digest      TEXT PRIMARY KEY CHECK (length(digest) = 64),
  name        TEXT NOT NULL,
  content     TEXT NOT NULL CHECK (json_valid(content)),
  uploaded_at TEXT NOT NULL
) STRICT;

-- A filter of a list that somebody has given a name. Without an account it is for the whole office.
CREATE TABLE saved_views (
  id         INTEGER PRIMARY KEY,
  list       TEXT NOT NULL CHECK (list IN ('members', 'round_members')),
  account_id INTEGER REFERENCES accounts (id),
  name       TEXT NOT NULL,
  query      TEXT NOT NULL  -- of the address: filters, sort order, columns
) STRICT;
CREATE UNIQUE INDEX saved_view_names ON saved_views (list, COALESCE(account_id, 0), name);

-- What the office has decided about the headings of member lists. field: the column of the member list
-- that a heading means; empty: the column of the file is left out.
CREATE TABLE member_headings (
  heading TEXT PRIMARY KEY,
  field   TEXT NOT NULL
) STRICT;


-- -------------------------------------------------------------------------------------------------
-- Papers
-- -------------------------------------------------------------------------------------------------
-- A paper has numbered editions of its text. The text of an edition is frozen once its round has
-- been opened.

-- A position paper. slug: its name in addresses.
CREATE TABLE papers (
  id         INTEGER PRIMARY KEY,
  slug       TEXT NOT NULL UNIQUE CHECK (slug <> ''),
  created_at TEXT NOT NULL
) STRICT;

-- A numbered edition of the text of a paper. digest: of the text; version: expected by the editor
-- form, to detect concurrent edits.
CREATE TABLE editions (
  id         INTEGER PRIMARY KEY,
  paper_id   INTEGER NOT NULL REFERENCES papers(id),
  number     INTEGER NOT NULL CHECK (number > 0),
  title      TEXT NOT NULL CHECK (length(title) BETWEEN 1 AND 300),
  subtitle   TEXT NOT NULL CHECK (length(subtitle) <= 300),
  kind       TEXT NOT NULL,
  language   TEXT NOT NULL,
  adopted_by TEXT NOT NULL,
  adopted_on TEXT,
  adopted_at TEXT NOT NULL,
  html       TEXT NOT NULL CHECK (html <> ''),
  digest     TEXT NOT NULL CHECK (length(digest) = 64),
  created_at TEXT NOT NULL,
  assembly   TEXT NOT NULL DEFAULT '',
  vote       TEXT NOT NULL DEFAULT '',
  summary    TEXT NOT NULL DEFAULT '' CHECK (length(summary) <= 400),
  contact    TEXT NOT NULL DEFAULT '',
  source     TEXT NOT NULL DEFAULT '',
  version    INTEGER NOT NULL DEFAULT 1 CHECK (version > 0),
  UNIQUE (paper_id, number)
) STRICT;
CREATE TRIGGER editions_are_frozen BEFORE UPDATE ON editions
WHEN EXISTS (SELECT 1 FROM rounds WHERE edition_id = OLD.id AND opened_at IS NOT NULL)
BEGIN SELECT RAISE(ABORT, 'the text is frozen: its round has been opened'); END;
CREATE TRIGGER editions_are_kept BEFORE DELETE ON editions
WHEN EXISTS (SELECT 1 FROM rounds WHERE edition_id = OLD.id)
BEGIN SELECT RAISE(ABORT, 'the text is frozen: its round has been opened'); END;
CREATE TRIGGER editions_are_not_replaced BEFORE INSERT ON editions
WHEN EXISTS (SELECT 1 FROM editions WHERE id = NEW.id OR (paper_id = NEW.paper_id AND number = NEW.number))
BEGIN SELECT RAISE(ABORT, 'an edition is never replaced'); END;

-- A PDF attached to an edition; the file is in the archive, by its digest.
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

-- Pictures of texts by their digest; the HTML of an edition names them by it. They stay as long as
-- an edition shows them; only those of a retracted release are deleted.
CREATE TABLE pictures (
  sha256  TEXT PRIMARY KEY CHECK (length(sha256) = 64),
  kind    TEXT NOT NULL CHECK (kind IN ('png', 'jpg')),
  content BLOB NOT NULL
) STRICT;
CREATE TRIGGER pictures_stay BEFORE UPDATE ON pictures
BEGIN SELECT RAISE(ABORT, 'a picture is never changed'); END;


-- -------------------------------------------------------------------------------------------------
-- Rounds
-- -------------------------------------------------------------------------------------------------
-- The phase of a round is not stored: it follows from these moments.

-- A co-signing round of an edition. terms: what was fixed when the round was opened, as JSON
-- (signoff.domain.rounds.Terms). target: how many signatures the office hopes for. announced_from: when the
-- invitations leave and the public draft appears. deadline_set_at: when the deadline was set; deadline_before:
-- what the members were told before. A number is never given again, as the audit log names rounds by it.
CREATE TABLE rounds (
  id           INTEGER PRIMARY KEY AUTOINCREMENT,
  edition_id   INTEGER NOT NULL REFERENCES editions(id),
  opened_at    TEXT,
  announced_from TEXT,
  deadline     TEXT,
  deadline_set_at TEXT,
  deadline_before TEXT,
  extensions   INTEGER NOT NULL DEFAULT 0,
  closed_at    TEXT,
  cancelled_at TEXT,
  closing_reason TEXT NOT NULL DEFAULT '', -- why it was closed before its deadline
  ending_reason TEXT NOT NULL DEFAULT '', -- why it was ended without publication
  terms        TEXT NOT NULL CHECK (json_valid(terms)),
  target       INTEGER CHECK (target > 0),
  late_until   TEXT,
  CHECK ((opened_at IS NULL) = (deadline IS NULL)),
  CHECK (deadline > opened_at),
  CHECK (closed_at IS NULL OR closed_at >= opened_at),
  CHECK (closed_at IS NULL OR cancelled_at IS NULL OR ending_reason <> ''),
  CHECK (closing_reason = '' OR closed_at < deadline),
  CHECK (ending_reason = '' OR cancelled_at IS NOT NULL)
) STRICT;
CREATE UNIQUE INDEX one_round_per_edition ON rounds (edition_id) WHERE cancelled_at IS NULL;

-- A member's invitation to a round.
CREATE TABLE invitations (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  round_id   INTEGER NOT NULL REFERENCES rounds(id),
  member_id  INTEGER NOT NULL REFERENCES members(id),
  reference  TEXT NOT NULL UNIQUE,
  invited_at TEXT NOT NULL,
  UNIQUE (round_id, member_id)
) STRICT;
CREATE INDEX invitations_of_a_member ON invitations (member_id);

-- A body that was not asked applies to sign. It counts once the holder of the address has confirmed it with the
-- mailed link, and the office decides. mailbox: the address as the limit of mail counts it. asked_at: when somebody
-- last typed the address. A number is never given again, as the mailed link names the application by it.
CREATE TABLE applications (
  id            INTEGER PRIMARY KEY AUTOINCREMENT,
  round_id      INTEGER NOT NULL REFERENCES rounds(id),
  official_name TEXT NOT NULL CHECK (official_name <> ''),
  kind          TEXT NOT NULL,
  state         TEXT NOT NULL,
  email         TEXT NOT NULL CHECK (email <> ''),
  mailbox       TEXT NOT NULL,
  contact       TEXT NOT NULL,
  language      TEXT NOT NULL,
  applied_at    TEXT NOT NULL,
  asked_at      TEXT NOT NULL,
  confirmed_at  TEXT,
  decided_at    TEXT CHECK (decided_at IS NULL OR confirmed_at IS NOT NULL),
  member_id     INTEGER REFERENCES members(id) CHECK (member_id IS NULL OR decided_at IS NOT NULL),
  reason        TEXT NOT NULL DEFAULT '',
  CHECK (decided_at IS NULL OR (member_id IS NULL) <> (reason = ''))
) STRICT;
CREATE UNIQUE INDEX one_application_per_address ON applications (round_id, lower(email));
CREATE INDEX applications_of_a_mailbox ON applications (round_id, mailbox);
CREATE TRIGGER confirmed_applications_stay BEFORE UPDATE OF round_id, official_name, kind, state, email, contact
ON applications WHEN OLD.confirmed_at IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'a confirmed application never changes'); END;
CREATE TRIGGER decisions_on_applications_stay BEFORE UPDATE OF confirmed_at, decided_at, member_id, reason
ON applications WHEN OLD.decided_at IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'an application is decided once'); END;
CREATE TRIGGER applications_need_an_open_round BEFORE INSERT ON applications
WHEN NOT EXISTS (
  SELECT 1 FROM rounds WHERE id = NEW.round_id AND json_extract(terms, '$.applications') = 1
    AND closed_at IS NULL AND cancelled_at IS NULL AND NEW.applied_at < deadline)
BEGIN SELECT RAISE(ABORT, 'the round takes no applications'); END;

-- A representative's access to an invitation. The token in the address is derived from public_id
-- and generation and never stored. may_answer is copied from the representative when the link is
-- made. prepared: JSON of an answer that a colleague has filled in for the holder; emptied with
-- the next answer. ended_with_giver: ended because the link of the person who passed it on ended.
CREATE TABLE links (
  id                INTEGER PRIMARY KEY AUTOINCREMENT,
  invitation_id     INTEGER NOT NULL REFERENCES invitations(id),
  public_id         TEXT NOT NULL UNIQUE CHECK (length(public_id) = 22),
  generation        INTEGER NOT NULL DEFAULT 1 CHECK (generation > 0),
  representative_id INTEGER REFERENCES representatives(id),
  name              TEXT NOT NULL,
  email             TEXT NOT NULL,
  language          TEXT NOT NULL,
  created_at        TEXT NOT NULL,
  ended_at          TEXT,
  delegated_by      INTEGER REFERENCES links(id),
  unit              TEXT NOT NULL DEFAULT '',
  message           TEXT NOT NULL DEFAULT '' CHECK (length(message) <= 1000),
  may_answer        INTEGER NOT NULL DEFAULT 1 CHECK (may_answer IN (0, 1)),
  prepared          TEXT NOT NULL DEFAULT '',
  ended_with_giver  INTEGER NOT NULL DEFAULT 0 CHECK (ended_with_giver IN (0, 1))
) STRICT;
CREATE INDEX links_of_an_invitation ON links (invitation_id);
CREATE INDEX links_of_a_representative ON links (representative_id) WHERE representative_id IS NOT NULL;
CREATE INDEX open_links_of_an_address ON links (email) WHERE ended_at IS NULL;
CREATE UNIQUE INDEX one_open_link_per_colleague ON links (invitation_id, lower(email))
WHERE delegated_by IS NOT NULL AND ended_at IS NULL;

-- The short code of a link, for letters. Only a keyed digest of it is stored: without the
-- instance's keys no code can be reconstructed.
CREATE TABLE short_codes (
  link_id    INTEGER NOT NULL REFERENCES links(id),
  generation INTEGER NOT NULL,
  key        TEXT NOT NULL,
  digest     TEXT NOT NULL CHECK (length(digest) = 64),
  PRIMARY KEY (link_id, generation, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX short_codes_by_digest ON short_codes (digest);

-- A request for the link of a lost mail, as it was typed. It is stored whether it fits a link or not, so that nobody
-- can tell by the page or its time; the worker deletes it within seconds.
CREATE TABLE link_requests (
  id           INTEGER PRIMARY KEY,
  name         TEXT NOT NULL,
  email        TEXT NOT NULL,
  requested_at TEXT NOT NULL
) STRICT;


-- -------------------------------------------------------------------------------------------------
-- Members as they were when their round ended
-- -------------------------------------------------------------------------------------------------
-- Whatever happens to the member list later, the list of signatories and the PDF stay the same.

-- The facts of a member that the list of signatories shows.
CREATE TABLE frozen_members (
  invitation_id INTEGER PRIMARY KEY REFERENCES invitations(id),
  key           TEXT NOT NULL,
  name          TEXT NOT NULL,
  official_name TEXT NOT NULL,
  kind          TEXT NOT NULL,
  state         TEXT NOT NULL,
  district      TEXT NOT NULL,
  country       TEXT NOT NULL,
  tags          TEXT NOT NULL,
  inhabitants   TEXT NOT NULL
) STRICT;
CREATE TRIGGER frozen_members_stay BEFORE UPDATE ON frozen_members
BEGIN SELECT RAISE(ABORT, 'the list of a closed round never changes'); END;
CREATE TRIGGER frozen_members_are_kept BEFORE DELETE ON frozen_members
BEGIN SELECT RAISE(ABORT, 'the list of a closed round never changes'); END;
CREATE TRIGGER frozen_members_are_not_replaced BEFORE INSERT ON frozen_members
WHEN EXISTS (SELECT 1 FROM frozen_members WHERE invitation_id = NEW.invitation_id)
BEGIN SELECT RAISE(ABORT, 'the list of a closed round never changes'); END;

-- The member of each invitation: as it is now, or as it was when its round ended.
CREATE VIEW invited_members AS
SELECT invitations.id AS invitation_id, members.id, COALESCE(frozen.key, members.key) AS key,
       COALESCE(frozen.name, members.name) AS name,
       COALESCE(frozen.official_name, members.official_name) AS official_name,
       COALESCE(frozen.kind, members.kind) AS kind, COALESCE(frozen.state, members.state) AS state,
       COALESCE(frozen.district, members.district) AS district,
       COALESCE(frozen.country, members.country) AS country, COALESCE(frozen.tags, members.tags) AS tags,
       COALESCE(frozen.inhabitants, members.inhabitants) AS inhabitants, members.language, members.street, members.postal_code,
       members.city, members.mail_without_link, members.archived_at
FROM invitations JOIN members ON members.id = invitations.member_id
LEFT JOIN frozen_members AS frozen ON frozen.invitation_id = invitations.id;
CREATE TRIGGER closing_freezes_members AFTER UPDATE OF closed_at ON rounds
WHEN OLD.closed_at IS NULL AND NEW.closed_at IS NOT NULL
BEGIN
  INSERT INTO frozen_members (invitation_id, key, name, official_name, kind, state, district, country, tags, inhabitants)
  SELECT invitation_id, key, name, official_name, kind, state, district, country, tags, inhabitants FROM invited_members
  WHERE invitation_id IN (SELECT id FROM invitations WHERE round_id = NEW.id)
    AND invitation_id NOT IN (SELECT invitation_id FROM frozen_members);
END;


-- -------------------------------------------------------------------------------------------------
-- Answers
-- -------------------------------------------------------------------------------------------------
-- Answers are append-only versions; the latest one counts unless it has been voided, and then none
-- does.

-- A version of the answer to an invitation. late: given after the release; the first edition of the
-- list is made of those that are not. corrects: a correction by the office, as a version of its
-- own.
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
  channel         TEXT NOT NULL CHECK (channel IN ('link', 'letter', 'email', 'telephone', 'assembly')),
  link_id         INTEGER REFERENCES links(id),
  form_key        TEXT NOT NULL,
  entry           INTEGER NOT NULL REFERENCES audit(seq),
  corrects        INTEGER REFERENCES answers(id),
  late            INTEGER NOT NULL DEFAULT 0 CHECK (late IN (0, 1)),
  CHECK ((kind = 'sign') = (basis <> '')),
  CHECK ((kind = 'sign') = (official_name <> '')),
  CHECK ((kind = 'pending') = (expected_on IS NOT NULL)),
  CHECK ((channel = 'link') = (link_id IS NOT NULL)),
  UNIQUE (invitation_id, number),
  UNIQUE (invitation_id, form_key)
) STRICT;
CREATE TRIGGER answers_are_kept BEFORE DELETE ON answers
BEGIN SELECT RAISE(ABORT, 'answers are append-only'); END;
CREATE TRIGGER answers_stay BEFORE UPDATE ON answers
BEGIN SELECT RAISE(ABORT, 'answers are append-only'); END;
CREATE TRIGGER answers_are_not_replaced BEFORE INSERT ON answers
WHEN EXISTS (SELECT 1 FROM answers WHERE id = NEW.id
             OR (invitation_id = NEW.invitation_id AND form_key = NEW.form_key))
BEGIN SELECT RAISE(ABORT, 'answers are append-only'); END;
CREATE TRIGGER answers_count_up BEFORE INSERT ON answers
WHEN NEW.number <> 1 + COALESCE((SELECT MAX(number) FROM answers WHERE invitation_id = NEW.invitation_id), 0)
BEGIN SELECT RAISE(ABORT, 'answers are numbered without a gap'); END;
CREATE TRIGGER closed_rounds_take_no_answers BEFORE INSERT ON answers
WHEN NEW.channel = 'link' AND NEW.corrects IS NULL AND NEW.late = 0 AND EXISTS (
  SELECT 1 FROM rounds JOIN invitations ON invitations.round_id = rounds.id
  WHERE invitations.id = NEW.invitation_id
    AND (NEW.received_at >= deadline OR closed_at IS NOT NULL OR cancelled_at IS NOT NULL))
BEGIN SELECT RAISE(ABORT, 'the round takes no answers any more'); END;
CREATE TRIGGER recorded_answers_came_in_time BEFORE INSERT ON answers
WHEN NEW.channel <> 'link' AND NEW.late = 0 AND EXISTS (
  SELECT 1 FROM rounds JOIN invitations ON invitations.round_id = rounds.id
  WHERE invitations.id = NEW.invitation_id
    AND (opened_at IS NULL OR NEW.received_at >= deadline OR cancelled_at IS NOT NULL))
BEGIN SELECT RAISE(ABORT, 'what was not received in time is not recorded'); END;

-- A correction may come after the closing (a typo found in the proof), so it is limited to names:
-- what was declared, when and how stays.
CREATE TRIGGER corrections_change_only_names BEFORE INSERT ON answers
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
CREATE TRIGGER late_answers_follow_the_release BEFORE INSERT ON answers
WHEN NEW.late = 1 AND NOT EXISTS (
  SELECT 1 FROM invitations JOIN rounds ON rounds.id = invitations.round_id
  JOIN releases ON releases.round_id = rounds.id AND releases.number = 1
  WHERE invitations.id = NEW.invitation_id AND json_extract(terms, '$.late') = 1
    AND NEW.received_at >= released_at AND retracted_at IS NULL
    AND (late_until IS NULL OR NEW.received_at < late_until))
BEGIN SELECT RAISE(ABORT, 'the round takes no late answers'); END;
CREATE TRIGGER only_late_answers_follow_the_release BEFORE INSERT ON answers
WHEN NEW.late = 0 AND EXISTS (
  SELECT 1 FROM invitations JOIN releases ON releases.round_id = invitations.round_id
  WHERE invitations.id = NEW.invitation_id)
BEGIN SELECT RAISE(ABORT, 'the released list never changes'); END;

-- Personal data of an answer, in a table of its own because it can be erased.
CREATE TABLE answer_people (
  answer_id       INTEGER PRIMARY KEY REFERENCES answers(id),
  title           TEXT NOT NULL,
  first_name      TEXT NOT NULL,
  last_name       TEXT NOT NULL,
  function        TEXT NOT NULL,
  filled_in_by    TEXT NOT NULL,
  filled_in_unit  TEXT NOT NULL,
  filled_in_email TEXT NOT NULL,
  reason          TEXT NOT NULL
) STRICT;

-- Evidence for an answer by letter, e-mail, telephone or in the assembly: a scan or the mail, or the
-- reason why there is none.
CREATE TABLE answer_records (
  answer_id   INTEGER PRIMARY KEY REFERENCES answers(id),
  recorded_at TEXT NOT NULL,
  recorded_by TEXT NOT NULL CHECK (recorded_by <> ''),
  reason      TEXT NOT NULL CHECK (length(reason) <= 2000),
  scan_sha256 TEXT NOT NULL CHECK (length(scan_sha256) IN (0, 64)),
  scan_type   TEXT NOT NULL CHECK (scan_type IN ('', 'pdf', 'jpg', 'png', 'eml')),
  scan_size   INTEGER NOT NULL,
  CHECK ((scan_sha256 = '') = (scan_type = '')),
  CHECK (reason <> '' OR scan_sha256 <> '')
) STRICT;
CREATE TRIGGER only_answers_without_a_link_are_recorded BEFORE INSERT ON answer_records
WHEN NOT EXISTS (SELECT 1 FROM answers WHERE id = NEW.answer_id AND channel <> 'link')
BEGIN SELECT RAISE(ABORT, 'an answer through a link evidences itself'); END;
CREATE TRIGGER answer_records_stay BEFORE UPDATE ON answer_records
BEGIN SELECT RAISE(ABORT, 'answers are append-only'); END;
CREATE TRIGGER answer_records_are_kept BEFORE DELETE ON answer_records
BEGIN SELECT RAISE(ABORT, 'answers are append-only'); END;
CREATE TRIGGER answer_records_are_not_replaced BEFORE INSERT ON answer_records
WHEN EXISTS (SELECT 1 FROM answer_records WHERE answer_id = NEW.answer_id)
BEGIN SELECT RAISE(ABORT, 'answers are append-only'); END;

-- A voided answer no longer counts, and no earlier version replaces it.
CREATE TABLE voidings (
  answer_id     INTEGER PRIMARY KEY REFERENCES answers(id),
  invitation_id INTEGER NOT NULL REFERENCES invitations(id),
  reason        TEXT NOT NULL CHECK (reason <> '' AND length(reason) <= 2000),
  voided_at     TEXT NOT NULL,
  voided_by     TEXT NOT NULL CHECK (voided_by <> ''),
  entry         INTEGER NOT NULL REFERENCES audit(seq)
) STRICT;
CREATE INDEX voidings_of_an_invitation ON voidings (invitation_id);
CREATE TRIGGER only_the_last_answer_is_voided BEFORE INSERT ON voidings
WHEN NOT EXISTS (
  SELECT 1 FROM answers WHERE id = NEW.answer_id AND invitation_id = NEW.invitation_id
  AND number = (SELECT MAX(number) FROM answers AS other WHERE other.invitation_id = NEW.invitation_id))
BEGIN SELECT RAISE(ABORT, 'only the answer that counts is voided'); END;
CREATE TRIGGER voidings_stay BEFORE UPDATE ON voidings
BEGIN SELECT RAISE(ABORT, 'voidings are append-only'); END;
CREATE TRIGGER voidings_are_kept BEFORE DELETE ON voidings
BEGIN SELECT RAISE(ABORT, 'voidings are append-only'); END;
CREATE TRIGGER voidings_are_not_replaced BEFORE INSERT ON voidings
WHEN EXISTS (SELECT 1 FROM voidings WHERE answer_id = NEW.answer_id)
BEGIN SELECT RAISE(ABORT, 'voidings are append-only'); END;

-- Whether the office accepts a note or a changed official name. It is about the text, so it holds
-- for later versions with the same text.
CREATE TABLE office_decisions (
  id            INTEGER PRIMARY KEY,
  invitation_id INTEGER NOT NULL REFERENCES invitations(id),
  field         TEXT NOT NULL CHECK (field IN ('note', 'name')),
  text          TEXT NOT NULL,
  accepted      INTEGER NOT NULL CHECK (accepted IN (0, 1)),
  decided_at    TEXT NOT NULL,
  entry         INTEGER NOT NULL REFERENCES audit(seq),
  reason        TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX office_decisions_of_an_invitation ON office_decisions (invitation_id, field);

-- An accepted name about which the office has decided whether the member list takes it.
CREATE TABLE settled_names (
  invitation_id INTEGER NOT NULL REFERENCES invitations(id),
  name          TEXT NOT NULL,
  entry         INTEGER NOT NULL REFERENCES audit(seq),
  PRIMARY KEY (invitation_id, name)
) STRICT, WITHOUT ROWID;

-- A representative objects to the answer that another one gave for their member.
CREATE TABLE objections (
  id            INTEGER PRIMARY KEY,
  invitation_id INTEGER NOT NULL REFERENCES invitations(id),
  answer_id     INTEGER NOT NULL REFERENCES answers(id),
  link_id       INTEGER NOT NULL REFERENCES links(id),
  text          TEXT NOT NULL CHECK (length(text) <= 1000),
  objected_at   TEXT NOT NULL,
  entry         INTEGER NOT NULL REFERENCES audit(seq),
  settled_at    TEXT,
  settled_by    TEXT NOT NULL DEFAULT '',
  CHECK ((settled_at IS NULL) = (settled_by = ''))
) STRICT;
CREATE UNIQUE INDEX one_open_objection_per_answer ON objections (answer_id) WHERE settled_at IS NULL;
CREATE INDEX objections_of_an_invitation ON objections (invitation_id);

-- Letters that the office has sent; sent_on is the day it says.
CREATE TABLE letters (
  id            INTEGER PRIMARY KEY,
  invitation_id INTEGER NOT NULL REFERENCES invitations(id),
  kind          TEXT NOT NULL CHECK (kind IN ('invitation', 'reminder', 'extended', 'closed')),
  sent_on       TEXT NOT NULL,
  entry         INTEGER NOT NULL REFERENCES audit(seq),
  UNIQUE (invitation_id, sent_on)
) STRICT;
CREATE TRIGGER letters_stay BEFORE UPDATE ON letters
BEGIN SELECT RAISE(ABORT, 'a letter that was sent is never changed'); END;
CREATE TRIGGER letters_are_kept BEFORE DELETE ON letters
BEGIN SELECT RAISE(ABORT, 'a letter that was sent is never deleted'); END;

-- Internal notes. A removed note is deleted; the audit log never holds its text.
CREATE TABLE office_notes (
  id            INTEGER PRIMARY KEY,
  invitation_id INTEGER NOT NULL REFERENCES invitations(id),
  text          TEXT NOT NULL CHECK (text <> '' AND length(text) <= 2000),
  author        TEXT NOT NULL CHECK (author <> ''),
  written_at    TEXT NOT NULL,
  form_key      TEXT NOT NULL,
  UNIQUE (invitation_id, form_key)
) STRICT;


-- -------------------------------------------------------------------------------------------------
-- Mail
-- -------------------------------------------------------------------------------------------------

-- A mail to send. A row is claimed by a worker before the delivery and marked when the server has
-- replied. The recipient is either the holder of a link or an account. number distinguishes mails
-- of one kind to one recipient. A row with a primary_id is not sent itself: the mail of that row is
-- about its link, too, and both are marked together.
-- email: the address it was sent to, empty before. in_folder: 1 if it was written into a folder that
-- nobody collects, because no mail server is set. copy_of: the mail that a copy repeats; its number is
-- the id of its address, and email the address itself.
CREATE TABLE outbox (
  id             INTEGER PRIMARY KEY,
  kind           TEXT NOT NULL,
  link_id        INTEGER REFERENCES links(id),
  number         INTEGER NOT NULL,
  enqueued_at    TEXT NOT NULL,
  attempts       INTEGER NOT NULL DEFAULT 0,
  next_try_at    TEXT NOT NULL,
  claimed_by     TEXT,
  sent_at        TEXT,
  failed_at      TEXT,
  bounced_at     TEXT,
  error          TEXT NOT NULL DEFAULT '',
  account_id     INTEGER REFERENCES accounts(id),
  application_id INTEGER REFERENCES applications(id) ON DELETE CASCADE,
  delayed_at     TEXT,
  autoreplied_at TEXT,
  email          TEXT NOT NULL DEFAULT '',
  in_folder      INTEGER NOT NULL DEFAULT 0 CHECK (in_folder IN (0, 1) AND (in_folder = 0 OR failed_at IS NOT NULL)),
  server         TEXT NOT NULL DEFAULT '',
  primary_id     INTEGER REFERENCES outbox(id) CHECK (primary_id <> id),
  returned_at    TEXT,                     -- when something came back to it, whatever it was
  returned_text  TEXT NOT NULL DEFAULT '', -- an extract of what came back
  copy_of        INTEGER REFERENCES outbox(id) ON DELETE CASCADE,
  UNIQUE (kind, link_id, number),
  CHECK ((link_id IS NOT NULL) + (account_id IS NOT NULL) + (application_id IS NOT NULL)
         + (copy_of IS NOT NULL) = 1)
) STRICT;
CREATE INDEX outbox_sent_together ON outbox (primary_id) WHERE primary_id IS NOT NULL;
-- If the row that was to be sent goes, the next one of its mail is sent in its place.
CREATE TRIGGER mail_keeps_a_primary AFTER DELETE ON outbox
BEGIN
  UPDATE outbox SET primary_id = NULLIF((SELECT MIN(id) FROM outbox WHERE primary_id = OLD.id), id)
  WHERE primary_id = OLD.id;
END;
CREATE INDEX outbox_due ON outbox (next_try_at) WHERE sent_at IS NULL AND failed_at IS NULL;
CREATE INDEX outbox_of_a_link ON outbox (link_id, kind);
CREATE UNIQUE INDEX outbox_of_an_account ON outbox (account_id, kind, number) WHERE account_id IS NOT NULL;
CREATE UNIQUE INDEX outbox_of_an_application ON outbox (application_id, kind, number) WHERE application_id IS NOT NULL;
CREATE UNIQUE INDEX outbox_of_a_copy ON outbox (copy_of, number) WHERE copy_of IS NOT NULL;
CREATE INDEX outbox_sent ON outbox (sent_at) WHERE sent_at IS NOT NULL;
CREATE INDEX outbox_failed ON outbox (failed_at) WHERE failed_at IS NOT NULL;
CREATE INDEX outbox_bounced ON outbox (bounced_at) WHERE bounced_at IS NOT NULL;
CREATE INDEX outbox_undelivered ON outbox (link_id) WHERE bounced_at IS NOT NULL OR failed_at IS NOT NULL;

-- When a mail server took a mail to an account that was deleted later.
CREATE TABLE accepted_mail (
  sent_at TEXT NOT NULL
) STRICT;

-- What the office writes in place of the shipped words of a kind of mail. An empty field keeps
-- those; without a row, all are the shipped ones.
CREATE TABLE mail_texts (
  kind      TEXT NOT NULL,
  language  TEXT NOT NULL,
  subject   TEXT NOT NULL,
  greeting  TEXT NOT NULL,
  opening   TEXT NOT NULL,
  signature TEXT NOT NULL,
  PRIMARY KEY (kind, language)
) STRICT;

-- The files attached to a kind of mail.
CREATE TABLE mail_attachments (
  kind       TEXT NOT NULL,
  attachment TEXT NOT NULL CHECK (attachment IN ('draft', 'calendar', 'motion', 'receipt')),
  PRIMARY KEY (kind, attachment)
) STRICT;

-- Where a copy of each sent mail of a kind goes, its links and codes masked.
CREATE TABLE mail_copies (
  id    INTEGER PRIMARY KEY,
  kind  TEXT NOT NULL,
  email TEXT NOT NULL CHECK (email <> ''),
  UNIQUE (kind, email)
) STRICT;

-- A mail as it was sent: compressed JSON of its header fields and texts. Its links and codes are
-- masked, so that it opens nothing.
CREATE TABLE sent_mails (
  message_id INTEGER PRIMARY KEY REFERENCES outbox(id) ON DELETE CASCADE,
  content    BLOB NOT NULL
) STRICT;

-- A reply to a mail about an invitation, as somebody wrote it. The mail itself is a file of the
-- archive. It counts for nothing until the office records an answer from it.
CREATE TABLE replies (
  id              INTEGER PRIMARY KEY,
  invitation_id   INTEGER NOT NULL REFERENCES invitations(id),
  link_id         INTEGER REFERENCES links(id),
  sender          TEXT NOT NULL,
  sender_name     TEXT NOT NULL,
  subject         TEXT NOT NULL,
  text            TEXT NOT NULL, -- without the quoted mail
  whole_text      TEXT NOT NULL,
  attachments     TEXT NOT NULL CHECK (json_valid(attachments)),
  sha256          TEXT NOT NULL CHECK (length(sha256) = 64),
  size            INTEGER NOT NULL CHECK (size > 0),
  received_at     TEXT NOT NULL,
  is_known_sender INTEGER NOT NULL CHECK (is_known_sender IN (0, 1)),
  answer_id       INTEGER REFERENCES answers(id),
  settled_at      TEXT,
  settled_by      TEXT NOT NULL DEFAULT '',
  UNIQUE (invitation_id, sha256),
  CHECK ((settled_at IS NULL) = (settled_by = '')),
  CHECK (answer_id IS NULL OR settled_at IS NOT NULL)
) STRICT;
CREATE INDEX replies_to_read ON replies (invitation_id) WHERE settled_at IS NULL;

-- The last reading of the mailbox by the worker, at most one row. problem: a message of the
-- catalogues, empty if it could be read; facts: its JSON.
CREATE TABLE mailbox_reading (
  id      INTEGER PRIMARY KEY CHECK (id = 1),
  read_at TEXT NOT NULL,
  problem TEXT NOT NULL,
  facts   TEXT NOT NULL CHECK (json_valid(facts))
) STRICT;

-- The mail servers that are left alone at the moment, and why. A row outlives the worker that
-- noticed it. server is a host, or empty for the folder that stands for a server.
CREATE TABLE outages (
  server      TEXT PRIMARY KEY,
  failures    INTEGER NOT NULL CHECK (failures > 0),
  since       TEXT NOT NULL,
  next_try_at TEXT NOT NULL,
  fault       TEXT NOT NULL,
  stage       TEXT NOT NULL,
  diagnostic  TEXT NOT NULL
) STRICT;

-- The mails that a server has refused since it last accepted one. They show whether the refusals
-- are about the recipients.
CREATE TABLE refusals (
  message_id INTEGER PRIMARY KEY REFERENCES outbox(id) ON DELETE CASCADE,
  server     TEXT NOT NULL,
  is_final   INTEGER NOT NULL CHECK (is_final IN (0, 1)),
  diagnostic TEXT NOT NULL
) STRICT;
CREATE INDEX refusals_of_a_server ON refusals (server);

-- A reminder sent or skipped, one row for each link a reminder is about. number: of its row in the
-- outbox; 0 if it was skipped. covered_until: the day up to which the steps of the schedule are done.
CREATE TABLE reminders (
  id              INTEGER PRIMARY KEY,
  link_id         INTEGER NOT NULL REFERENCES links(id),
  number          INTEGER NOT NULL,
  day             TEXT NOT NULL,
  covered_until   TEXT NOT NULL,
  decided_at      TEXT NOT NULL,
  CHECK (covered_until >= day)
) STRICT;
CREATE INDEX reminders_of_a_link ON reminders (link_id);

-- The last result of each check before mail is sent: of the sender (subject '') and of each domain of recipients.
CREATE TABLE delivery_checks (
  subject    TEXT PRIMARY KEY,
  result     TEXT NOT NULL CHECK (json_valid(result)),
  checked_at TEXT NOT NULL
) STRICT;

-- A test mail that an account sends to itself. opening: for a test of the invitation before the
-- round is opened, the form it would be written from.
CREATE TABLE test_mails (
  id           INTEGER PRIMARY KEY,
  account_id   INTEGER NOT NULL REFERENCES accounts(id),
  kind         TEXT NOT NULL,
  language     TEXT NOT NULL,
  round_id     INTEGER REFERENCES rounds(id),
  requested_at TEXT NOT NULL,
  opening      TEXT CHECK (json_valid(opening))
) STRICT;


-- -------------------------------------------------------------------------------------------------
-- Prints and releases
-- -------------------------------------------------------------------------------------------------

-- A PDF to print. A queue like the outbox. timestamp: whether the seal needs a timestamp from an
-- authority; seal: the level it has reached.
CREATE TABLE prints (
  id              INTEGER PRIMARY KEY,
  round_id        INTEGER REFERENCES rounds(id),
  edition_id      INTEGER REFERENCES editions(id), -- of a trial print, which has no round
  digest          TEXT NOT NULL DEFAULT '',        -- of the text that a trial print shows
  opening         TEXT NOT NULL DEFAULT '',        -- JSON: members and terms of a trial print with a list
  content_digest  TEXT NOT NULL DEFAULT '',        -- of its text, list and terms
  kind            TEXT NOT NULL CHECK (kind IN ('trial', 'draft', 'final', 'addendum', 'edition')),
  number          INTEGER NOT NULL,
  entry           INTEGER NOT NULL REFERENCES audit(seq),
  enqueued_at     TEXT NOT NULL,
  attempts        INTEGER NOT NULL DEFAULT 0,
  next_try_at     TEXT NOT NULL,
  claimed_by      TEXT,
  printed_at      TEXT,
  sha256          TEXT NOT NULL DEFAULT '',
  size            INTEGER NOT NULL DEFAULT 0,
  pages           INTEGER NOT NULL DEFAULT 0,
  failed_at       TEXT,
  error           TEXT NOT NULL DEFAULT '',
  timestamp       INTEGER NOT NULL DEFAULT 1 CHECK (timestamp IN (0, 1)),
  plain           INTEGER NOT NULL DEFAULT 0 CHECK (plain IN (0, 1)), -- the list in lines instead of tables
  unsealed_sha256 TEXT NOT NULL DEFAULT '',
  seal            TEXT NOT NULL DEFAULT '' CHECK (seal IN ('', 'B-B', 'B-LTA')),
  progress        INTEGER NOT NULL DEFAULT 0 CHECK (progress >= 0),
  UNIQUE (round_id, kind, number),
  UNIQUE (edition_id, number),
  CHECK ((kind = 'trial') = (round_id IS NULL)),
  CHECK ((kind = 'trial') = (edition_id IS NOT NULL)),
  CHECK ((kind = 'trial') = (length(digest) = 64)),
  CHECK (opening = '' OR kind = 'trial'),
  CHECK ((opening = '') = (content_digest = ''))
) STRICT;

-- With four eyes, what one account has requested and another one confirms. subject: round/7, invitation/3,
-- application/5 or association; payload: exactly what is done then.
CREATE TABLE approvals (
  id           INTEGER PRIMARY KEY,
  act          TEXT NOT NULL
                 CHECK (act IN ('release', 'late_signature', 'late_document', 'retraction', 'follow_up', 'application',
                                  'four_eyes_off')),
  subject      TEXT NOT NULL,
  payload      TEXT NOT NULL CHECK (json_valid(payload)),
  requested_by TEXT NOT NULL,
  requested_at TEXT NOT NULL,
  ended_at     TEXT,
  confirmed_by TEXT CHECK (confirmed_by IS NULL OR (ended_at IS NOT NULL AND confirmed_by <> requested_by))
) STRICT;
CREATE UNIQUE INDEX one_pending_approval ON approvals (act, subject) WHERE ended_at IS NULL;
CREATE TRIGGER approvals_stay BEFORE UPDATE ON approvals
WHEN OLD.ended_at IS NOT NULL OR NEW.act <> OLD.act OR NEW.subject <> OLD.subject OR NEW.payload <> OLD.payload
  OR NEW.requested_by <> OLD.requested_by OR NEW.requested_at <> OLD.requested_at
BEGIN SELECT RAISE(ABORT, 'a requested act never changes'); END;

-- The checkpoints of the log: the state after the first "size" leaves, and the statement it was given for.
-- salt: of the list that the statement commits to. entry: the last audit entry at that moment.
CREATE TABLE checkpoints (
  size      INTEGER PRIMARY KEY CHECK (size > 0),
  root      BLOB NOT NULL CHECK (length(root) = 32),
  kind      TEXT NOT NULL CHECK (kind IN ('closing', 'amendment', 'addendum', 'edition', 'release')),
  round_id  INTEGER NOT NULL REFERENCES rounds(id),
  entry     INTEGER NOT NULL REFERENCES audit(seq),
  at        TEXT NOT NULL,
  statement TEXT NOT NULL CHECK (json_valid(statement)),
  salt      BLOB NOT NULL
) STRICT;
CREATE INDEX checkpoints_of_a_round ON checkpoints (round_id);
CREATE TRIGGER checkpoints_stay BEFORE UPDATE ON checkpoints
BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
CREATE TRIGGER checkpoints_are_kept BEFORE DELETE ON checkpoints
BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
CREATE TRIGGER checkpoints_count_up BEFORE INSERT ON checkpoints
WHEN NEW.size <= COALESCE((SELECT MAX(size) FROM checkpoints), 0)
  OR NEW.size <> (SELECT 1 + MAX(position) FROM log_leaves)
BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;

-- A released document. Number 1 is the final paper; what follows are addenda to its list and
-- further editions of the list.
CREATE TABLE releases (
  id                INTEGER PRIMARY KEY,
  round_id          INTEGER NOT NULL REFERENCES rounds(id),
  number            INTEGER NOT NULL CHECK (number > 0),
  sha256            TEXT NOT NULL CHECK (length(sha256) = 64),
  size              INTEGER NOT NULL,
  pages             INTEGER NOT NULL,
  as_of             TEXT NOT NULL,
  released_at       TEXT NOT NULL,
  published_at      TEXT,
  retracted_at      TEXT,
  retraction_reason TEXT NOT NULL DEFAULT '',
  planned_at        TEXT,
  successor         TEXT NOT NULL DEFAULT '',
  removed_at        TEXT CHECK (removed_at IS NULL OR retracted_at IS NOT NULL),
  kind              TEXT NOT NULL DEFAULT 'final' CHECK (kind IN ('final', 'addendum', 'edition')),
  entry             INTEGER NOT NULL DEFAULT 0,
  UNIQUE (round_id, number)
) STRICT;
-- Editions whose release was retracted, which is always whole: nobody reads them any more.
CREATE VIEW retracted_editions AS
SELECT DISTINCT rounds.edition_id FROM releases JOIN rounds ON rounds.id = releases.round_id
WHERE releases.retracted_at IS NOT NULL;
CREATE TRIGGER releases_stay BEFORE UPDATE OF round_id, number, sha256, size, pages, as_of ON releases
BEGIN SELECT RAISE(ABORT, 'a released edition never changes'); END;
CREATE TRIGGER releases_keep_their_kind BEFORE UPDATE OF kind, entry ON releases
BEGIN SELECT RAISE(ABORT, 'a released edition never changes'); END;
CREATE TRIGGER releases_are_not_replaced BEFORE INSERT ON releases
WHEN EXISTS (SELECT 1 FROM releases WHERE id = NEW.id OR (round_id = NEW.round_id AND number = NEW.number))
BEGIN SELECT RAISE(ABORT, 'a released edition never changes'); END;

-- Later files of a release: its bytes, and after them a timestamp that outlasts the one before. They
-- are files of the same release; its own digest stays.
CREATE TABLE renewals (
  sha256     TEXT PRIMARY KEY CHECK (length(sha256) = 64),
  release_id INTEGER NOT NULL REFERENCES releases(id),
  size       INTEGER NOT NULL CHECK (size > 0),
  renewed_at TEXT NOT NULL
) STRICT;
CREATE INDEX renewals_of_a_release ON renewals (release_id);
CREATE TRIGGER renewals_stay BEFORE UPDATE ON renewals
BEGIN SELECT RAISE(ABORT, 'a renewed file never changes'); END;
CREATE TRIGGER renewals_are_kept BEFORE DELETE ON renewals
BEGIN SELECT RAISE(ABORT, 'a renewed file never changes'); END;
CREATE TRIGGER renewals_are_larger BEFORE INSERT ON renewals
WHEN NEW.size <= (SELECT size FROM releases WHERE id = NEW.release_id)
  OR NEW.size <= COALESCE((SELECT MAX(size) FROM renewals WHERE release_id = NEW.release_id), 0)
BEGIN SELECT RAISE(ABORT, 'a renewed file goes on where the one before ends'); END;

-- Each release with the newest of its files; empty and 0 where it was never renewed.
CREATE VIEW renewed_releases AS
SELECT releases.*, COALESCE(renewals.sha256, '') AS renewed_sha256, COALESCE(renewals.size, 0) AS renewed_size
FROM releases LEFT JOIN renewals ON renewals.release_id = releases.id
  AND renewals.size = (SELECT MAX(size) FROM renewals WHERE release_id = releases.id);

-- What the last attempt to renew has failed at, until one succeeds.
CREATE TABLE failed_renewals (
  release_id  INTEGER PRIMARY KEY REFERENCES releases(id),
  failed_at   TEXT NOT NULL,
  valid_until TEXT NOT NULL, -- of the timestamp that stands
  error       TEXT NOT NULL
) STRICT;

-- A planned release may be cancelled until it is published.
CREATE TRIGGER releases_are_kept BEFORE DELETE ON releases
WHEN OLD.planned_at IS NULL OR OLD.published_at IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'a released edition never changes'); END;
CREATE TRIGGER the_first_release_is_final BEFORE INSERT ON releases WHEN (NEW.number = 1) <> (NEW.kind = 'final')
BEGIN SELECT RAISE(ABORT, 'the first release is the final paper, and no other'); END;
CREATE TRIGGER releases_count_up BEFORE INSERT ON releases
WHEN NEW.number > 1 + COALESCE((SELECT MAX(number) FROM releases WHERE round_id = NEW.round_id), 0)
BEGIN SELECT RAISE(ABORT, 'releases are numbered without a gap'); END;
CREATE TRIGGER retractions_stay BEFORE UPDATE OF retracted_at ON releases
WHEN OLD.retracted_at IS NOT NULL AND NEW.retracted_at IS NOT OLD.retracted_at
BEGIN SELECT RAISE(ABORT, 'a retracted release stays retracted'); END;

-- What became of a released paper, on its public page.
CREATE TABLE follow_ups (
  id       INTEGER PRIMARY KEY AUTOINCREMENT,
  round_id INTEGER NOT NULL REFERENCES rounds(id),
  day      TEXT NOT NULL,
  text     TEXT NOT NULL CHECK (text <> '' AND length(text) <= 600),
  entry    INTEGER NOT NULL REFERENCES audit(seq),
  UNIQUE (round_id, day, text)
) STRICT;
CREATE TRIGGER follow_ups_stay BEFORE UPDATE ON follow_ups
BEGIN SELECT RAISE(ABORT, 'an entry is added or removed, never changed'); END;

-- The office accepts or refuses a late signature. A refusal may be followed by an acceptance, never
-- the other way round.
CREATE TABLE late_reviews (
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
CREATE INDEX late_reviews_of_an_answer ON late_reviews (answer_id);
CREATE TRIGGER late_reviews_are_of_late_signatures BEFORE INSERT ON late_reviews
WHEN NOT EXISTS (SELECT 1 FROM answers WHERE id = NEW.answer_id AND late = 1 AND kind = 'sign')
BEGIN SELECT RAISE(ABORT, 'only a late signature is accepted or refused'); END;
CREATE TRIGGER accepted_late_signatures_stay BEFORE INSERT ON late_reviews
WHEN EXISTS (SELECT 1 FROM late_reviews WHERE id = NEW.id OR (answer_id = NEW.answer_id AND accepted = 1))
BEGIN SELECT RAISE(ABORT, 'a late signature that was accepted stays'); END;
CREATE TRIGGER late_reviews_stay BEFORE UPDATE ON late_reviews
BEGIN SELECT RAISE(ABORT, 'late reviews are append-only'); END;
CREATE TRIGGER late_reviews_are_kept BEFORE DELETE ON late_reviews
BEGIN SELECT RAISE(ABORT, 'late reviews are append-only'); END;


-- -------------------------------------------------------------------------------------------------
-- Data protection
-- -------------------------------------------------------------------------------------------------

-- How many months a kind of personal data is kept (signoff.domain.privacy.DataKind), where an administrator has
-- decided; NULL: until somebody erases it.
CREATE TABLE retention (
  kind   TEXT PRIMARY KEY,
  months INTEGER CHECK (months BETWEEN 1 AND 120)
) STRICT;

-- Scans and mails of the archive that have been erased. The file goes after the transaction; a file that comes
-- again is kept.
CREATE TABLE erased_files (
  sha256     TEXT PRIMARY KEY CHECK (length(sha256) = 64),
  type       TEXT NOT NULL,
  erased_at  TEXT NOT NULL,
  removed_at TEXT
) STRICT;
CREATE TRIGGER scans_that_come_again_are_kept AFTER INSERT ON answer_records
BEGIN DELETE FROM erased_files WHERE sha256 = NEW.scan_sha256; END;
CREATE TRIGGER replies_that_come_again_are_kept AFTER INSERT ON replies
BEGIN DELETE FROM erased_files WHERE sha256 = NEW.sha256; END;
