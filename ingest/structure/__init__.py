"""Blocks → structure: articles, points, rows and paragraphs with their addresses."""
