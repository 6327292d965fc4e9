"""The figures that tests.rs expects, by textbook formulas and exact fractions; nothing of the crate is used.

python3 expected.py
"""
from fractions import Fraction
from math import sqrt

MAX = [2, 4, 1]
ROWS = [  # marks in hundredths, option chosen for item 1 (0: none), district
    ([200, 400, 100], 2, 1), ([200, 350, 100], 2, 1), ([200, 100, 0], 2, 1), ([-50, 400, 100], 1, 1),
    ([-50, 200, 0], 3, 2), ([200, 0, 0], 2, 2), ([-50, 100, 0], 1, 2), ([0, 0, 0], 0, 2),
]
marks = [[Fraction(m, 100) for m in row] for row, _, _ in ROWS]
totals = [sum(row) for row in marks]
order = sorted(range(len(ROWS)), key=lambda i: (totals[i], i))
size = max(1, int(Fraction(27 * len(ROWS), 100) + Fraction(1, 2)))
lower, upper = order[:size], order[-size:]


def mean(values):
    values = list(values)
    return Fraction(sum(values)) / len(values)


def pearson(xs, ys):
    mx, my = mean(xs), mean(ys)
    both = sum((x - mx) * (y - my) for x, y in zip(xs, ys))
    return float(both) / sqrt(float(sum((x - mx) ** 2 for x in xs) * sum((y - my) ** 2 for y in ys)))


def shown(value):
    """Four places, halves away from nothing."""
    steps = Fraction(value) * 10000
    whole = int(abs(steps) + Fraction(1, 2)) * (1 if steps >= 0 else -1)
    return f"{whole / 10000:.4f}"


for item, greatest in enumerate(MAX):
    own = [row[item] for row in marks]
    rest = [total - x for total, x in zip(totals, own)]
    facility = lambda group: mean(own[i] for i in group) / greatest
    print("item", item + 1, shown(facility(range(len(ROWS)))), shown(pearson(own, rest)), shown(facility(upper) - facility(lower)))
for district in (1, 2):
    print("district", district, shown(mean(m[0] for m, row in zip(marks, ROWS) if row[2] == district) / MAX[0]))
for option in (2, 1, 3):
    chosen = [total for total, row in zip(totals, ROWS) if row[1] == option]
    print("option", option, len(chosen), shown(mean(chosen)))
