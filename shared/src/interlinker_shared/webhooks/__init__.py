"""Webhooks: the events of a service, sent to addresses that its owner names, signed, in order and at least once."""
