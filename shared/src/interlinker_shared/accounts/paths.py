"""Addresses of account pages that are written down elsewhere: in letters, on the command line."""

from __future__ import annotations

CONFIRM = "/sign-in/confirm/view"
