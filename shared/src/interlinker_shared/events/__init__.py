"""Facts that leave a service, and facts that reach it."""

from interlinker_shared.events.envelope import Envelope, Event, event_type, nats_subject
from interlinker_shared.events.handler import Handler
from interlinker_shared.events.outbox import record

__all__ = ["Envelope", "Event", "Handler", "event_type", "nats_subject", "record"]
