"""Golden numbers: what the published systems' own code computes with weights that anyone can rebuild."""
