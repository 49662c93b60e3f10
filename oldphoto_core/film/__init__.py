"""A reel as shots and windows of frames: what is done over time, and what is carried from one window to the next."""
