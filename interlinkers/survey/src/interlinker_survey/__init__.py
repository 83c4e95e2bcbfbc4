"""The survey: ask, answer, count."""

__version__ = "0.1.0"
