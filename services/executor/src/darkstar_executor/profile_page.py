"""Profiles as people read them: a list, what a file can say, and the tables of the docs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

from darkstar_common.contract import Intent
from darkstar_executor.core.commands import FORCED
from darkstar_executor.core.expectation import Limit, told_limits
from darkstar_executor.core.profile import INTENTS, Profile, SettingRole, words_table
from darkstar_executor.core.terms import TERMS
from darkstar_executor.profiles import PROFILES, load_profile


def listing() -> str:
    """The shipped profiles, one a line."""
    known = [load_profile(name) for name in PROFILES]
    return "".join(f"{one.name:<12} {one.title}\n" for one in known)


def checked(file: str) -> str:
    """What a sound profile says, and what it cannot.

    Args:
        file: Its path, or the name of a shipped one.

    Raises:
        ProfileError: It is not sound.
    """
    profile = load_profile(file)
    remarks = "".join(f"- {one}\n" for one in shortcomings(profile))
    return (
        f"{profile.name}: {profile.title}: sound\n\n{words_table(profile)}\n{remarks}".rstrip()
        + "\n"
    )


def shortcomings(profile: Profile) -> Iterator[str]:
    """What Darkstar cannot do with this brand, or not well; a sentence each."""
    for intent in INTENTS:
        if not profile.says(intent):
            yield f"{intent} cannot be said: Darkstar will not do it"
        elif intent in FORCED and not profile.ends_itself(intent):
            yield f"{intent}: {_late(profile, intent)}"
    calm = profile.said("self_consume")
    for intent, (limit, consequence) in _TELLING.items():
        told = limit in told_limits(profile, intent, profile.settings)
        if not told and (intent in _FLOWING or profile.said(intent) == calm):
            yield f"{intent}: no ${limit} that holds, so {consequence}"


_TELLING: Mapping[Intent, tuple[Limit, str]] = MappingProxyType({
    "charge_from_pv": ("charge", "the battery takes all the sun that the house leaves over"),
    "discharge": ("discharge", "the battery gives all that the house wants"),
    "hold": ("discharge", "the battery is discharged as in self_consume"),
    "idle": ("charge", "the battery is charged as in self_consume"),
    "curtail": ("export", "the surplus is sold"),
})  # fmt: skip
_FLOWING = frozenset({"charge_from_pv", "discharge", "curtail"})


def _late(profile: Profile, intent: Intent) -> str:
    narrow = sorted(role for role in profile.ending(intent) if profile.settings[role].narrow)
    if narrow:
        return f"ended by Darkstar where the range of {' and '.join(narrow)} does not reach"
    return "ended by the clock, and by Darkstar at its state of charge"


def refreshed(page: str) -> str:
    """`page` with the tables between its marks made anew."""
    parts = {"shipped": _shipped(), "terms": _terms(), "keys": _keys()}
    for name, table in parts.items():
        begin, end = f"<!-- {name} -->\n", f"<!-- /{name} -->"
        before, _, rest = page.partition(begin)
        _, _, after = rest.partition(end)
        page = f"{before}{begin}{table}{end}{after}"
    return page


def refresh(file: Path) -> None:
    """Bring the tables in `file` up to date."""
    page = file.read_text(encoding="utf-8")
    file.write_text(refreshed(page), encoding="utf-8")


def _shipped() -> str:
    return _table(("profile", "for", "cannot say", "documented at"), map(_row, PROFILES))


def _row(name: str) -> tuple[str, ...]:
    one = load_profile(name)
    lacking = ", ".join(intent for intent in INTENTS if not one.says(intent))
    return f"`{name}`", one.title, lacking or "", one.source


def _terms() -> str:
    rows = ((f"`{name}`", term.meaning) for name, term in TERMS.items())
    return _table(("term", "is"), rows)


def _keys() -> str:
    fields = SettingRole.model_fields
    descriptions: Mapping[str, str] = {
        name: " ".join((field.description or "").split()) for name, field in fields.items()
    }
    rows = (
        (f"`{name}`", "needed" if fields[name].is_required() else "", text)
        for name, text in descriptions.items()
    )
    return _table(("key", "", "meaning"), rows)


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)
