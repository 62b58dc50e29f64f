"""Zoning: rules as data, applied to territories, each class with its reasons."""
