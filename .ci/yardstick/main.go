// Command yardstick measures namets against bare Echo that serves the same bytes from memory,
// without a token check, headers or a log. It needs wrk and a Go toolchain, talks to 127.0.0.1
// only, and prints the median of the ratios of short runs taken in turn. Run it from its own
// directory: go run . -pairs 12
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"
)

const token = "yardstick-measures-the-distance-7"

// target is one answer that is measured.
type target struct {
	name, path, query string
	least             float64 // the ratio that namets has promised
	script            string  // of wrk; empty for a fixed request
}

func main() {
	pairs := flag.Int("pairs", 12, "runs of each server per answer")
	seconds := flag.Int("seconds", 2, "length of a run")
	bare := flag.String("bare", "", "internal: serve the files of this directory")
	flag.Parse()
	var err error
	if *bare != "" {
		err = serveBare(*bare)
	} else {
		err = measure(*pairs, *seconds)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "yardstick:", err)
		os.Exit(1)
	}
}

func measure(pairs, seconds int) error {
	dir, err := os.MkdirTemp("", "yardstick-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	now := time.Now().UTC()
	since := now.AddDate(0, 0, -1).Truncate(time.Second).Add(time.Second)
	base, err := startNamets(ctx, dir, now)
	if err != nil {
		return err
	}
	targets := []target{
		{"1,000 subscribers", "/api/subscribers/", "", 0.90, ""},
		{"prayer times", "/api/prayer/today/", "", 0.70, ""},
		{"30 of 10,000 announcements, a new since each", "/api/announcements/new/", "?since=" +
			since.Format("2006-01-02T15:04:05Z"), 0.70, "since.lua"},
	}
	for i, t := range targets {
		body, err := fetch(base + t.path + t.query)
		if err != nil {
			return err
		}
		fmt.Printf("%-46s %7d bytes\n", t.name, len(body))
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprint("body", i)), body, 0o600); err != nil {
			return err
		}
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	bare, err := startServer(ctx, exec.CommandContext(ctx, self, "-bare", dir), os.Environ())
	if err != nil {
		return err
	}
	fmt.Printf("\n%-46s %12s %12s %7s %9s\n", "wrk -t1 -c32, requests/s, medians", "bare Echo",
		"namets", "ratio", "promised")
	for i, t := range targets {
		var ratios, echoes, ours []float64
		for range pairs {
			e, err := wrk(bare+"/"+strconv.Itoa(i), seconds, t.script, since)
			if err != nil {
				return err
			}
			n, err := wrk(base+t.path, seconds, t.script, since)
			if err != nil {
				return err
			}
			ratios, echoes, ours = append(ratios, n/e), append(echoes, e), append(ours, n)
		}
		fmt.Printf("%-46s %12.0f %12.0f %7.2f %9.2f\n", t.name, median(echoes), median(ours), median(ratios), t.least)
	}
	return nil
}

func median(v []float64) float64 {
	slices.Sort(v)
	return (v[(len(v)-1)/2] + v[len(v)/2]) / 2
}

// serveBare is Echo with three routes and nothing else.
func serveBare(dir string) error {
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	for i := range 3 {
		body, err := os.ReadFile(filepath.Join(dir, fmt.Sprint("body", i)))
		if err != nil {
			return err
		}
		e.GET("/"+strconv.Itoa(i), func(c echo.Context) error {
			return c.Blob(http.StatusOK, "application/json", body)
		})
	}
	return e.Start(os.Getenv("HOST") + ":" + os.Getenv("PORT"))
}

// startNamets builds the program of this checkout, fills a database, and serves it with the access
// log on.
func startNamets(ctx context.Context, dir string, now time.Time) (base string, err error) {
	binary := filepath.Join(dir, "namets")
	build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags=-s -w", "-o", binary, "./cmd/namets")
	build.Dir, build.Stderr = "../..", os.Stderr
	if err := build.Run(); err != nil {
		return "", err
	}
	data := filepath.Join(dir, "import.json")
	text, err := json.Marshal(sample(now))
	if err != nil {
		return "", err
	}
	if err := os.WriteFile(data, text, 0o600); err != nil {
		return "", err
	}
	env := append(os.Environ(), "DATA_DIR="+filepath.Join(dir, "data"), "N8N_API_TOKEN="+token, "TOKEN_SOURCE=env",
		"TIME_ZONE=Africa/Lagos")
	load := exec.CommandContext(ctx, binary, "import", data)
	load.Env, load.Stderr = env, os.Stderr
	if err := load.Run(); err != nil {
		return "", err
	}
	return startServer(ctx, exec.CommandContext(ctx, binary, "serve"), env)
}

// startServer runs cmd on a free port until ctx ends and waits until it listens. Its log goes to a
// file, as in earnest.
func startServer(ctx context.Context, cmd *exec.Cmd, env []string) (base string, err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	addr := l.Addr().(*net.TCPAddr)
	if err := l.Close(); err != nil {
		return "", err
	}
	log, err := os.CreateTemp("", "yardstick-log-")
	if err != nil {
		return "", err
	}
	defer os.Remove(log.Name())
	cmd.Env = append(env, "HOST=127.0.0.1", "PORT="+strconv.Itoa(addr.Port))
	cmd.Stderr = log
	if err := cmd.Start(); err != nil {
		return "", err
	}
	again := time.NewTicker(50 * time.Millisecond)
	defer again.Stop()
	for range 100 {
		conn, err := net.Dial("tcp", addr.String())
		if err == nil {
			return "http://" + addr.String(), conn.Close()
		}
		<-again.C
	}
	text, _ := os.ReadFile(log.Name())
	return "", fmt.Errorf("%s does not listen: %s", cmd.Path, text)
}

func fetch(url string) ([]byte, error) {
	req, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("X-N8N-Token", token)
	answer, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s answers %s", url, answer.Status)
	}
	return io.ReadAll(answer.Body)
}

var rate = regexp.MustCompile(`Requests/sec:\s+([0-9.]+)`)
var wrong = regexp.MustCompile(`Non-2xx|Socket errors`)

func wrk(url string, seconds int, script string, since time.Time) (perSecond float64, err error) {
	args := []string{"-t1", "-c32", "-d" + strconv.Itoa(seconds) + "s", "-H", "X-N8N-Token: " + token}
	if script != "" {
		args = append(args, "-s", script)
	}
	cmd := exec.Command("wrk", append(args, url)...)
	cmd.Env = append(os.Environ(), "SINCE="+since.Format("2006-01-02T15:04:05"))
	out, err := cmd.CombinedOutput()
	if err != nil || wrong.Match(out) {
		return 0, fmt.Errorf("wrk %s: %v\n%s", url, err, out)
	}
	return strconv.ParseFloat(string(rate.FindSubmatch(out)[1]), 64)
}
