"""The rules. They use no database, web page or clock."""
