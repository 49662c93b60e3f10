"""Our own small networks, trained by this project: nothing in them depends on the whole picture, so tiles agree."""
