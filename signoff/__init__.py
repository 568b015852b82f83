"""Signoff carries an adopted position paper of an association of municipalities to the public.

The map: ``domain`` holds the rules and imports nothing; ``store`` is the only SQL; ``actions`` load, decide and
record; ``links``, ``archive``, ``intake``, ``mail`` and ``pdf`` are the outside, values in and values out; ``web`` and
``cli`` are the doors; ``app`` joins the parts, with ``settings`` and ``tools``. docs/architecture.md walks through it.
"""
