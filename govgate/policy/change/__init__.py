"""What differs between two policies, and what a change would do to rows decided before."""
