"""What would have to change about a row for a use to be allowed."""
