"""The API of an edition at ``/api/v1``: territories, indicators, observations, sources, editions, and its catalogue."""
