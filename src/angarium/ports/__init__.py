"""What the flows need from the world: protocols with promises, and the values that pass through them.

A port says what is atomic, what may be repeated, and what a failure leaves behind. It never says how.
"""
