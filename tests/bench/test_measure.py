"""The rounds and tables of the benches."""

from itertools import count

from .measure import LEAST_ROUNDS, MOST_ROUNDS, Figures, Table, alternate, figure, percentile


def sides(calls: list[str]) -> dict:
    """Two sides that write down when they are called, and give 0, 1, 2 .. as their figure."""
    numbers = {name: count() for name in "ab"}

    def measure(name: str) -> Figures:
        calls.append(name)
        return {"us": float(next(numbers[name]))}

    return {name: lambda name=name: measure(name) for name in "ab"}


def test_sides_take_turns_and_the_first_round_does_not_count() -> None:
    calls: list[str] = []
    rounds = alternate(sides(calls), 0)
    assert "".join(calls) == "ab" * (LEAST_ROUNDS + 1)
    assert figure("us", rounds) == {name: [1.0, 2.0, 3.0] for name in "ab"}


def test_rounds_are_bounded_however_much_time_there_is() -> None:
    calls: list[str] = []
    alternate(sides(calls), 60)
    assert len(calls) == 2 * (MOST_ROUNDS + 1)


def test_a_figure_is_told_of_the_sides_that_have_it() -> None:
    rounds = {"a": [{"us": 1.0, "rate": 5.0}], "b": [{"us": 2.0}]}
    assert figure("rate", rounds) == {"a": [5.0]}


def test_a_percentile_is_a_value_that_was_measured() -> None:
    values = [float(value) for value in range(100, 0, -1)]
    assert [percentile(values, part) for part in (0, 0.5, 0.99, 1)] == [1, 51, 100, 100]


def test_a_table_compares_medians_with_the_base() -> None:
    table = Table("echo", "us", {"bare": [2.0, 1.0, 9.0], "ours": [5.0, 3.0, 4.0]}, "bare", "aim: 3x")
    title, heads, bare, ours, note = table.text().splitlines()
    assert (title, note) == ("echo (us)", "  aim: 3x")
    assert heads.split() == ["median", "min", "max", "x", "base"]
    assert bare.split() == ["bare", "2.00", "1.00", "9.00", "1.00"]
    assert ours.split() == ["ours", "4.00", "3.00", "5.00", "2.00"]


def test_a_table_without_a_base_has_counts() -> None:
    assert Table("heap", "bytes", {"core": [54560]}, "").text().split() == [
        "heap",
        "(bytes)",
        "counted",
        "core",
        "54,560",
    ]
