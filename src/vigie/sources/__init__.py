"""Official data sets, read into typed, validated tidy tables."""
