package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"namets/internal/config"
)

// root is the module's directory.
const root = "../.."

func readme(t *testing.T) string { return rootFile(t, "README.md") }

// section returns what stands below a heading, up to the next one of that level.
func section(t *testing.T, text, heading string) string {
	t.Helper()
	_, below, found := strings.Cut(text, "\n"+heading+"\n")
	if !found {
		t.Fatalf("README.md has no heading %q", heading)
	}
	level, _, _ := strings.Cut(heading, " ")
	below, _, _ = strings.Cut(below, "\n"+level+" ")
	return below
}

// rows returns the lines of a text's tables without their heads.
func rows(text string) []string {
	lines := slices.DeleteFunc(strings.Split(text, "\n"), func(line string) bool { return !strings.HasPrefix(line, "|") })
	head := slices.IndexFunc(lines, func(line string) bool { return strings.HasPrefix(line, "|---") || strings.HasPrefix(line, "| ---") })
	return lines[head+1:]
}

func TestReadme_tellsTheConfigurationAsItIs(t *testing.T) {
	var want []string
	for _, v := range config.Variables() {
		byDefault := ""
		if v.Default != "" {
			byDefault = "`" + v.Default + "`"
		}
		want = append(want, fmt.Sprintf("| `%s` | %s | %s |", v.Name, byDefault, v.Meaning))
	}
	wantRows(t, "Configuration", rows(section(t, readme(t), "## Configuration")), want)
}

func TestReadme_tellsTheCommandsAsTheyAre(t *testing.T) {
	var want []string
	for _, c := range commands() {
		name := strings.ReplaceAll(strings.TrimSpace(c.name+" "+c.args), "|", `\|`)
		want = append(want, fmt.Sprintf("| `namets %s` | %s |", name, c.summary))
	}
	wantRows(t, "Commands", rows(section(t, readme(t), "## Commands")), want)
}

func wantRows(t *testing.T, table string, got, want []string) {
	t.Helper()
	for _, row := range want {
		if !slices.Contains(got, row) {
			t.Errorf("the table %q lacks this line:\n%s", table, row)
		}
	}
	for _, row := range got {
		if !slices.Contains(want, row) {
			t.Errorf("the table %q has a line that is not true:\n%s", table, row)
		}
	}
	if !t.Failed() && !slices.Equal(got, want) {
		t.Errorf("the table %q has another order than the code", table)
	}
}

func TestReadme_namesOnlyCommandsThatExist(t *testing.T) {
	for _, m := range regexp.MustCompile("(?m)(?:`|\\$ |&& |/)namets ([a-z0-9]+)").FindAllStringSubmatch(readme(t), -1) {
		if !isCommand(m[1]) && m[1] != "help" {
			t.Errorf("there is no %q", m[0])
		}
	}
}

func TestReadme_linksToWhatExists(t *testing.T) {
	text := readme(t)
	anchors := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^#+ (.*)$`).FindAllStringSubmatch(text, -1) {
		anchors["#"+anchor(m[1])] = true
	}
	for _, m := range regexp.MustCompile(`\]\(([^)\s]+)\)`).FindAllStringSubmatch(text, -1) {
		switch target := m[1]; {
		case strings.HasPrefix(target, "https://"):
		case strings.HasPrefix(target, "#"):
			if !anchors[target] {
				t.Errorf("no heading is called %s", target)
			}
		default:
			if _, err := os.Stat(filepath.Join(root, target)); err != nil {
				t.Errorf("a link leads nowhere: %v", err)
			}
		}
	}
}

// anchor is what a heading's text becomes in a link, as code hosts make it.
func anchor(heading string) string {
	heading = regexp.MustCompile(`[^\p{L}\p{N} _-]`).ReplaceAllString(strings.ToLower(heading), "")
	return strings.ReplaceAll(heading, " ", "-")
}

func TestReadme_namesOnlyMetricsThatExistAndEveryWordOfReadyz(t *testing.T) {
	code := ""
	for _, file := range []string{"metrics.go", "healthmetrics.go", "tokenmetrics.go", "signinmetrics.go", "health.go"} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		code += string(text)
	}
	text := readme(t)
	for _, m := range regexp.MustCompile("`namets_(?:token_)?([a-z_]+)").FindAllStringSubmatch(text, -1) {
		if !strings.Contains(code, `desc("`+m[1]+`"`) {
			t.Errorf("there is no metric %s", m[0])
		}
	}
	for _, m := range regexp.MustCompile(`notReady\{"([a-z_]+)"`).FindAllStringSubmatch(code, -1) {
		if !strings.Contains(text, "| `"+m[1]+"` |") {
			t.Errorf("the table of /readyz lacks %s", m[1])
		}
	}
}
