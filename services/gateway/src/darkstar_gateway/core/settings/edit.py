"""A changed configuration in the words of the file: only the lines that must differ do.

The file is people's: its comments, order, quotes and blank lines stay. So what is written
is not the configuration anew, but the text with its values replaced where they stand.

EditError   the text cannot hold that without losing something
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple, TypeAlias, TypeGuard

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import MappingNode, Node, SequenceNode

from darkstar_gateway.core.settings.lines import Lines, Meaning
from darkstar_gateway.core.settings.matching import same, steps
from darkstar_gateway.core.settings.scribing import block, entry, inline, like

Path: TypeAlias = "tuple[str, ...]"
_MERGE: Final = "<<"


class EditError(Exception):
    """The file is written in a way that only a person can change; the text says which."""


def no_meaning(_path: Path) -> str:
    """For a file whose comments nobody knows."""
    return ""


def edited(text: str, content: dict[str, Any], meaning: Meaning = no_meaning) -> str:
    """`text` with as few lines changed as it takes to hold `content`.

    Args:
        text: A YAML file with a mapping in it, or nothing.
        content: What it is to hold; new keys stand after those they follow here.
        meaning: What the example file says of a key. Where that stands above a key which
            is taken out, it goes too; where others have it, a new key gets its own.

    Raises:
        EditError: It is written in a way that cannot be kept.
    """
    before = loaded(text)
    if same(before, content):
        return text
    root = YAML(typ="safe", pure=True).compose(text)
    editor = _Editor(text, meaning)
    if isinstance(root, MappingNode) and root.value:
        editor.section(root, before, content, ())
    else:
        editor.lines.append(tuple(block(content)))
    after = editor.lines.result()
    if not same(_loaded_again(after), content):
        raise EditError(
            "the file is written in a way that cannot be changed here without losing something; "
            "change it by hand"
        )
    return after


def loaded(text: str) -> dict[str, Any]:
    """What the YAML in `text` holds; of an empty file nothing.

    Raises:
        YAMLError: It is no YAML.
    """
    content: dict[str, Any] = YAML(typ="safe", pure=True).load(text) or {}
    return content


def _loaded_again(text: str) -> Any:
    try:
        return loaded(text)
    except YAMLError:
        return None


class _Place(NamedTuple):
    """Where a key stands with its value."""

    key: Node
    value: Node
    end: int


class _Editor:
    """Walks the file's nodes beside what they hold and what they are to hold."""

    def __init__(self, text: str, meaning: Meaning) -> None:
        self.lines = Lines(text, meaning)
        self._text = text

    def section(
        self,
        node: MappingNode,
        old: dict[Any, Any],
        new: dict[Any, Any],
        path: Path,
        head: int | None = None,
    ) -> None:
        """Change the keys of a block; `head` is where the name above it ends."""
        places = self._places(node, old, path)
        for key, value in old.items():
            place, here = places[key], (*path, str(key))
            if key not in new:
                self.lines.drop(place.key, place.end, here)
            else:
                self._change(place, value, new[key], here)
        described = any(self.lines.described(places[key].key, (*path, str(key))) for key in old)
        after = _end(self._text, node) if head is None else head
        for key, value in new.items():
            if key in old:
                after = places[key].end
            else:
                shown = (*path, str(key)) if described else None
                lines = tuple(entry(key, value))
                self.lines.insert(after, node.start_mark.column, lines, shown)

    def _places(self, node: MappingNode, old: dict[Any, Any], path: Path) -> dict[Any, _Place]:
        """Where each key of `old` stands.

        Raises:
            EditError: Some do not stand there.
        """
        if len(node.value) != len(old) or any(key.value == _MERGE for key, _ in node.value):
            raise EditError(f"{'.'.join(path) or 'the file'} merges keys; change it by hand")
        return {
            name: _Place(key, value, _end(self._text, value, key))
            for name, (key, value) in zip(old, node.value, strict=True)
        }

    def _change(self, place: _Place, old: Any, new: Any, path: Path) -> None:
        value = place.value
        if same(old, new):
            return
        _refuse_shared(value, path)
        kept = isinstance(old, dict) and isinstance(new, dict) and set(old) & set(new)
        if kept and _is_block_section(value):
            self.section(value, old, new, path, _end(self._text, place.key))
        elif _is_block_list(value) and isinstance(new, list) and new:
            self._sequence(value, old, new, path)
        elif kept and isinstance(value, MappingNode) and set(old) == set(new):
            self._flow(value, old, new, path)
        else:
            self._replace(place, new)

    def _flow(
        self, node: MappingNode, old: dict[Any, Any], new: dict[Any, Any], path: Path
    ) -> None:
        """Change values in braces, one by one."""
        for key, place in self._places(node, old, path).items():
            if not same(old[key], new[key]):
                _refuse_shared(place.value, path)
                start = place.value.start_mark.index
                written = like(self._text[start : place.end], new[key])
                self.lines.put(start, place.end, written)

    def _replace(self, place: _Place, new: Any) -> None:
        """Put `new` where a value is: below the name where it is a section or a list of such."""
        start, name_end = place.value.start_mark.index, _end(self._text, place.key)
        first, *more = entry("x", new)
        if _is_block(place.value) or place.end <= start:
            self.lines.refill(name_end, place.end, "" if more else first[3:])
        else:
            self.lines.put(start, place.end, "" if more else like(self._text[start:], new))
        if more:
            self.lines.insert(name_end, place.key.start_mark.column, tuple(more))

    def _sequence(self, node: SequenceNode, old: list[Any], new: list[Any], path: Path) -> None:
        """Change a list whose items stand below each other."""
        items = node.value
        dash = self.lines.dash(items[0].start_mark.index)
        if dash is None:
            raise EditError(f"{'.'.join(path)} is a list in a list; change it by hand")
        last: int | None = None
        for step in steps(old, new):
            if step.old is None:
                lines = _item(step.value, as_block=_is_block_section(items[0]))
                if last is None:
                    self.lines.insert_before(items[0].start_mark.index, dash, lines)
                else:
                    self.lines.insert(last, dash, lines)
                continue
            item = items[step.old]
            last = _end(self._text, item) if step.new is not None else last
            if step.new is None:
                self.lines.drop_item(item.start_mark.index, _end(self._text, item))
            else:
                self._change_item(item, old[step.old], step.value, path)

    def _change_item(self, item: Node, old: Any, new: Any, path: Path) -> None:
        if same(old, new):
            return
        _refuse_shared(item, path)
        kept = isinstance(old, dict) and isinstance(new, dict) and set(old) & set(new)
        if kept and _is_block_section(item):
            self.section(item, old, new, path)
        else:
            start, end = item.start_mark.index, _end(self._text, item)
            self.lines.put(start, end, like(self._text[start:], new))


def _item(value: Any, *, as_block: bool) -> tuple[str, ...]:
    """An item of a list with its dash."""
    first, *more = (
        block(value) if as_block and isinstance(value, dict) and value else [inline(value)]
    )
    return (f"- {first}", *(f"  {line}" for line in more))


def _refuse_shared(node: Node, path: Path) -> None:
    """Raise an error if `node` stands for more than one key."""
    if node.anchor is not None:
        raise EditError(f"{'.'.join(path)} has an anchor in the file; change it by hand")


def _is_block(node: Node) -> bool:
    return _is_block_section(node) or _is_block_list(node)


def _is_block_section(node: Node) -> TypeGuard[MappingNode]:
    return isinstance(node, MappingNode) and not node.flow_style


def _is_block_list(node: Node) -> TypeGuard[SequenceNode]:
    return isinstance(node, SequenceNode) and not node.flow_style


def _end(text: str, node: Node, key: Node | None = None) -> int:
    """Where `node` ends in `text`; one without text, behind the colon of its `key`.

    The mark at the end of a block, or of nothing, is where the next thing begins.
    """
    if _is_block_section(node):
        last_key, last = node.value[-1]
        return _end(text, last, last_key)
    if _is_block_list(node):
        return _end(text, node.value[-1])
    start, end = int(node.start_mark.index), int(node.end_mark.index)
    if start == end and key is not None:
        return text.index(":", key.end_mark.index) + 1
    return start + len(text[start:end].rstrip())
