package node_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"namets/internal/n8n/node"
)

// manifest is what the tests read of package.json.
type manifest struct {
	Name, Version, License string
	Dependencies           map[string]string
	PeerDependencies       map[string]string
	Keywords               []string
	N8N                    struct {
		Strict             bool
		Nodes, Credentials []string
	}
}

func TestPackage_isWhatNPMPacks(t *testing.T) {
	packed, err := node.Package("https://community.example.org")
	if err != nil {
		t.Fatal(err)
	}
	again, err := node.Package("https://community.example.org")
	if err != nil || !bytes.Equal(packed, again) {
		t.Errorf("packing twice gives other bytes, error %v", err)
	}
	files := unpack(t, packed)
	var m manifest
	if err := json.Unmarshal(files["package/package.json"], &m); err != nil {
		t.Fatal(err)
	}
	if len(m.Dependencies) != 0 || len(m.PeerDependencies) != 1 || m.PeerDependencies["n8n-workflow"] != "*" ||
		!m.N8N.Strict || m.License != "MIT" || m.Name != "n8n-nodes-namets" {
		t.Errorf("package.json: %+v", m)
	}
	for _, name := range append(m.N8N.Nodes, m.N8N.Credentials...) {
		if files["package/"+name] == nil {
			t.Errorf("%s is not in the package", name)
		}
	}
	for name, content := range files {
		if strings.HasSuffix(name, ".ts") || strings.HasSuffix(name, ".tsbuildinfo") || strings.HasSuffix(name, ".go") {
			t.Errorf("%s is in the package", name)
		}
		if bytes.Contains(content, []byte("https://namets.example")) {
			t.Errorf("%s does not name the site's own address", name)
		}
	}
	pictures := 0
	links := regexp.MustCompile(`\]\((pictures/[^)]+)\)`)
	for _, picture := range links.FindAllSubmatch(files["package/README.md"], -1) {
		content := files["package/"+string(picture[1])]
		if !bytes.HasPrefix(content, []byte("RIFF")) {
			t.Errorf("the README shows %s, which is not in the package", picture[1])
		}
		pictures += len(content)
	}
	if pictures == 0 || pictures > 150<<10 {
		t.Errorf("the pictures have %d bytes", pictures)
	}
	if !bytes.Contains(files["package/CHANGELOG.md"], []byte("## "+m.Version)) {
		t.Errorf("the changelog has no section %s", m.Version)
	}
}

// unpack returns the files of a .tgz.
func unpack(t *testing.T, archive []byte) map[string][]byte {
	t.Helper()
	zipped, err := gzip.NewReader(bytes.NewReader(archive))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	for r := tar.NewReader(zipped); ; {
		header, err := r.Next()
		if errors.Is(err, io.EOF) {
			return files
		}
		if err != nil {
			t.Fatal(err)
		}
		if files[header.Name], err = io.ReadAll(r); err != nil {
			t.Fatal(err)
		}
	}
}

func TestHandler_servesThePackage(t *testing.T) {
	server := httptest.NewServer(node.Handler("https://community.example.org/"))
	defer server.Close()
	want, err := node.Package("https://community.example.org")
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.Get(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	got, err := io.ReadAll(resp.Body)
	if err != nil || !bytes.Equal(got, want) || resp.Header.Get("Content-Type") != "application/gzip" ||
		resp.Header.Get("ETag") == "" {
		t.Errorf("%d bytes, want %d; error %v; %v", len(got), len(want), err, resp.Header)
	}
}

// TestPackage_installsWithNPM installs what is served as an author does, and checks that its files
// are where n8n looks for them. Nothing else is fetched: without its peers npm needs no registry.
// internal/e2e/n8n runs it in n8n.
func TestPackage_installsWithNPM(t *testing.T) {
	if testing.Short() {
		t.Skip("runs npm: skipped by -short")
	}
	npm, err := exec.LookPath("npm")
	if err != nil {
		t.Skip("npm is not installed")
	}
	server := httptest.NewServer(node.Handler("https://community.example.org"))
	defer server.Close()
	dir := t.TempDir()
	cmd := exec.CommandContext(t.Context(), npm, "install", "--legacy-peer-deps", "--ignore-scripts",
		"--no-audit", "--no-fund", "--registry", "http://127.0.0.1:1", "--cache", filepath.Join(dir, "cache"),
		"--prefix", dir, server.URL+node.Path)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("npm install: %v\n%s", err, out)
	}
	packed, err := node.Package("https://community.example.org")
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range unpack(t, packed) {
		path := filepath.Join(dir, "node_modules", "n8n-nodes-namets", strings.TrimPrefix(name, "package/"))
		if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: %v, or other content", path, err)
		}
	}
}
