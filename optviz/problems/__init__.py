"""Problems to minimize: surfaces, the workbook's line, and the seam to everything else."""
