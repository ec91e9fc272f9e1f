"""Writes the pages that are made from code: docs/contract.md from the tests, docs/reference/ from the tables.

`python -m docs._generate` rewrites what is out of date (`make format` and `make docs` run it), and a test of the house
compares. It reads the project's files and imports the product; it knows nothing of the tool that builds the site.
"""
