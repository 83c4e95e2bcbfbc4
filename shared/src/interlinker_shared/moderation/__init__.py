"""Moderation, built once (Art. 16 and 17 DSA): notices by anybody, decisions with reasons, appeals and a public log."""

from interlinker_shared.moderation.actions import author_rewrote, remove_item
from interlinker_shared.moderation.domain import Ground, Outcome, excerpt
from interlinker_shared.moderation.kind import Kinds, Matter, ModeratedKind
from interlinker_shared.moderation.models import Decision, Removal

__all__ = [
    "Decision",
    "Ground",
    "Kinds",
    "Matter",
    "ModeratedKind",
    "Outcome",
    "Removal",
    "author_rewrote",
    "excerpt",
    "remove_item",
]
