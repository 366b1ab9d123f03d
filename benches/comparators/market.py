#!/usr/bin/env python3
"""What the market bench is measured against: the same work on the same inputs in numpy, scipy, QuantLib and orjson.

usage: market.py FOLDER

FOLDER holds what the bench wrote: columns of little-endian doubles (`greeks.K`, `chain.iv` ...), `terms.json` with
the scalars, `frame.json` (one frame of quotes) and `pages/*.json` (one chain). Prints one JSON object: for each claim
the median, the smallest and the largest time in milliseconds; claims without inputs are left out.
"""

import json
import math
import statistics
import sys
import time
from pathlib import Path

import numpy as np
import orjson
import QuantLib as ql
from scipy.optimize import brentq
from scipy.special import ndtr

ROOT_2PI = math.sqrt(2 * math.pi)
folder = Path(sys.argv[1])
terms = json.loads((folder / "terms.json").read_text())


def column(name):
    return np.fromfile(folder / name, dtype="<f8")


def timed(work, runs=5):
    work()
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        work()
        times.append(1e3 * (time.perf_counter() - start))
    return {"median_ms": statistics.median(times), "min_ms": min(times), "max_ms": max(times)}


def greeks():
    """P1: price, delta, gamma, vega, theta of mixed contracts, closed form, vectorised."""
    S, r = terms["spot"], terms["rate"]
    K, T, v, w = (column(f"greeks.{name}") for name in ("K", "T", "sigma", "w"))

    def work():
        root = np.sqrt(T)
        F = S * np.exp(r * T)
        D = np.exp(-r * T)
        d1 = np.log(F / K) / (v * root) + 0.5 * v * root
        d2 = d1 - v * root
        density = np.exp(-0.5 * d1 * d1) / ROOT_2PI
        n1, n2 = ndtr(w * d1), ndtr(w * d2)
        price = D * w * (F * n1 - K * n2)
        theta = -S * density * v / (2 * root) - w * r * K * D * n2
        return price, w * n1, density / (S * v * root), S * density * root, theta

    return timed(work, 21)


def quantlib_greeks():
    """P2: the same, one contract at a time."""
    S, r = terms["spot"], terms["rate"]
    K, T, v, w = (column(f"greeks.{name}") for name in ("K", "T", "sigma", "w"))
    contracts = [
        (
            ql.PlainVanillaPayoff(ql.Option.Call if side > 0 else ql.Option.Put, float(strike)),
            float(S * math.exp(r * t)),
            float(sigma * math.sqrt(t)),
            math.exp(-r * t),
            float(t),
        )
        for strike, t, sigma, side in zip(K, T, v, w)
    ]

    def work():
        for payoff, forward, deviation, discount, t in contracts:
            black = ql.BlackCalculator(payoff, forward, deviation, discount)
            black.value()
            black.delta(S)
            black.gamma(S)
            black.vega(t)
            black.theta(S, t)

    return timed(work)


def implied():
    """P3: implied volatility, one contract at a time."""
    price, K, F, D, w = (column(f"implied.{name}") for name in ("price", "K", "F", "D", "w"))
    quotes = [
        (ql.Option.Call if side > 0 else ql.Option.Put, float(k), float(f), float(p), float(d))
        for p, k, f, d, side in zip(price, K, F, D, w)
    ]

    def work():
        for side, k, f, p, d in quotes:
            try:
                ql.blackFormulaImpliedStdDev(side, k, f, p, d, 0.0, 0.2, 1e-10, 100)
            except RuntimeError:
                pass  # A deep in-the-money price that parity rounds away.

    return timed(work)


def profile_of(K, T, v, w, oi, carry, S, spots):
    """Dollar gamma per 1 % at hypothetical spots, sticky strike."""
    out = np.empty(len(spots))
    root = v * np.sqrt(T)
    for index, x in enumerate(spots):
        d1 = np.log(x * carry / K) / root + 0.5 * root
        gamma = np.exp(-0.5 * d1 * d1) / (ROOT_2PI * x * root)
        out[index] = np.sum(w * gamma * oi) * x * x
    return out


def profile():
    """P4: 201 spots x 20,000 contracts."""
    S = terms["spot"]
    K, T, v, w, oi = (column(f"greeks.{name}") for name in ("K", "T", "sigma", "w", "oi"))
    carry = np.exp(terms["rate"] * T)
    spots = np.linspace(0.9 * S, 1.1 * S, 201)
    return timed(lambda: profile_of(K, T, v, w, oi, carry, S, spots))


def chain():
    """P5: a whole chain: gamma by expiration and strike, walls, max pain, profile, root."""
    S = terms["chain_spot"]
    K, T, v, w, oi, expiry = (column(f"chain.{name}") for name in ("K", "T", "iv", "w", "oi", "expiry"))

    def by_strike(strikes, shares):
        unique, where = np.unique(strikes, return_inverse=True)
        return unique, np.bincount(where, weights=shares)

    def max_pain(strikes, side, open_interest):
        at = np.unique(strikes)
        worth = np.maximum(side[None, :] * (at[:, None] - strikes[None, :]), 0.0) @ open_interest
        return at[np.argmin(worth)]

    def work():
        usable = (T > 0) & (oi > 0) & (v > 0.01) & (v < 5)
        root = np.where(usable, v * np.sqrt(np.maximum(T, 0.0)), 1.0)
        d1 = np.log(S / K) / root + 0.5 * root
        gamma = np.where(usable, np.exp(-0.5 * d1 * d1) / (ROOT_2PI * S * root), 0.0)
        shares = gamma * oi * 100
        calls, puts = w > 0, w < 0
        result = []
        for date in np.unique(expiry):
            at = expiry == date
            result.append(by_strike(K[at & calls], shares[at & calls]))
            result.append(by_strike(K[at & puts], shares[at & puts]))
            result.append(max_pain(K[at], w[at], oi[at]))
        for side in (calls, puts):
            strikes, total = by_strike(K[side], shares[side])
            result.append(strikes[np.argmax(total)])
        k, t, sigma, sign, weight = K[usable], T[usable], v[usable], w[usable], oi[usable] * 100
        ones = np.ones(len(k))
        spots = S * (0.9 + 0.001 * np.arange(201))
        values = profile_of(k, t, sigma, sign, weight, ones, S, spots)
        at = np.flatnonzero(np.sign(values[1:]) != np.sign(values[:-1]))
        value = lambda x: profile_of(k, t, sigma, sign, weight, ones, S, [x])[0]
        result.append([brentq(value, spots[i], spots[i + 1], xtol=1e-9) for i in at])
        return result

    return timed(work, 9)


def pages():
    """P6: decode one chain."""
    texts = [path.read_bytes() for path in sorted((folder / "pages").glob("*.json"))]
    return timed(lambda: [orjson.loads(text) for text in texts], 9)


def frames():
    """P7: decode frames of 50 option quotes; per 2,000 frames."""
    frame = (folder / "frame.json").read_bytes()

    def work():
        for _ in range(2000):
            orjson.loads(frame)

    return timed(work, 9)


CLAIMS = {
    "P1": (greeks, "greeks.K"),
    "P2": (quantlib_greeks, "greeks.K"),
    "P3": (implied, "implied.K"),
    "P4": (profile, "greeks.K"),
    "P5": (chain, "chain.K"),
    "P6": (pages, "pages"),
    "P7": (frames, "frame.json"),
}
print(json.dumps({name: work() for name, (work, needs) in CLAIMS.items() if (folder / needs).exists()}))
