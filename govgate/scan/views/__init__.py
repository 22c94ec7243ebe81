"""What a string spells beneath simple disguises, each reading with an exact way back to it."""
