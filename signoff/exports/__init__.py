"""Files for download: lists, tables, calendars, Word documents, receipts and certificates."""
