"""What every Interlinker needs and none of them owns."""

__version__ = "0.1.0"
