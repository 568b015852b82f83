"""Files for download: lists, tables, calendars, Word documents, receipts and certificates."""

# Key of the render cache: increase it with every change of what ``docx`` writes.
DOCX_LAYOUT_VERSION = "5"
