from oldphoto_core.networks.streaming.scratch import Scratch


def test_what_was_given_back_is_taken_again() -> None:
    scratch = Scratch()
    first = scratch.take(100)
    other = scratch.take(100)
    scratch.give_back(first)
    assert scratch.take(80) is first
    assert other is not first


def test_the_smallest_piece_that_is_large_enough_is_taken() -> None:
    scratch = Scratch()
    pieces = [scratch.take(count) for count in (300, 100, 200)]
    for piece in pieces:
        scratch.give_back(piece)
    assert len(scratch.take(150)) == 200


def test_pieces_that_are_too_small_make_way_and_are_no_longer_counted() -> None:
    held: list[int] = []
    scratch = Scratch(held.append)
    scratch.give_back(scratch.take(100))
    scratch.take(150)
    assert held == [400, -400, 600]


def test_lent_memory_has_the_shape_and_comes_back() -> None:
    scratch = Scratch()
    with scratch.lent(3, 4) as first:
        assert first.shape == (3, 4)
    with scratch.lent(6, 2) as second:
        assert second.data_ptr() == first.data_ptr()
