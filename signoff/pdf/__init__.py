"""Prints: a frozen document in, the bytes of a PDF out. Nothing here knows the database.

``printer`` sets and writes the file, ``press`` does so in a short-lived process of its own.
"""
