"""PDFs: rendering, sealing and verification, without access to the database.

``render`` creates a PDF; ``process`` runs it in a separate short-lived process.
"""
