"""What is written once is not replaced either.

``INSERT OR REPLACE`` deletes the old row without firing its delete trigger on a connection that has not switched on
recursive triggers; a trigger before the insertion closes that on every connection.
"""

WALLS = """
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
