"""Words for people: dates, labels, refusals. German is the language of the sources, English comes from the catalogue."""
