"""Levers: what an action would change in access to care, for whom and at what cost."""
