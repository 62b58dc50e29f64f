"""The subset of the Opendatasoft Explore API v2.1 that clients of data.ameli.fr use, at ``/api/explore/v2.1``."""
