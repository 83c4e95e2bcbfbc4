"""The forum Interlinker: boards where people discuss in topics and posts."""

__version__ = "0.1.0"
