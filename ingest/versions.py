"""What makes ids of versions and the index manifest change with the program, besides the search key's version."""

READER_VERSION = "2"
"""What reading makes of the same bytes changes with it: a new one makes new versions of all documents."""

STRUCTURE_VERSION = "3"
"""Goes into version ids and the index manifest: another value makes new versions of all documents."""
