"""The legs of a message's life, each a straight line that ends in one commit.

A flow knows the order of the steps. It refuses to know formats, sockets, clocks and threads: what it needs comes in
through ports, what it decides comes from core. `lifecycle` decides when a leg runs.
"""
