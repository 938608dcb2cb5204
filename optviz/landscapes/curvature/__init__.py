"""Curvature: eigenvalues, trace, density and sharpness from Hessian-vector products."""
