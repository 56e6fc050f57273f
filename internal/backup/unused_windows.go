package backup

import "os"

// removeUnused removes the half copy at path, which Windows refuses while a process has it open to
// write it, and reports whether it did.
func removeUnused(path string) bool { return os.Remove(path) == nil }
