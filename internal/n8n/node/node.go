// Package node packs the community node n8n-nodes-namets, as npm would, from its files in this
// folder. Its source is TypeScript; what is compiled from it is committed in dist.
package node

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"fmt"
	"io/fs"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Path is the path for [Handler].
const Path = "/n8n/n8n-nodes-namets.tgz"

//go:embed package.json README.md CHANGELOG.md LICENSE.md dist pictures/*.webp
var files embed.FS

// publicURLMark is the site's address in the files: where the documentation is, and the default of
// the credential.
const publicURLMark = "https://namets.example"

// Package returns the package as a .tgz for the namets at publicURL, which has no slash at its end.
// The same files and address give the same bytes.
func Package(publicURL string) ([]byte, error) {
	var b bytes.Buffer
	zipped, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	archive := tar.NewWriter(zipped)
	err = fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := files.ReadFile(name)
		if err != nil {
			return err
		}
		content = bytes.ReplaceAll(content, []byte(publicURLMark), []byte(publicURL))
		header := tar.Header{Name: "package/" + name, Mode: 0o644, Size: int64(len(content)), ModTime: packed(),
			Format: tar.FormatUSTAR}
		if err := archive.WriteHeader(&header); err != nil {
			return err
		}
		_, err = archive.Write(content)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("pack the community node: %w", err)
	}
	if err := archive.Close(); err != nil {
		return nil, err
	}
	if err := zipped.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// packed is the time of all files in packages of npm.
func packed() time.Time { return time.Date(1985, 10, 26, 8, 15, 0, 0, time.UTC) }

// Handler responds to every request with [Package], which it packs at the first one. It is safe for
// concurrent use.
func Handler(publicURL string) http.Handler {
	type archive struct {
		content []byte
		tag     string
	}
	pack := sync.OnceValues(func() (archive, error) {
		content, err := Package(strings.TrimRight(publicURL, "/"))
		sum := sha256.Sum256(content)
		return archive{content, fmt.Sprintf(`"%x"`, sum[:16])}, err
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a, err := pack()
		if err != nil {
			http.Error(w, "The package could not be made.", http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "application/gzip")
		w.Header().Set("ETag", a.tag)
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(a.content))
	})
}
