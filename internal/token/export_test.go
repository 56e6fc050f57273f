package token

// DigestOf is for the tests of this package.
func DigestOf(value string) Digest { return digestOf(value) }
