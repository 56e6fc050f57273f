package sqlite

import "os"

// ClaimPartial is claimPartial.
func ClaimPartial(path string) (*os.File, error) { return claimPartial(path) }
