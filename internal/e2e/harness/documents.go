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

// DocsFolder holds the documentation, seen from the module's directory.
const DocsFolder = "web/docs"

// Doc returns a page of the documentation.
func Doc(t *testing.T, name string) string {
	t.Helper()
	return RootFile(t, path.Join(DocsFolder, name))
}

// Section returns the text under a heading, up to the next one of that level.
func Section(t *testing.T, text, heading string) string {
	t.Helper()
	_, below, found := strings.Cut(text, "\n"+heading+"\n")
	if !found {
		t.Fatalf("there is no heading %q", heading)
	}
	level, _, _ := strings.Cut(heading, " ")
	below, _, _ = strings.Cut(below, "\n"+level+" ")
	return below
}

// RootFile returns a file of the module by its path in it.
func RootFile(t *testing.T, name string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(Root, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}
