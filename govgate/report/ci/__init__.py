"""What a CI page shows of a gate: SARIF, JUnit, annotations, code quality, a comment."""
