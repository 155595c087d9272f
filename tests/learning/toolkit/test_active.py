import numpy as np
import pytest

from learning.toolkit.active import QUERIES, PoolView, QueryError, query_named
from learning.toolkit.active.core_set import k_centre_greedy
from learning.toolkit.active.pool import short
from learning.toolkit.uncertainty import aggregate, bald, entropy, least_confidence, margin


def pool(n=200, *, d=32, seed=0, labelled=12):
    rng = np.random.default_rng(seed)
    return PoolView(
        keys=tuple(f"k{i:04d}" for i in rng.permutation(n)),
        findings=("EFF", "PTX"),
        probabilities=rng.random((n, 2)),
        embeddings=rng.normal(size=(n, d)),
        epistemic=rng.random((n, 2)),
        outline_entropy=rng.random((n, 2)),
        labelled_embeddings=rng.normal(size=(labelled, d)) if labelled else None,
    )


def shuffled(view, seed):
    order = np.random.default_rng(seed).permutation(len(view))
    return PoolView(
        keys=tuple(view.keys[i] for i in order),
        findings=view.findings,
        probabilities=view.probabilities[order],
        embeddings=view.embeddings[order],
        epistemic=None if view.epistemic is None else view.epistemic[order],
        outline_entropy=None if view.outline_entropy is None else view.outline_entropy[order],
        labelled_embeddings=view.labelled_embeddings,
    )


def keys(view, ranking):
    return [view.keys[i] for i in ranking.order]


def test_the_table_of_queries_is_what_users_can_choose():
    assert list(QUERIES) == ["random", "entropy", "margin", "bald", "core_set", "diverse_uncertain", "outline_entropy"]
    with pytest.raises(QueryError, match="known: random, entropy"):
        query_named("badge")


@pytest.mark.parametrize("name", QUERIES)
@pytest.mark.parametrize("count", [1, 20, 200, 500])
def test_ranking_is_complete_sorted_and_reasoned(name, count):
    view = pool()
    ranking = QUERIES[name](view, count=count, generator=np.random.default_rng(0))
    assert len(ranking) == min(count, 200) == len(ranking.reasons) == len(ranking.scores)
    assert len(set(ranking.order.tolist())) == len(ranking)
    assert (np.diff(ranking.scores) <= 1e-9).all()
    assert all(reason for reason in ranking.reasons)


@pytest.mark.parametrize("name", QUERIES)
@pytest.mark.parametrize("labelled", [0, 12])
def test_order_of_the_pool_does_not_matter(name, labelled):
    view = pool(labelled=labelled)
    first = QUERIES[name](view, count=30, generator=np.random.default_rng(1))
    for seed in range(3):
        other = shuffled(view, seed)
        again = QUERIES[name](other, count=30, generator=np.random.default_rng(1))
        assert keys(other, again) == keys(view, first)


@pytest.mark.parametrize("name", QUERIES)
def test_ties_do_not_depend_on_the_order_of_the_pool(name):
    view = PoolView(
        keys=tuple("dbca"),
        findings=("EFF",),
        probabilities=np.full((4, 1), 0.5),
        embeddings=np.ones((4, 3)),
        epistemic=np.ones((4, 1)),
        outline_entropy=np.ones((4, 1)),
    )
    expected = keys(view, QUERIES[name](view, count=2, generator=np.random.default_rng(1)))
    other = shuffled(view, 1)
    assert keys(other, QUERIES[name](other, count=2, generator=np.random.default_rng(1))) == expected


def naive_k_centre(embeddings, centres, count):
    chosen = []
    for _ in range(count):
        known = [*centres, *embeddings[chosen]]
        if not known:
            chosen.append(int(np.linalg.norm(embeddings - embeddings.mean(axis=0), axis=1).argmin()))
            continue
        gaps = [
            -1 if i in chosen else min(np.linalg.norm(row - other) for other in known)
            for i, row in enumerate(embeddings)
        ]
        chosen.append(int(np.argmax(gaps)))
    return chosen


@pytest.mark.parametrize("labelled", [0, 1, 12])
@pytest.mark.parametrize("seed", range(3))
def test_core_set_equals_the_plain_definition(labelled, seed):
    rng = np.random.default_rng(seed)
    embeddings, centres = rng.normal(size=(200, 32)), rng.normal(size=(labelled, 32))
    chosen, distances = k_centre_greedy(embeddings, centres, 25)
    assert chosen.tolist() == naive_k_centre(embeddings, centres, 25)
    for position in range(1, 25):
        known = [*centres, *embeddings[chosen[:position]]]
        expected = min(np.linalg.norm(embeddings[chosen[position]] - other) for other in known)
        assert distances[position] == pytest.approx(expected)


def test_margin_takes_the_images_whose_finding_is_nearest_to_one_half():
    view = pool()
    ranking = QUERIES["margin"](view, count=10, generator=np.random.default_rng(0))
    distance = np.abs(view.probabilities - 0.5).min(axis=1)
    assert set(ranking.order.tolist()) == set(np.argsort(distance)[:10].tolist())


def test_reasons_name_the_finding_that_decided():
    view = PoolView(
        keys=("a", "b"),
        findings=("EFF", "PTX"),
        probabilities=np.array([[0.1, 0.02], [0.93, 0.516]]),
        embeddings=np.zeros((2, 2)),
    )
    ranking = QUERIES["margin"](view, count=2, generator=np.random.default_rng(0))
    assert ranking.reasons == ("PTX .52: nearest to undecided", "EFF .10: nearest to undecided")


def test_planted_copies_of_the_most_unsure_image_are_chosen_once_by_diverse_queries():
    rng = np.random.default_rng(4)
    probabilities, embeddings = rng.random((120, 1)), rng.normal(size=(120, 8))
    probabilities[:20], embeddings[:20] = 0.5, embeddings[0]
    view = PoolView(tuple(f"{i:03d}" for i in range(120)), ("EFF",), probabilities, embeddings)

    def copies(name):
        return int((QUERIES[name](view, count=10, generator=np.random.default_rng(0)).order < 20).sum())

    assert copies("core_set") <= 1
    assert copies("diverse_uncertain") == 1
    assert copies("entropy") == 10


def test_random_query_follows_its_generator():
    view = pool()
    runs = [QUERIES["random"](view, count=200, generator=np.random.default_rng(s)).order for s in (1, 1, 2)]
    assert (runs[0] == runs[1]).all()
    assert not (runs[0] == runs[2]).all()


def test_bald_without_dropout_passes_is_refused_with_advice():
    view = PoolView(("a",), ("EFF",), np.array([[0.5]]), np.zeros((1, 2)))
    with pytest.raises(QueryError, match="mc_passes"):
        QUERIES["bald"](view, count=1, generator=np.random.default_rng(0))


@pytest.mark.parametrize(
    "changes",
    [
        {"probabilities": np.zeros((2, 2))},
        {"embeddings": np.zeros((3, 1))},
        {"probabilities": np.full((2, 1), np.nan)},
        {"keys": ("a", "a")},
    ],
)
def test_pool_that_does_not_fit_is_refused(changes):
    given = {
        "keys": ("a", "b"),
        "findings": ("EFF",),
        "probabilities": np.zeros((2, 1)),
        "embeddings": np.zeros((2, 1)),
    }
    with pytest.raises(QueryError):
        PoolView(**(given | changes))


def test_outlines_are_ranked_by_their_own_entropy_whatever_the_presence():
    view = PoolView(
        tuple("abc"), ("Liver", "Spleen"), np.array([[0.5, 0.5], [1, 1], [1, 1]]), np.ones((3, 2)),
        outline_entropy=np.array([[0.1, 0.1], [0.2, 0.6], [0.3, 0.2]]),
    )
    ranking = QUERIES["outline_entropy"](view, count=3, generator=np.random.default_rng(0))
    assert keys(view, ranking) == ["b", "c", "a"]
    assert ranking.reasons[0] == "outline of Spleen .60: least certain"
    with pytest.raises(QueryError, match="segmentation model"):
        QUERIES["outline_entropy"](pool_without_outlines(), count=3, generator=np.random.default_rng(0))


def pool_without_outlines():
    return PoolView(tuple("ab"), ("EFF",), np.ones((2, 1)), np.ones((2, 2)))


def test_empty_pool_gives_an_empty_ranking():
    none = np.zeros((0, 1))
    view = PoolView((), ("EFF",), none, np.zeros((0, 4)), none, outline_entropy=none)
    for query in QUERIES.values():
        assert len(query(view, count=5, generator=np.random.default_rng(0))) == 0


@pytest.mark.parametrize(
    ("p", "bits", "edge", "doubt"), [(0.5, 1, 1, 1), (0, 0, 0, 0), (1, 0, 0, 0), (0.25, 0.811278, 0.5, 0.5)]
)
def test_uncertainty_by_hand(p, bits, edge, doubt):
    table = np.array([[p]])
    assert entropy(table)[0, 0] == pytest.approx(bits, abs=1e-6)
    assert margin(table)[0, 0] == pytest.approx(edge)
    assert least_confidence(table)[0, 0] == pytest.approx(doubt)


def test_bald_is_zero_when_passes_agree_and_one_bit_when_they_contradict():
    agree, contradict = np.full((10, 1, 1), 0.5), np.array([[[0.0]], [[1.0]]])
    assert bald(agree)[0, 0] == 0
    assert bald(contradict)[0, 0] == pytest.approx(1)


def test_aggregation_over_findings():
    table = np.array([[0.2, 0.6], [0.5, 0.5]])
    assert aggregate(table, "max").tolist() == [0.6, 0.5]
    assert aggregate(table, "sum").tolist() == pytest.approx([0.8, 1.0])
    assert aggregate(table, "mean").tolist() == pytest.approx([0.4, 0.5])


@pytest.mark.parametrize(
    ("p", "text"), [(0.516, ".52"), (0.0, "0"), (1.0, "1"), (0.001, "<.01"), (0.9951, ">.99"), (0.994, ".99")]
)
def test_probabilities_are_short_and_never_certain_unless_they_are(p, text):
    assert short(p) == text
