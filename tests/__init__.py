"""Keep what Python compiles, whatever the machine says: otherwise each process compiles all tests anew."""

import os
import sys

sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
