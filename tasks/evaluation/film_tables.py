"""The tables of an evaluation of film."""

from collections.abc import Sequence

import numpy as np

from oldphoto_core.evaluation.film_cases import KINDS
from oldphoto_core.evaluation.film_scores import MEASURES, REAL_MEASURES, FilmScore, mean_score
from tasks.evaluation.film_real import RealScore
from tasks.evaluation.table import Table, shown


def film_tables(
    scores: Sequence[FilmScore], real: Sequence[RealScore], methods: Sequence[str], *, seed: int
) -> tuple[Table, ...]:
    """Return one table a measure, methods down and kinds across; one of real film; one of time."""
    made = [_made(scores, methods, measure, seed) for measure in MEASURES]
    return (*made, *_real(real, methods), _time(scores, real, methods))


def _made(scores: Sequence[FilmScore], methods: Sequence[str], measure: str, seed: int) -> Table:
    title, digits = MEASURES[measure]
    kinds = [kind for kind in KINDS if any(one.kind == kind for one in scores)]
    rows = []
    for method in methods:
        own = [one for one in scores if one.method == method]
        clips = len({one.picture for one in own})
        cells = [shown(mean_score([s for s in own if s.kind == kind], measure, seed=seed), digits) for kind in kinds]
        rows.append((method, str(clips), *cells))
    note = "Clips: how many of each kind; methods that are slow have fewer, and are not to be compared by the mean."
    return Table(measure, title, note, ("method", "clips", *kinds), tuple(rows))


def _real(real: Sequence[RealScore], methods: Sequence[str]) -> list[Table]:
    clips = list(dict.fromkeys(one.clip for one in real))
    found = []
    for clip in clips:
        own = {one.method: one for one in real if one.clip == clip}
        rows = tuple(
            (name, *(f"{own[name].measures[measure]:.{digits}f}" for measure, (_, digits) in REAL_MEASURES.items()))
            for name in methods
            if name in own
        )
        note = "; ".join(f"{name}: {title}" for name, (title, _) in REAL_MEASURES.items())
        found.append(Table(f"real-{clip}", f"Real film: {clip}", note, ("method", *REAL_MEASURES), rows))
    return found


def _time(scores: Sequence[FilmScore], real: Sequence[RealScore], methods: Sequence[str]) -> Table:
    rows = []
    for method in methods:
        sorts = (
            [one.seconds for one in scores if one.method == method],
            [r.seconds for r in real if r.method == method],
        )
        rows.append((method, *(f"{np.mean(each):.3f}" if each else "-" for each in sorts)))
    note = "Processor seconds for a frame, of this machine as busy as it was; for orders of magnitude only."
    return Table("time", "Time", note, ("method", "made clips", "real film"), tuple(rows))
