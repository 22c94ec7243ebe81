"""What was let through is forgotten again: rows found, taken out everywhere, and proved gone."""
