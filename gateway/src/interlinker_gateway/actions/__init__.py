"""Writes: what can happen to templates and processes, each one transaction."""
