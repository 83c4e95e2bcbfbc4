"""All that a service holds about a person, wherever it is kept: taken away or erased as one."""

from interlinker_shared.personal.part import SubjectPart, erase_subject, export_subject

__all__ = ["SubjectPart", "erase_subject", "export_subject"]
