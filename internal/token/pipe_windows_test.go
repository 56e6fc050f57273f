package token_test

import "os"

// makePipe makes a directory: pipes are no files on Windows, and both are not regular.
func makePipe(path string) error { return os.Mkdir(path, 0o700) }
