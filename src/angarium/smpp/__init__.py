"""SMPP 3.4 (and the parts of 5.0 that carriers use), without I/O, clock, threads or randomness.

Knows: the layout of every PDU, TLVs, framing, one conversation between an ESME and an SMSC (bind states, operation
matrix, sequence numbers, window, timers), delivery receipts and SMPP times.

Refuses to know: sockets, accounts, routes, alphabets (they are in `angarium.text`), and what a carrier "usually" means:
carrier quirks that are more than tolerance live in `carriers/translate.py`.

    bytes ──framing──> frames ──codec──> PDUs ──session──> events for the owner
    bytes <────────────────────codec──── PDUs <──session── the owner's requests

Numbers, ids and texts are `bytes` throughout: the ids and addresses of real carriers are not always ASCII.
"""
