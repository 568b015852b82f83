"""The command line of docs/interface.md."""

from signoff.cli.main import main

__all__ = ["main"]
