"""What came back: a bounce, a word that it takes longer, an automatic reply, or something else altogether."""

from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import Message
from email.utils import getaddresses

from flufl.bounce import all_failures

from signoff.domain.delivery import PostFailed
from signoff.domain.returned import Came, Returned
from signoff.mail.returns import Returns

RECIPIENT = ("Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To", "To", "Cc")
AWAY = ("abwesen", "out of office", "out of the office", "automatische antwort", "automatic reply", "autoreply")
BULK = ("auto_reply", "auto-reply")


def read(content: bytes, returns: Returns) -> Returned:
    """What ``content`` is, and about which mail. Only mail to a return path of ours is anything but unknown."""
    message = message_from_bytes(content, policy=policy.compat32)
    notice_id = returns.read(" ".join(address for _, address in getaddresses(fields(message, *RECIPIENT))))
    if notice_id is None:
        return Returned(Came.UNKNOWN)
    delayed, lost = all_failures(message)
    if lost and not any(action.lower() == "delayed" for action in told(message, "Action")):
        return Returned(Came.BOUNCE, notice_id, words(message, "5."))
    if delayed or lost:
        return Returned(Came.DELAY, notice_id, words(message, "4."))
    if automatic(message):
        return Returned(Came.AUTOREPLY, notice_id, one_line(" ".join(fields(message, "Subject"))))
    return Returned(Came.UNKNOWN, notice_id)


def automatic(message: Message) -> bool:
    """Whether nobody wrote this: RFC 3834 section 5, and what programs say that do not know it."""
    if any(value.strip().lower().startswith("auto-replied") for value in fields(message, "Auto-Submitted")):
        return True
    if fields(message, "X-Autoreply", "X-Autorespond"):
        return True
    if any(value.strip().lower() in BULK for value in fields(message, "Precedence")):
        return True
    subject = decoded(" ".join(fields(message, "Subject"))).lower()
    return any(subject.startswith(each) for each in AWAY)


def words(message: Message, status: str) -> str:
    """What the server said: the diagnosis, else the status, else the first line of what was written."""
    diagnoses = [each.partition(";")[2].strip() or each for each in told(message, "Diagnostic-Code")]
    codes = [each for each in told(message, "Status") if each.startswith(status)]
    return one_line((diagnoses or codes or [decoded(" ".join(fields(message, "Subject")))])[0])


def told(message: Message, name: str) -> list[str]:
    """This field of every recipient in the delivery report (RFC 3464), unfolded."""
    reports = (part for part in message.walk() if part.get_content_type() == "message/delivery-status")
    blocks = [block for part in reports for block in part.walk() if block is not part]
    return [one_line(value) for block in blocks for value in fields(block, name)]


def fields(message: Message, *names: str) -> list[str]:
    return [str(value) for name in names for value in message.get_all(name, [])]


def decoded(text: str) -> str:
    """``text`` with its encoded words read; as it stands where they cannot be."""
    try:
        return str(make_header(decode_header(text)))
    except (UnicodeError, LookupError, ValueError):
        return text


def one_line(text: str) -> str:
    """``text`` as it may be shown: one line, nothing invisible, 500 characters."""
    return PostFailed(text).words
