"""A policy in words: rules, conditions, what is looked for, and the reference of facts."""
