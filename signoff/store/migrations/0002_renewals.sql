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
