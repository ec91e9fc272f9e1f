"""Durable truth: implementations of the Store port.

A store knows tables and transactions. It refuses to know why a message moves: it applies what the flows decided.
"""
