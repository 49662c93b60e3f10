"""A network over a picture of any size: row by row, in bounded memory, with the numbers of the whole picture.

Convolutions need a few rows around their own, so they can run on strips. Instance normalisation needs the mean and
variance of the whole map: each convolution's output is therefore kept while its statistics are gathered (first pass)
and normalised when it is read (second pass). Every convolution is computed once. What does not fit in the memory that
was granted lies in a temporary file. On a CPU, in float32, wide 3x3 convolutions take a quarter of the multiplications
(``winograd``).
"""
