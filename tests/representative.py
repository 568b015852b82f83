"""A representative of an open round with a real text, and the files to download."""

from dataclasses import replace

from werkzeug.test import TestResponse

from signoff.domain.documents import WorkingCopy
from signoff.domain.papers import Text
from signoff.exports.docx import build_docx
from signoff.storage import RenderCache
from tests import factories
from tests.factories import MAYOR
from tests.world import BASE, World

PAPER = replace(factories.PAPER, subtitle="Ein Beitrag der Kommunen")
PRINTS = ("kit/motion.pdf", "kit/summary.pdf", "kit/answer-form.pdf", "receipt.pdf")


class RepresentativeClient:
    """``get`` opens pages below the link of Musterhausen's mayor; ``copies`` has the printed working copies."""

    def __init__(self, world: World, text: Text = PAPER, **terms) -> None:
        self.world = world
        world.enrol()
        world.paper(text=text)
        world.open(**terms)
        self.copies: list[WorkingCopy] = []
        cache = RenderCache(world.settings.cache, {"pdf": self.print_copy, "docx": build_docx})
        self.client = world.build_app(render_cache=cache).test_client()
        self.token = world.links()[MAYOR]

    def print_copy(self, copy: WorkingCopy) -> bytes:
        self.copies.append(copy)
        return b"%PDF " + copy.digest.encode()

    def get(self, path: str, status: int = 200) -> TestResponse:
        answer = self.client.get(f"/s/{self.token}{path and '/'}{path}", base_url=BASE)
        assert answer.status_code == status, f"{path}: {answer.status}"
        return answer

    def copy(self, path: str) -> WorkingCopy:
        """The working copy that is printed for this path."""
        self.get(path)
        return self.copies[-1]


def english() -> Text:
    return replace(PAPER, language="en")
