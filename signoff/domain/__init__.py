"""The rules. Nothing here knows of a database, a web page or a clock."""
