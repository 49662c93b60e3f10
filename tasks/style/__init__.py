"""The engines that give photographs a modern look, loaded once."""
