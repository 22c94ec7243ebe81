"""The steps of the line that a gate runs, one module each; `gate.py` puts them in order."""
