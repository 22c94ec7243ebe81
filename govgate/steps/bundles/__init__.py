"""Bundles of policies: built, installed and loaded."""
