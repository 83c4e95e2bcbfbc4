"""The gateway: composes Interlinkers into co-production processes and is their one front door."""

__version__ = "0.1.0"
