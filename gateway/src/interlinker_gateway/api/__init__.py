"""Routes, one module per first path segment."""
