package token

import (
	"io/fs"
	"os"
)

// giveToOwner does nothing: on Windows a new file has the owner and the rights that its folder
// gives it.
func giveToOwner(*os.File, fs.FileInfo) error { return nil }
