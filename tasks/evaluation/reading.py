"""What a reader should know before the tables: how they were made, how far they reach, what is not in them."""

_MADE = (
    "Sound photographs were damaged by computation, one kind at a time, several at once, or not at all; each method "
    "was given the damaged picture, and what it made of it was compared with the sound one. Figures in brackets are an "
    "interval in which the mean would lie, nineteen times out of twenty, had other photographs of the same kind been "
    "drawn. Nothing was trained on these pictures, nor on these seeds of damage."
)
_REACH = (
    "Damage made by computation is cleaner than that of a century in a box: what holds here need not hold there, and "
    "decibels are not the judgement of a conservator. The strips show one case a kind, chosen by turn."
)
_LEFT_OUT = (
    "Not in the tables: attention-selected operations (Suganuma et al. 2019). That network runs many operations beside "
    "each other, layer after layer at full size, and learns to weigh them; in the training time of the others it would "
    "have seen a small part of the pictures that they saw, and the comparison would have been one of patience."
)

READING = (_MADE, _REACH, _LEFT_OUT)
"""A paragraph each."""
