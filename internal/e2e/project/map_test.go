package project_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// namedFile is a file in the text of internal/README.md: a path from the top of the project, in
// backticks, without a placeholder in angle brackets.
const namedFile = "`([A-Za-z0-9._-]+(?:/[A-Za-z0-9._-]+)+\\.[a-z]+)`"

// namedFiles returns the files that the text names, in its order.
func namedFiles(text string) []string {
	var files []string
	for _, match := range regexp.MustCompile(namedFile).FindAllStringSubmatch(text, -1) {
		if strings.Contains(match[1], ".org/") || strings.HasPrefix(match[1], "github.com/") {
			continue
		}
		files = append(files, match[1])
	}
	return files
}

func TestMap_namesFilesThatExist(t *testing.T) {
	files := namedFiles(readMap(t))
	if len(files) < 100 {
		t.Fatalf("internal/README.md names %d files", len(files))
	}
	for _, file := range files {
		if _, err := os.Stat(filepath.Join("..", "..", "..", filepath.FromSlash(file))); err != nil {
			t.Errorf("internal/README.md names %s: %v", file, err)
		}
	}
}

func TestMap_hasOnlyValidLinks(t *testing.T) {
	links := regexp.MustCompile(`\]\(([^)#:]+)(?:#[^)]*)?\)`).FindAllStringSubmatch(readMap(t), -1)
	if len(links) == 0 {
		t.Fatal("internal/README.md has no links")
	}
	for _, link := range links {
		if _, err := os.Stat(filepath.Join("..", "..", "..", "internal", filepath.FromSlash(link[1]))); err != nil {
			t.Errorf("internal/README.md links to %s: %v", link[1], err)
		}
	}
}

func TestMap_walksForward(t *testing.T) {
	journeys := subsections(readMap(t), "Journeys")
	if len(journeys) != 6 {
		t.Errorf("internal/README.md has %d journeys, want 6", len(journeys))
	}
	if flows := subsections(readMap(t), "Flows"); len(flows) != 3 {
		t.Errorf("internal/README.md has %d flows, want 3", len(flows))
	}
	for name, text := range journeys {
		files := namedFiles(text)
		if len(files) < 5 {
			t.Errorf("%s: the journey names %d files", name, len(files))
		}
		if twice := repeated(files); twice != "" {
			t.Errorf("%s: the journey visits %s twice", name, twice)
		}
	}
}

func TestRepeated_findsTheRepeatedFile(t *testing.T) {
	files := namedFiles("1. `web/web.go` 2. `web/error.go`, `go`, `web/<name>.go`, `github.com/a/b.v1` 3. `web/web.go`")
	if len(files) != 3 {
		t.Errorf("named files: %q", files)
	}
	if got := repeated(files); got != "web/web.go" {
		t.Errorf("repeated: %q", got)
	}
	if got := repeated(files[1:]); got != "" {
		t.Errorf("not repeated: %q", got)
	}
}

// repeated returns the first file that is in the list twice, or an empty string.
func repeated(files []string) string {
	seen := map[string]bool{}
	for _, file := range files {
		if seen[file] {
			return file
		}
		seen[file] = true
	}
	return ""
}

// subsections returns the subsections of the section with the heading: title → text.
func subsections(text, heading string) map[string]string {
	_, section, _ := strings.Cut(text, "\n## "+heading+"\n")
	section, _, _ = strings.Cut(section, "\n## ")
	parts := map[string]string{}
	for _, part := range strings.Split(section, "\n### ")[1:] {
		title, body, _ := strings.Cut(part, "\n")
		parts[title] = body
	}
	return parts
}
