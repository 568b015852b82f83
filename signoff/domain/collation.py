"""The order German readers expect: DIN 5007-1, umlauts as their base letters, ß as ss."""

import unicodedata
from functools import lru_cache

# Letters that Unicode does not decompose into a base letter and a mark.
BASE = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ħ": "h", "ŧ": "t", "ı": "i"}
)


@lru_cache(maxsize=1 << 15)  # every page that lists members sorts the same names again
def sort_key(text: str) -> tuple[str, str]:
    """The key by which names are sorted; equal base letters fall back to the spelling itself."""
    folded = unicodedata.normalize("NFKD", text.casefold()).translate(BASE)
    letters = "".join(sign for sign in folded if not unicodedata.combining(sign))
    return " ".join("".join(sign if sign.isalnum() else " " for sign in letters).split()), text
