"""The time-stamping authority (RFC 3161), over http. What goes wrong there is said in the office's words."""

import asyncio
from http.client import HTTPException
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from asn1crypto import cms, core, tsp
from pyhanko.sign.timestamps import TimeStamper
from pyhanko.sign.timestamps.common_utils import set_tsp_headers

from signoff.domain.seal import SealFailed

PATIENCE = 20.0  # seconds for one answer
LARGEST = 256 * 1024  # bytes of one answer


class Answer(core.Sequence):  # type: ignore[misc]
    """RFC 3161, 2.4.2: a refusal carries no token; asn1crypto's own class does not know that."""

    _fields = [("status", tsp.PKIStatusInfo), ("time_stamp_token", cms.ContentInfo, {"optional": True})]  # noqa: RUF012


class Authority(TimeStamper):
    """Asks ``url`` for timestamps. Raises ``SealFailed`` where none came."""

    def __init__(self, url: str, patience: float = PATIENCE) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.url, self.patience = url, patience
        self.host = urlsplit(url).hostname or url

    async def async_request_tsa_response(self, req: tsp.TimeStampReq) -> tsp.TimeStampResp:
        answer = await asyncio.get_running_loop().run_in_executor(None, self.ask, req.dump())
        try:
            status = Answer.load(answer, strict=True)["status"]["status"].native
        except (ValueError, TypeError) as wrong:
            raise SealFailed(f"die Zeitstempelstelle {self.host} antwortet unverständlich") from wrong
        if status != "granted":
            raise SealFailed(f"die Zeitstempelstelle {self.host} lehnt ab ({status})")
        return tsp.TimeStampResp.load(answer)

    def ask(self, question: bytes) -> bytes:
        headers: dict[str, str] = {}
        set_tsp_headers(headers)
        try:
            with urlopen(Request(self.url, question, headers), timeout=self.patience) as answer:  # noqa: S310
                return bytes(answer.read(LARGEST))
        except HTTPError as wrong:
            wrong.close()
            raise SealFailed(f"die Zeitstempelstelle {self.host} meldet einen Fehler ({wrong.code})") from wrong
        except TimeoutError as wrong:
            raise SealFailed(f"die Zeitstempelstelle {self.host} antwortet nicht rechtzeitig") from wrong
        except (OSError, HTTPException, ValueError) as wrong:
            if isinstance(getattr(wrong, "reason", None), TimeoutError):
                raise SealFailed(f"die Zeitstempelstelle {self.host} antwortet nicht rechtzeitig") from wrong
            raise SealFailed(f"die Zeitstempelstelle {self.host} ist nicht erreichbar") from wrong
