"""Input for the representative's forms, step by step."""

from tests.browser import Browser

CONTACT = {
    "filled_in_by": "Sachbearbeitung",
    "filled_in_unit": "Hauptamt",
    "filled_in_email": "hauptamt@rathaus.example",
}
PERSON = {
    "title": "Dr.",
    "first_name": "Vorname",
    "last_name": "Nachname",
    "function": "Bürgermeisterin",
}
DECISION = {
    "body": "Rat der Stadt",
    "decision_number": "12/2027",
    "decision_date": "14.1.2027",
    "decision_result": "einstimmig",
}
SIGNER = {**PERSON, "basis": "council", **DECISION, "authorised": True}
NOTE = "Leitgedanke 4 verstehen wir im Rahmen der Haushaltsmittel."
PUBLICATION = {"publish_name": True, "note": NOTE, **CONTACT}
DECLINE = {"answer": "decline", "reason": "Der Rat wartet den Modellversuch ab.", **CONTACT}
PENDING = {"answer": "pending", "expected_on": "2027-02-11", "body": "Hauptausschuss", **CONTACT}
NOT_COMPETENT = {"answer": "not_competent", **CONTACT}
OTHERS = {"decline": DECLINE, "pending": PENDING, "not_competent": NOT_COMPETENT}


def begin(browser: Browser, token: str) -> Browser:
    """Open the link and go to step 1 as a reader would."""
    browser.open(f"/s/{token}")
    return browser.open(
        f"/s/{token}/answer" if browser.page == "receipt" else browser.link("Rückmeldung abgeben")
    )


def signing(
    browser: Browser, token: str, signer: dict | None = None, publication: dict | None = None
) -> Browser:
    """Fill in a signature up to its review."""
    begin(browser, token).submit({"answer": "sign"})
    browser.submit({**SIGNER, **(signer or {})})
    return browser.submit({**PUBLICATION, **(publication or {})})


def answering(browser: Browser, token: str, kind: str) -> Browser:
    """Fill in any of the four answers up to its review."""
    return signing(browser, token) if kind == "sign" else begin(browser, token).submit(OTHERS[kind])


def confirm(browser: Browser, name: str = "Musterhausen", status: int = 200) -> Browser:
    """Type the municipality's name and submit the answer."""
    return browser.submit({"confirm": name}, status=status)
