"""For all tests: processes find govgate compiled and hear Ctrl-C, laws have two profiles."""

import os
import signal
import sys

from hypothesis import settings

# The tests start a thousand processes, each of which would compile all of govgate for itself.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# A shell starts what runs in its background deaf to Ctrl-C, and processes inherit that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

for name in ("some", "all"):
    # Hypothesis would draw the same examples in every run where CI is set.
    settings.register_profile(name, derandomize=False, print_blob=True)
settings.load_profile("some")
