"""What all views share: colors, theme, scale, paths, panels."""
