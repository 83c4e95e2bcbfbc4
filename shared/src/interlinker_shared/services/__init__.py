"""How services know each other: a key of its own for each, a directory of keys, and what a service may do at another."""
