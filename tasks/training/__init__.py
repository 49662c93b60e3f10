"""Training one network from a folder of pictures."""
