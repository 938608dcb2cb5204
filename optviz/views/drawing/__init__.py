"""What every picture is drawn with: colors, theme, scale, paths, panels."""
