"""Old photographs as arrays: find, judge, damage, mend. No network, no clock, no environment."""
