"""One module a format: the bytes of a file become a Document of blocks with spans."""
