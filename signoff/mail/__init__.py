"""Mail: composes messages, delivers them to a mail server or a folder, and reads what comes
back.
"""
