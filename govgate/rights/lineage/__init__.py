"""Where data came from, and what the licences along the way ask of it."""
