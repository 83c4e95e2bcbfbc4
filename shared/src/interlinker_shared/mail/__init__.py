"""Letters to people: queued with what causes them, sent in the background, forgotten once they are sent."""
