"""What a print knows about its seal."""

PRINTS = """
ALTER TABLE prints ADD COLUMN timestamp INTEGER NOT NULL DEFAULT 1 CHECK (timestamp IN (0, 1));
ALTER TABLE prints ADD COLUMN unsealed_sha256 TEXT NOT NULL DEFAULT '';
ALTER TABLE prints ADD COLUMN seal TEXT NOT NULL DEFAULT '' CHECK (seal IN ('', 'B-B', 'B-LTA'));
"""
