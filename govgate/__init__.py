"""govgate: decides whether training data may be used to train a model, and makes it stick."""

__version__ = "0.1.0"
