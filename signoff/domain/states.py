"""The states of Germany: the codes of ISO 3166-2:DE by their names."""

STATES = {
    "baden-württemberg": "BW",
    "bayern": "BY",
    "berlin": "BE",
    "brandenburg": "BB",
    "bremen": "HB",
    "hamburg": "HH",
    "hessen": "HE",
    "mecklenburg-vorpommern": "MV",
    "niedersachsen": "NI",
    "nordrhein-westfalen": "NW",
    "rheinland-pfalz": "RP",
    "saarland": "SL",
    "sachsen": "SN",
    "sachsen-anhalt": "ST",
    "schleswig-holstein": "SH",
    "thüringen": "TH",
}


def code(name: str) -> str:
    """The code of the German state called ``name``, ``BY`` for Bayern; a code is taken too. Else empty."""
    short = name.strip().upper().removeprefix("DE-")
    found = STATES.get(name.strip().casefold(), short)
    return found if found in STATES.values() else ""
