"""Reads [[both, only first, only second, neither], ...] and answers with the exact p of McNemar's test and Newcombe's interval (method 10), by scipy."""
import json
import math
import sys

from scipy.stats import binomtest


def newcombe(e, f, g, h):
    """Newcombe 1998, Statistics in Medicine 17, 2635, in the letters of its table."""
    n = e + f + g + h
    first, second = binomtest(e + f, n), binomtest(e + g, n)
    (l1, u1), (l2, u2) = (tuple(one.proportion_ci(0.95, "wilson")) for one in (first, second))
    p1, p2 = (e + f) / n, (e + g) / n
    a = (e + f) * (g + h) * (e + g) * (f + h)
    b = e * h - f * g
    phi = 0 if a == 0 else (max(b - n / 2, 0) if b > 0 else b) / math.sqrt(a)
    delta = math.sqrt((p1 - l1) ** 2 - 2 * phi * (p1 - l1) * (u2 - p2) + (u2 - p2) ** 2)
    epsilon = math.sqrt((u1 - p1) ** 2 - 2 * phi * (u1 - p1) * (p2 - l2) + (p2 - l2) ** 2)
    return [p1 - p2 - delta, p1 - p2 + epsilon]


print(json.dumps([[binomtest(f, f + g, 0.5).pvalue if f + g else 1.0, *newcombe(e, f, g, h)] for e, f, g, h in json.load(sys.stdin)]))
