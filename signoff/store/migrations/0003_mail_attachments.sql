-- The draft motion and the receipt of an answer can be attached to mail, too.
PRAGMA writable_schema = ON;
UPDATE sqlite_schema SET sql = replace(sql, '''calendar''', '''calendar'', ''motion'', ''receipt''')
WHERE type = 'table' AND name = 'mail_attachments';
PRAGMA writable_schema = RESET;
