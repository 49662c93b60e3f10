"""Modernizing Old Photos Using Multiple References (Gunawan et al., CVPR 2023): styled by each reference, then merged.

Written from the paper and a description of the released system; its code is under the Apache 2.0 licence.
"""
