"""How well files are read: each measure is one module, run by ``python -m evals ingestion``."""
