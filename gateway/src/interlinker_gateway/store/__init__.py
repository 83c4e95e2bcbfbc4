"""Tables and queries: the only modules that write SQL."""
