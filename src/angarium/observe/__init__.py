"""How the product is watched: log lines, counts for Prometheus, and whether it is alive and ready.

It knows how facts are shown. It refuses to know how they come about: the flows and edges hand over counts, and what
must be asked for (queues, links) is asked for at the moment of a scrape. Phone numbers are masked here, and the text of
a message is never shown.
"""

from __future__ import annotations
