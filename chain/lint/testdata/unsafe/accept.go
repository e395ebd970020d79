package fixture

// The word unsafe in a comment or a name is harmless.
func unsafeName(b []byte) string { return string(b) }
