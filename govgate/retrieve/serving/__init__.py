"""A store that answers over a network or a pipe: MCP, and a small JSON API beside it."""
