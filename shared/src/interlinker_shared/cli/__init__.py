"""Commands: one program per service, and `interlinkers`, the family's."""
