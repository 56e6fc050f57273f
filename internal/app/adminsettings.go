package app

import (
	"regexp"
	"strings"

	"namets/internal/api"
	"namets/internal/config"
	"namets/web/admin/system"
)

// reference matches a link to another page of the documentation.
var reference = regexp.MustCompile(` \(see \[[^]]*\]\([^)]*\)\)`)

// concerns are the warnings about the configuration for the admin's overview.
func concerns(cfg *config.Config) []system.Concern {
	var list []system.Concern
	for _, w := range cfg.Warnings() {
		list = append(list, system.Concern{What: w.Name + " " + w.What + ".", Do: "The operator should " + w.Do + "."})
	}
	return list
}

// misreadSince is what the admin shows about values of since that the API did not understand.
func misreadSince(six *api.API) func() []system.Misread {
	return func() (list []system.Misread) {
		for _, s := range six.SinceStats() {
			list = append(list, system.Misread{Path: s.Route, Count: s.NotUnderstood, Last: s.Last})
		}
		return list
	}
}

// settings is the configuration as the admin shows it.
func settings(cfg *config.Config) []system.Setting {
	redacted := cfg.Redacted()
	var list []system.Setting
	for _, v := range config.Variables() {
		meaning := strings.ReplaceAll(reference.ReplaceAllString(v.Meaning, ""), "`", "")
		list = append(list, system.Setting{Name: v.Name, Value: redacted[v.Name], Meaning: meaning})
	}
	return list
}
