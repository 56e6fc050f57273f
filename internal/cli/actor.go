package cli

import (
	"os"
	"os/user"
	"strings"
	"unicode"

	"namets/internal/namets"
)

// maxUser is the longest name of an operating system user in the audit, in runes.
const maxUser = 40

// commandLine is the actor of this process: a person at the command line, named by the operating
// system. Call it before root gives up its rights.
func commandLine(getenv func(string) string) namets.Actor {
	by := namets.Actor{Kind: namets.Command, Name: "command line"}
	if name := operator(getenv); name != "" {
		by.Name += " (" + name + ")"
	}
	return by
}

// operator returns the name of the operating system user, and of the one who became root with sudo.
// It removes the domain from a name that looks like an e-mail address, because the audit contains
// no addresses.
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
