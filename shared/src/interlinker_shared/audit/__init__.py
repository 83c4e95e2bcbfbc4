"""What moderators and owners did: a chain of entries that can only grow, written in the transaction of the act itself."""
