"""A run decided again under another policy, over the facts that it left."""
