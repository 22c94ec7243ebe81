"""What is permitted: policies, how rows are decided by them, and why."""
