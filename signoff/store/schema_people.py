"""What a second factor, forgotten passwords and a look at one's own sessions need. Applied once; never edited later.

No secret lies here: that of an authenticator app is derived from the instance's keys and ``nonce``, a recovery code
is kept as its digest, a passkey as its public key.
"""

SESSIONS = """
ALTER TABLE sessions ADD COLUMN proved_at TEXT;
ALTER TABLE sessions ADD COLUMN device TEXT NOT NULL DEFAULT '';
CREATE INDEX sessions_of_staff ON sessions (staff_id, seen_at) WHERE ended_at IS NULL;
"""

# The password was right and the second factor is still to come: no session, so that it opens nothing.
HALF_LOGINS = """
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

FACTORS = """
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

REQUESTS = """
CREATE TABLE password_requests (
  id           INTEGER PRIMARY KEY,
  email_digest TEXT NOT NULL,
  staff_id     INTEGER REFERENCES staff(id),
  generation   INTEGER NOT NULL,
  asked_at     TEXT NOT NULL
) STRICT;
CREATE INDEX password_requests_of_an_address ON password_requests (email_digest, asked_at);
"""
