"""Files in, values out: member lists (CSV, XLSX) and texts (DOCX, Markdown). A file is taken whole or refused."""
