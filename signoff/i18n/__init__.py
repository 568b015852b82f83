"""Text for people: dates, labels, error messages.

German is the language of the sources, English comes from the catalogue.
"""
