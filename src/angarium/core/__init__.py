"""The trade's words and rules: numbers, money, states, routes, refusals.

Core knows what a message is and what may happen to it. It refuses to know where anything is stored, which wire it
came over, and what time it is: every function here is pure, and `now` is an argument.
"""
