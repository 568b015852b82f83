"""A browser around Flask's test client. It checks every page that it loads and fills in forms as a person would."""

from urllib.parse import urljoin, urlsplit
from xml.etree.ElementTree import Element

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.page_checks import complaints, parsed, text_of

REDIRECTS = (301, 302, 303, 307, 308)


class Browser:
    """The browser of one person: ``open`` a page, ``submit`` its form, read ``text`` and ``page``.

    The page at ``home`` is loaded when a test first looks at it, unless the test opens another one before.
    """

    response: TestResponse | None
    root: Element | None

    def __init__(
        self, client: FlaskClient, base_url: str = "http://localhost", home: str = ""
    ) -> None:
        self.client = client
        self.base_url = base_url
        self.home = home
        self.url = base_url + (home or "/")

    def __getattr__(self, name: str) -> object:
        if name not in ("response", "root"):
            raise AttributeError(name)
        self.response = self.root = None
        if self.home:
            self.open(self.home)
        return vars(self)[name]

    def open(self, url: str, status: int = 200) -> "Browser":
        """Get ``url`` (a path or a full address), follow redirects and check the page."""
        return self.request("GET", url, status)

    def submit(
        self, fill: dict | None = None, *, press: str = "", action: str = "", status: int = 200
    ) -> "Browser":
        """Send the page's one POST form (of several, the one whose action ends in ``action``) filled in.

        ``fill`` gives fields their values: a text, ``True`` or ``False`` for a tick box, an option of radios or of a
        select, ``(stream, file name)`` for a file. ``press`` is the text of another submit button.
        """
        form = self.form(action, press)
        data = fields(form, fill or {})
        button = self.button(form, press) if press else None
        if button is not None and button.get("name"):
            data[button.get("name")] = button.get("value", "")
        target = (
            (button.get("formaction") if button is not None else None) or form.get("action") or ""
        )
        return self.request("POST", target, status, data=data)

    def request(self, method: str, url: str, status: int, **sent) -> "Browser":
        target = urljoin(self.url, url)
        headers = {}
        if self.home or self.root is not None:
            headers = {"Referer": self.base_url + "/"}
        if method == "POST":
            headers["Origin"] = self.base_url
        for _ in range(8):
            parts = urlsplit(target)
            path = parts.path + (f"?{parts.query}" if parts.query else "")
            self.response = self.client.open(
                path,
                method=method,
                base_url=f"{parts.scheme}://{parts.netloc}",
                headers=headers,
                buffered=True,
                **sent,
            )
            self.url = target
            if self.response.status_code not in REDIRECTS:
                break
            target, method, sent = urljoin(target, self.response.headers["Location"]), "GET", {}
            assert target.startswith(self.base_url + "/"), f"led out of the house to {target}"
        assert self.response.status_code == status, (
            f"{self.response.status}, not {status}: {self.text_or_bytes()}"
        )
        self.look()
        return self

    def look(self) -> None:
        if self.response.mimetype != "text/html":
            self.root = None
            return
        html = self.response.get_data(as_text=True)
        wrong = complaints(html)
        assert not wrong, f"{self.url}: " + "; ".join(wrong)
        self.root, _ = parsed(html)

    @property
    def path(self) -> str:
        return urlsplit(self.url).path

    @property
    def text(self) -> str:
        """The text of the page."""
        return text_of(self.root.find("body"))

    @property
    def title(self) -> str:
        return " ".join(self.root.findtext("head/title").split())

    @property
    def page(self) -> str:
        """The name of the page (``data-page``)."""
        return next(self.root.iter("main")).get("data-page")

    @property
    def forms(self) -> list[Element]:
        """The POST forms of the page, without the choice of its language."""
        return [
            form
            for form in self.root.iter("form")
            if (form.get("method") or "").lower() == "post" and form.get("id") != "language-choice"
        ]

    @property
    def values(self) -> dict[str, str]:
        """The values of the page's only POST form."""
        return fields(self.form(), {})

    def form(self, action: str = "", press: str = "") -> Element:
        forms = [
            form for form in self.forms if urlsplit(form.get("action") or "").path.endswith(action)
        ]
        if len(forms) > 1 and press:
            forms = [form for form in forms if press in text_of(form)]
        assert len(forms) == 1, f"{self.url}: {len(forms)} POST forms ({action or 'any'})"
        return forms[0]

    def button(self, form: Element, words: str) -> Element:
        outside = [
            candidate
            for candidate in self.root.iter("button")
            if form.get("id") and candidate.get("form") == form.get("id")
        ]
        inside = [candidate for candidate in form.iter("button") if candidate not in outside]
        buttons = [
            candidate
            for candidate in (*outside, *inside)
            if words in (text_of(candidate), candidate.get("aria-label"))
        ]
        assert len(buttons) == 1, f"{self.url}: {len(buttons)} buttons {words!r}"
        return buttons[0]

    def link(self, words: str) -> str:
        """The address of the only link with this text."""
        addresses = {
            element.get("href") for element in self.root.iter("a") if text_of(element) == words
        }
        assert len(addresses) == 1, f"{self.url}: {len(addresses)} links {words!r}"
        return addresses.pop()

    def follow(self, words: str, status: int = 200) -> "Browser":
        """Open the link with this text."""
        return self.open(self.link(words), status)

    def text_or_bytes(self) -> str:
        if self.response.mimetype == "text/html":
            return text_of(parsed(self.response.get_data(as_text=True))[0])[:400]
        return repr(self.response.get_data()[:200])


def fields(form: Element, fill: dict) -> dict:
    """The data of the form after filling in ``fill``. Unknown fields and impossible values are failures."""
    sent: dict = {}
    options_by_name: dict[str, list[str]] = {}
    for control in form.iter():
        name = control.get("name")
        if (
            not name
            or control.get("disabled") is not None
            or control.tag not in ("input", "textarea", "select")
        ):
            continue
        kind = control.get("type", "text") if control.tag == "input" else control.tag
        value = control.get("value", "on" if kind in ("radio", "checkbox") else "")
        if kind in ("radio", "checkbox"):
            options_by_name.setdefault(name, []).append(value)
            is_checked = control.get("checked") is not None
            if name in fill:
                is_checked = is_ticked(kind, value, fill[name])
            if is_checked:
                sent[name] = add_value(sent.get(name), value)
        elif kind == "select":
            options = list(control.iter("option"))
            options_by_name[name] = [option.get("value", text_of(option)) for option in options]
            picked = [
                option for option in options if option.get("selected") is not None
            ] or options[:1]
            sent[name] = fill.get(
                name, picked[0].get("value", text_of(picked[0])) if picked else ""
            )
        elif kind not in ("submit", "button", "image", "reset"):
            options_by_name[name] = []
            standing = (control.text or "") if kind == "textarea" else value
            if kind == "hidden" and name not in fill:
                standing = add_value(sent.get(name), standing)
            sent[name] = fill.get(name, standing)
    for name, value in fill.items():
        assert name in options_by_name, (
            f"there is no field {name!r}; there are {sorted(options_by_name)}"
        )
        if options_by_name[name] and not isinstance(value, bool | list):
            assert value in options_by_name[name], (
                f"{name} offers {options_by_name[name]}, not {value!r}"
            )
    return sent


def is_ticked(kind: str, value: str, wanted: object) -> bool:
    """Whether a radio or tick box is chosen; of several boxes, a list names those that are."""
    if isinstance(wanted, list):
        return value in wanted
    return wanted == value if kind == "radio" or isinstance(wanted, str) else bool(wanted)


def add_value(sent: str | list[str] | None, value: str) -> str | list[str]:
    """A further value of a field; a list only if there are several."""
    if sent is None:
        return value
    return [*(sent if isinstance(sent, list) else [sent]), value]
