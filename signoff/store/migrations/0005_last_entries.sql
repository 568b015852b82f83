-- The number of the last audit entry that was dealt with is called so.
ALTER TABLE subscriptions RENAME COLUMN told TO last_entry;
ALTER TABLE webhooks RENAME COLUMN told TO last_entry;
