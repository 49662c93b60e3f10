"""Tables of how good each method is, from a folder of pictures to a page to read."""
