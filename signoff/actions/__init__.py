"""What is done: load, decide, record, in one immediate transaction."""
