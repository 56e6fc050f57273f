package project_test

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"namets/internal/config"
	"namets/internal/e2e/harness"
)

func TestDockerfile_matchesTheProgram(t *testing.T) {
	file := strings.ReplaceAll(harness.RootFile(t, "Dockerfile"), "\\\n", " ")
	goVersion := regexp.MustCompile(`(?m)^go (\d+\.\d+)`).FindStringSubmatch(harness.RootFile(t, "go.mod"))[1]
	env := map[string]string{}
	for _, m := range regexp.MustCompile(`(\w+)=(\S+)`).FindAllStringSubmatch(instruction(t, file, "ENV"), -1) {
		env[m[1]] = m[2]
	}
	wantKnown(t, "Dockerfile", env)
	// Not :nonroot, because it has to start as root
	build, final, _ := strings.Cut(file, "\nFROM gcr.io/distroless/static-debian13\n")
	for _, tt := range []struct{ what, got, want string }{
		{"builder", instruction(t, build, "FROM"), "golang:" + goVersion + " AS build"},
		{"volume", instruction(t, final, "VOLUME"), env["DATA_DIR"]},
		{"user", env["RUN_AS"], "65532"},
		{"port", instruction(t, final, "EXPOSE"), defaultOf("PORT")},
		{"entry point", instruction(t, final, "ENTRYPOINT"), `["/namets"]`},
		{"binary", instruction(t, final, "COPY"), "--from=build /namets /namets"},
		{"stop signal", instruction(t, final, "STOPSIGNAL"), "SIGTERM"},
	} {
		if tt.got != tt.want {
			t.Errorf("%s: %q, want %q", tt.what, tt.got, tt.want)
		}
	}
	if strings.Contains(final, "\nUSER ") {
		t.Error("USER prevents the process from changing the owner of a mounted volume")
	}
	for _, part := range []string{"CGO_ENABLED=0 go build -trimpath", `-ldflags="-s -w"`, "-o /namets ./cmd/namets",
		"--mount=type=cache,target=/go/pkg/mod", "--mount=type=cache,target=/root/.cache/go-build"} {
		if !strings.Contains(build, part) {
			t.Errorf("the build lacks %s", part)
		}
	}
	command := regexp.MustCompile(`CMD \["/namets", "(\w+)"\]$`).FindStringSubmatch(instruction(t, final,
		"HEALTHCHECK"))
	if command == nil || !isCommand(t, command[1]) {
		t.Errorf("health check: %v", command)
	}
}

func TestWorkflow_runsEveryCheck(t *testing.T) {
	workflow := harness.RootFile(t, ".github/workflows/ci.yml")
	goVersion := regexp.MustCompile(`(?m)^go (\d+\.\d+)`).FindStringSubmatch(harness.RootFile(t, "go.mod"))[1]
	for _, part := range []string{"    container: golang:" + goVersion + "-", "      - run: bash .ci/run\n",
		"  pull_request:\n",
		"permissions:\n  contents: read\n"} {
		if !strings.Contains(workflow, part) {
			t.Errorf("the workflow has no %q", part)
		}
	}
	for _, m := range regexp.MustCompile(`'(\.ci/[^'*]+)`).FindAllStringSubmatch(workflow, -1) {
		if _, err := os.Stat(filepath.Join(harness.Root, m[1])); err != nil {
			t.Errorf("the key of the cache: %v", err)
		}
	}
}

func TestDockerignore_excludesNoBuiltFile(t *testing.T) {
	patterns := strings.Fields(regexp.MustCompile(`(?m)^#.*`).ReplaceAllString(harness.RootFile(t, ".dockerignore"),
		""))
	ignored := func(file string) bool {
		return slices.ContainsFunc(patterns, func(pattern string) bool { return isIgnored(pattern, file) })
	}
	for _, file := range append(builtFiles(t), "go.mod", "go.sum") {
		if ignored(file) {
			t.Errorf("%s is excluded from the build context", file)
		}
	}
	for _, file := range []string{"data/namets.db", ".git/HEAD", "internal/cli/run_test.go",
		"internal/api/testdata/fixture.json", "fly.toml"} {
		if !ignored(file) {
			t.Errorf("%s is in the build context", file)
		}
	}
}

// isIgnored reports whether a pattern of .dockerignore matches a file or a directory above it.
func isIgnored(pattern, file string) bool {
	anywhere, inner := strings.CutPrefix(pattern, "**/")
	parts := strings.Split(file, "/")
	for i := range parts {
		name := strings.Join(parts[:i+1], "/")
		if inner {
			pattern, name = anywhere, parts[i]
		}
		if matched, err := path.Match(pattern, name); matched || err != nil {
			return true
		}
	}
	return false
}

// builtFiles lists the files of this module that the binary is built from, by their path in it.
func builtFiles(t *testing.T) []string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", "-json=ImportPath,GoFiles,EmbedFiles",
		"namets/cmd/namets").Output()
	if err != nil {
		t.Fatal(err)
	}
	var files []string
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p struct {
			ImportPath          string
			GoFiles, EmbedFiles []string
		}
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		if dir, ours := strings.CutPrefix(p.ImportPath, "namets/"); ours {
			for _, name := range append(p.GoFiles, p.EmbedFiles...) {
				files = append(files, dir+"/"+name)
			}
		}
	}
	if len(files) < 50 {
		t.Fatalf("%d files", len(files))
	}
	return files
}

func TestFly_matchesTheProgram(t *testing.T) {
	toml := parseTOML(harness.RootFile(t, "fly.toml"))
	env := map[string]string{}
	for key, value := range toml {
		if name, ok := strings.CutPrefix(key, "env."); ok {
			env[name] = value
		}
	}
	wantKnown(t, "fly.toml", env)
	wantValues(t, toml, map[string]string{
		"build.dockerfile":                 "Dockerfile",
		"kill_signal":                      "SIGTERM",
		"kill_timeout":                     "30",
		"mounts.destination":               env["DATA_DIR"],
		"http_service.internal_port":       env["PORT"],
		"http_service.force_https":         "true",
		"http_service.auto_stop_machines":  "off",
		"http_service.auto_start_machines": "false",
		"http_service.checks.path":         "/healthz",
		"http_service.checks.method":       "GET",
		"metrics.port":                     strings.TrimPrefix(env["METRICS_ADDR"], ":"),
		"metrics.path":                     "/metrics",
		"deploy.strategy":                  "rolling", // the others need a second machine, which cannot have the volume
		"env.N8N_API_TOKEN":                "",
		"env.PORT":                         "8080",
		"env.DATA_DIR":                     "/data",
	})
}

func TestRender_matchesTheProgram(t *testing.T) {
	env, values := parseRender(harness.RootFile(t, "render.yaml"))
	wantKnown(t, "render.yaml", env)
	wantValues(t, values, map[string]string{
		"runtime":                 "docker",
		"dockerfilePath":          "./Dockerfile",
		"plan":                    "starter",
		"numInstances":            "1",
		"healthCheckPath":         "/healthz",
		"maxShutdownDelaySeconds": "30",
		"mountPath":               env["DATA_DIR"],
	})
	if env["N8N_API_TOKEN"] != "sync: false" {
		t.Errorf("the token is %q, want a secret that Render asks for", env["N8N_API_TOKEN"])
	}
}

// parseTOML parses the subset of TOML in fly.toml: "section.key" → value without its quotes.
func parseTOML(text string) map[string]string {
	values, section := map[string]string{}, ""
	for line := range strings.Lines(text) {
		line, _, _ = strings.Cut(line, "#")
		line = strings.TrimSpace(line)
		if name := strings.Trim(line, "[]"); name != line {
			section = name + "."
			continue
		}
		if key, value, ok := strings.Cut(line, " = "); ok {
			values[section+key] = strings.Trim(value, `"`)
		}
	}
	return values
}

// parseRender parses the subset of YAML in render.yaml: the variables, with a value or "sync:
// false", and the other keys, each of which occurs once.
func parseRender(text string) (env, values map[string]string) {
	env, values = map[string]string{}, map[string]string{}
	variable := ""
	for line := range strings.Lines(text) {
		line, _, _ = strings.Cut(line, "#")
		key, value, _ := strings.Cut(strings.TrimPrefix(strings.TrimSpace(line), "- "), ":")
		switch value = strings.TrimSpace(value); key {
		case "":
		case "key":
			variable = value
			env[variable] = ""
		case "value":
			env[variable] = value
		case "sync":
			env[variable] = key + ": " + value
		default:
			values[key] = value
		}
	}
	return env, values
}

func wantValues(t *testing.T, got, want map[string]string) {
	t.Helper()
	for key, value := range want {
		if got[key] != value {
			t.Errorf("%s is %q, want %q", key, got[key], value)
		}
	}
}

// wantKnown checks that the program reads the variables.
func wantKnown(t *testing.T, file string, env map[string]string) {
	t.Helper()
	if len(env) == 0 {
		t.Errorf("%s sets no variables", file)
	}
	for name := range env {
		if !slices.ContainsFunc(config.Variables(), func(v config.Variable) bool { return v.Name == name }) {
			t.Errorf("%s sets %s, which the program does not read", file, name)
		}
	}
}

func defaultOf(name string) string {
	i := slices.IndexFunc(config.Variables(), func(v config.Variable) bool { return v.Name == name })
	return config.Variables()[i].Default
}

// instruction returns the arguments of a Dockerfile's only instruction of that name.
func instruction(t *testing.T, dockerfile, name string) string {
	t.Helper()
	found := regexp.MustCompile(`(?m)^`+name+` (.*)$`).FindAllStringSubmatch(dockerfile, -1)
	if len(found) == 0 {
		t.Fatalf("the Dockerfile has no %s", name)
	}
	return found[0][1]
}
