"""How well it works: datasets, metrics, runners and reports over the product's own entry points."""
