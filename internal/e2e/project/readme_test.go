package project_test

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"namets/internal/config"
	"namets/internal/e2e/harness"
	"namets/internal/namets"
)

// documents returns README.md, the texts in .github and every page of the documentation, by path
// in the module.
func documents(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, name := range []string{"README.md", ".github/CONTRIBUTING.md", ".github/SECURITY.md"} {
		all[name] = harness.RootFile(t, name)
	}
	err := fs.WalkDir(os.DirFS(harness.Root), harness.DocsFolder, func(name string, _ fs.DirEntry, err error) error {
		if err == nil && path.Ext(name) == ".md" {
			all[name] = harness.RootFile(t, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 20 {
		t.Fatalf("%d documents", len(all))
	}
	return all
}

// rows returns the lines of a text's tables without their headers.
func rows(text string) []string {
	var found []string
	inside := false
	for line := range strings.Lines(text) {
		switch {
		case !strings.HasPrefix(line, "|"):
			inside = false
		case strings.HasPrefix(line, "|---") || strings.HasPrefix(line, "| ---"):
			inside = true
		case inside:
			found = append(found, strings.TrimSuffix(line, "\n"))
		}
	}
	return found
}

// cell returns a cell of a table's row, counted from 0.
func cell(row string, n int) string {
	cells := strings.Split(strings.ReplaceAll(row, `\|`, "\x00"), "|")
	if n+1 >= len(cells) {
		return ""
	}
	return strings.ReplaceAll(strings.TrimSpace(cells[n+1]), "\x00", "|")
}

func TestReadme_isShort(t *testing.T) {
	if lines := strings.Count(harness.RootFile(t, "README.md"), "\n"); lines > 150 {
		t.Errorf("README.md has %d lines: the documentation has room for more than 150", lines)
	}
}

func TestDocs_listTheConfiguration(t *testing.T) {
	var want []string
	for _, v := range config.Variables() {
		byDefault := ""
		if v.Default != "" {
			byDefault = "`" + v.Default + "`"
		}
		want = append(want, fmt.Sprintf("| `%s` | %s | %s |", v.Name, byDefault, v.Meaning))
	}
	wantRows(t, "Configuration", rows(harness.Doc(t, "operator/configuration.md")), want)
}

func TestDocs_listTheCommands(t *testing.T) {
	var want []string
	for _, v := range verbs(t) {
		want = append(want, fmt.Sprintf("| `namets %s` | %s |", strings.ReplaceAll(v.usage, "|", `\|`), v.summary))
	}
	page, _, _ := strings.Cut(harness.Doc(t, "reference/commands.md"), "\n`namets` alone")
	wantRows(t, "Commands", rows(page), want)
}

// verb is a command in the help.
type verb struct{ usage, summary string }

func verbs(t *testing.T) []verb {
	t.Helper()
	code, help, _ := harness.Call(t, harness.Environment{}, "help")
	var all []verb
	for _, m := range regexp.MustCompile(`(?m)^  (\S.*)\n {8}(\S.*)$`).FindAllStringSubmatch(help, -1) {
		all = append(all, verb{m[1], m[2]})
	}
	if code != 0 || len(all) < 10 {
		t.Fatalf("code %d, and the help lists %v", code, all)
	}
	return all
}

func isCommand(t *testing.T, name string) bool {
	t.Helper()
	return slices.ContainsFunc(verbs(t), func(v verb) bool { return strings.HasPrefix(v.usage+" ", name+" ") })
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
			t.Errorf("the table %q has a wrong line:\n%s", table, row)
		}
	}
	if !t.Failed() && !slices.Equal(got, want) {
		t.Errorf("the table %q has a different order than the code", table)
	}
}

func TestDocs_nameOnlyCommandsThatExist(t *testing.T) {
	command := regexp.MustCompile("(?m)(?:`|\\$ |&& |/|^)namets ([a-z0-9]+)(?: |`|$)")
	found := 0
	for name, text := range documents(t) {
		for _, m := range command.FindAllStringSubmatch(code(text), -1) {
			found++
			if !isCommand(t, m[1]) && m[1] != "help" {
				t.Errorf("%s: %q does not exist", name, m[0])
			}
		}
	}
	if found < 50 {
		t.Errorf("only %d commands were found", found)
	}
}

// code returns the code in a text: its blocks, and its spans with their backticks.
func code(text string) string {
	var b strings.Builder
	for _, m := range regexp.MustCompile("(?ms)^ *```.*?^ *```$|`[^`\n]+`").FindAllString(text, -1) {
		b.WriteString(m + "\n")
	}
	return b.String()
}

func TestDocs_haveOnlyValidLinks(t *testing.T) {
	all := documents(t)
	for name, text := range all {
		for _, m := range regexp.MustCompile(`\]\(([^)\s]+)\)`).FindAllStringSubmatch(text, -1) {
			if strings.HasPrefix(m[1], "https://") {
				continue
			}
			target, fragment, _ := strings.Cut(m[1], "#")
			file := name
			if target != "" {
				file = path.Join(path.Dir(name), target)
			}
			if _, err := os.Stat(filepath.Join(harness.Root, file)); err != nil {
				t.Errorf("%s: a broken link: %v", name, err)
			} else if fragment != "" && !slices.Contains(anchors(all[file]), fragment) {
				t.Errorf("%s: %s has no heading for #%s", name, file, fragment)
			}
		}
	}
}

func TestDocs_areListedInTheTableOfContents(t *testing.T) {
	contents := harness.Doc(t, "README.md")
	for name, text := range documents(t) {
		page, isPage := strings.CutPrefix(name, harness.DocsFolder+"/")
		if isPage && page != "README.md" && !strings.Contains(contents, "("+page+")") {
			t.Errorf("%s/README.md does not list %s", harness.DocsFolder, page)
		}
		if !strings.HasPrefix(text, "# ") {
			t.Errorf("%s does not begin with its title", name)
		}
	}
}

// anchors returns the anchors that code hosts make of the headings of a text.
func anchors(text string) []string {
	var list []string
	for _, m := range regexp.MustCompile(`(?m)^#+ (.*)$`).FindAllStringSubmatch(text, -1) {
		heading := regexp.MustCompile(`[^\p{L}\p{N} _-]`).ReplaceAllString(strings.ToLower(m[1]), "")
		list = append(list, strings.ReplaceAll(heading, " ", "-"))
	}
	return list
}

func TestDocs_listExactlyTheMetrics(t *testing.T) {
	want := map[string]string{} // name → its labels in the table
	declared := regexp.MustCompile(`desc\("([a-z_]+)",\s+"[^"]*"(?:\s*\+\s*"[^"]*")*((?:,\s+"[a-z]+")*)\)`)
	prefix := regexp.MustCompile(`prometheus\.NewDesc\("([a-z_]+)"\+name, help, (\w+|\[\]string\{label\}), nil\)`)
	histogram := regexp.MustCompile(`Name:\s+"([a-z_]+)"[^)]*\[\]string\{"([a-z]+)"\}`)
	for _, file := range goFiles(t, filepath.Join(harness.Root, "internal/metrics")) {
		source := harness.RootFile(t, "internal/metrics/"+file)
		for _, m := range histogram.FindAllStringSubmatch(source, -1) {
			want[m[1]] = "`" + m[2] + "`"
		}
		before := prefix.FindStringSubmatch(source)
		if before == nil {
			continue
		}
		for _, m := range declared.FindAllStringSubmatch(source, -1) {
			want[before[1]+m[1]] = strings.ReplaceAll(strings.Join(strings.Fields(strings.TrimPrefix(m[2], ",")), " "),
				`"`, "`")
		}
	}
	got := map[string]string{}
	for _, row := range rows(harness.Doc(t, "reference/metrics.md")) {
		got[strings.Trim(cell(row, 0), "`")] = cell(row, 1)
	}
	if len(want) < 20 || !maps.Equal(got, want) {
		for name := range want {
			if labels, ok := got[name]; !ok || labels != want[name] {
				t.Errorf("the metrics lack %s with the labels %s", name, want[name])
			}
		}
		t.Errorf("the metrics are\n%v, want\n%v", got, want)
	}
	for name, text := range documents(t) {
		for _, m := range regexp.MustCompile("`(namets_[a-z_]+)").FindAllStringSubmatch(text, -1) {
			if _, ok := want[m[1]]; !ok {
				t.Errorf("%s: the metric %s does not exist", name, m[1])
			}
		}
	}
}

// goFiles lists the names of the Go files of a directory, without tests.
func goFiles(t *testing.T, dir string) []string {
	t.Helper()
	files, err := fs.Glob(os.DirFS(dir), "*.go")
	if err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(files, func(name string) bool { return strings.HasSuffix(name, "_test.go") })
}

func TestDocs_listTheReasonsOfReadyz(t *testing.T) {
	var want []string
	for _, m := range regexp.MustCompile(`notReady\{"([a-z_]+)"`).FindAllStringSubmatch(harness.RootFile(t,
		"internal/app/health.go"), -1) {
		want = append(want, "`"+m[1]+"`")
	}
	var got []string
	for _, row := range rows(harness.Section(t, harness.Doc(t, "operator/monitoring.md"), "## Health and readiness")) {
		got = append(got, cell(row, 0))
	}
	slices.Sort(want)
	slices.Sort(got)
	if want = slices.Compact(want); len(want) == 0 || !slices.Equal(got, want) {
		t.Errorf("the table of /readyz has %v, want %v", got, want)
	}
}

func TestDocs_listEveryEvent(t *testing.T) {
	var got, want []string
	for _, row := range rows(harness.Doc(t, "reference/events.md")) {
		for _, m := range regexp.MustCompile("`([a-z_]+)`").FindAllStringSubmatch(cell(row, 0), -1) {
			got = append(got, m[1])
		}
	}
	for _, kind := range namets.ContractKinds() {
		want = append(want, string(kind))
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("the events are %v, want %v", got, want)
	}
}

// Text in italics on the pages for the committee must occur on a page of the admin.
func TestDocs_quoteOnlyTextsOfTheAdmin(t *testing.T) {
	shown := ""
	err := fs.WalkDir(os.DirFS(harness.Root), "web/admin", func(name string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() && !strings.HasSuffix(name, "_test.go") {
			shown += harness.RootFile(t, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	elsewhere := []string{"Executions", "Send … failed again"} // texts of n8n, and one with a number in it
	found := 0
	for name, text := range documents(t) {
		if !strings.HasPrefix(name, harness.DocsFolder+"/committee/") {
			continue
		}
		for _, m := range regexp.MustCompile(`(?:^|[^*])\*([A-Z][^*\n]+)\*(?:[^*]|$)`).FindAllStringSubmatch(text, -1) {
			found++
			if !strings.Contains(shown, m[1]) && !slices.Contains(elsewhere, m[1]) {
				t.Errorf("%s: no page of the admin shows %q", name, m[1])
			}
		}
	}
	if found < 20 {
		t.Errorf("only %d names were found", found)
	}
}
