"""Who runs the instance."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Association:
    """The association as its members and the public know it; used on pages, in mail and in the PDF."""

    name: str
    short_name: str
    address: str
    email: str
    telephone: str
    hours: str = ""
    contact: str = "Geschäftsstelle"
    language: str = "de"
    time_zone: str = "Europe/Berlin"
    sender: str = ""  # where mail comes from; empty: ``email``
    logo: str = ""  # the digest of the logo, if there is one
    texts_edited: bool = False  # have imprint and privacy been edited since the starter texts

    @property
    def mail_from(self) -> str:
        """The address mail is sent from; answers go to ``email``."""
        return self.sender or self.email

    @property
    def zone(self) -> ZoneInfo:
        """The time zone in which days begin and end and times are printed."""
        return ZoneInfo(self.time_zone)
