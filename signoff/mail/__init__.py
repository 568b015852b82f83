"""Mail: from a letter to a message, and from a message to a mail server or a folder. Values in, values out."""
