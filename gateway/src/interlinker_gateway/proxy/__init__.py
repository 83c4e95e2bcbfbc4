"""The front door: every block behind one address, streamed through."""
