-- Where a copy of each sent mail of a kind goes, its links and codes masked.
CREATE TABLE mail_copies (
  id    INTEGER PRIMARY KEY,
  kind  TEXT NOT NULL,
  email TEXT NOT NULL CHECK (email <> ''),
  UNIQUE (kind, email)
) STRICT;

-- A copy in the outbox names the mail that it repeats in place of a recipient; its number is the id
-- of its address, and email the address itself.
ALTER TABLE outbox ADD COLUMN copy_of INTEGER REFERENCES outbox(id) ON DELETE CASCADE;
PRAGMA writable_schema = ON;
UPDATE sqlite_schema SET sql = replace(sql, '(application_id IS NOT NULL) = 1',
                                       '(application_id IS NOT NULL) + (copy_of IS NOT NULL) = 1')
WHERE type = 'table' AND name = 'outbox';
PRAGMA writable_schema = RESET;
CREATE UNIQUE INDEX outbox_of_a_copy ON outbox (copy_of, number) WHERE copy_of IS NOT NULL;
