"""Bringing Old Films Back to Life (Wan et al., CVPR 2022): a recurrent network over frames, guided by optical flow.

Written from the paper and a description of the released system. Its release states no licence beside "for academic
research use only"; its weights are neither needed by nor shipped with this package.
"""
