"""The ideation Interlinker: ideas, support, a vote with a budget, and a reason for every outcome."""

__version__ = "0.1.0"
