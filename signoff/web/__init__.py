"""The web pages: public, invitation, office.

They read from ``store`` and write only through ``actions``.
"""
