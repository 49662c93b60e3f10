"""What is done to a photograph: the plan, and the steps that carry it out."""
