"""Editions: complete, immutable builds of the observatory, and the store that keeps them.

``build`` makes one, ``store`` keeps them and says which is served, ``observatory`` opens one for reading, ``compare``
tells two apart, ``export`` writes files from one. Importing this package loads nothing.
"""
