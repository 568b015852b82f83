"""Signoff carries an adopted position paper of an association of municipalities to the public.

``domain`` holds the rules and imports none of the other packages; ``store`` contains all SQL;
``actions`` load, decide and record. ``tokens``, ``storage``, ``importers``, ``exports``, ``mail``
and ``pdf`` deal with the outside: values in, values out. ``i18n`` turns values into text for
people. ``web`` and ``cli`` are the entry points; ``app`` joins the parts, with ``config`` and
``services``. docs/architecture.md explains the structure.
"""
