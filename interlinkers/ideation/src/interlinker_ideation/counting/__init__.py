"""Counting a campaign's ballots by its rule: at once where that is quick, else in a process of its own."""
