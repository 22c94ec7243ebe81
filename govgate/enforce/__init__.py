"""How a decision is made to stick: a training command starts with a verified run, or not at all."""
