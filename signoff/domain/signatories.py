"""The order of the list of signatories, in print and in the embedded files."""

from collections.abc import Callable, Iterable

from signoff.domain.round_status import Signatory
from signoff.domain.text import sort_key

HOME_COUNTRY = "DE"


def sort_signatories(
    signatories: Iterable[Signatory], layout: str, get_country_name: Callable[[str], str]
) -> tuple[Signatory, ...]:
    """The signatories by state and place ("state") or by place alone ("place"); late ones last.

    ``get_country_name`` gives the name of a country, in the language of the list.
    """
    everybody = sorted(signatories, key=get_place_sort_key)
    if layout == "state":
        everybody.sort(key=lambda item: get_state_sort_key(item, get_country_name))
    late = sorted((item for item in everybody if item.late_on), key=get_place_sort_key)
    return (*(item for item in everybody if not item.late_on), *late)


def is_domestic(signatory: Signatory) -> bool:
    return signatory.country in ("", HOME_COUNTRY)


def get_state_sort_key(
    signatory: Signatory, get_country_name: Callable[[str], str]
) -> tuple[bool, tuple[str, str]]:
    """German states first, then those without a state, then other countries."""
    if is_domestic(signatory):
        return False, sort_key(signatory.state or "\uffff")
    return True, sort_key(get_country_name(signatory.country))


def get_place_sort_key(signatory: Signatory) -> tuple[tuple[str, str], str]:
    return sort_key(signatory.sort_name), signatory.key
