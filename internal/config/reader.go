package config

import (
	"fmt"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"namets/internal/secret"
)

// reader collects complaints while it reads the environment.
type reader struct {
	getenv     func(string) string
	complaints Complaints
}

func (r *reader) complain(name, format string, args ...any) {
	r.complaints = append(r.complaints, name+": "+fmt.Sprintf(format, args...))
}

// text returns the variable's value without surrounding blanks, or its default.
func (r *reader) text(name string) string {
	i := slices.IndexFunc(Variables(), func(v Variable) bool { return v.Name == name })
	if s := r.plain(name); s != "" {
		return s
	}
	return Variables()[i].Default
}

// plain returns the variable's value without surrounding blanks, or "" and a complaint if it is in
// quotation marks.
func (r *reader) plain(name string) string {
	s := strings.TrimSpace(r.getenv(name))
	if !r.unquoted(name, s) {
		return ""
	}
	return s
}

// unquoted reports whether value is free of quotation marks. Shells remove them, but Docker's env
// files, systemd units and hosting forms may pass them on.
func (r *reader) unquoted(name, value string) bool {
	if len(value) < 2 || value[0] != value[len(value)-1] || !strings.ContainsRune("\"'`", rune(value[0])) {
		return true
	}
	fix := "remove them"
	if name == "DATA_DIR" { // an earlier namets has made one with such a name
		if info, err := os.Stat(value); err == nil && info.IsDir() {
			fix += "; the directory that was used so far has them in its name: rename it too"
		}
	}
	r.complain(name, "it is in quotation marks, which are part of the value here "+
		"(as docker run --env-file and some hosts hand them on): %s", fix)
	return false
}

func (r *reader) duration(name string, least time.Duration) time.Duration {
	s := r.text(name)
	d, err := time.ParseDuration(s)
	switch {
	case err != nil:
		r.complain(name, "%q is not a duration: give a number with a unit, such as 90s, 10m or 24h", s)
	case d < least:
		r.complain(name, "%s is too short: give at least %s", s, least)
	}
	return d
}

// durationUntil is duration with an upper limit.
func (r *reader) durationUntil(name string, least, most time.Duration) time.Duration {
	d := r.duration(name, least)
	if d > most {
		r.complain(name, "%s is too long: give at most %s", d, most)
	}
	return d
}

func (r *reader) number(name string, least, most int) int {
	s := r.text(name)
	n, err := strconv.Atoi(s)
	if err != nil || n < least || n > most {
		r.complain(name, "%q is not a number from %d to %d", s, least, most)
	}
	return n
}

func (r *reader) flag(name string) bool {
	s := r.text(name)
	b, err := strconv.ParseBool(s)
	if err != nil {
		r.complain(name, "%q is neither true nor false", s)
	}
	return b
}

// address returns a port with an optional host, or "".
func (r *reader) address(name string) string {
	s := r.text(name)
	if s == "" {
		return ""
	}
	_, port, err := net.SplitHostPort(s)
	if _, portErr := strconv.ParseUint(port, 10, 16); err != nil || portErr != nil {
		r.complain(name, "%q is not an address to listen on: give a port with or without a host, such as :9091", s)
		return ""
	}
	return s
}

// secret returns the value of NAME, or the content of the file named by NAME_FILE, without the line
// breaks at its end.
func (r *reader) secret(name string) secret.Value {
	value, file := r.getenv(name), r.plain(name+"_FILE")
	switch {
	case value != "" && file != "":
		r.complain(name, "it is set, and %s_FILE too: remove one of them", name)
	case file != "":
		text, err := os.ReadFile(file)
		if err != nil {
			r.complain(name+"_FILE", "%v", err)
		}
		value = string(text)
		if err == nil && strings.TrimSpace(value) == "" {
			r.complain(name+"_FILE", "the file %s is empty", file)
		}
	}
	return secret.New(strings.TrimRight(value, "\r\n"))
}
