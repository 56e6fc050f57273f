package project_test

import (
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"
)

// commentColumns is the last column of a line with only a comment; a tab counts four columns. The
// linter checks the lines of code.
const commentColumns = 100

func TestComments_areNarrow(t *testing.T) {
	root, files := filepath.Join("..", "..", ".."), 0
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (entry.Name() == ".git" || entry.Name() == "testdata" || entry.Name() == "node_modules"):
			return filepath.SkipDir
		case filepath.Ext(path) != ".go":
			return nil
		}
		files++
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		wide, err := wideComments(path, string(text))
		for _, line := range wide {
			t.Error(line)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if files < 100 {
		t.Errorf("the walk found %d files", files)
	}
}

func TestWideComments_ignoresSingleWordsAndDirectives(t *testing.T) {
	long := strings.Repeat("word ", 18) // 90 columns
	for text, want := range map[string]int{
		"// " + long + "1234567":                             0,
		"// " + long + "12345678":                            1,
		"//\t" + long + "12345678":                           1,
		"// " + long + "äöüäöüä":                             0,
		"// https://example.org/" + strings.Repeat("a", 100): 0,
		"//go:generate " + long + "1234567":                  0,
		"//nolint:lll // " + long + "1234567":                0,
		"var x = 1 // " + long:                               0,
		"func f() {\n\t// " + long + "1234\n}":               1,
		"func f() {\n\t// " + long + "123\n}":                0,
		"/* " + long + "12345678 */":                         1,
		"var s = `\n// " + long + "1234567890`":              0,
	} {
		wide, err := wideComments("x.go", "package x\n\n"+text+"\n")
		if err != nil {
			t.Fatal(err)
		}
		if len(wide) != want {
			t.Errorf("%q: %d lines are too wide, want %d", text, len(wide), want)
		}
	}
}

// wideComments returns the lines of a file's text that contain only a comment and are too wide.
// Directives and single words, such as addresses, may be wide.
func wideComments(path, text string) (wide []string, err error) {
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, path, text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	for _, group := range file.Comments {
		for _, comment := range group.List {
			at := set.Position(comment.Pos())
			before := text[at.Offset-at.Column+1 : at.Offset]
			if strings.TrimLeft(before, "\t") != "" || isDirective(comment.Text) {
				continue // after code, or a directive
			}
			indent := 4 * len(before)
			for i, line := range strings.Split(comment.Text, "\n") {
				columns := utf8.RuneCountInString(strings.ReplaceAll(line, "\t", "    "))
				if i == 0 {
					columns += indent
				}
				if columns > commentColumns && len(strings.Fields(line)) > 2 {
					wide = append(wide, fmt.Sprintf("%s:%d: the comment ends in column %d, after column %d",
						path, at.Line+i, columns, commentColumns))
				}
			}
		}
	}
	return wide, nil
}

// isDirective reports whether the comment is a directive for a program.
func isDirective(text string) bool {
	return strings.HasPrefix(text, "//go:") || strings.HasPrefix(text, "//nolint") || strings.HasPrefix(text, "//lint:")
}
