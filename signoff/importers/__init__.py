"""Importers of member lists (CSV, XLSX), texts (DOCX, Markdown) and uploads."""
