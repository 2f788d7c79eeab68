"""The numbers of `pools evaluate` once more, as naive as possible, from docs/evaluate.md alone.

    python reference.py INPUT_FOLDER [SEED]

Reads the CSV files of an input folder (plain columns, no compression) and prints one JSON document, not rounded, with
the alternatives per impression also where the gate hides them (`gated` tells which). Shares nothing with the pipeline.
"""

import csv
import hashlib
import json
import math
import pathlib
import sys
from collections import defaultdict
from fractions import Fraction

import numpy as np
from scipy.special import gammaincc
from scipy.stats import gamma

FOLDS = 10
SPLITS = 64
Z = 1.959964


def unique(rows, key):
    """Equal rows count once; an id with two contents counts not at all."""
    seen = defaultdict(set)
    for row in rows:
        seen[row[key]].add(row)
    return [next(iter(same)) for same in seen.values() if len(same) == 1]


def read_table(folder, dataset, table, columns):
    rows = []
    for path in sorted(pathlib.Path(folder, str(dataset)).glob(f'{table}*.csv')):
        with open(path, newline='') as file:
            rows += [tuple(row[column] for column in columns) for row in csv.DictReader(file)]
    return rows


def millionths(text):
    """Rounds half up at the sixth decimal."""
    return int(math.floor(Fraction(text) * 1_000_000 + Fraction(1, 2)))


class Campaign:
    """One campaign in one dataset: its candidates in the order of their ids, and its clicks."""

    def __init__(self, dataset, number, seed):
        self.dataset, self.number, self.seed = dataset, number, seed
        self.shown = defaultdict(int)
        self.clicks = []

    def finish(self):
        self.ids = sorted(set(self.shown) | {click['banner'] for click in self.clicks})
        place = {banner: index for index, banner in enumerate(self.ids)}
        self.n = np.array([self.shown[banner] for banner in self.ids])
        texts = [f'{self.seed}|{self.dataset}|{self.number}|{banner}' for banner in self.ids]
        self.ties = [hashlib.md5(text.encode()).hexdigest() for text in texts]
        for click in self.clicks:
            click['banner'] = place[click['banner']]
        self.converted = sorted(
            (click for click in self.clicks if click['revenue'] is not None),
            key=lambda click: (click['banner'], click['revenue'], click['fold'], click['bits']),
        )
        self.impressions = int(self.n.sum())
        self.revenue = sum(click['revenue'] for click in self.converted)


class Counts:
    """What each candidate has on some of the clicks."""

    def __init__(self, campaign, clicks, whole=None):
        size = len(campaign.ids)
        self.clicks, self.converted, self.revenue = [0] * size, [0] * size, [0] * size
        for click in clicks:
            self.clicks[click['banner']] += 1
            if click['revenue'] is not None:
                self.converted[click['banner']] += 1
                self.revenue[click['banner']] += click['revenue']
        if whole is not None and sum(count > 0 for count in self.converted) >= 10:
            self.clicks = whole.clicks


def order_of(campaign, counts, score):
    """All candidates in the rule's order."""
    size = len(campaign.ids)
    return sorted(
        range(size),
        key=lambda b: (counts.converted[b] == 0, -score[b] if counts.converted[b] else 0, -counts.clicks[b],
                       campaign.ties[b] if counts.clicks[b] == 0 else '', campaign.ids[b]),
    )


def pool_of(campaign, counts, score=None):
    """The pool and the best one outside, or None."""
    order = order_of(campaign, counts, counts.revenue if score is None else score)
    x = sum(count > 0 for count in counts.converted)
    size = 10 if x >= 10 else x if x >= 5 else 5
    return order[:size], (order[size] if size < len(order) else None), x


def would_leave(campaign, counts, score, loss, outside, x, b):
    """Tells whether b leaves its pool without one of its converted clicks."""
    only = counts.converted[b] == 1
    if only and 6 <= x <= 10:
        return True
    if outside is None:
        return False
    o = outside
    still, other = counts.converted[b] > 1, counts.converted[o] > 0
    if still != other:
        return other
    if still and abs((score[b] - loss) - score[o]) > 5e-7:
        return score[b] - loss < score[o]
    mine, theirs = counts.clicks[b] - 1, counts.clicks[o]
    if mine != theirs:
        return mine < theirs
    if not still and mine == 0:
        return campaign.ties[b] > campaign.ties[o]
    return campaign.ids[b] > campaign.ids[o]


class Choice:
    """What a rule chooses in every fold: u for each banner, D for each converted click, and the fewest impressions."""

    def __init__(self, campaign, trained, scores, losses):
        self.u = np.zeros((len(campaign.ids), FOLDS))
        self.d = np.zeros((len(campaign.converted), FOLDS))
        self.fewest = None
        for fold in range(FOLDS):
            counts, score = trained[fold], scores[fold]
            pool, outside, x = pool_of(campaign, counts, score)
            shown = [b for b in pool if campaign.n[b] > 0]
            if not shown:
                continue
            fewest = min(int(campaign.n[b]) for b in shown)
            self.fewest = fewest if self.fewest is None else min(self.fewest, fewest)
            for b in pool:
                self.u[b, fold] = 1 / len(shown)
            for index, click in enumerate(campaign.converted):
                b = click['banner']
                if click['fold'] == fold or b not in pool:
                    continue
                loss = losses[fold](b, click['revenue'])
                if would_leave(campaign, counts, score, loss, outside, x, b):
                    self.d[index, fold] = 1 / len(shown)


def value_and_variance(campaign, u, d):
    value, squares = 0.0, 0.0
    sums = np.zeros((len(campaign.ids), FOLDS, FOLDS))
    for index, click in enumerate(campaign.converted):
        b, fold = click['banner'], click['fold']
        if campaign.n[b] == 0:
            continue
        w = click['revenue'] / 1e6 * 1000 / campaign.n[b]
        value += w * u[b, fold]
        squares += (w * u[b, fold]) ** 2
        sums[b, fold] += w * d[index]
    cross = 0.0
    for k in range(FOLDS):
        for l in range(FOLDS):
            if k != l:
                cross += float((sums[:, k, l] * sums[:, l, k]).sum())
    return value, squares + cross


def quantile(p, mean, variance):
    if mean == 0 or variance == 0:
        return 0.0
    return float(gamma.ppf(p, mean * mean / variance, scale=variance / mean))


def mover(h, c):
    value = h['value'] - c['value']
    if h['low'] is None or c['low'] is None:
        return {'value': value, 'low': None, 'high': None}
    low = value - math.hypot(h['value'] - h['low'], c['high'] - c['value'])
    high = value + math.hypot(h['high'] - h['value'], c['value'] - c['low'])
    return {'value': value, 'low': low, 'high': high}


def falling(x, k):
    product = 1
    for step in range(k):
        product *= x - step
    return product


def pair_moments(campaign):
    """S, and its exact mean, variance and third central moment; None if the test has no meaning."""
    clicks, converted = defaultdict(int), defaultdict(int)
    for click in campaign.clicks:
        clicks[click['banner']] += 1
        converted[click['banner']] += click['revenue'] is not None
    n, m = sum(clicks.values()), sum(converted.values())
    if n < 6 or m < 2 or m >= n or len(clicks) < 2:
        return None
    h = [Fraction(falling(m, k), falling(n, k)) for k in range(7)]
    c = list(clicks.values())
    f = lambda k: [falling(x, k) for x in c]
    p2, p3, p4, p5, p6 = (sum(f(k)) for k in (2, 3, 4, 5, 6))
    two = f(2)
    q22 = sum(a * a for a in two)
    q222 = sum(a ** 3 for a in two)
    # One banner: the square and the cube of x(x-1) in falling powers of x.
    one2 = p4 * h[4] + 4 * p3 * h[3] + 2 * p2 * h[2]
    one3 = p6 * h[6] + 12 * p5 * h[5] + 38 * p4 * h[4] + 32 * p3 * h[3] + 4 * p2 * h[2]
    # Two banners.
    two2 = (p2 * p2 - q22) * h[4]
    q42, q32 = sum(a * b for a, b in zip(f(4), two)), sum(a * b for a, b in zip(f(3), two))
    two3 = (p4 * p2 - q42) * h[6] + 4 * (p3 * p2 - q32) * h[5] + 2 * (p2 * p2 - q22) * h[4]
    # Three banners.
    three3 = (p2 ** 3 - 3 * p2 * q22 + 2 * q222) * h[6]
    e1, e2, e3 = p2 * h[2] / 2, (one2 + two2) / 4, (one3 + 3 * two3 + three3) / 8
    s = sum(x * (x - 1) // 2 for x in converted.values())
    return s, e1, e2 - e1 ** 2, e3 - 3 * e1 * e2 + 2 * e1 ** 3


def pearson(s, mean, variance, third):
    if mean < 1 or variance <= 0 or third <= 0:
        return None
    k = 4 * variance ** 3 / third ** 2
    at = k + math.sqrt(k) * (s - mean) / math.sqrt(variance)
    return 1.0 if at <= 0 else float(gammaincc(k, at))


def halves(campaign, whole):
    """Stability of each candidate, and the agreement of complementary halves."""
    seen, agreements = [0] * len(campaign.ids), []
    for split in range(SPLITS):
        pools = []
        for side in (0, 1):
            half = [click for click in campaign.clicks if click['bits'] >> split & 1 == side]
            pools.append(set(pool_of(campaign, Counts(campaign, half, whole))[0]))
            for b in pools[-1]:
                seen[b] += 1
        both = len(pools[0] & pools[1])
        agreements.append(both / ((len(pools[0]) + len(pools[1])) / 2))
    return [count / (2 * SPLITS) for count in seen], sum(agreements) / SPLITS


def read_campaigns(folder, seed):
    campaigns = {}
    for dataset in range(1, 5):
        def at(number):
            key = (dataset, number)
            return campaigns.setdefault(key, Campaign(dataset, number, seed))

        for banner, campaign in read_table(folder, dataset, 'impressions', ('banner_id', 'campaign_id')):
            at(int(campaign)).shown[int(banner)] += 1
        columns = ('click_id', 'banner_id', 'campaign_id')
        clicks = unique((tuple(map(int, row)) for row in read_table(folder, dataset, 'clicks', columns)), 0)
        by_id = {}
        for number, banner, campaign in clicks:
            digest = hashlib.md5(f'{dataset}|{number}'.encode()).hexdigest()
            click = {'banner': banner, 'fold': int(digest[:8], 16) % FOLDS, 'bits': int(digest[8:24], 16),
                     'revenue': None}
            by_id[number] = click
            at(campaign).clicks.append(click)
        columns = ('conversion_id', 'click_id', 'revenue')
        rows = ((int(a), int(b), millionths(c)) for a, b, c in read_table(folder, dataset, 'conversions', columns))
        for _, number, revenue in unique(rows, 0):
            if number in by_id:
                by_id[number]['revenue'] = (by_id[number]['revenue'] or 0) + revenue
    ordered = [campaigns[key] for key in sorted(campaigns)]
    for campaign in ordered:
        campaign.finish()
    return ordered


def shrinkages(campaigns):
    """For each campaign and fold (mu, phi, V, T), or None for the rule itself."""
    result = {id(campaign): [None] * FOLDS for campaign in campaigns}
    for dataset in {campaign.dataset for campaign in campaigns}:
        own = [c for c in campaigns if c.dataset == dataset and c.impressions > 0]
        for fold in range(FOLDS):
            above, below, parts = 0.0, 0.0, []
            for c in own:
                t = c.impressions
                r = np.array(c.trained[fold].revenue) / 1e6
                mu = r.sum() / t
                v = sum((k['revenue'] / 1e6) ** 2 for k in c.converted if k['fold'] != fold)
                n2 = float((c.n.astype(float) ** 2).sum())
                above += ((r - mu * c.n) ** 2).sum() - v * (1 - n2 / t ** 2)
                below += mu ** 2 * n2
                parts.append((c, mu, v, t))
            f = max(0.0, above / below) if below > 0 else 0.0
            for c, mu, v, t in parts:
                phi = f * mu ** 2
                result[id(c)][fold] = None if phi == 0 or v == 0 else (mu, phi, v, t)
    return result


def choices(campaign, shrinkage):
    """The choices of the rule and of the two alternatives per impression."""
    trained, n = campaign.trained, campaign.n
    revenue = [counts.revenue for counts in trained]
    own = [[r / 1e6 for r in row] for row in revenue]
    rule = Choice(campaign, trained, own, [lambda b, r: r / 1e6] * FOLDS)
    per = [[1000 * r / int(n[b]) / 1e6 if n[b] > 0 else -1 for b, r in enumerate(row)] for row in revenue]
    lost = lambda b, r: 1000 * r / int(n[b]) / 1e6 if n[b] > 0 else 0.0
    unshrunk = Choice(campaign, trained, per, [lost] * FOLDS)
    scores, losses = [], []
    for fold in range(FOLDS):
        given = shrinkage[fold]
        if given is None:
            scores.append(own[fold])
            losses.append(lambda b, r: r / 1e6)
            continue
        mu, phi, v, t = given
        weight = [phi / (int(n[b]) * phi + v / t) for b in range(len(n))]
        scores.append([1000 * (mu + weight[b] * (own[fold][b] - mu * int(n[b]))) for b in range(len(n))])
        losses.append(lambda b, r, weight=weight: 1000 * weight[b] * (r / 1e6))
    return rule, unshrunk, Choice(campaign, trained, scores, losses)


def evaluate_pool(campaign, shrinkage):
    whole = Counts(campaign, campaign.clicks)
    pool, _, _ = pool_of(campaign, whole)
    shown = [b for b in pool if campaign.n[b] > 0]
    candidates = int((campaign.n > 0).sum())
    m = campaign.revenue / 1e6 / len(campaign.converted) if campaign.converted else 0.0
    none = {'value': None, 'low': None, 'high': None}
    result = {'dataset': campaign.dataset, 'campaign_id': campaign.number, 'impressions': campaign.impressions}
    result |= {'naive': None, 'honest': none, 'chance': none, 'lift': none}
    hidden = {'gains': [(0.0, 0.0), (0.0, 0.0)], 'w': [0.0, 0.0], 's': [0.0, 0.0]}

    def interval(value, variance, n, fewest):
        if m == 0:
            return {'value': 0.0, 'low': None, 'high': None}, 0.0
        if fewest is None:
            return {'value': value, 'low': None, 'high': None}, 0.0
        w = m * 1000 / (n * fewest)
        high = quantile(0.975, value + w, variance + w * w)
        return {'value': value, 'low': quantile(0.025, value, variance), 'high': high}, w

    rule, unshrunk, shrunk = choices(campaign, shrinkage)
    if candidates > 0:
        even = np.full_like(rule.u, 1 / candidates)
        value, variance = value_and_variance(campaign, even, np.zeros_like(rule.d))
        fewest = int(campaign.n[campaign.n > 0].min())
        result['chance'], hidden['w'][1] = interval(value, variance, candidates, fewest)
        hidden['s'][1] = variance if m > 0 else 0.0
    if shown:
        value, variance = value_and_variance(campaign, rule.u, rule.d)
        result['naive'] = sum(whole.revenue[b] / 1e6 / int(campaign.n[b]) * 1000 for b in shown) / len(shown)
        result['honest'], hidden['w'][0] = interval(value, variance, len(shown), rule.fewest)
        hidden['s'][0] = variance if m > 0 else 0.0
        result['lift'] = mover(result['honest'], result['chance'])
        hidden['gains'] = [value_and_variance(campaign, a.u - rule.u, a.d - rule.d) for a in (unshrunk, shrunk)]
    stability, agreement = halves(campaign, whole)
    moments = pair_moments(campaign)
    result['p_value'] = None if moments is None else pearson(*map(float, moments))
    result |= {'agreement': agreement, 'agreement_by_chance': len(pool) / len(campaign.ids)}
    result['banners'] = [
        {'banner_id': campaign.ids[b], 'rank': rank, 'stability': stability[b]} for rank, b in enumerate(pool, 1)
    ]
    return result, hidden, moments


def adjust(pools):
    tested = [pool for pool in pools if pool['p_value'] is not None]
    for pool in pools:
        pool['p_adjusted'] = None
    ordered = sorted(tested, key=lambda pool: pool['p_value'])
    least = 1.0
    for rank in range(len(ordered), 0, -1):
        least = min(least, ordered[rank - 1]['p_value'] * len(ordered) / rank)
        ordered[rank - 1]['p_adjusted'] = least


def verdict(lift, p_adjusted=0.0):
    if lift['low'] is None or p_adjusted is None or p_adjusted > 0.05:
        return 'no difference shown'
    if lift['low'] > 0:
        return 'the rule beats chance'
    return 'the rule loses to chance' if lift['high'] < 0 else 'no difference shown'


def slope(campaigns):
    sxy = sxx = vxy = 0.0
    for c in campaigns:
        if c.impressions == 0:
            continue
        clicks = np.array(Counts(c, c.clicks).clicks, dtype=float)
        n = c.n.astype(float)
        r = clicks.sum() / n.sum()
        away = n - n.mean()
        sxy += (away * (clicks - clicks.mean())).sum()
        sxx += r * (away ** 2).sum()
        vxy += (away ** 2 * r * n).sum()
    if sxx == 0:
        return {'slope': None, 'low': None, 'high': None}
    half = Z * math.sqrt(vxy) / sxx
    return {'slope': sxy / sxx, 'low': sxy / sxx - half, 'high': sxy / sxx + half}


def chi_square(campaigns):
    total, df = 0.0, 0
    for c in campaigns:
        counts = Counts(c, c.clicks)
        if not c.clicks:
            continue
        q = len(c.converted) / len(c.clicks)
        if not 0 < q < 1:
            continue
        clicked = [(x, k) for x, k in zip(counts.converted, counts.clicks) if k > 0]
        total += sum((x - k * q) ** 2 / (k * q * (1 - q)) for x, k in clicked)
        df += len(clicked) - 1
    return total / df if df > 0 else None


def total(parts, shares, name, index, hidden):
    if not parts:
        return {'value': None, 'low': None, 'high': None}
    value = sum(s * p[name]['value'] for s, p in zip(shares, parts))
    if all(p[name]['low'] is None for p in parts):
        return {'value': value, 'low': None, 'high': None}
    variance = sum(s * s * h['s'][index] for s, h in zip(shares, hidden))
    w = max(s * h['w'][index] for s, h in zip(shares, hidden))
    mean, spread = value + w / 2, variance + w * w / 2
    low = 0.0 if value == 0 else quantile(0.025, mean, spread)
    return {'value': value, 'low': low, 'high': quantile(0.975, mean, spread)}


def mean(values):
    return sum(values) / len(values) if values else None


def evaluate(folder, seed):
    campaigns = read_campaigns(folder, seed)
    for c in campaigns:
        c.trained = [Counts(c, [k for k in c.clicks if k['fold'] != fold]) for fold in range(FOLDS)]
    shrinkage = shrinkages(campaigns)
    evaluated = [evaluate_pool(c, shrinkage[id(c)]) for c in campaigns]
    pools = [pool for pool, _, _ in evaluated]
    adjust(pools)
    for pool in pools:
        pool['verdict'] = verdict(pool['lift'], pool['p_adjusted'])
    valued = [(p, h) for p, h, _ in evaluated if p['honest']['value'] is not None]
    parts, hidden = [p for p, _ in valued], [h for _, h in valued]
    weight = sum(p['impressions'] for p in parts)
    shares = [p['impressions'] / weight for p in parts]
    impressions = sum(c.impressions for c in campaigns)
    honest, chance = (total(parts, shares, name, i, hidden) for i, name in enumerate(('honest', 'chance')))
    lift = mover(honest, chance) if parts else {'value': None, 'low': None, 'high': None}
    tested = [m for _, _, m in evaluated if m is not None]
    sums = [sum(float(m[i]) for m in tested) for i in range(4)]
    follow = slope(campaigns)
    gated = follow['high'] is not None and follow['high'] < 0.5
    places = [banner['stability'] for pool in pools for banner in pool['banners']]
    overall = {
        'impressions': impressions,
        'earned': sum(c.revenue for c in campaigns) / 1e6 / impressions * 1000 if impressions else None,
        'naive': sum(s * p['naive'] for s, p in zip(shares, parts)) if parts else None,
        'honest': honest, 'chance': chance, 'lift': lift,
        'chi_square_per_df': chi_square(campaigns),
        'p_value': pearson(*sums) if tested else None,
        'different': sum(p['p_value'] is not None and p['p_value'] <= 0.05 for p in pools),
        'different_adjusted': sum(p['p_adjusted'] is not None and p['p_adjusted'] <= 0.05 for p in pools),
        'mean_stability': mean(places),
        'agreement': mean([p['agreement'] for p in pools]),
        'agreement_by_chance': mean([p['agreement_by_chance'] for p in pools]),
        'clicks_follow_impressions': follow,
        'verdict': verdict(lift),
    }
    alternatives = []
    for i, name in enumerate(('revenue_per_impression', 'revenue_per_impression_shrunk')):
        gain = {'value': None, 'low': None, 'high': None}
        if parts:
            value = sum(s * h['gains'][i][0] for s, h in zip(shares, hidden))
            half = Z * math.sqrt(max(0.0, sum(s * s * h['gains'][i][1] for s, h in zip(shares, hidden))))
            gain = {'value': value, 'low': value - half, 'high': value + half}
        alternatives.append({'name': name, 'gain': gain, 'gated': gated})
    minus = lambda x: None if x is None else -x
    gain = {'value': minus(lift['value']), 'low': minus(lift['high']), 'high': minus(lift['low'])}
    alternatives.append({'name': 'chance', 'gain': gain, 'gated': False})
    return {'overall': overall, 'pools': pools, 'alternatives': alternatives}


if __name__ == '__main__':
    print(json.dumps(evaluate(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 0), default=lambda x: x.item()))
