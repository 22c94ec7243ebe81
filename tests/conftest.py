"""What holds for all tests: processes find govgate compiled, and laws have two profiles."""

import os
import sys

from hypothesis import settings

# The tests start a thousand processes, each of which would compile all of govgate for itself.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

for name in ("some", "all"):
    # Hypothesis would draw the same examples in every run where CI is set.
    settings.register_profile(name, derandomize=False, print_blob=True)
settings.load_profile("some")
