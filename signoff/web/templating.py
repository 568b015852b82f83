"""The templates of the pages: an environment for each language, whose texts are translated when a
template is compiled and not each time a page is rendered. In a rendered page, no line breaks where
words belong together.
"""

import re
from collections.abc import MutableMapping
from typing import Any

from flask.templating import Environment as FlaskEnvironment
from jinja2 import Template, nodes
from jinja2.visitor import NodeTransformer

from signoff.i18n.catalogue import get_catalogue
from signoff.i18n.line_breaks import keep_together

PLACEHOLDER = re.compile(r"%\((\w+)\)s")


class PageTemplate(Template):
    """Data, such as the feed, and texts that become Word files keep their spaces."""

    def render(self, *arguments: Any, **values: Any) -> str:
        text, name = super().render(*arguments, **values), self.name or ""
        is_shown = name.endswith(".html") and not name.startswith("texts/")
        return keep_together(text) if is_shown else text


class Environment(FlaskEnvironment):
    """The templates in one language; without one, what all languages share."""

    template_class = PageTemplate
    language = ""

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
            template = Translator(self.language).visit(template)
        return super().compile(template, *arguments, **options)


class Translator(NodeTransformer):
    """Replaces fixed texts by their translations; those about an amount wait for it."""

    def __init__(self, language: str) -> None:
        self.gettext = get_catalogue(language).gettext

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

    def visit_Output(self, node: nodes.Output) -> nodes.Node:  # noqa: N802 (the name of the node)
        """Its parts one by one, so that Jinja joins the words to the text around them."""
        self.generic_visit(node)
        node.nodes = [
            part
            for child in node.nodes
            for part in (child.nodes if isinstance(child, nodes.Concat) else [child])
        ]
        return node
