"""Delivery: what a refusal means, when a mail is tried again, when a server is left alone, and how
long a run takes.

Only a fault of the recipient or of the message concerns one mail. Every other fault is the server's
or ours: it pauses the server, and the mails keep their attempts.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

RETRY_DELAYS = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15))
# A next attempt further away than this was written by a clock that ran fast.
MAX_RETRY_DELAY = timedelta(hours=1)
# From the first to the last attempt; RFC 5321 4.5.4.1 asks for four to five days from a server.
MAX_RETRY_PERIOD = timedelta(days=3)

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


# What a refusal means.


class Stage(StrEnum):
    """The stage of the SMTP dialogue at which a server refused."""

    CONNECT = "connect"
    TLS = "tls"
    LOGIN = "login"
    MAIL_FROM = "mail_from"
    RCPT_TO = "rcpt_to"
    DATA = "data"  # the command; the text has not been sent
    END_OF_DATA = "end_of_data"
    LIMIT = "limit"  # not the server: the limit of the settings


class Fault(StrEnum):
    """The cause of a refusal."""

    RECIPIENT = "recipient"
    MESSAGE = "message"
    SENDER = "sender"
    LOGIN = "login"
    QUOTA = "quota"
    POLICY = "policy"
    TEMPORARY = "temporary"


FAULTS_OF_ONE_MAIL = (Fault.RECIPIENT, Fault.MESSAGE)
# Their first refusal pauses nothing, because that mail may be at fault: the next one shows it.
FAULTS_TO_CONFIRM = (Fault.TEMPORARY, Fault.SENDER, Fault.POLICY)


@dataclass(frozen=True, slots=True)
class Rule:
    """A reply with one of the ``codes`` (enhanced status codes, RFC 3463 and RFC 5248) or with the
    ``words`` (a pattern, case ignored) has this fault.

    ``pause``: how long to wait. With it, not even a permanent code (5xx) ends a mail.
    """

    fault: Fault
    codes: str
    words: str
    pause: timedelta | None = None


# The first rule that fits counts.
RULES = (
    # One recipient gets too much at the moment. Exchange Online: "4.5.127", "5.2.121", "5.2.122",
    # "432 4.3.2 STOREDRV.Deliver; recipient thread limit exceeded". Gmail: "450 4.2.1 The user you
    # are trying to contact is receiving mail too quickly".
    Rule(
        Fault.RECIPIENT,
        "4.5.127 5.2.121 4.2.121 5.2.122 4.2.122",
        r"recipient thread limit|receiving (e-?)?mail (too quickly|at a rate)",
        HOUR,
    ),
    # Postgrey: "450 4.2.0 Greylisted"; milter-greylist: "451 4.7.1 Greylisting in action".
    Rule(Fault.RECIPIENT, "", r"gr[ae]y-?list"),
    # Exchange Online: "554 5.2.252 SendAsDenied", "550 5.7.60 Client does not have permissions to
    # send as this sender", "550 5.1.8 Access denied, bad outbound sender". Postfix: "553 5.7.1
    # Sender address rejected: not owned by user".
    Rule(
        Fault.SENDER,
        "5.2.252 5.7.60 5.1.8 5.1.7",
        r"SendAsDenied|permissions? to send (as|on behalf)|not owned by|sender address rejected"
        r"|not (allowed|authori[sz]ed|permitted) to send (as|from|with)",
    ),
    # Gmail: "550 5.7.26 Unauthenticated email is not accepted due to the domain's DMARC policy".
    Rule(
        Fault.SENDER,
        "5.7.26 5.7.25 5.7.27 5.7.509",
        r"unauthenticated (e-?)?mail|\b(SPF|DKIM|DMARC)\b",
    ),
    # RFC 3207: "530 5.7.0 Must issue a STARTTLS command first".
    Rule(Fault.POLICY, "", r"STARTTLS"),
    # RFC 4954: "530 5.7.0 Authentication required", "535 5.7.8". Exchange Online: "5.7.57 Client
    # was not authenticated", "535 5.7.139 SmtpClientAuthentication is disabled", "550 5.7.30 Basic
    # authentication is not supported". Postfix: "554 5.7.1 Relay access denied".
    Rule(
        Fault.LOGIN,
        "5.7.57 5.7.139 5.7.30 5.7.3 5.7.8 5.7.9 5.7.11 5.7.14",
        r"^53[045]\b|authentication (is )?(required|unsuccessful|failed)|not authenticated"
        r"|relay(ing)?( access)? (is )?(denied|not)|unable to relay",
    ),
    # Per day. Exchange Online: "550 5.1.90 you've reached your daily limit", "554 5.2.0
    # STOREDRV.Submission.Exception:SubmissionQuotaExceededException", "5.7.233 tenant exceeded its
    # daily limit". Gmail: "550 5.4.5 Daily user sending limit exceeded". Amazon: "454 Throttling
    # failure: Daily message quota exceeded".
    Rule(
        Fault.QUOTA,
        "5.4.5 5.1.90 5.1.92 5.7.232 5.7.233",
        r"submission ?quota|daily .{0,40}(limit|quota)|(limit|quota)[^.]{0,40}per day",
        DAY,
    ),
    # Per minute or at once. Exchange Online: "432 4.3.2 STOREDRV.ClientSubmit; sender thread limit
    # exceeded" and "concurrent connections limit". Postfix: "421 4.7.0 too many connections".
    Rule(
        Fault.QUOTA,
        "",
        r"thread limit|concurrent (connections? )?limit"
        r"|concurrent connections? limit|too many( concurrent)? (connections|sessions)|per minute"
        r"|message rate",
        MINUTE,
    ),
    # RFC 3463: too large for the system or the mailbox ("552 5.3.4 Message size exceeds limit").
    Rule(Fault.MESSAGE, "5.3.4 5.2.3", r"message size|size limit|too large|too big"),
    # RFC 3463: the mailbox or its domain. "Over quota" is here the mailbox.
    Rule(
        Fault.RECIPIENT,
        "5.1.1 5.1.2 5.1.3 5.1.6 5.1.10 5.2.1 4.2.2 5.2.2",
        r"(unknown|no such) (user|mailbox|recipient)|(user|recipient|mailbox) unknown"
        r"|mailbox (is )?full|(storage|over) quota|storage space",
    ),
    # IONOS: "450 Mail send limit exceeded". StartMail: "550 5.7.1 Your mail limit has been
    # reached". Postfix: "450 4.7.1 too much mail from". web.de: "421 Rate limit reached". Gmail:
    # "4.7.28 unusual rate of unsolicited mail", "450 4.2.1 Peak SMTP relay limit exceeded".
    Rule(
        Fault.QUOTA,
        "4.7.28 5.7.28",
        r"(limit|quota)\b.{0,30}\b(exceeded|reached)|exceed\w*\b.{0,40}\b(limit|quota|rate)"
        r"|rate.?limit|throttl|too much mail|unusual rate|too many (messages|e-?mails|recipients)",
        HOUR,
    ),
    # Exchange Online: "550 5.7.708 Access denied, traffic not accepted from this IP" and the other
    # 5.7.5xx to 5.7.7xx about a tenant. T-Online: "554 IP=… - A problem occurred". Block lists.
    Rule(
        Fault.POLICY,
        "",
        r"^5\d\d.5\.7\.[567]\d\d\b|traffic not accepted|IP=\S+ - A problem occurred|blocked using"
        r"|(block|black|deny).?list|client host|reverse (dns|hostname)|reputation"
        r"|policy violations|dialup/transient",
    ),
    # RFC 5321 3.8: the service closes. RFC 3463: "452 4.3.1 Insufficient system storage", "4.3.2
    # System not accepting network messages".
    Rule(
        Fault.TEMPORARY, "4.3.1 4.3.2 4.4.2", r"^421\b|insufficient (system )?(storage|resources)"
    ),
)
# Where no rule fits: the fault for a temporary and for a permanent code.
FAULT_BY_STAGE = {
    Stage.CONNECT: (Fault.TEMPORARY, Fault.POLICY),
    Stage.TLS: (Fault.TEMPORARY, Fault.TEMPORARY),
    Stage.LOGIN: (Fault.TEMPORARY, Fault.LOGIN),
    Stage.MAIL_FROM: (Fault.TEMPORARY, Fault.SENDER),
    Stage.RCPT_TO: (Fault.RECIPIENT, Fault.RECIPIENT),
    Stage.DATA: (Fault.TEMPORARY, Fault.POLICY),
    Stage.END_OF_DATA: (Fault.MESSAGE, Fault.MESSAGE),
}
# Before a sender is named, no words can be about a mail.
STAGES_BEFORE_MAIL = (Stage.CONNECT, Stage.TLS, Stage.LOGIN, Stage.MAIL_FROM)
PAUSES = {Fault.SENDER: HOUR, Fault.LOGIN: HOUR, Fault.QUOTA: HOUR, Fault.POLICY: HOUR}
ADDRESS = re.compile(r"<[^>]*>|\S+@\S+")
ENHANCED_CODE = re.compile(r"\d{3}[ -]([245]\.\d{1,3}\.\d{1,3})\b")
NAMED_PAUSE = re.compile(
    r"\b(?:in|after|for|within|nach)\s+(\d{1,4})\s*(second|sekunde|minute|hour|stunde)", re.I
)
UNITS = {"second": timedelta(seconds=1), "sekunde": timedelta(seconds=1), "minute": MINUTE}


@dataclass(frozen=True, slots=True)
class Verdict:
    """The meaning of a refusal. ``is_final``: the mail is not tried again. ``pause``: how long to
    wait, where the reply says it.
    """

    fault: Fault
    is_final: bool = False
    pause: timedelta | None = None


def classify(stage: Stage, reply: str) -> Verdict:
    """The meaning of a ``reply`` such as ``550 5.1.1 No such user``."""
    rule = find_rule(reply)
    permanent = reply.startswith("5")
    fault = rule.fault if rule else FAULT_BY_STAGE[stage][permanent]
    if fault in FAULTS_OF_ONE_MAIL and stage in STAGES_BEFORE_MAIL:
        rule, fault = None, FAULT_BY_STAGE[stage][permanent]
    pause = rule.pause if rule else None
    named = parse_pause(reply) if fault is Fault.QUOTA or pause else None
    return Verdict(fault, permanent and fault in FAULTS_OF_ONE_MAIL and not pause, named or pause)


def find_rule(reply: str) -> Rule | None:
    """The first rule that fits a reply; an address that it quotes is not part of its words."""
    code, reply = ENHANCED_CODE.match(reply), ADDRESS.sub("", reply)
    return next(
        (
            rule
            for rule in RULES
            if (code and code[1] in rule.codes.split()) or re.search(rule.words, reply, re.I)
        ),
        None,
    )


def parse_pause(reply: str) -> timedelta | None:
    """How long to wait as the server names it ("try again in 4 hours"), a minute to a day."""
    named = NAMED_PAUSE.search(reply)
    if named is None:
        return None
    return min(DAY, max(MINUTE, int(named[1]) * UNITS.get(named[2].lower(), HOUR)))


def have_same_words(one: str, other: str) -> bool:
    """Whether two replies have the same code and words, apart from addresses and numbers."""
    return strip_particulars(one) == strip_particulars(other)


def strip_particulars(reply: str) -> str:
    code = re.match(r"\d{3}(?:[ -][245]\.\d{1,3}\.\d{1,3})?", reply)
    prefix = code[0] if code else ""
    return prefix + re.sub(r"<[^>]*>|\S*[@\d]\S*", "", reply[len(prefix) :])


class DeliveryError(Exception):
    """A message was not accepted.

    ``permanent``: a retry is useless. ``server``: other messages should wait too. ``fault`` says
    what it is about; ``pause`` how long to wait, where that is known. ``diagnostic``: the reply of
    the server (or system).
    """

    def __init__(
        self,
        diagnostic: str,
        *,
        permanent: bool = False,
        server: bool = False,
        fault: Fault | None = None,
        stage: Stage = Stage.CONNECT,
        pause: timedelta | None = None,
    ) -> None:
        self.diagnostic = " ".join(
            "".join(char if char.isprintable() else " " for char in diagnostic).split()
        )[:500]
        self.permanent = permanent
        self.fault = fault or (Fault.TEMPORARY if server else Fault.RECIPIENT)
        self.stage = stage
        self.pause = pause
        super().__init__(self.diagnostic)

    @property
    def server_unavailable(self) -> bool:
        """Whether it is not about the one mail."""
        return self.fault not in FAULTS_OF_ONE_MAIL

    def as_policy(self) -> "DeliveryError":
        """The same refusal once it has turned out to have nothing to do with the recipient."""
        return DeliveryError(self.diagnostic, fault=Fault.POLICY, stage=self.stage)


# When a mail is tried again.


def compute_next_attempt(attempts: int, now: datetime) -> datetime | None:
    """When to retry after ``attempts`` (1 or more) temporary failures; ``None`` to give up.

    The delays are 1, 5 and 15 minutes, then an hour each, three days in total. Attempts are counted
    and not elapsed time, so that a worker that was stopped over a weekend still has its attempts
    left.
    """
    if attempts < 1:
        raise ValueError("nothing has been tried yet")
    return (
        now + get_retry_delay(attempts) if sum_retry_delays(attempts) <= MAX_RETRY_PERIOD else None
    )


def get_retry_delay(attempts: int) -> timedelta:
    """The delay after so many attempts."""
    return RETRY_DELAYS[attempts - 1] if attempts <= len(RETRY_DELAYS) else MAX_RETRY_DELAY


def sum_retry_delays(attempts: int) -> timedelta:
    """The total of the delays after each of so many attempts."""
    return (
        sum(RETRY_DELAYS[:attempts], timedelta())
        + max(0, attempts - len(RETRY_DELAYS)) * MAX_RETRY_DELAY
    )


# Which server is used, and how much at a time.


@dataclass(frozen=True, slots=True)
class RateLimit:
    """Mails per minute of all workers together, in total and to one domain; 0 means no limit."""

    overall: int = 0
    domain: int = 0


@dataclass(frozen=True, slots=True)
class ServerLimit:
    """How many mails one server takes in a minute and in 24 hours; 0 means no limit.

    ``host`` is empty where mail is written into a folder.
    """

    host: str = ""
    per_minute: int = 0
    per_day: int = 0


@dataclass(frozen=True, slots=True)
class Outage:
    """A server is left alone: no mail is tried there until ``next_try_at``, then a single one."""

    server: str
    failures: int  # in a row
    since: datetime
    next_try_at: datetime
    fault: Fault
    stage: Stage
    diagnostic: str

    @property
    def is_refused(self) -> bool:
        """Whether the server refuses our login or sender, which does not pass by itself."""
        return self.fault in (Fault.LOGIN, Fault.SENDER)

    def is_active(self, now: datetime) -> bool:
        """Whether to wait; not if a clock that ran fast set a moment beyond the longest delay."""
        longest = DAY if self.fault is Fault.QUOTA else MAX_RETRY_DELAY
        return now < self.next_try_at <= now + longest

    @property
    def is_suspected(self) -> bool:
        """Whether the next mail has to show that the server is at fault, and not the mail."""
        return self.next_try_at <= self.since

    @property
    def is_down(self) -> bool:
        """Whether the server itself is at fault, and not our limit or a single mail."""
        return self.stage is not Stage.LIMIT and not self.is_suspected

    def repeats(self, problem: DeliveryError) -> bool:
        """Whether the server refuses with the same words as before."""
        return have_same_words(self.diagnostic, problem.diagnostic)


def extend_outage(
    before: Outage | None, server: str, problem: DeliveryError, now: datetime
) -> Outage:
    """One more failure of the server.

    The first one causes no delay where its mail may be at fault.
    """
    failures = before.failures + 1 if before else 1
    if failures == 1 and problem.fault in FAULTS_TO_CONFIRM:
        delay = timedelta()
    else:
        delay = problem.pause or PAUSES.get(problem.fault) or get_retry_delay(max(1, failures - 1))
    since = min(before.since, now) if before else now  # a clock that ran fast lies ahead
    return Outage(
        server, failures, since, now + delay, problem.fault, problem.stage, problem.diagnostic
    )


def build_limit_outage(limit: ServerLimit, until: datetime, now: datetime) -> Outage:
    """The server has had as many mails as the settings allow in 24 hours."""
    until = min(max(until, now + MINUTE), now + DAY)
    return Outage(limit.host, 1, now, until, Fault.QUOTA, Stage.LIMIT, f"per_day={limit.per_day}")


IDENTICAL_REFUSALS = 3  # to different recipients of more than one domain, in a row


@dataclass(frozen=True, slots=True)
class RefusedMail:
    """A mail that a server has refused since it last took one. ``is_final``: for good."""

    message_id: int
    email: str
    is_final: bool
    diagnostic: str


def is_policy(refused: Collection[RefusedMail]) -> bool:
    """Whether refusals in the same words go to so many that none of them can be at fault."""
    recipients = {mail.email.lower() for mail in refused}
    domains = {email.rpartition("@")[2] for email in recipients}
    return len(recipients) >= IDENTICAL_REFUSALS and len(domains) > 1


@dataclass(frozen=True, slots=True)
class DeliveryProgress:
    """How many mails are due now, and how many were sent in the last minute."""

    pending: int
    sent_last_minute: int

    def estimate_completion(self, now: datetime) -> datetime | None:
        """When the last one will be sent at the rate of the last minute; ``None`` if unknown."""
        return (
            now + timedelta(minutes=1) * self.pending / self.sent_last_minute
            if self.pending and self.sent_last_minute
            else None
        )


# The estimate before a run.


@dataclass(frozen=True, slots=True)
class DeliveryEstimate:
    """How long a run takes: ``minutes`` of sending (``None``: no limit says), on ``days`` days."""

    minutes: int | None
    days: int


def estimate_delivery(
    count: int, limits: Sequence[ServerLimit], already_sent: int, per_minute: int = 0
) -> DeliveryEstimate:
    """How long ``count`` mails take through servers with these limits.

    ``already_sent``: in the last 24 hours. ``per_minute`` is a limit, or a measured rate, of all
    servers together; 0 means no limit.
    """
    minute_limits = [limit.per_minute for limit in limits]
    day_limits = [limit.per_day for limit in limits]
    rates = [sum(minute_limits)] if minute_limits and all(minute_limits) else []
    rate = min([*rates, *([per_minute] if per_minute else [])], default=0)
    capacity = sum(day_limits) if day_limits and all(day_limits) else 0
    days = 1
    if capacity:
        later = count - max(0, capacity - already_sent)
        days += max(0, -(-later // capacity))
    return DeliveryEstimate(-(-count // rate) if rate else None, days)
