package harness

import (
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"
)

// Root is the module's directory.
const Root = "../../.."

// DocsFolder is the directory of the documentation, relative to the module's directory.
const DocsFolder = "web/docs"

// Doc returns a page of the documentation.
func Doc(t *testing.T, name string) string {
	t.Helper()
	return RootFile(t, path.Join(DocsFolder, name))
}

// Section returns the text under a heading, up to the next heading of that level.
func Section(t *testing.T, text, heading string) string {
	t.Helper()
	_, below, found := strings.Cut(text, "\n"+heading+"\n")
	if !found {
		t.Fatalf("the heading %q is missing", heading)
	}
	level, _, _ := strings.Cut(heading, " ")
	below, _, _ = strings.Cut(below, "\n"+level+" ")
	return below
}

// RootFile returns a file by its path in the module.
func RootFile(t *testing.T, name string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(Root, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}
