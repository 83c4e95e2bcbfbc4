"""`interlinkers play-election FILE.pb`: a real election through the front door, compared with its official figures."""

from interlinker_ideation.play_election.command import play_election

__all__ = ["play_election"]
