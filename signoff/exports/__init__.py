"""Values to files others read: the published list, tables."""
