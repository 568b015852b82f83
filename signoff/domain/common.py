"""Passwords of 15 and more characters that many have chosen before: from leaked lists, and German ones.

Few are that long; a list is needed all the same (OWASP ASVS 5.0, 6.2.4). Short ones count where one is repeated.
"""

LONG = """
111111111111111 111222333444555 122333444455555 1234567887654321
12345678900987654321 12345678901234567890 1234567890987654321 1234567890qwerty 1234567890qwertyuiop
123456789101112 123456789123456 1234567891234567 123456789123456789 12345678987654321 123456789987654321
123456789qwerty 1234qwerasdfzxcv 1q2w3e4r5t6y7u8i 1q2w3e4r5t6y7u8i9o 1q2w3e4r5t6y7u8i9o0p 1qa2ws3ed4rf5tg
1qaz2wsx3edc4rfv 1qazxsw23edcvfr4 administrator123 administratorpasswort bundesrepublik1
correcthorsebatterystaple demon1q2w3e4r5t geheimespasswort hallohallohallo ichliebedich1234 iloveyouiloveyou
kartoffelpuffer letmeinletmeinletmein manchesterunited meinpasswort1234 password12345678 password123456789
passwordpassword passwordstandard passwort12345678 passwort123456789 passwortpasswort q1w2e3r4t5y6u7i8
q1w2e3r4t5y6u7i8o9p0 qazwsxedcrfvtgb qwertasdfgzxcvb qwerty123456789 qwertyuiop12345 qwertzqwertzqwertz
sommer2026sommer willkommen12345 willkommen2026! zxcvbnm123456789
"""
SHORT = """
passwort password hallo willkommen geheim sommer winter admin qwertz qwerty asdfgh letmein iloveyou schatz
abc123 123456 12345 1234567 12345678 123456789 signoff forum verband
"""
PASSWORDS = frozenset(f"{LONG} {SHORT}".split())
