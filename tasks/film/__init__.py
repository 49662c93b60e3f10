"""Films: reels read from video files or folders of frames, restored shot by shot, written with their sound and time."""
