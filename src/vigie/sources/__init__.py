"""Official data sets and published figures, read into tidy tables."""
