"""What is answered instead of training: a store of the rows that may be looked up."""
