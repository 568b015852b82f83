"""What the invented municipalities answer."""

CONTACT = {"filled_in_by": "Sachbearbeitung", "filled_in_unit": "Büro der Verwaltungsspitze"}
FUNCTIONS = ("Oberbürgermeisterin", "Oberbürgermeister", "Bürgermeisterin", "Bürgermeister")
BASES = ("head", "council", "both", "administration", "urgent")
NOTE = "Die Stadt versteht Leitgedanke 4 im Rahmen der verfügbaren Haushaltsmittel."


def signature(place: str, number: int, decided_on: str, note: str = "") -> dict[str, str]:
    """A signature; basis, function and consent vary with ``number``."""
    fields = {
        "answer": "sign",
        "title": "Dr." if number % 4 == 0 else "",
        "first_name": "Vorname",
        "last_name": "Nachname",
        "function": FUNCTIONS[number % len(FUNCTIONS)],
        "basis": BASES[number % len(BASES)],
        "body": "Rat der Stadt",
        "decision_number": f"{100 + number}/2026",
        "decision_date": decided_on,
        "decision_result": "einstimmig" if number % 3 else "mit Mehrheit",
        "authorised": "y",
        "note": note,
        "confirm": place,
        **contact(place),
    }
    return fields | ({"publish_name": "y"} if number % 3 else {})


def refusal(place: str) -> dict[str, str]:
    reason = "Der Rat möchte zuerst das Ergebnis des Modellversuchs abwarten."
    return {"answer": "decline", "reason": reason, "confirm": place, **contact(place)}


def not_competent(place: str) -> dict[str, str]:
    return {"answer": "not_competent", "confirm": place, **contact(place)}


def pending(place: str, sitting: str) -> dict[str, str]:
    return {"answer": "pending", "body": "Rat der Stadt", "expected_on": sitting, "confirm": place, **contact(place)}


def contact(place: str) -> dict[str, str]:
    return {**CONTACT, "filled_in_email": "sachbearbeitung@rathaus.example"}
