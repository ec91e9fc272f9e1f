"""The SMPP client edge: links to carriers, asyncio.

Knows: how a batch of segments becomes submit_sm on several links, how fast, and what a carrier's answers and deliver_sm
mean to us (per carrier, by its settings). Refuses to know: accounts, credit, routes, what a message is worth, and what
is done about a reply.

    flows ──Submission──> pool ──> translate ──submit_sm──> link ──> smpp.Session ──> socket
    flows <────Reply───── pool <── translate <──events──── link <── smpp.Session <── socket

    a link:   down ──> connecting ──> binding ──> bound ──> draining ──> stopped
               ^            |            |          |
               +------------+------------+----------+      lost or refused: again after a growing pause
"""
