from __future__ import annotations

from random import Random

import pytest
from chaos.slopes import Growth, Sample, growth, leaks, slope


def samples(mib_per_day: float, *, files: float = 0.0, noise: float = 0.0) -> list[Sample]:
    random = Random(4)  # noqa: S311 (no secret)
    return [
        Sample(
            days=number / 50,
            resident_mib=100 + mib_per_day * number / 50 + random.uniform(-noise, noise),
            files=20 + int(files * number / 50),
        )
        for number in range(350)
    ]


@pytest.mark.parametrize("per_day", [0.0, 2.5, -1.0])
def test_a_line_has_its_own_slope(per_day: float) -> None:
    assert slope([(x / 7, 3 + per_day * x / 7) for x in range(60)]) == pytest.approx(per_day)


def test_peaks_do_not_bend_it() -> None:
    points = [(float(x), 500.0 if x % 4 == 0 else 100.0) for x in range(100)]
    assert slope(points) == pytest.approx(0.0, abs=0.01)


def test_many_points_are_thinned_and_say_the_same() -> None:
    assert slope([(x / 100, 2 * x / 100) for x in range(5000)]) == pytest.approx(2.0)


@pytest.mark.parametrize("points", [[], [(1.0, 2.0)], [(1.0, 2.0), (1.0, 9.0)]])
def test_without_two_moments_there_is_no_slope(points: list[tuple[float, float]]) -> None:
    assert slope(points) == 0.0


@pytest.mark.parametrize("per_day", [0.0, 0.4, 5.0])
def test_growth_is_found_under_noise(per_day: float) -> None:
    found = growth(samples(per_day, noise=3), warm_up_days=1)
    assert found.mib_per_day == pytest.approx(per_day, abs=0.3)
    assert found.last_mib - found.first_mib == pytest.approx(per_day * 4.8, abs=2)


def test_the_warm_up_is_not_judged() -> None:
    some = [
        Sample(days=one.days, resident_mib=40 if one.days < 1 else 100, files=one.files)
        for one in samples(0)
    ]
    assert growth(some, warm_up_days=1).mib_per_day == 0
    assert growth(some, warm_up_days=1).first_mib == 100


def test_files_that_stay_open_are_found() -> None:
    found = growth(samples(0, files=3), warm_up_days=1)
    assert found.files_per_day == pytest.approx(3, abs=0.2)
    assert found.most_files == 40


def test_too_few_samples_say_nothing() -> None:
    with pytest.raises(ValueError, match="measure for longer"):
        growth(samples(0)[:40], warm_up_days=1)


@pytest.mark.parametrize(
    ("mib", "files", "words"),
    [
        (0.9, 0.1, []),
        (-5.0, -1.0, []),
        (1.1, 0.0, ["executor grows by 1.10 MiB a day, more than 1"]),
        (0.0, 0.5, ["executor opens 0.50 files more every day, more than 0.2"]),
        (2.0, 2.0, ["executor grows by 2.00 MiB", "executor opens 2.00 files"]),
    ],
)
def test_what_passes_a_bound_is_named(mib: float, files: float, words: list[str]) -> None:
    found = Growth(first_mib=90, last_mib=91, mib_per_day=mib, files_per_day=files, most_files=30)
    sentences = leaks("executor", found, mib_per_day=1.0, files_per_day=0.2)
    assert len(sentences) == len(words)
    assert all(one.startswith(word) for one, word in zip(sentences, words, strict=True))
