"""The network of Deep Image Prior (Ulyanov et al., CVPR 2018): never trained, fitted to one picture at a time."""
