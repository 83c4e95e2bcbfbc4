"""Ideas that are like one that somebody is writing."""
