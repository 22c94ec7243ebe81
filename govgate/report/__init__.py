"""What does the auditor, or the CI page, read? It renders what runs left, and decides nothing."""
