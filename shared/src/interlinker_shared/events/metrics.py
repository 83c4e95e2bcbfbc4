"""What is counted about events on their way out and in."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

ACK_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5)


class EventMetrics:
    """Counters of one service's relay and subscriber."""

    def __init__(self, registry: CollectorRegistry) -> None:
        """All at zero."""
        self.registry = registry
        self.published = Counter("events_published", "Events that the broker has stored.", registry=registry)
        self.publish_seconds = Histogram(
            "event_publish_seconds", "From sending an event to its stored.", registry=registry, buckets=ACK_BUCKETS
        )
        self.publish_errors = Counter(
            "event_publish_errors", "Events that the broker did not take, by reason.", ("reason",), registry=registry
        )
        self.relay_up = Gauge("relay_up", "1 while this process publishes its outbox.", registry=registry)
        self.received = Counter(
            "events_received", "Events of others, by what became of them.", ("outcome",), registry=registry
        )
        self.fetched = Counter("events_fetched", "Missing events that their producer was asked for.", registry=registry)
        self.given_up = Counter(
            "event_gaps_given_up", "Aggregates of which an earlier event could not be had.", registry=registry
        )
        self.lag = Gauge(
            "events_to_receive", "Events in the stream that this service has not been sent.", registry=registry
        )
        self.held = Gauge("events_held", "Events that wait for an earlier one.", registry=registry)
        self.dead_letters = Gauge("dead_letters", "Events that were given up and wait for a person.", registry=registry)
