package cli

import (
	"os"
	"os/user"
	"strings"
	"unicode"

	"namets/internal/namets"
)

// maxUser is the longest name of an operating system's user that the audit takes, in runes.
const maxUser = 40

// commandLine is who acts with this process: a person at the command line, by the name that the
// operating system knows. It is asked before root gives its rights away.
func commandLine(getenv func(string) string) namets.Actor {
	by := namets.Actor{Kind: namets.Command, Name: "command line"}
	if name := operator(getenv); name != "" {
		by.Name += " (" + name + ")"
	}
	return by
}

// operator returns the name of the operating system's user, and of the one who became root with
// sudo. What looks like an e-mail address loses its domain: the audit holds no address.
func operator(getenv func(string) string) string {
	name := ""
	if os.Geteuid() == 0 {
		name = getenv("SUDO_USER")
	}
	if u, err := user.Current(); name == "" && err == nil {
		name = u.Username
	}
	if name == "" {
		name = getenv("USER")
	}
	name = name[strings.LastIndexByte(name, '\\')+1:] // DOMAIN\name
	name, _, _ = strings.Cut(name, "@")
	shown := []rune(strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) || r == '(' || r == ')' {
			return -1
		}
		return r
	}, strings.ToValidUTF8(name, "")))
	return string(shown[:min(len(shown), maxUser)])
}
