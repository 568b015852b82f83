"""``python -m signoff`` is the command ``signoff``."""

from signoff.cli import main

main()
