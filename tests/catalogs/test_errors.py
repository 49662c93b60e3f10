import pytest

from catalogs.errors import BadRowsError, BrokenChainError, CatalogError, ConcurrentRunError, RowProblem


def test_all_misfits_are_kept_and_the_first_twenty_named() -> None:
    problems = [RowProblem("assets", row, "key", "null", "a value") for row in range(30)]
    error = BadRowsError(problems)
    assert error.problems == tuple(problems)
    assert str(error).startswith("30 values do not fit:\n  assets[0].key: expected a value, found null\n")
    assert "assets[19].key" in str(error)
    assert "assets[20].key" not in str(error)


@pytest.mark.parametrize("kind", [BadRowsError, BrokenChainError, ConcurrentRunError])
def test_every_error_of_the_package_is_a_catalog_error(kind: type[Exception]) -> None:
    assert issubclass(kind, CatalogError)
