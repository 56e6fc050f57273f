package main

import (
	"regexp"
	"strings"

	"namets/internal/config"
	"namets/web/admin"
)

// reference matches what leads to another section of README.md.
var reference = regexp.MustCompile(` \(see \[[^]]*\]\([^)]*\)\)`)

// settings is the configuration as the admin shows it.
func settings(cfg *config.Config) []admin.Setting {
	shown := cfg.Shown()
	var list []admin.Setting
	for _, v := range config.Variables() {
		meaning := strings.ReplaceAll(reference.ReplaceAllString(v.Meaning, ""), "`", "")
		list = append(list, admin.Setting{Name: v.Name, Value: shown[v.Name], Meaning: meaning})
	}
	return list
}
