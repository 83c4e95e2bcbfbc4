"""The page kit: server-rendered, accessible, translated pages that need no JavaScript and work behind any prefix."""

from pathlib import Path

from interlinker_shared.pages.form_state import Form
from interlinker_shared.pages.forms import errors_by_field, posted_form, read_form, rejected_form
from interlinker_shared.pages.render import Pages

KIT_STATIC = Path(__file__).parent / "static" / "kit"
"""The folder that an app mounts at /static/kit."""

__all__ = ["KIT_STATIC", "Form", "Pages", "errors_by_field", "posted_form", "read_form", "rejected_form"]
