"""Where did a row go? Runs, stores, models and erasures by keyed ids: `docs/register.md`.

Nothing here holds a text or a name: rows and people are HMACs under the home's own key.
"""
