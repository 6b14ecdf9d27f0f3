"""Follow a place or a topic: news by mail after a double opt-in, and the same as Atom feeds."""
