"""Cases of a policy: what it must answer, how much of it they cover, which mistakes they notice."""
