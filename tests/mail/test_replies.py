"""The text of a reply as mail programs write it around ours, and its attachments."""

from email.message import EmailMessage
from itertools import product

import pytest

from signoff.domain.mail import BounceType
from signoff.mail.bounces import MAX_MESSAGE_SIZE, classify_message
from signoff.mail.replies import extract_text, read_attachments, remove_quotes
from tests.mail.test_bounces import RETURNS

FORUM = "Städteforum <bounces+4711-00@forum.example>"
OURS = "Sehr geehrte Damen und Herren,\n\ndas Forum bittet um Ihre Mitzeichnung bis zum 31. März."
QUOTED = "\n".join(f"> {line}".rstrip() for line in OURS.splitlines())
HTML_OURS = "<p>Sehr geehrte Damen und Herren,</p><p>das Forum bittet um Ihre Mitzeichnung.</p>"

BODIES = {
    "one line": "Die Stadt Musterhausen zeichnet mit.",
    "letter": "Guten Tag,\n\nwir zeichnen gern mit.\n\nMit freundlichen Grüßen\nHauptamt der Stadt",
    "english": "Dear colleagues,\n\nwe support the paper.\n\nKind regards\nThe Mayor's Office",
    "list": "Wir zeichnen mit, wenn\n- Nummer 3 bleibt,\n- Nummer 5 entfällt.\n\nDanke",
    "days": "Am 18. März 2027 tagt unser Rat. Der Bürgermeister schrieb dazu:\nWir machen mit.",
    "fields": "Beschluss vom: 3. Februar 2027\nAn der Sitzung nahmen 30 Mitglieder teil.\nJa.",
    "from": "Von: uns ein klares Ja!\nBetreff der Vorlage war die Mitzeichnung.",
    "hint": "Hinweis: Der Rat hat mit 12 zu 3 zugestimmt.\n\nWichtig: ohne Protokollnotiz.",
    "long": "\n\n".join(f"Absatz {number} unserer Stellungnahme." for number in range(1, 20)),
}
HEADER_DE = (
    f"Von: {FORUM}\nGesendet: Montag, 1. März 2027 09:00\nAn: Hauptamt\nBetreff: Mitzeichnung"
)
HEADER_EN = (
    f"From: {FORUM}\nSent: Monday, March 1, 2027 9:00 AM\nTo: Hauptamt\nSubject: Mitzeichnung"
)
NOTES = f"Von:\t{FORUM}\nAn:\tHauptamt\nDatum:\t01.03.2027 09:00\nBetreff:\tMitzeichnung"
BOLD = "\n".join(f"*{line.replace(':', ':*', 1)}" for line in HEADER_DE.splitlines())
PLAIN = {
    "Outlook, German": f"%s\n\n\n{HEADER_DE}\n\n{OURS}",
    "Outlook, English": f"%s\n\n{HEADER_EN}\n\n{OURS}",
    "Outlook 2003": f"%s\n\n-----Ursprüngliche Nachricht-----\n{HEADER_DE}\n\n{OURS}",
    "Outlook 2003, English": f"%s\n\n-----Original Message-----\n{HEADER_EN}\n\n{OURS}",
    "Outlook on the web": f"%s\n\n{'_' * 32}\n{HEADER_DE}\n\n{OURS}",
    "Outlook as text": f"%s\n\n{BOLD}\n\n{OURS}",
    "Outlook for iOS": f"%s\n\nHolen Sie sich Outlook für iOS<https://aka.ms/o>\n{'_' * 32}\n{HEADER_DE}\n\n{OURS}",
    "Outlook for Android": f"%s\n\nGet Outlook for Android\n{'_' * 32}\n{HEADER_EN}\n\n{OURS}",
    "Apple": f"%s\n\n> Am 01.03.2027 um 09:00 schrieb {FORUM}:\n> \n{QUOTED}",
    "Apple Mail": f"%s\n\nAm 01.03.2027 um 09:00 schrieb {FORUM}:\n\n{QUOTED}",
    "Apple Mail, English": f"%s\n\nOn 1 Mar 2027, at 09:00, {FORUM} wrote:\n\n{QUOTED}",
    "iPhone": f"%s\n\nVon meinem iPhone gesendet\n\nAm 01.03.2027 um 09:00 schrieb {FORUM}:\n\n{QUOTED}",
    "iPhone, English": f"%s\n\nSent from my iPhone\n\nOn 1 Mar 2027, at 09:00, {FORUM} wrote:\n\n{QUOTED}",
    "Thunderbird": f"%s\n\nAm 01.03.27 um 09:00 schrieb Städteforum:\n{QUOTED}\n",
    "Thunderbird, English": f"%s\n\nOn 01/03/2027 09:00, Städteforum wrote:\n{QUOTED}\n",
    "Thunderbird, below": f"Am 01.03.27 um 09:00 schrieb Städteforum:\n{QUOTED}\n\n%s\n\n-- \nHauptamt, Markt 1",
    "Thunderbird, below, English": f"On 01/03/2027 09:00, Städteforum wrote:\n{QUOTED}\n\n%s",
    "between": f"Am 01.03.27 um 09:00 schrieb Städteforum:\n> Sehr geehrte\n\n%s\n\n{QUOTED}",
    "GMX": "%s\n\n\nGesendet: Montag, 01. März 2027 um 09:00 Uhr\n"
    f"Von: {FORUM}\nAn: hauptamt@stadt.example\nBetreff: Mitzeichnung\n\n{OURS}",
    "WEB.DE app": "%s\n\n-- \nDiese Nachricht wurde von meinem Mobiltelefon mit WEB.DE Mail gesendet.\n"
    f"Am 01.03.27, 09:00 schrieb {FORUM}:\n\n{OURS}",
    "T-Online": f"%s\n\n-----Original-Nachricht-----\nBetreff: Mitzeichnung\nVon: {FORUM}\n\n{OURS}",
    "Gmail": f"%s\n\nAm Mo., 1. März 2027 um 09:00 Uhr schrieb Städteforum <\n"
    f"bounces+4711-00@forum.example>:\n\n{QUOTED}",
    "Gmail, English": f"%s\n\nOn Mon, Mar 1, 2027 at 9:00 AM {FORUM}\nwrote:\n\n{QUOTED}",
    "Notes": f"%s\n\n\n\n{NOTES}\n\n\n\n{OURS}",
    "GroupWise": f"%s\n\n>>> {FORUM} 01.03.27 9.00 Uhr >>>\n{OURS}",
    "Roundcube": f"%s\n\nAm 2027-03-01 09:00, schrieb Städteforum:\n{QUOTED}",
    "Horde": f"%s\n\nZitat von {FORUM}:\n\n{QUOTED}",
    "forwarded and answered": f"%s\n\n{HEADER_DE}\n\nzur Kenntnis\n\n{HEADER_DE}\n\n{OURS}",
    "forwarded by Apple": f"%s\n\nAnfang der weitergeleiteten Nachricht:\n\n{HEADER_DE}\n\n{OURS}",
    "forwarded by Gmail": f"%s\n\n---------- Forwarded message ---------\n{HEADER_DE}\n\n{OURS}",
}
HTML_HEADER = (
    "<b>Von:</b> Städteforum &lt;a@forum.example&gt;<br><b>Gesendet:</b> Montag, 1. März 2027 09:00<br>"
    "<b>An:</b> Hauptamt<br><b>Betreff:</b> Mitzeichnung"
)
HTML = {
    "Outlook": "<html><head><style>p{margin:0}</style></head><body><div class=WordSection1>%s"
    "<div><div style='border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt'>"
    f"<p class=MsoNormal>{HTML_HEADER}<o:p></o:p></p></div></div>{HTML_OURS}</div></body></html>",
    "Outlook.com": f"<div>%s</div><hr tabindex='-1'><div id='divRplyFwdMsg'>{HTML_HEADER}</div>{HTML_OURS}",
    "Gmail": "<div dir=ltr>%s</div><br><div class=gmail_quote><div class=gmail_attr>Am Mo., 1. März 2027 um "
    "09:00&nbsp;Uhr schrieb Städteforum &lt;<a href='mailto:a@forum.example'>a@forum.example</a>&gt;:<br></div>"
    f"<blockquote class=gmail_quote>{HTML_OURS}</blockquote></div>",
    "Apple": "<html><body>%s<div><br><blockquote type=cite><div>Am 01.03.2027 um 09:00 schrieb Städteforum "
    f"&lt;a@forum.example&gt;:</div><br>{HTML_OURS}</blockquote></div></body></html>",
    "Thunderbird, below": "<div class='moz-cite-prefix'>Am 01.03.27 um 09:00 schrieb Städteforum:<br></div>"
    f"<blockquote type=cite>{HTML_OURS}</blockquote>%s",
    "GMX": "<div>%s</div><div name=quote><div><b>Gesendet:</b> Montag, 01. März 2027 um 09:00 Uhr<br/><b>Von:</b> "
    f"Städteforum<br/><b>An:</b> a@stadt.example<br/><b>Betreff:</b> X</div><div>{HTML_OURS}</div></div>",
}


def lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def mail(text: str, subtype: str = "plain", sender: str = "hauptamt@stadt.example") -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, FORUM, "AW: Mitzeichnung"
    message.set_content(text, subtype=subtype)
    return message


@pytest.mark.parametrize(("layout", "body"), list(product(PLAIN, BODIES)))
def test_a_plain_reply_is_read_without_the_mail_that_it_quotes(layout: str, body: str) -> None:
    text = extract_text(mail(PLAIN[layout] % BODIES[body]))
    assert lines(remove_quotes(text)) == lines(BODIES[body])


@pytest.mark.parametrize(("layout", "body"), list(product(HTML, BODIES)))
def test_a_reply_in_html_is_read_without_the_mail_that_it_quotes(layout: str, body: str) -> None:
    paragraphs = "".join(f"<p class=MsoNormal>{line}</p>\n" for line in BODIES[body].splitlines())
    text = extract_text(mail(HTML[layout] % paragraphs, "html"))
    assert lines(remove_quotes(text)) == lines(BODIES[body])


def test_there_are_three_hundred_of_them() -> None:
    assert (len(PLAIN) + len(HTML)) * len(BODIES) >= 300


def test_a_reply_that_is_all_quotation_is_shown_whole() -> None:
    assert remove_quotes(QUOTED) == QUOTED
    assert remove_quotes("") == ""


def test_attachments_are_known_by_their_content_and_others_are_named_only() -> None:
    message = mail("Anbei unsere Erklärung.")
    files = {
        "erklaerung.pdf": b"%PDF-1.7\n",
        "foto.jpg": b"\xff\xd8\xff\xe0",
        "logo.png": b"\x89PNG\r\n\x1a\n",
        "beschluss.docx": b"PK\x03\x04",
        "rechnung.pdf": b"MZ\x90\x00",
        "notiz.txt": b"Ja",
    }
    for name, content in files.items():
        message.add_attachment(
            content, maintype="application", subtype="octet-stream", filename=name
        )
    content = message.as_bytes()
    reply = classify_message(content, RETURNS).reply
    assert reply
    assert [each.type for each in reply.attachments] == ["pdf", "jpg", "png", "docx", "", "txt"]
    assert list(files) == [each.name for each in reply.attachments]
    assert [data for _, data in read_attachments(content)] == list(files.values())


def test_no_file_of_a_mail_that_is_too_large_is_offered() -> None:
    message = mail("Anbei unsere Erklärung.")
    message.add_attachment(
        b"%PDF-1.7\n" + bytes(8_000_000), maintype="application", subtype="pdf", filename="a.pdf"
    )
    content = message.as_bytes()[:MAX_MESSAGE_SIZE]
    bounce = classify_message(content, RETURNS)
    assert bounce.bounce_type is BounceType.REPLY
    assert bounce.reply
    assert bounce.reply.text == "Anbei unsere Erklärung."
    assert [each.type for each in bounce.reply.attachments] == [""]
