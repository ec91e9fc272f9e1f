"""The pages of the console in a real browser. A package, so that pytest can share one browser among its modules."""
