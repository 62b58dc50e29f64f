"""Figures, targets and documents that were published as text, transcribed with their place."""
