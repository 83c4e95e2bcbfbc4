"""Which services are installed here: those that an entry point names."""

from __future__ import annotations

from importlib.metadata import EntryPoint, entry_points

GROUP = "interlinkers.services"
TEMPLATE = "template"  # there to be copied, not to be run


def installed() -> list[EntryPoint]:
    """The entry points of all services but the template, by name; each loads to a function that makes the application."""
    return sorted(
        (entry for entry in entry_points(group=GROUP) if entry.name != TEMPLATE), key=lambda entry: entry.name
    )
