"""File → library: reading, structure, and the stores; imports nothing of app or evals."""
