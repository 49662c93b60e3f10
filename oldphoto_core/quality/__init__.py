"""How good a photograph is: against a reference, by itself, and after a change."""
