"""What the assistant does besides finding text: computing over the ledger."""
