"""Pledges: people say what they will bring. The smallest Interlinker that keeps the whole contract."""

__version__ = "0.1.0"
