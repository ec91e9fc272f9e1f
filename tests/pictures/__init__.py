"""Pictures of the console as SVG text: pages of a made-up day, rendered as the console renders them.

`python -m tests.pictures FOLDER` (make pictures) writes them. The day, its ids and its messages are fixed, so that the
same source gives the same files.
"""
