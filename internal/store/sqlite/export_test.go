package sqlite

import "io"

// ClaimPartial is claimPartial.
func ClaimPartial(path string) (io.Closer, error) { return claimPartial(path) }
