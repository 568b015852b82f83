"""Draws every scene of the gallery at 320, 1024 and 1280 px.

``python -m tests.gallery_pictures [folder] [part of a name …]``
"""

import logging
import sys
import threading
from pathlib import Path

from werkzeug.serving import make_server

from tests.chromium import launch_chromium
from tests.gallery import SCENES, gallery

WIDTHS = (320, 1024, 1280)


def main(folder: Path, parts: list[str]) -> int:
    """Take the pictures and report pages that are too wide or violate the content security policy."""
    folder.mkdir(parents=True, exist_ok=True)
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_server("127.0.0.1", 0, gallery(), threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    wrong = 0
    with launch_chromium() as browser:
        for width in WIDTHS:
            page = browser.new_page(viewport={"width": width, "height": 900})
            messages: list[str] = []
            page.on(
                "console",
                lambda message, messages=messages: (
                    messages.append(message.text) if "[DOM]" not in message.text else None
                ),
            )
            page.on(
                "requestfailed",
                lambda request, messages=messages: messages.append(f"failed: {request.url}"),
            )
            for name in SCENES:
                if parts and not any(part in name for part in parts):
                    continue
                messages.clear()
                page.goto(f"http://127.0.0.1:{server.port}/scene/{name}", wait_until="load")
                wide = page.evaluate("document.documentElement.scrollWidth")
                if wide > width or messages:
                    wrong += 1
                    print(f"{name} at {width}: {wide} px wide", *messages, sep="\n  ")
                page.screenshot(path=folder / f"{name}-{width}.png", full_page=True)
        browser.close()
    server.shutdown()
    return 1 if wrong else 0


if __name__ == "__main__":
    target, *selected = sys.argv[1:] or ["tests/pictures"]
    sys.exit(main(Path(target), selected))
