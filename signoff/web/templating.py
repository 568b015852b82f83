"""The templates of the pages: an environment for each language. What is the same on every page in
it is put in when a template is compiled and not each time a page is rendered: translations, symbols
and addresses of static files. In a rendered page, no line breaks where words belong together.
"""

import re
from collections.abc import Callable, Iterable, MutableMapping
from functools import lru_cache
from typing import Any

from flask.templating import Environment as FlaskEnvironment
from jinja2 import Template, nodes
from jinja2.runtime import Context
from jinja2.visitor import NodeTransformer
from markupsafe import Markup

from signoff.i18n.catalogue import get_catalogue
from signoff.i18n.line_breaks import keep_together

PLACEHOLDER = re.compile(r"%\((\w+)\)s")


class PageContext(Context):
    """The variables of a template."""

    def call(self, called: Callable[..., Any], /, *arguments: Any, **named: Any) -> Any:
        """Jinja looks for two marks at what is called and at its ``__call__``, which takes as long
        as most of the calls. Of our macros, none needs what they stand for: in HTML and SVG all
        are escaped alike, in ``openapi.json`` nothing is.
        """
        if getattr(called, "jinja_pass_arg", None):
            return super().call(called, *arguments, **named)
        named.pop("_block_vars", None)
        named.pop("_loop_vars", None)
        return called(*arguments, **named)


class PageTemplate(Template):
    """Data, such as the feed, and texts that become Word files keep their spaces."""

    def render(self, *arguments: Any, **values: Any) -> str:
        text, name = super().render(*arguments, **values), self.name or ""
        is_shown = name.endswith(".html") and not name.startswith("texts/")
        return keep_together(text) if is_shown else text


class Environment(FlaskEnvironment):
    """The templates in one language; without one, what all languages share."""

    context_class = PageContext
    template_class = PageTemplate
    language = ""
    static_root = ""  # before the names of static files

    def in_language(self, language: str) -> "Environment":
        environment = self.overlay()
        environment.language = language
        return environment

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """Jinja would chain the shared names to those of each template, of which there are none; it
        takes 50 µs to go through such a chain, for each imported template.
        """
        return super().make_globals(d) if d else self.globals

    def compile(self, source: str | nodes.Template, *arguments: Any, **options: Any) -> Any:
        template = self.parse(source, *arguments[:2]) if isinstance(source, str) else source
        if self.language:
            template = Translator(self).visit(template)
        return super().compile(template, *arguments, **options)


@lru_cache(1024)
def build_icon(static_root: str, name: str, css_class: str = "") -> Markup:
    """One symbol of ``static/icons.svg``. It is hidden from screen readers, because the word is
    beside it.
    """
    attribute = Markup(' class="{}"').format(css_class) if css_class else ""
    return Markup(
        '<svg{} aria-hidden="true" focusable="false">\n<use href="{}icons.svg#i-{}"/></svg>'
    ).format(attribute, static_root, name)


class Translator(NodeTransformer):
    """Replaces fixed texts by their translations, and calls whose result is known; texts about an
    amount wait for it.
    """

    def __init__(self, environment: Environment) -> None:
        self.language, self.static_root = environment.language, environment.static_root
        self.gettext = get_catalogue(environment.language).gettext

    def visit_Call(self, node: nodes.Call) -> nodes.Node:  # noqa: N802 (the name of the node)
        self.generic_visit(node)
        match node:
            case nodes.Call(
                node=nodes.Name(name="gettext" | "_"),
                args=[nodes.Const(value=str(text))],
                dyn_args=None,
                dyn_kwargs=None,
            ):
                values = {pair.key: pair.value for pair in node.kwargs}
                return self.translate(text, values, node.lineno)
            case nodes.Call(node=nodes.Name(name="language")):
                return nodes.Const(self.language, lineno=node.lineno)
            case nodes.Call(node=nodes.Name(name="icon"), args=names) if are_constant(names):
                icon = build_icon(self.static_root, *(name.as_const() for name in names))
                return nodes.TemplateData(icon, lineno=node.lineno)
            case nodes.Call(
                node=nodes.Name(name="url_for"),
                args=[nodes.Const(value="static")],
                kwargs=[nodes.Keyword(key="filename", value=nodes.Const(value=name))],
            ):
                return nodes.TemplateData(f"{self.static_root}{name}", lineno=node.lineno)
        return node

    def translate(self, text: str, values: dict[str, nodes.Expr], line: int) -> nodes.Expr:
        """The words of the translation, and the values between them, to be escaped like others."""
        parts: list[nodes.Expr] = []
        for position, part in enumerate(PLACEHOLDER.split(self.gettext(text))):
            if position % 2 == 0:
                parts.append(nodes.TemplateData(part.replace("%%", "%"), lineno=line))
            elif part == "number":  # the name of something
                parts.append(values[part])
            else:
                amount = nodes.Filter(
                    values[part], "format_amount", [], [], None, None, lineno=line
                )
                parts.append(amount)
        return parts[0] if len(parts) == 1 else nodes.Concat(parts, lineno=line)

    def generic_visit(self, node: nodes.Node, *arguments: Any, **options: Any) -> nodes.Node:
        """Joins outputs that follow each other, so that what is fixed in them is one string."""
        super().generic_visit(node, *arguments, **options)
        for _, children in node.iter_fields():
            if isinstance(children, list):
                children[:] = join_outputs(children)
        return node

    def visit_Output(self, node: nodes.Output) -> nodes.Node:  # noqa: N802 (the name of the node)
        """Its parts one by one, so that Jinja joins the words to the text around them."""
        self.generic_visit(node)
        node.nodes = [
            part
            for child in node.nodes
            for part in (child.nodes if isinstance(child, nodes.Concat) else [child])
        ]
        return node


def are_constant(expressions: Iterable[nodes.Expr]) -> bool:
    return all(isinstance(expression, nodes.Const) for expression in expressions)


def join_outputs(children: list[Any]) -> list[Any]:
    joined: list[Any] = []
    for child in children:
        if joined and isinstance(child, nodes.Output) and isinstance(joined[-1], nodes.Output):
            joined[-1].nodes += child.nodes
        else:
            joined.append(child)
    return joined
