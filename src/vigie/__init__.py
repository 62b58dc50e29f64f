"""Vigie, the open observatory of access to care in France."""
