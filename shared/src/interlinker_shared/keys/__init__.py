"""API keys: for integrators, each good for one service, one role, and one asset or all."""
