"""Bringing Old Photos Back to Life (Wan et al., CVPR 2020 and TPAMI 2022): two autoencoders and a mapping between.

Written from the papers and a description of the released system; its code and weights are under the MIT licence.
"""
