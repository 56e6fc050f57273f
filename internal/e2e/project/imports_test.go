package project_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// rules is the import table of internal/README.md: each room and what it may import besides the
// standard library.
type rules map[string]importRule

// importRule lists packages of this module by their path in it, and others by a prefix of their
// path. All others are forbidden.
type importRule struct {
	own    []string
	others []string
}

func TestImports_followTheMap(t *testing.T) {
	allowed := readRules(t)
	found := map[string]bool{}
	for _, p := range packages(t) {
		name := strings.TrimPrefix(p.ImportPath, "namets/")
		found[name] = true
		for _, problem := range allowed.check(name, p.Imports) {
			t.Error(problem)
		}
	}
	for name := range allowed {
		if !found[name] {
			t.Errorf("internal/README.md lists %s, which is not a package of this module", name)
		}
	}
}

func TestMap_describesEachRoom(t *testing.T) {
	described, err := table(readMap(t), "Rooms", 2)
	if err != nil {
		t.Fatal(err)
	}
	allowed := readRules(t)
	seen := map[string]bool{}
	for _, row := range described {
		name := strings.Trim(row[0], "`")
		if seen[name] = true; allowed[name].own == nil || row[1] == "" {
			t.Errorf("%s: it needs a line in the table of rooms and a row in the table of imports", name)
		}
	}
	for name := range allowed {
		if !seen[name] {
			t.Errorf("%s has no line in the table of rooms", name)
		}
	}
}

// TestRules_areRefused checks invalid maps, and imports that a valid map forbids.
func TestRules_areRefused(t *testing.T) {
	const head = "## Imports\n\n| Room | Rooms | Modules |\n|---|---|---|\n"
	for name, tt := range map[string]struct{ text, problem string }{
		"no section":       {"# Map\n", "no section"},
		"no row":           {head, "no rows"},
		"a cell too few":   {head + "| `web` | none |\n", "cells"},
		"a bare name":      {head + "| web | none | none |\n", "backticks"},
		"words in a cell":  {head + "| `web` | `static` and more | none |\n", "backticks"},
		"an empty cell":    {head + "| `web` | none | |\n", "backticks"},
		"a room twice":     {head + "| `static` | none | none |\n| `static` | none | none |\n", "twice"},
		"an unknown room":  {head + "| `web` | `attic` | none |\n", "attic"},
		"upwards":          {head + "| `web` | none | none |\n| `static` | `web` | none |\n", "above"},
		"a room by itself": {head + "| `web` | `web` | none |\n", "above"},
	} {
		if _, err := parseRules(tt.text); err == nil || !strings.Contains(err.Error(), tt.problem) {
			t.Errorf("%s: got %v, want an error about %q", name, err, tt.problem)
		}
	}

	allowed, err := parseRules(head + "| `web` | `static` | `example.org/a` |\n| `static` | none | none |\n")
	if err != nil {
		t.Fatal(err)
	}
	imported := []string{"fmt", "net/http", "namets/static", "example.org/a", "example.org/a/b"}
	if got := allowed.check("web", imported); got != nil {
		t.Errorf("allowed imports are refused: %v", got)
	}
	for _, path := range []string{"namets/web", "namets/internal/api", "example.org/ab", "example.org"} {
		if got := allowed.check("static", []string{path}); len(got) != 1 {
			t.Errorf("static may import %s: %v", path, got)
		}
	}
	if got := allowed.check("attic", nil); len(got) != 1 {
		t.Errorf("a room without a row is allowed: %v", got)
	}
}

// check returns what is wrong with a package that imports the paths.
func (r rules) check(name string, paths []string) (problems []string) {
	may, known := r[name]
	if !known {
		return []string{name + " has no row in the tables of internal/README.md: add one to each"}
	}
	for _, path := range paths {
		if !may.allow(path) {
			problems = append(problems, fmt.Sprintf("%s imports %s, which its row in internal/README.md does not list",
				name, path))
		}
	}
	return problems
}

func (i importRule) allow(path string) bool {
	if own, ok := strings.CutPrefix(path, "namets/"); ok {
		return slices.Contains(i.own, own)
	}
	first, _, _ := strings.Cut(path, "/")
	if !strings.Contains(first, ".") {
		return true // of the standard library
	}
	return slices.ContainsFunc(i.others, func(prefix string) bool {
		return path == prefix || strings.HasPrefix(path, prefix+"/")
	})
}

// readMap returns the text of internal/README.md.
func readMap(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "..", "internal", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func readRules(t *testing.T) rules {
	t.Helper()
	allowed, err := parseRules(readMap(t))
	if err != nil {
		t.Fatal("internal/README.md: ", err)
	}
	return allowed
}

// parseRules parses the table of the section "Imports". A room may import only rooms of later rows;
// the rooms that only tests import come last and may import any.
func parseRules(text string) (rules, error) {
	rows, err := table(text, "Imports", 3)
	if err != nil {
		return nil, err
	}
	allowed := rules{}
	var order []string
	for _, row := range rows {
		name, err := names(row[0])
		if err != nil || len(name) != 1 {
			return nil, fmt.Errorf("the room %q must be one name in backticks", row[0])
		}
		own, err := names(row[1])
		if err != nil {
			return nil, fmt.Errorf("%s: rooms: %w", name[0], err)
		}
		others, err := names(row[2])
		if err != nil {
			return nil, fmt.Errorf("%s: modules: %w", name[0], err)
		}
		if slices.Contains(order, name[0]) {
			return nil, fmt.Errorf("%s has a row twice", name[0])
		}
		order = append(order, name[0])
		allowed[name[0]] = importRule{own, others}
	}
	return allowed, allowed.checkOrder(order)
}

// checkOrder returns an error if a room may import one of the same or an earlier row, or one
// without a row.
func (r rules) checkOrder(order []string) error {
	for i, name := range order {
		for _, own := range r[name].own {
			at := slices.Index(order, own)
			switch {
			case at < 0:
				return fmt.Errorf("%s may import %s, which has no row", name, own)
			case at <= i && !forTests(name):
				return fmt.Errorf("%s may import %s, which is above it", name, own)
			}
		}
	}
	return nil
}

// forTests reports whether only tests import the room.
func forTests(name string) bool {
	return name == "web/webtest" || strings.HasPrefix(name, "internal/e2e") || strings.HasSuffix(name, "/tokentest")
}

// table returns the cells of the first table in the section with the heading, without its header.
func table(text, heading string, columns int) ([][]string, error) {
	_, section, ok := strings.Cut(text, "\n## "+heading+"\n")
	if !ok && !strings.HasPrefix(text, "## "+heading+"\n") {
		return nil, fmt.Errorf("there is no section %q", heading)
	}
	if !ok {
		section = text
	}
	section, _, _ = strings.Cut(section, "\n## ")
	var rows [][]string
	for line := range strings.Lines(section) {
		line = strings.TrimSpace(line)
		if !strings.HasPrefix(line, "|") {
			continue
		}
		cells := strings.Split(strings.Trim(line, "|"), "|")
		if len(cells) != columns || !strings.HasSuffix(line, "|") {
			return nil, fmt.Errorf("%s: %q has %d cells, not %d", heading, line, len(cells), columns)
		}
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		rows = append(rows, cells)
	}
	if len(rows) < 3 {
		return nil, fmt.Errorf("%s: the table has no rows", heading)
	}
	return rows[2:], nil
}

// names returns the names in a cell: each in backticks, separated by blanks, or "none".
func names(cell string) ([]string, error) {
	list := []string{}
	if cell == "none" {
		return list, nil
	}
	for _, word := range strings.Fields(cell) {
		if !regexp.MustCompile("^`[A-Za-z0-9._/-]+`$").MatchString(word) {
			return nil, fmt.Errorf("%q is not a list of names in backticks, and not \"none\"", cell)
		}
		list = append(list, strings.Trim(word, "`"))
	}
	if len(list) == 0 {
		return nil, errors.New(`an empty cell: write names in backticks, or "none"`)
	}
	return list, nil
}

// listed is one package as the Go tool lists it, without its tests.
type listed struct {
	ImportPath string
	GoFiles    []string
	Imports    []string
}

// packages lists the packages of this module, without those that contain only tests.
func packages(t *testing.T) []listed {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,GoFiles,Imports", "namets/...")
	out, err := cmd.Output()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		t.Fatalf("go list: %s", exit.Stderr)
	}
	if err != nil {
		t.Fatal(err)
	}
	var list []listed
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listed
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		if len(p.GoFiles) > 0 {
			list = append(list, p)
		}
	}
	if len(list) < 10 {
		t.Fatalf("go list lists %d packages", len(list))
	}
	return list
}
