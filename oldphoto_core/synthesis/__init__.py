"""Making damage: seeded, replayable ageing of a sound photograph, with the truth about what was done to it."""
