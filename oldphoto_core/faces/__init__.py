"""Find, align, and put faces back."""
