package app

import (
	"regexp"
	"strings"

	"namets/internal/api"
	"namets/internal/config"
	"namets/web/admin"
)

// reference matches what leads to another page of the documentation.
var reference = regexp.MustCompile(` \(see \[[^]]*\]\([^)]*\)\)`)

// concerns are the warnings of the configuration as the admin's overview shows them.
func concerns(cfg *config.Config) []admin.Concern {
	var list []admin.Concern
	for _, w := range cfg.Warnings() {
		list = append(list, admin.Concern{What: w.Name + " " + w.What + ".", Do: "The operator should " + w.Do + "."})
	}
	return list
}

// misreadSince is what the API did not understand as the admin shows it.
func misreadSince(six *api.API) func() []admin.Misread {
	return func() (list []admin.Misread) {
		for _, s := range six.SinceStats() {
			list = append(list, admin.Misread{Path: s.Route, Count: s.NotUnderstood, Last: s.Last})
		}
		return list
	}
}

// settings is the configuration as the admin shows it.
func settings(cfg *config.Config) []admin.Setting {
	redacted := cfg.Redacted()
	var list []admin.Setting
	for _, v := range config.Variables() {
		meaning := strings.ReplaceAll(reference.ReplaceAllString(v.Meaning, ""), "`", "")
		list = append(list, admin.Setting{Name: v.Name, Value: redacted[v.Name], Meaning: meaning})
	}
	return list
}
