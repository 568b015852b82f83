"""Makes the pictures of README.md and of the handbook from the demo: ``make pictures``.

It starts ``signoff demo`` in a folder of its own, looks at what it prints and at the pages with
Chromium, and lays the released PDF beside them. The demo's data are invented, so the pictures may
be shown to everybody.
"""

import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.error import URLError
from urllib.request import urlopen

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

PICTURES = Path(__file__).parent / "pictures"
HANDBOOK = Path(__file__).parent / "handbuch/bilder"
CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium-headless-shell", "chromium", "google-chrome"))), None
)
WINDOW = {"width": 1280, "height": 900}  # CSS pixels
PATIENCE = 600.0  # seconds until the demo must answer
LOGIN = re.compile(r"([^\s(]+@\S+\.example), Passwort (\S+)\)")
LINK = re.compile(r"https?://[^\s\"<]+/s/[\w.-]+")

COLOURS = 64  # of a picture of the handbook, which is part of the program and so must be small
LIST = "Unterzeichnende Kommunen"  # the heading of the list in the PDF


def main() -> int:
    PICTURES.mkdir(exist_ok=True)
    HANDBOOK.mkdir(exist_ok=True)
    with TemporaryDirectory() as folder:
        port, output_file = free_port(), Path(folder, "demo.txt")
        command = [
            sys.executable,
            "-m",
            "signoff",
            "demo",
            "--port",
            str(port),
            "--instance",
            str(Path(folder, "demo")),
        ]
        with output_file.open("w") as output:
            demo = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
        try:
            base = f"http://localhost:{port}"
            await_answer(f"{base}/health", demo)
            take_all(base, output_file.read_text(encoding="utf-8"))
        except Exception:
            print(output_file.read_text(encoding="utf-8"), file=sys.stderr)
            raise
        finally:
            demo.send_signal(signal.SIGTERM)
            demo.wait()
    return 0


def take_all(base: str, demo_output: str) -> None:
    """The three main pages and the PDF; ``demo_output`` is what the demo printed."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = opened(browser)
        page.goto(base)
        released = page.locator("a[href^='/papers/']").first.get_attribute("href")
        assert released, "the demo has released no paper"
        page.goto(base + released.partition("?")[0])
        take(page, "paper.png")
        pdf(browser, f"{base}{released}/{released.rpartition('/')[2]}.pdf", "pdf.png")
        page.goto(link(page, base))
        take(page, "sign.png")
        page = opened(browser)
        log_in(page, base, demo_output)
        rounds = [
            int(number) for number in re.findall(r'href="/office/rounds/(\d+)"', page.content())
        ]
        page.goto(f"{base}/office/rounds/{max(rounds)}")  # opened last: the one that is open
        take(page, "office.png")
        take_for_handbook(page, base, max(rounds))
        browser.close()


def take_for_handbook(page: Page, base: str, round: int) -> None:
    """The office's pages, of which the handbook speaks; ``round`` is open."""
    page.goto(f"{base}/office/papers")
    paper = page.locator("main a[href^='/office/papers/']:not([href$='/new'])").last
    address = (paper.get_attribute("href") or "").partition("?")[0]
    for name, path in (
        ("uebersicht", "/office/"),
        ("einrichtung", "/office/setup"),
        ("papier", address),
        ("verfahren", f"/office/rounds/{round}"),
        ("briefe", f"/office/rounds/{round}/letters"),
        ("datenschutz", "/office/privacy"),
    ):
        page.goto(base + path)
        file = HANDBOOK / f"{name}.png"
        page.screenshot(path=file, scale="css")
        with Image.open(file) as picture:
            picture.convert("RGB").quantize(COLOURS).save(file, optimize=True)
        print(f"docs/handbuch/bilder/{name}.png")


def opened(browser: Browser) -> Page:
    return browser.new_page(
        viewport=WINDOW, device_scale_factor=1.5, locale="de-DE", color_scheme="light"
    )  # type: ignore[arg-type]


def link(page: Page, base: str) -> str:
    """A representative's link that still waits for an answer, from the demo's mailbox."""
    mails = [
        match.rpartition("/")[2]
        for match in re.findall(r'href="(/demo/mail/[^"?]+)', read(page, f"{base}/demo/mail"))
    ]
    for mail in mails:
        match = LINK.search(read(page, f"{base}/demo/mail/{mail}"))
        if match and 'data-page="read"' in read(page, match[0]):
            return match[0]
    raise LookupError("no mail of the demo waits for an answer")


def read(page: Page, address: str) -> str:
    return page.request.get(address).text()


def log_in(page: Page, base: str, demo_output: str) -> None:
    match = LOGIN.search(demo_output)
    assert match, "the demo prints no login"
    page.goto(f"{base}/login")
    page.fill("[name=email]", match[1])
    page.fill("[name=password]", match[2])
    page.locator("main form button, main form input[type=submit]").first.click()
    page.wait_for_url("**/office/**")


def take(page: Page, name: str) -> None:
    page.screenshot(path=PICTURES / name)
    print(f"docs/pictures/{name}")


def pdf(browser: Browser, address: str, name: str) -> None:
    """The title page and the first page of the list, side by side in one picture."""
    with TemporaryDirectory() as folder:
        file = Path(folder, "paper.pdf")
        file.write_bytes(urlopen(address).read())  # noqa: S310 (our own demo)
        pages = run("pdftotext", file, "-").split("\f")
        listed = next((at for at, text in enumerate(pages, 1) if f"\n{LIST}\n" in text), 2)
        for image, number in (("a", 1), ("b", listed)):
            run(
                "pdftoppm",
                "-png",
                "-r",
                "80",
                "-singlefile",
                "-f",
                number,
                "-l",
                number,
                file,
                Path(folder, image),
            )
        sheet = Path(folder, "both.html")
        images = "".join(
            f'<img src="{image}.png" style="margin:16px;box-shadow:0 0 8px #999">' for image in "ab"
        )
        sheet.write_text(
            f'<body style="margin:0;background:#eee;white-space:nowrap">{images}', encoding="utf-8"
        )
        page = browser.new_page(viewport={"width": 1390, "height": 968})
        page.goto(sheet.as_uri())
        take(page, name)


def run(*command: object) -> str:
    return subprocess.run(
        [str(part) for part in command], check=True, capture_output=True, text=True
    ).stdout


def await_answer(address: str, demo: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if demo.poll() is not None:
            raise RuntimeError("the demo has ended")
        try:
            with urlopen(address, timeout=2) as answer:  # noqa: S310 (our own demo)
                if answer.status == 200:
                    return
        except (URLError, OSError):
            time.sleep(0.2)
    raise TimeoutError(address)


def free_port() -> int:
    """The demo's usual port, since it stands in the pictures; another one where that is taken."""
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", 8000)):
            return 8000
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


if __name__ == "__main__":
    sys.exit(main())
