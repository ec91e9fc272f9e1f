"""Providers of payments: the demo's, and those that are installed beside Angarium.

It knows how a provider is found by its name. It refuses to know money: what a payment is worth here is the flows'.
"""

from __future__ import annotations
