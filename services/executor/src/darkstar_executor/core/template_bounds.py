"""A Jinja2 sandbox whose templates can neither hang nor fill the memory.

A template is somebody else's program that runs for every message of a sensor. What it builds
stays below a quarter of a megabyte and its numbers below a thousand digits; loops, filters and
calls are counted, by the length of what they work on; a search whose time could explode is
refused. Statements that no sensor needs (macros, includes, blocks) are refused when it is compiled.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date, time, timedelta
from functools import wraps
from itertools import islice
from types import MappingProxyType
from typing import Any

from jinja2 import Environment, Template, TemplateError, nodes
from jinja2.runtime import Context, LoopContext
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import Namespace
from jinja2.visitor import NodeTransformer

MOST = 262_144
"""Characters that a template may build; Home Assistant's own limit."""
LOOPS = 2_000
"""Turns that all loops of one rendering may take."""
_EFFORT, _TURN = 25_000, 10
"""What one rendering may cost; a turn of a loop."""
_CHARACTERS, _TRIES = 100, 10
"""Work on so many characters costs one; so do so many tries of a search."""
_LONGEST_TEMPLATE = 16_384
_BITS = 3_300
_MEMBER = 6
"""Characters that a member of a list counts for."""
_REFUSED = (
    nodes.Macro, nodes.CallBlock, nodes.FilterBlock, nodes.AssignBlock, nodes.Include,
    nodes.Import, nodes.FromImport, nodes.Extends, nodes.Block,
)  # fmt: skip
_DROPPED = (
    "batch", "center", "forceescape", "indent", "pprint", "random", "slice", "striptags",
    "urlize", "wordwrap", "xmlattr",
)  # fmt: skip
_METHODS: Mapping[type, frozenset[str]] = MappingProxyType({
    str: frozenset({
        "capitalize", "casefold", "count", "endswith", "find", "format", "index", "isalnum",
        "isalpha", "isdecimal", "isdigit", "islower", "isnumeric", "isspace", "isupper", "join",
        "lower", "lstrip", "partition", "removeprefix", "removesuffix", "replace", "rfind",
        "rindex", "rpartition", "rsplit", "rstrip", "split", "splitlines", "startswith", "strip",
        "swapcase", "title", "upper", "zfill",
    }),
    bytes: frozenset({"decode", "hex"}),
    list: frozenset({"count", "index"}),
    tuple: frozenset({"count", "index"}),
    dict: frozenset({"get", "items", "keys", "values"}),
    float: frozenset({"is_integer"}),
    int: frozenset({"bit_length"}),
})  # fmt: skip
_FREE = (date, time, timedelta, LoopContext, Namespace)  # a datetime is a date
_WIDE = re.compile(r"\d{3,}|\*|\{[^}]*\{")
Work = Callable[..., Any]
_QUANTIFIER = re.compile(r"\\.|\[(?:\\.|[^\]])+\]|\(\?|(\)[*+{])|([*+?{])")


class TooMuchError(TemplateError):
    """A template asks for more time or memory than a sensor's may."""


class Effort:
    """What is left of what one rendering may cost."""

    def __init__(self) -> None:
        self.left = _EFFORT

    def spend(self, cost: int) -> None:
        """Take `cost` off.

        Raises:
            TooMuchError: There is not so much left.
        """
        self.left -= cost
        if self.left < 0:
            raise TooMuchError("its loops and filters work for too long")

    def work_on(self, value: Any) -> None:
        """Take off what it costs to go over `value` once."""
        known = isinstance(value, str | bytes | list | tuple | dict | set)
        self.spend(1 + (len(value) // _CHARACTERS if known else 0))


class BoundedEnvironment(ImmutableSandboxedEnvironment):
    """The sandbox, with every way to grow closed or counted."""

    intercepted_binops = frozenset({"+", "*", "**", "%"})

    def __init__(
        self, filters: Mapping[str, Work], tests: Mapping[str, Work], words: Mapping[str, Any]
    ) -> None:
        super().__init__(finalize=sized)
        self.effort = Effort()
        for name in _DROPPED:
            self.filters.pop(name)
        for name in ("lipsum", "cycler", "joiner"):
            self.globals.pop(name)
        self.globals.update(words, range=_short_range)
        self.filters.update(
            filters, _counted=self._counted, _joined=_joined, _sized=sized, join=_join,
            list=_listed, replace=_replaced, string=lambda value: str(sized(value)),
            format=_formatted,
        )  # fmt: skip
        self.tests.update(tests)
        for table in (self.filters, self.tests):
            for name, work in list(table.items()):
                table[name] = self._weighed(work)

    def template(self, text: str) -> Template:
        """`text` compiled, its loops and texts counted.

        Raises:
            TemplateError: It is no template, or one that is refused.
        """
        self.effort = Effort()
        if len(text) > _LONGEST_TEMPLATE:
            raise TooMuchError(f"it is longer than {_LONGEST_TEMPLATE} characters")
        tree = self.parse(text)
        if any(tree.find_all(_REFUSED)) or any(one.recursive for one in tree.find_all(nodes.For)):
            raise TooMuchError("macros, blocks, includes and recursion are refused")
        counted = _Counting().visit(tree)
        return Template.from_code(self, self.compile(counted), dict(self.globals))

    def rendered(self, made: Template, words: Mapping[str, Any]) -> str:
        """The text that `made` gives; it stops where that gets too long.

        Raises:
            TooMuchError: It asks for too much.
        """
        self.effort = Effort()
        return _join(made.generate(**words)).strip()

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """Only what sensors use of the types that templates meet."""
        known = next((names for kind, names in _METHODS.items() if isinstance(obj, kind)), None)
        if known is not None:
            return attr in known
        return isinstance(obj, _FREE) and super().is_safe_attribute(obj, attr, value)

    def wrap_str_format(self, value: Any) -> Callable[..., str] | None:
        """`str.format`, for modest widths only."""
        made = super().wrap_str_format(value)
        if made is None:
            return None
        text = value.__self__

        def modest(*args: Any, **kwargs: Any) -> str:
            _check_format(text)
            sized([args, kwargs])
            return made(*args, **kwargs)

        return modest

    def call(self, context: Context, obj: Any, /, *args: Any, **kwargs: Any) -> Any:
        """Methods of texts that can grow are looked at before they do."""
        self.effort.spend(1)
        text, name = getattr(obj, "__self__", None), getattr(obj, "__name__", "")
        if isinstance(text, str):
            self.effort.work_on(text)
            if name == "replace":
                return _replaced(text, *args, **kwargs)
            if name == "join":
                return _join(args[0] if args else (), text)
            if name == "zfill" and args and args[0] > len(text) + 64:
                raise TooMuchError("so many zeros are refused")
        return super().call(context, obj, *args, **kwargs)

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Sums, products, powers and formats whose result stays small."""
        self.effort.work_on(left)
        if operator == "%" and isinstance(left, str):
            _check_format(left)
            sized(right)
        elif operator == "**":
            _check_power(left, right)
        elif operator == "*":
            _check_product(left, right)
        elif not isinstance(left, int | float):
            sized([left, right])
        return super().call_binop(context, operator, left, right)

    def _counted(self, items: Iterable[Any]) -> list[Any]:
        """What a loop goes over, when there are turns for all of it."""
        taken = list(islice(items, LOOPS + 1))
        self.effort.spend(_TURN * len(taken))
        return taken

    def _weighed(self, work: Work) -> Work:
        """A filter or a test whose work is counted."""
        place = 1 if hasattr(work, "jinja_pass_arg") else 0

        @wraps(work)
        def weighed(*args: Any, **kwargs: Any) -> Any:
            self.effort.work_on(args[place] if len(args) > place else None)
            return work(*args, **kwargs)

        return weighed


class _Counting(NodeTransformer):
    """Puts the counters into a template's tree."""

    def visit_For(self, node: nodes.For) -> nodes.For:  # noqa: N802 (named by Jinja2)
        self.generic_visit(node)
        node.iter = _filtered(node.iter, "_counted")
        return node

    def visit_Concat(self, node: nodes.Concat) -> nodes.Expr:  # noqa: N802
        self.generic_visit(node)
        return _filtered(nodes.List(node.nodes, lineno=node.lineno), "_joined")

    def visit_List(self, node: nodes.List) -> nodes.Expr:  # noqa: N802
        self.generic_visit(node)
        return _filtered(node, "_sized")

    def visit_Dict(self, node: nodes.Dict) -> nodes.Expr:  # noqa: N802
        self.generic_visit(node)
        return _filtered(node, "_sized")


def _filtered(node: Any, name: str) -> nodes.Filter:
    return nodes.Filter(node, name, [], [], None, None, lineno=node.lineno)


def sized(value: Any) -> Any:
    """`value`, when all that is in it is not too much.

    Raises:
        TooMuchError: It is.
    """
    left, open_ = MOST, [value]
    while open_:
        one = open_.pop()
        left -= _MEMBER
        if isinstance(one, str | bytes):
            left -= len(one)
        elif isinstance(one, Mapping):
            open_.extend(one.keys())
            open_.extend(one.values())
        elif isinstance(one, list | tuple | set | frozenset):
            left -= len(one)
            if left >= 0:
                open_.extend(one)
        if left < 0:
            raise TooMuchError(f"it makes more than {MOST} characters")
    return value


def check_pattern(environment: Environment, pattern: str, text: str) -> None:
    """Whether a search for `pattern` in `text` ends soon.

    Backtracking tries about every way to place the pattern's repetitions in the text.

    Raises:
        TooMuchError: It may not end.
    """
    found = [match.groups() for match in _QUANTIFIER.finditer(pattern)]
    if any(group for group, _ in found):
        raise TooMuchError("a repeated group in a pattern is refused")
    loose = sum(one is not None for _, one in found)
    steps = math.comb(len(text) + loose + 1, loose + 1)
    if isinstance(environment, BoundedEnvironment):
        environment.effort.spend(steps // _TRIES)


def _short_range(*args: int) -> range:
    made = range(*args)
    if len(made) > LOOPS:
        raise TooMuchError(f"a range of more than {LOOPS} numbers")
    return made


def _joined(parts: Iterable[Any]) -> str:
    return _join(parts)


def _join(value: Iterable[Any], d: str = "", attribute: str | None = None) -> str:
    if attribute is not None:
        value = [one[attribute] for one in value]
    parts, left = [], MOST
    for one in value:
        parts.append(str(sized(one)))
        left -= len(parts[-1]) + len(d)
        if left < 0:
            raise TooMuchError(f"it makes more than {MOST} characters")
    return d.join(parts)


def _listed(items: Iterable[Any]) -> list[Any]:
    taken = list(islice(items, MOST))
    sized(taken)
    return taken


def _replaced(value: Any, old: str, new: str, count: int | None = -1) -> str:
    text, most = str(value), -1 if count is None else count
    if len(text) + text.count(old) * len(new) > MOST:
        raise TooMuchError(f"it makes more than {MOST} characters")
    return text.replace(old, new, most)


def _formatted(value: Any, *args: Any, **kwargs: Any) -> str:
    text = str(value)
    _check_format(text)
    sized([args, kwargs])
    return text % (kwargs or args)


def _check_format(text: str) -> None:
    if _WIDE.search(text):
        raise TooMuchError("a format of a hundred characters or more is refused")


def _check_power(base: Any, exponent: Any) -> None:
    if isinstance(base, int) and isinstance(exponent, int):
        if base.bit_length() * abs(exponent) > _BITS:
            raise TooMuchError("the power is too large")
    elif not isinstance(base, int | float) or not isinstance(exponent, int | float):
        raise TooMuchError("only numbers are raised to a power")


def _check_product(left: Any, right: Any) -> None:
    for one, other in ((left, right), (right, left)):
        if isinstance(one, str | bytes | list | tuple):
            size = MOST if not isinstance(other, int) else len(one) * max(other, 1)
            if size > MOST or not isinstance(one, str | bytes):
                raise TooMuchError("the repetition is too long")
        if isinstance(one, int) and one.bit_length() > _BITS:
            raise TooMuchError("the product is too large")
