"""Vectors to find the nearest of: all of them compared up to some ten thousand, a graph of neighbours beyond.

Nearest means the largest inner product, which for vectors of length 1 is the cosine. The graph is a hierarchical
navigable small world (Malkov and Yashunin 2018); it finds nearly all of the nearest. Both are those of faiss. The same
vectors in the same order give the same index, byte for byte.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import faiss
import numpy as np
from jaxtyping import Float32, Int64

from oldphoto_core.references.described import Vectors
from oldphoto_core.references.errors import BadSetError

EXACT_UP_TO: Final = 20_000
"""Vectors that are compared one by one: 256 numbers each take about two milliseconds a question."""

_NEIGHBOURS: Final = 32
_BUILD_WIDTH: Final = 200
_SEARCH_WIDTH: Final = 128


@dataclass(frozen=True, slots=True)
class VectorIndex:
    """An index over vectors, numbered in the order they were given."""

    _index: Any  # faiss has no type information

    @classmethod
    def build(cls, vectors: Vectors, *, exact_up_to: int = EXACT_UP_TO) -> "VectorIndex":
        """Return an index over the vectors.

        Args:
            vectors: At least one.
            exact_up_to: More vectors than this are put in a graph.

        Raises:
            ValueError: There are no vectors.
        """
        count, length = vectors.shape
        if count == 0:
            raise ValueError("an index needs at least one vector, found none")
        index = _exact(length) if count <= exact_up_to else _graph(length)
        with _one_thread():  # the graph depends on the order of insertion
            index.add(np.ascontiguousarray(vectors))
        return cls(index)

    @property
    def size(self) -> int:
        """How many vectors it holds."""
        return int(self._index.ntotal)

    def search(
        self, questions: Float32[np.ndarray, "Q D"], count: int
    ) -> tuple[Float32[np.ndarray, "Q K"], Int64[np.ndarray, "Q K"]]:
        """Return the largest inner products with each question, largest first, and the numbers of those vectors.

        Args:
            questions: One in each row.
            count: How many to return; as many as there are, if that is less.
        """
        found = self._index.search(np.ascontiguousarray(questions), min(count, self.size))
        return found[0], found[1]

    def to_bytes(self) -> bytes:
        """Return the index as a faiss file."""
        return bytes(faiss.serialize_index(self._index).tobytes())

    @classmethod
    def from_bytes(cls, content: bytes) -> "VectorIndex":
        """Return the index that :meth:`to_bytes` wrote; check the digest of bytes from elsewhere first.

        Raises:
            BadSetError: The bytes are no index of ours.
        """
        try:
            index = faiss.deserialize_index(np.frombuffer(content, dtype=np.uint8))
        except (RuntimeError, ValueError, MemoryError) as error:
            reason = (str(error) or type(error).__name__).splitlines()[0]
            raise BadSetError(f"the index cannot be read: {reason}; build the set again") from error
        if not isinstance(index, faiss.IndexFlatIP | faiss.IndexHNSWFlat):
            raise BadSetError(
                f"expected an exact index or a graph, found a {type(index).__name__}; build the set again"
            )
        return cls(index)


def _exact(length: int) -> Any:  # noqa: ANN401 - faiss has no type information
    return faiss.IndexFlatIP(length)


def _graph(length: int) -> Any:  # noqa: ANN401 - faiss has no type information
    index = faiss.IndexHNSWFlat(length, _NEIGHBOURS, faiss.METRIC_INNER_PRODUCT)
    index.hnsw.efConstruction = _BUILD_WIDTH
    index.hnsw.efSearch = _SEARCH_WIDTH
    return index


@contextmanager
def _one_thread() -> Iterator[None]:
    threads = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)
    try:
        yield
    finally:
        faiss.omp_set_num_threads(threads)
