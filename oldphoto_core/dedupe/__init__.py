"""Which files show the same print? Exact digests, perceptual hashes, geometric proof, groups."""
