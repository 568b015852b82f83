"""Whatever was wrong with a form, and whatever happened meanwhile: it comes back with everything that was typed."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urljoin

import pytest

from signoff import actions
from tests.browser import Browser, fields
from tests.page_checks import parsed, text_of
from tests.web.test_form_errors import iter_choices, iter_pages, list_forms
from tests.web.test_roles import Stage, stage
from tests.web.test_text_fields import list_typed

# A confirmation has to be typed again, a credential counts once, and a search changes nothing.
NOT_KEPT = ("confirm", "credential", "code", "find")
Post = tuple[str, Browser, str, dict[str, str], set[str]]


@pytest.fixture
def scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    scene = stage(tmp_path, monkeypatch)
    yield scene
    scene.office.db.close()


def iter_filled_forms(scene: Stage, mark: str) -> Iterator[Post]:
    """Each form of each page, with its own text in each field that is not filled in."""
    for browser, rule, address in iter_pages(scene):
        page = browser.client.get(address, base_url="http://localhost", buffered=True)
        if page.mimetype != "text/html" or page.status_code != 200:
            continue
        for form in list_forms(parsed(page.get_data(as_text=True))[0]):
            standing, action = fields(form, {}), urljoin(address, form.get("action") or "")
            texts = {
                name: standing[name] or f"{mark} {name}"
                for name in list_typed(form)
                if name not in NOT_KEPT
            }
            for chosen in iter_choices(form) if texts else ():
                yield (
                    f"{rule} {action} {chosen}",
                    browser,
                    action,
                    standing | texts | chosen,
                    set(texts),
                )


def find_lost(post: Post) -> str:
    """What a refused form does not bring back; empty if nothing."""
    name, browser, path, data, typed = post
    answer = browser.client.post(
        path,
        base_url="http://localhost",
        data=data,
        headers={"Origin": "http://localhost"},
        buffered=True,
    )
    if answer.status_code < 400:
        return ""
    root, _errors = parsed(answer.get_data(as_text=True))
    values = {field.get("value") for field in root.iter("input")}
    values |= {(field.text or "").strip("\n") for field in root.iter("textarea")}
    shown = text_of(root)  # the page of a closed round shows what came too late
    lost = sorted(
        each for each in typed if data[each].strip("\n") not in values and data[each] not in shown
    )
    return f"{name}: {answer.status_code} loses {lost}" if lost else ""


@pytest.mark.slow
def test_a_refused_form_brings_everything_back(scene: Stage) -> None:
    posts = list(iter_filled_forms(scene, "Wort 🧿"))
    lost = [fault for post in posts if (fault := find_lost(post))]
    assert not lost, "\n".join(lost)
    assert len(posts) > 35


@pytest.mark.slow
def test_a_form_whose_round_ended_meanwhile_brings_everything_back(scene: Stage) -> None:
    posts = list(iter_filled_forms(scene, "Wort"))
    office = scene.office
    actions.rounds.cancel(office.db, int(scene.values["id"]), "cli", office.now)
    actions.releases.retract_release(
        office.db, int(scene.values["released"]), "Grund", "", "cli", office.now
    )
    lost = [fault for post in posts if (fault := find_lost(post))]
    assert not lost, "\n".join(lost)
