"""How many signatures the office aims at in a round, and what makes looking for news cheap. Never edited later."""

AIMS = """
ALTER TABLE rounds ADD COLUMN aim INTEGER CHECK (aim > 0);
CREATE INDEX outbox_failed ON outbox (failed_at) WHERE failed_at IS NOT NULL;
CREATE INDEX outbox_bounced ON outbox (bounced_at) WHERE bounced_at IS NOT NULL;
"""
