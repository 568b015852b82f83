"""A sample association at work: invented municipalities, three papers, mail as files."""
