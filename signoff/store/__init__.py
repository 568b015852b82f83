"""Where the nouns are kept: the only SQL, shown next to the one function that runs it."""
