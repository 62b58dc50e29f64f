"""The site: pages, maps and a small API read from the edition being served. Nothing is computed here but layout.

``create_app`` gives the ASGI application of a home, ``serve`` runs it on this machine.
"""

from vigie.site.app import create_app
from vigie.site.server import serve

__all__ = ["create_app", "serve"]
