"""Waivers in a run: read, judged, counted, kept and checked again."""
