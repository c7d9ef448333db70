"""Question → cited answer, and every way to ask one: command line, HTTP, web page."""
