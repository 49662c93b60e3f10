"""From recipe to weights: pairs made by ageing, losses, the loop, checkpoints that go on bit for bit."""
