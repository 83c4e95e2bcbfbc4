"""The registry: a directory of who is there, by leases, and a catalogue of what there is."""

__version__ = "0.1.0"
