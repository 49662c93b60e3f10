"""What a reader should know before the tables of modernizing."""

_MADE = (
    "Clean pictures were made old by computation: every region by itself with the colour jitter and degradation of the "
    "paper (`regions`), three groups of regions as three faded prints (`prints`), or the whole as one faded print "
    "(`whole`). Each method was given the old photograph and references; its answer was compared with the clean "
    "picture. References that are `right` show the very regions of the clean picture turned, shifted and mirrored "
    "among other pictures (for `whole`, one shows another part of the picture); where one is `missing`, a group of "
    "regions is shown by none; `shuffled` references were made likewise of another picture; `unrelated` ones are the "
    "three least alike of twelve others, by texture, lightness and place."
)
_REACH = (
    "Regions of right references are cut from the truth itself: nobody has such references, so the figures tell "
    "methods apart and promise nothing. `whole` is nearest to what a collection has. Labels come from people where "
    "there are any, else from segments that know nothing of what is seen. The classical engine and the choice of "
    "unrelated pictures use the same descriptors, which may favour it there. Figures in brackets are an interval in "
    "which the mean would lie, nineteen times out of twenty, had other pictures of the same kind been drawn."
)

STYLE_READING = (_MADE, _REACH)
"""A paragraph each."""
