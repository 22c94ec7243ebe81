"""What holds for all tests: processes find govgate compiled, and laws have two profiles."""

import os
import sys

from hypothesis import settings

# The tests start a thousand processes, each of which would compile all of govgate for itself.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

settings.register_profile("some")
settings.register_profile("all")
settings.load_profile("some")
