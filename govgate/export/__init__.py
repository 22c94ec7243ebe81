"""What do others' formats say of a run? One verified record, rendered; the record alone is read."""
