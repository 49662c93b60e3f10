"""What the methods are worth: aged pictures whose truth is known, measures, intervals, tables."""
