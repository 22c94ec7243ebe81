"""A policy as Rego, for those who decide elsewhere."""
