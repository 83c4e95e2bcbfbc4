"""The REST API: one module per first path segment."""
